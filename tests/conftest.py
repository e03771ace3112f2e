"""What every test stands on: a home of its own, a clean environment, the pinned worker CLIs, the commit set.

Rules. No test sees the HOME of the person who runs it: opening one of its files of configuration raises. Nothing of a
login, of a hub or of a surrounding tmux is in the environment. The commit set (`--commit-set`) leaves out what is
marked `extra`, and on the older worker CLI all that is not marked `core`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:  # it costs a good part of a second, and most runs want no GitHub
    from support.github.site import Site

ROOT = Path(__file__).resolve().parent.parent
CLAUDE_VERSIONS = ("2.1.329", "2.1.197")
"""Newest first: that one takes the whole commit set."""

FOREIGN = ("ANTHROPIC_", "CLAUDE", "GITHUB_", "GH_", "GIT_", "HUBCTL_", "TMUX", "XDG_")
"""Prefixes of variables that would bring somebody's login, hub, git or tmux into a test."""

KEPT = ("HUBCTL_TEST_RUN",)
"""The mark by which `support/leftovers.py` knows the processes of a run."""

PRIVATE = (".claude", ".claude.json", ".config", ".local/state", ".gitconfig", ".tmux.conf")
"""What a leak would touch; all of HOME cannot be forbidden, since the checkout itself may lie there."""

FILE_EVENTS = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.listdir", "os.scandir"})
REAL_HOME = Path.home()
GITCONFIG = "[user]\n\tname = A Tester\n\temail = tester@example.invalid\n[init]\n\tdefaultBranch = main\n"

settings.register_profile(
    "hubctl",
    settings(),  # in CI Hypothesis draws the same examples each time
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("hubctl")
"""For all tests: how long an example takes tells more of the machine than of the code."""


# --- the guard ----------------------------------------------------------------------------------------------------


def _guard_home() -> None:
    private = tuple(str(REAL_HOME / name) for name in PRIVATE)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if (
            event not in FILE_EVENTS
            or not arguments
            or not isinstance(arguments[0], str | bytes | os.PathLike)
        ):
            return
        path = os.fsdecode(arguments[0])
        if any(path == name or path.startswith(f"{name}/") for name in private):
            raise PermissionError(f"a test must not touch `{path}`: it belongs to the person who runs it")

    sys.addaudithook(refuse)


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The HOME of this run of tests, empty but for git's identity."""
    home = tmp_path_factory.mktemp("home")
    config = home / ".gitconfig"
    config.write_text(GITCONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(FOREIGN) and name not in KEPT]:
            patch.delenv(name)
        for name in ("CONFIG", "STATE", "DATA", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / f".xdg-{name.lower()}"))
        patch.setenv("HOME", str(home))
        patch.setenv("SHELL", "/bin/sh")
        patch.setenv("LANG", "C.UTF-8")
        patch.setenv("GIT_CONFIG_GLOBAL", str(config))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("TMUX_TMPDIR", str(tmp_path_factory.mktemp("tmux")))
        yield home


# --- the commit set -----------------------------------------------------------------------------------------------

_left_out = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cells", action="store_true", help="run the live tests with their workers in cells")
    parser.addoption(
        "--commit-set",
        action="store_true",
        help="leave out `extra` tests, and old worker CLIs but for `core`",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_left_out] = 0
    _guard_home()
    # A shell starts its background jobs with SIGINT ignored, and every child would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _in_commit_set(item: pytest.Item) -> bool:
    if item.get_closest_marker("extra"):
        return False
    if item.get_closest_marker("core") or not item.get_closest_marker("live"):
        return True
    named = (
        item.callspec.id.split("-") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else []
    )
    return not set(CLAUDE_VERSIONS[1:]).intersection(named)


@pytest.hookimpl(trylast=True)  # after `-m` and `-k`: only what they chose is counted as left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--cells"):
        without = [item for item in items if item.get_closest_marker("no_cells")]
        items[:] = [item for item in items if not item.get_closest_marker("no_cells")]
        config.hook.pytest_deselected(items=without)
    if not config.getoption("--commit-set"):
        return
    left = [item for item in items if not _in_commit_set(item)]
    items[:] = [item for item in items if _in_commit_set(item)]
    config.stash[_left_out] = len(left)
    config.hook.pytest_deselected(items=left)


def pytest_sessionfinish(session: pytest.Session) -> None:
    # xdist's controller collects nothing: the count travels with a worker's farewell.
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[_left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    workeroutput = getattr(node, "workeroutput", {})
    node.config.stash[_left_out] = workeroutput.get("left_out", node.config.stash[_left_out])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--commit-set"):
        count = config.stash[_left_out]
        terminalreporter.write_line(f"left out {count} tests of the whole set (scripts/test --all runs them)")


# --- fixtures -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", params=CLAUDE_VERSIONS)
def claude_version(request: pytest.FixtureRequest) -> str:
    """A pinned version of the worker CLI."""
    version: str = request.param
    return version


@pytest.fixture(scope="session")
def claude(claude_version: str) -> Path:
    """The worker CLI of `claude_version`; a missing one fails the test, for a skipped proof is none."""
    program = ROOT / ".worker-cli" / claude_version / "node_modules" / ".bin" / "claude"
    if not program.exists():
        pytest.fail(f"the worker CLI {claude_version} is not installed: scripts/setup --tests")
    return program


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with one commit on `main`."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "README.md").write_text("# Sample\n", encoding="utf-8")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="session")
def _github(tmp_path_factory: pytest.TempPathFactory, clean_environment: Path) -> Iterator["Site"]:
    from support.github.site import serving

    with serving(tmp_path_factory.mktemp("github")) as site:
        yield site


@pytest.fixture
def github(_github: "Site") -> Iterator["Site"]:
    """GitHub on loopback; the test makes a repository of its own there. No call and no answer violated its description."""
    _github.judge.violations.clear()
    yield _github
    _github.world.settle()
    assert _github.judge.violations == []
