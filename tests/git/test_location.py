"""What a worker writes leads the hub's git nowhere: not its worktree's files, and not the repository's configuration."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.errors import HubError
from hubctl.git.location import Repository
from hubctl.git.program import ask
from hubctl.git.repository import (
    checkout_of,
    commits_since,
    dirty,
    find_repository,
    head,
    own_configuration,
    publish,
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text(
        "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return tmp_path / "home"


def run(path: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=path, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def own(tmp_path: Path) -> Repository:
    path = tmp_path / "project"
    path.mkdir()
    run(path, "init")
    (path / "a.txt").write_text("a\n")
    run(path, "add", "--all")
    run(path, "commit", "-m", "first")
    return find_repository(path)


@pytest.fixture
def work(own: Repository) -> Path:
    """A worktree with one commit of its own and one file that is not committed."""
    path = own.path / ".hubctl" / "worktrees" / "1-a"
    run(own.path, "worktree", "add", "-b", "hub/1-a", str(path))
    run(path, "commit", "--allow-empty", "-m", "second")
    (path / "new.txt").write_text("new")
    return path


@pytest.fixture
def evil(tmp_path: Path, work: Path) -> Path:
    """Another repository, whose configuration runs a program at each look."""
    path = tmp_path / "evil"
    run(tmp_path, "clone", str(work), str(path))
    run(path, "config", "filter.x.clean", f"touch {tmp_path}/ran; cat")
    (path / ".gitattributes").write_text("* filter=x\n")
    return path


def _points_elsewhere(work: Path, _: Path, evil: Path) -> None:
    (work / ".git").write_text(f"gitdir: {evil}/.git\n")


def _holds_another(work: Path, _: Path, evil: Path) -> None:
    (work / ".git").unlink()
    (evil / ".git").rename(work / ".git")


def _is_a_link(work: Path, _: Path, evil: Path) -> None:
    (work / ".git").unlink()
    (work / ".git").symlink_to(evil / ".git")


def _is_gone(work: Path, _: Path, __: Path) -> None:
    (work / ".git").unlink()


def _shares_another(_: Path, entry: Path, evil: Path) -> None:
    (entry / "commondir").write_text(f"{evil}/.git\n")


REWRITES = (_points_elsewhere, _holds_another, _is_a_link, _is_gone, _shares_another)
"""By worktree, its entry in the repository, and another repository."""


@pytest.mark.parametrize("rewrite", REWRITES)
def test_a_look_is_at_the_projects_own_repository(
    own: Repository,
    work: Path,
    evil: Path,
    tmp_path: Path,
    rewrite: Callable[[Path, Path, Path], object],
) -> None:
    begin = head(own)
    rewrite(work, own.common / "worktrees" / "1-a", evil)
    here = checkout_of(own, work)
    assert (here.common, dirty(here), commits_since(here, begin)) == (own.common, ("new.txt",), 1)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("written", ["/nowhere/.git\n", "", "\0"])
def test_a_worktree_that_the_repository_does_not_know_is_an_error_with_its_cure(
    own: Repository, work: Path, written: str
) -> None:
    (own.common / "worktrees" / "1-a" / "gitdir").write_text(written)
    with pytest.raises(HubError, match="does not know") as caught:
        checkout_of(own, work)
    assert "worktree repair" in caught.value.cure
    run(own.path, "worktree", "repair", str(work))
    assert dirty(checkout_of(own, work)) == ("new.txt",)


def test_a_pipe_in_the_repository_holds_no_look(own: Repository, work: Path) -> None:
    (own.common / "worktrees" / "0-pipe").mkdir()
    os.mkfifo(own.common / "worktrees" / "0-pipe" / "gitdir")
    assert dirty(checkout_of(own, work)) == ("new.txt",)


def test_a_directory_of_its_own_is_found_by_what_lies_in_it(own: Repository, evil: Path) -> None:
    assert checkout_of(own, evil) == Repository(path=evil, common=evil / ".git")


def test_a_directory_that_is_a_worktree_elsewhere_keeps_its_own_head(
    own: Repository, evil: Path, tmp_path: Path
) -> None:
    run(evil, "worktree", "add", str(tmp_path / "beside"))
    run(tmp_path / "beside", "commit", "--allow-empty", "-m", "third")
    here = checkout_of(own, tmp_path / "beside")
    assert head(here) == run(tmp_path / "beside", "rev-parse", "HEAD") != head(checkout_of(own, evil))


def filtered(own: Repository, work: Path, command: str) -> None:
    """Every file goes through the command at the next look."""
    run(own.path, "config", "filter.x.clean", command)
    run(own.path, "config", "filter.x.required", "true")
    (work / ".gitattributes").write_text("* filter=x\n")
    (work / "a.txt").write_text("b\n")
    for path in (work / "a.txt", own.common / "worktrees" / "1-a" / "index"):
        os.utime(path, (1e9, 1e9))


@pytest.mark.parametrize("scope", ["--local", "--global"])
def test_a_filter_that_is_not_listed_never_runs(
    own: Repository, work: Path, tmp_path: Path, scope: str
) -> None:
    command = f"touch {tmp_path}/ran; cat"
    filtered(own, work, command)
    if scope == "--global":
        run(own.path, "config", "--unset", "filter.x.clean")
        run(own.path, "config", "--global", "filter.x.clean", command)
    assert dirty(checkout_of(own, work)) == ("a.txt", ".gitattributes", "new.txt")
    assert not (tmp_path / "ran").exists()
    run(work, "status")
    assert (tmp_path / "ran").exists(), "the trap does not work"


@pytest.mark.parametrize(
    ("setting", "runs"), [("", True), ("credential.helper", False), ("lfs.extension.e.clean", False)]
)
def test_git_lfs_runs_while_the_repository_sets_it_nothing_to_obey(
    own: Repository, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, runs: bool
) -> None:
    program = tmp_path / "bin" / "git-lfs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    filtered(own, work, "git-lfs clean -- %f")
    if setting:
        run(own.path, "config", setting, f"!touch {tmp_path}/other")
    dirty(checkout_of(own, work))
    assert (tmp_path / "ran").exists() == runs


@pytest.fixture
def remote(own: Repository, tmp_path: Path) -> Path:
    run(tmp_path, "init", "--bare", "remote.git")
    run(own.path, "remote", "add", "origin", "ssh://elsewhere/remote.git")
    program = tmp_path / "speaks"
    program.write_text(f'#!/bin/sh\necho "$SSH_AUTH_SOCK" >{tmp_path}/agent\nshift\neval "cd /; exec $*"\n')
    program.chmod(0o755)
    run(own.path, "config", "core.sshCommand", str(program))
    run(own.path, "config", "remote.origin.receivepack", f"git receive-pack {tmp_path}/remote.git #")
    return tmp_path / "remote.git"


def test_the_agent_is_at_hand_where_a_remote_is_spoken_to_and_nowhere_else(
    own: Repository, work: Path, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/the/agent")
    publish(own, "hub/1-a", {}, own_configuration(own))
    assert run(remote, "rev-parse", "hub/1-a") == run(work, "rev-parse", "HEAD")
    assert (tmp_path / "agent").read_text() == "/the/agent\n"
    (tmp_path / "agent").unlink()
    assert "not allowed" in ask(own, "ls-remote", "origin").error
    assert not (tmp_path / "agent").exists()


@pytest.mark.parametrize(
    "change",
    [
        ("core.sshCommand", "touch planted"),
        ("remote.origin.url", "ssh://thief/x"),
        ("url.ssh://thief/.pushInsteadOf", "ssh://elsewhere/"),
        ("credential.helper", "!touch planted"),
        ("core.gitProxy", "touch planted"),
    ],
)
def test_nothing_is_published_by_a_configuration_that_nobody_has_seen(
    own: Repository, work: Path, remote: Path, tmp_path: Path, change: tuple[str, str]
) -> None:
    known = own_configuration(own)
    run(own.path, "config", *change)
    with pytest.raises(HubError, match="other settings than when the hub started") as caught:
        publish(own, "hub/1-a", {}, known)
    assert change[0].lower() in caught.value.message.lower()
    assert not (tmp_path / "agent").exists()


def test_what_git_writes_on_an_ordinary_day_keeps_nothing_from_being_published(
    own: Repository, work: Path, remote: Path
) -> None:
    known = own_configuration(own)
    run(own.path, "config", "branch.main.remote", "origin")
    publish(own, "hub/1-a", {}, known)
    assert run(remote, "branch", "--list", "hub/1-a")
