"""Conflicts are foreseen as git will meet them, and nothing but loose objects tells that somebody looked."""

import os
import subprocess
from pathlib import Path

import pytest

from hubctl.git.conflicts import Foreseen, conflicts
from hubctl.git.location import Repository

OLD_GIT = """#!/bin/sh
for word in "$@"; do
  if [ "$word" = --write-tree ]; then echo 'usage: git merge-tree' >&2; exit 129; fi
done
exec {git} "$@"
"""


def git(folder: Path, *words: str, check: bool = True) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=check, capture_output=True, text=True)
    return done.stdout.strip()


def branch(folder: Path, name: str, files: dict[str, str], start: str = "main") -> None:
    """A branch with one commit, made in a worktree of its own as a worker does."""
    worktree = folder.parent / name.replace("/", "-")
    git(folder, "worktree", "add", "-q", "-b", name, str(worktree), start)
    for file, text in files.items():
        (worktree / file).write_text(text, encoding="utf-8")
    git(worktree, "add", ".")
    git(worktree, "commit", "-q", "-m", name)


def at(checkout: Path) -> Repository:
    return Repository(path=checkout, common=checkout / ".git")


@pytest.fixture
def team(repository: Path) -> Path:
    """One and two write the same file, three is built on two, four is by itself."""
    branch(repository, "hub/1-one", {"a.txt": "one\n", "b ü.txt": "one\n"})
    branch(repository, "hub/2-two", {"a.txt": "two\n", "b ü.txt": "two\n"})
    branch(repository, "hub/3-three", {"c.txt": "three\n"}, start="hub/2-two")
    branch(repository, "hub/4-four", {"d.txt": "four\n"})
    return repository


ALL = ("hub/1-one", "hub/2-two", "hub/3-three", "hub/4-four")
TWO = Foreseen(branch="hub/2-two", files=("a.txt", "b ü.txt"))


def test_who_conflicts_and_where(team: Path) -> None:
    assert conflicts(at(team), ALL) == (TWO,)
    assert conflicts(at(team), ["hub/1-one", "hub/4-four"]) == ()
    assert conflicts(at(team), []) == ()


def test_the_order_decides_who_is_named(team: Path) -> None:
    assert [each.branch for each in conflicts(at(team), ALL[::-1])] == ["hub/1-one"]


def test_what_a_person_committed_since_counts(team: Path) -> None:
    (team / "d.txt").write_text("a person's\n", encoding="utf-8")
    git(team, "add", ".")
    git(team, "commit", "-q", "-m", "mine")
    assert conflicts(at(team), ALL) == (TWO, Foreseen(branch="hub/4-four", files=("d.txt",)))


def test_real_merges_meet_what_was_foreseen(team: Path) -> None:
    foreseen = {each.branch: set(each.files) for each in conflicts(at(team), ALL)}
    for name in ALL:
        git(team, "merge", "-q", "--no-edit", name, check=False)
        met = set(filter(None, git(team, "diff", "--name-only", "-z", "--diff-filter=U").split("\0")))
        assert met == foreseen.get(name, set())
        git(team, "add", ".")
        git(team, "commit", "-q", "--allow-empty", "-m", "resolved with both sides kept")


def test_a_branch_that_is_gone_and_a_strange_history_are_passed_over(team: Path) -> None:
    git(team, "checkout", "-q", "--orphan", "strange")
    git(team, "commit", "-q", "--allow-empty", "-m", "strange")
    git(team, "checkout", "-q", "main")
    assert conflicts(at(team), ["hub/9-gone", "strange", *ALL]) == (TWO,)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_relative_to(folder / ".git" / "objects")
    }


def test_nothing_changes_but_loose_objects(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where git knows no name to commit with."""
    monkeypatch.setenv("HOME", str(team.parent / "nobody"))
    (team / "a.txt").write_text("a person's draft\n", encoding="utf-8")
    objects = set((team / ".git" / "objects").rglob("*"))
    status = git(team, "status", "--porcelain")
    before = files(team)
    assert conflicts(at(team), ALL) == (TWO,)
    assert files(team) == before
    new = {path for path in (team / ".git" / "objects").rglob("*") if path.is_file()} - objects
    assert new
    assert all(len(path.parent.name) == 2 for path in new)
    assert git(team, "status", "--porcelain") == status


def test_an_older_git_foresees_nothing(team: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / "old").mkdir()
    old = tmp_path / "old" / "git"
    old.write_text(OLD_GIT.format(git=found), encoding="utf-8")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    assert conflicts(at(team), ALL) == ()
