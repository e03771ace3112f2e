"""What is committed holds for every machine, and every exception says why."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ("tests/captures/", "captures/")
"""Screens as they were recorded, other people's paths included."""

MACHINE_PATH = re.compile(r"(?<![\w.~*}>)])/(?!home/(?:dev|worker)\b)(?:root|home|Users|tmp)/[A-Za-z]\w*")
"""But for the two made-up people of the tests."""
REGISTRY_HOST = re.compile(
    r"pypi\.(?:org|io)|pythonhosted\.org|registry\.npmjs|npmjs\.(?:org|com)/|yarnpkg\.com|deb\.debian\.org"
    r"|archive\.ubuntu\.com|crates\.io|ghcr\.io|docker\.io"
)
NOQA = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?(?P<why>.*)")
LISTED_RULE = re.compile(r'^\s+"(?P<code>[A-Z]+\d*)",(?P<why>.*)$', re.MULTILINE)


def tracked() -> Iterator[tuple[str, str]]:
    """Name and text of what is in git, or will be with the next `git add`."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and not name.startswith(RECORDED):
            yield name, path.read_text(encoding="utf-8", errors="replace")


def matches(pattern: re.Pattern[str]) -> list[str]:
    return [f"{name}: {found[0]}" for name, text in tracked() for found in pattern.finditer(text)]


def test_no_path_of_a_machine() -> None:
    here = re.compile(rf"{re.escape(str(ROOT))}(?![\w-])")
    assert matches(MACHINE_PATH) + matches(here) == []


def test_no_host_of_a_package_registry() -> None:
    assert matches(REGISTRY_HOST) == []


@pytest.mark.parametrize("text", [f"{'/'}root/x", f"a = '{'/'}home/ann/src'", f"cd {'/'}tmp/abc"])
def test_a_path_of_a_machine_is_seen(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize(
    "text", ["$HOME/home/x", "~/tmp/x", "file:///etc", "<worktree>/home/x", "tests/home/x"]
)
def test_other_paths_are_none_of_a_machine(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def test_every_silenced_line_says_why() -> None:
    silenced = [
        (f"{name}: {found[0]}", found)
        for name, text in tracked()
        if name.endswith(".py") and name != "tests/house/test_tracked_files.py"
        for found in NOQA.finditer(text)
    ]
    assert [what for what, found in silenced if not gives_a_reason(found)] == []


def gives_a_reason(found: re.Match[str]) -> bool:
    return bool(found["codes"]) and re.search(r"\w+ \w+", found["why"]) is not None


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("x  # noqa", False),
        ("x  # noqa: T201", False),
        ("x  # noqa: T201, BLE001", False),
        ("x  # noqa: T201 - the one place that prints", True),
    ],
)
def test_a_reason_is_words_after_the_codes(line: str, fine: bool) -> None:
    found = NOQA.search(line)
    assert found is not None
    assert gives_a_reason(found) is fine


def test_every_rule_that_is_switched_off_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (ignore,) = re.findall(r"^ignore = \[\n.*?^\]", text, re.MULTILINE | re.DOTALL)
    places = text.partition("[tool.ruff.lint.per-file-ignores]")[2].partition("\n[tool.mypy]")[0]
    rules = list(LISTED_RULE.finditer(ignore + "\n" + places))
    inline = [line for line in places.splitlines() if re.search(r'\["[A-Z]', line)]
    assert rules
    assert [rule[0] for rule in rules if "# " not in rule["why"]] == []
    assert [line for line in inline if "# " not in line] == []
