"""Importing hubctl does nothing, and the quick verbs load nothing heavy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

IMPORT_ALL = """
import importlib, pkgutil, hubctl
for module in pkgutil.walk_packages(hubctl.__path__, "hubctl."):
    importlib.import_module(module.name)
"""

HEAVY = (
    "anthropic",
    "apprise",
    "github",
    "inotify_simple",
    "libtmux",
    "rich",
    "tree_sitter",
    "tree_sitter_bash",
    "yaml",
)

RUN_AND_TELL = """
import sys
from hubctl.__main__ import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


def bare_environment(home: Path) -> dict[str, str]:
    home.mkdir()
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def test_every_module_imports_without_a_word_or_a_file(tmp_path: Path) -> None:
    env = bare_environment(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALL],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.rglob("*")] == ["home"]


@pytest.mark.parametrize("words", [["--help"], ["status"], ["status", "--json"]], ids=" ".join)
def test_a_quick_verb_loads_nothing_heavy(words: list[str], repository: Path, tmp_path: Path) -> None:
    env = bare_environment(tmp_path / "home")
    hubctl = [sys.executable, "-m", "hubctl"]
    subprocess.run([*hubctl, "init"], cwd=repository, env=env, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_TELL, *words], cwd=repository, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stderr.split()
    assert "hubctl.cli" in loaded
    assert [name for name in HEAVY if name in loaded] == []
