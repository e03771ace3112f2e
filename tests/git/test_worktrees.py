"""Worktrees: made whole or not at all, after every crash, and never at the price of somebody's work."""

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import hubctl.git.program
from hubctl.errors import HubError
from hubctl.git.location import Repository
from hubctl.git.repository import checkout_of, commits_since, dirty, find_repository
from hubctl.git.worktrees import MergeConflict, Prepared, prepare_worktree

Git = Callable[..., str]
Prepare = Callable[..., Prepared]


@pytest.fixture
def run_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text(
        "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def run_git(path: Path, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run_git


@pytest.fixture
def repo(tmp_path: Path, run_git: Git) -> Repository:
    """`main` holds `a.txt`; the branches hub/1-one, hub/2-two and hub/9-bad come from it; the last two conflict."""
    path = tmp_path / "project"
    path.mkdir()
    run_git(path, "init")
    commit(run_git, path, "a.txt", "a\n")
    for branch, name in (("hub/1-one", "one.txt"), ("hub/2-two", "same.txt"), ("hub/9-bad", "same.txt")):
        run_git(path, "switch", "-c", branch, "main")
        commit(run_git, path, name, branch)
    run_git(path, "switch", "main")
    return find_repository(path)


@pytest.fixture
def prepare(repo: Repository, run_git: Git, tmp_path: Path) -> Prepare:
    base = run_git(repo.path, "rev-parse", "main")

    def prepare(*, thread: str = "3", merge: tuple[str, ...] = (), fresh: bool = True) -> Prepared:
        merged = [(branch, f"Title of {branch}") for branch in merge]
        words: Any = {"thread": thread, "slug": "work", "base": base, "merge": merged, "fresh": fresh}
        return prepare_worktree(repo, lock=tmp_path / "lock", **words)

    return prepare


def commit(run_git: Git, path: Path, name: str, text: str) -> None:
    (path / name).write_text(text)
    run_git(path, "add", "--all")
    run_git(path, "commit", "-m", name)


def seen(repo: Repository, run_git: Git) -> tuple[str, str, list[str]]:
    """All that a call could leave behind: refs, registered worktrees, folders."""
    folder = repo.path / ".hubctl"
    found = [str(path.relative_to(folder)) for path in folder.glob("*/*")] if folder.exists() else []
    return (
        run_git(repo.path, "for-each-ref"),
        run_git(repo.path, "worktree", "list", "--porcelain"),
        sorted(found),
    )


BOTH = ("hub/1-one", "hub/2-two")


def test_a_worktree_from_the_base_alone(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    made = prepare()
    base = run_git(repo.path, "rev-parse", "main")
    assert made == Prepared(
        path=repo.path / ".hubctl/worktrees/3-work", branch="hub/3-work", start_commit=base
    )
    assert run_git(made.path, "branch", "--show-current") == "hub/3-work"
    assert (
        dirty(checkout_of(repo, made.path)),
        dirty(repo),
        commits_since(checkout_of(repo, made.path), base),
    ) == ((), (), 0)
    assert "hub/3-work" not in (repo.common / "config").read_text()


def test_merges_come_in_order_and_are_not_the_workers(
    repo: Repository, run_git: Git, prepare: Prepare
) -> None:
    made = prepare(merge=BOTH)
    said = run_git(made.path, "log", "--first-parent", "--format=%s|%an", "main..HEAD").splitlines()
    assert said == ["hub: merge hub/2-two|Ada", "hub: merge hub/1-one|Ada"]
    assert sorted(path.name for path in made.path.iterdir()) == [".git", "a.txt", "one.txt", "same.txt"]
    assert commits_since(checkout_of(repo, made.path), made.start_commit) == 0
    commit(run_git, made.path, "mine.txt", "x")
    assert commits_since(checkout_of(repo, made.path), made.start_commit) == 1
    assert seen(repo, run_git)[2] == ["worktrees/3-work"]


def test_without_a_name_of_the_users_the_hub_signs(run_git: Git, prepare: Prepare, tmp_path: Path) -> None:
    (tmp_path / "home" / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    made = prepare(merge=BOTH)
    assert run_git(made.path, "log", "-1", "--format=%an <%ae> %cn") == "hubctl <hubctl@localhost> hubctl"


def test_a_second_call_finds_the_same_and_touches_no_work(
    repo: Repository, run_git: Git, prepare: Prepare
) -> None:
    made = prepare(merge=BOTH)
    commit(run_git, made.path, "mine.txt", "x")
    (made.path / "a.txt").write_text("unfinished")
    (made.path / "new.txt").write_text("untracked")
    tip = run_git(made.path, "rev-parse", "HEAD")
    for fresh in (True, False):
        assert prepare(merge=BOTH, fresh=fresh) == made
    assert (run_git(made.path, "rev-parse", "HEAD"), dirty(checkout_of(repo, made.path))) == (
        tip,
        ("a.txt", "new.txt"),
    )


def test_a_workers_own_unfinished_merge_is_left_alone(
    repo: Repository, run_git: Git, prepare: Prepare
) -> None:
    made = prepare(merge=("hub/2-two",))
    with pytest.raises(subprocess.CalledProcessError):
        run_git(made.path, "merge", "hub/9-bad")
    assert prepare(merge=("hub/2-two",)) == made
    assert dirty(checkout_of(repo, made.path)) == ("same.txt",)
    assert "<<<<<<<" in (made.path / "same.txt").read_text()


@pytest.mark.parametrize(
    "merge", [("hub/1-one", "hub/2-two", "hub/9-bad"), ("hub/2-two", "hub/9-bad", "hub/1-one")]
)
def test_a_conflict_leaves_nothing_and_names_files_and_branches(
    repo: Repository, run_git: Git, prepare: Prepare, merge: tuple[str, ...]
) -> None:
    before = seen(repo, run_git)
    with pytest.raises(MergeConflict) as caught:
        prepare(merge=merge)
    for branch in merge[: merge.index("hub/9-bad") + 1]:
        assert f"`{branch}`" in caught.value.message
    assert "`hub/9-bad` (Title of hub/9-bad) conflicts with" in caught.value.message
    assert "`same.txt`" in caught.value.message
    assert seen(repo, run_git) == before
    assert prepare(merge=BOTH)


def test_a_dependency_without_its_branch_is_named(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    before = seen(repo, run_git)
    with pytest.raises(HubError, match="`hub/7-gone`"):
        prepare(merge=("hub/1-one", "hub/7-gone"))
    assert seen(repo, run_git) == before


def test_a_reopened_thread_gets_its_branch_back(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    made = prepare(merge=BOTH)
    commit(run_git, made.path, "mine.txt", "x")
    run_git(repo.path, "worktree", "remove", str(made.path))
    with pytest.raises(HubError, match="`hub/3-work` exists already") as caught:
        prepare(merge=BOTH, fresh=True)
    assert "git branch" in caught.value.cure
    assert prepare(merge=BOTH, fresh=False) == made
    assert commits_since(checkout_of(repo, made.path), made.start_commit) == 1
    assert (made.path / "mine.txt").exists()


def test_a_reopened_thread_without_its_branch_starts_anew(
    repo: Repository, run_git: Git, prepare: Prepare
) -> None:
    made = prepare()
    run_git(repo.path, "worktree", "remove", str(made.path))
    run_git(repo.path, "branch", "-D", made.branch)
    assert prepare(fresh=False) == made


def test_a_foreign_worktree_is_no_fresh_threads(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    folder = repo.path / ".hubctl" / "worktrees" / "3-work"
    run_git(repo.path, "worktree", "add", "-b", "hub/3-work", str(folder))
    commit(run_git, folder, "theirs.txt", "x")
    with pytest.raises(HubError, match="another run's worktree"):
        prepare(fresh=True)
    made = prepare(fresh=False)
    assert commits_since(checkout_of(repo, made.path), made.start_commit) == 1


def test_a_missing_worktree_is_remade_and_no_other_is_forgotten(
    repo: Repository, run_git: Git, prepare: Prepare, tmp_path: Path
) -> None:
    made, other = prepare(), prepare(thread="4")
    for place in (made.path, other.path):
        place.rename(tmp_path / place.name)
    assert prepare(fresh=False) == made
    assert str(other.path) in run_git(repo.path, "worktree", "list", "--porcelain")


def test_a_locked_worktree_serves_while_it_is_there(
    repo: Repository, run_git: Git, prepare: Prepare, tmp_path: Path
) -> None:
    made = prepare()
    run_git(repo.path, "worktree", "lock", "--reason", "on a stick", str(made.path))
    assert prepare() == made
    made.path.rename(tmp_path / "unplugged")
    with pytest.raises(HubError, match="on a stick") as caught:
        prepare(fresh=False)
    assert "git worktree unlock" in caught.value.cure


def test_a_folder_in_the_way_is_left_alone(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    folder = repo.path / ".hubctl" / "worktrees" / "3-work"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    before = seen(repo, run_git)
    with pytest.raises(HubError, match="in the way"):
        prepare(merge=BOTH)
    assert seen(repo, run_git) == before
    (folder / "notes.txt").unlink()
    assert prepare(merge=BOTH)


def test_a_worktree_that_lost_its_git_file_is_left_alone(prepare: Prepare) -> None:
    made = prepare()
    (made.path / ".git").unlink()
    with pytest.raises(HubError, match="in the way") as caught:
        prepare(fresh=False)
    assert "git worktree repair" in caught.value.cure
    assert (made.path / "a.txt").exists()


def test_a_branch_that_stands_elsewhere_is_named(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    made = prepare()
    run_git(repo.path, "worktree", "remove", str(made.path))
    run_git(repo.path, "switch", made.branch)
    with pytest.raises(HubError, match="is checked out in"):
        prepare(fresh=False)


def test_a_branch_named_hub_is_in_the_way(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    for branch in ("hub/1-one", "hub/2-two", "hub/9-bad"):
        run_git(repo.path, "branch", "-D", branch)
    run_git(repo.path, "branch", "hub")
    with pytest.raises(HubError, match="named `hub`"):
        prepare()


def test_a_name_that_is_a_path_is_refused(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    before = seen(repo, run_git)
    with pytest.raises(HubError, match="cannot name a folder"):
        prepare(thread="../../x")
    assert seen(repo, run_git) == before


def test_six_at_once(repo: Repository, run_git: Git, prepare: Prepare) -> None:
    threads = [str(number) for number in range(10, 16)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda thread: prepare(thread=thread, merge=BOTH), threads))
    assert [place.branch for place in made] == [f"hub/{thread}-work" for thread in threads]
    assert all(
        dirty(checkout_of(repo, place.path)) == () and (place.path / "one.txt").exists() for place in made
    )
    assert (repo.common / "info" / "exclude").read_text().count(".hubctl/*") == 1


def test_the_same_thread_six_times_at_once(prepare: Prepare) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: prepare(merge=BOTH), range(6)))
    assert made == [made[0]] * 6


class Crash(BaseException):
    """Nothing in the product catches it, and git does nothing more after it: like a killed hub."""


def crash_after(monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    call, done = hubctl.git.program._run, 0

    def counted(*words: Any) -> Any:
        nonlocal done
        if done == calls:
            raise Crash
        done += 1
        return call(*words)

    monkeypatch.setattr(hubctl.git.program, "_run", counted)


@pytest.mark.parametrize("fresh", [True, False])
def test_a_crash_after_any_call_of_git_is_made_good(
    repo: Repository, run_git: Git, prepare: Prepare, monkeypatch: pytest.MonkeyPatch, fresh: bool
) -> None:
    before = seen(repo, run_git)
    calls, crashed = 0, True
    while crashed:
        with monkeypatch.context() as context:
            crash_after(context, calls)
            try:
                prepare(merge=BOTH, fresh=fresh)
                crashed = False
            except Crash:
                calls += 1
        made = prepare(merge=BOTH, fresh=fresh)
        said = run_git(made.path, "log", "--first-parent", "--format=%s", "main..HEAD").splitlines()
        assert said == ["hub: merge hub/2-two", "hub: merge hub/1-one"]
        assert (dirty(checkout_of(repo, made.path)), made.start_commit) == (
            (),
            run_git(made.path, "rev-parse", "HEAD"),
        )
        assert seen(repo, run_git)[2] == ["worktrees/3-work"]
        run_git(repo.path, "worktree", "remove", str(made.path))
        run_git(repo.path, "branch", "-D", made.branch)
        run_git(repo.path, "update-ref", "-d", "refs/hubctl/start/3-work")
        assert seen(repo, run_git)[:2] == before[:2]
    assert calls > 10


def test_a_crash_in_the_middle_of_a_merge_is_made_good(
    repo: Repository, run_git: Git, prepare: Prepare
) -> None:
    bench = repo.path / ".hubctl" / "merging" / "3-work"
    run_git(repo.path, "worktree", "add", "--detach", str(bench))
    run_git(bench, "merge", "--no-ff", "--no-commit", "hub/1-one")
    (repo.common / "worktrees" / "3-work" / "index.lock").write_text("")
    (bench / "half").write_text("written")
    made = prepare(merge=BOTH)
    assert (dirty(checkout_of(repo, made.path)), bench.exists()) == ((), False)


@pytest.mark.parametrize("state", ["empty", "no folder", "half checked out", "no folder of its own"])
def test_a_crash_in_the_middle_of_a_checkout_is_made_good(
    repo: Repository, run_git: Git, prepare: Prepare, state: str
) -> None:
    """`git worktree add` keeps the worktree locked as `initializing` until it is whole."""
    made = prepare(merge=BOTH)
    own = repo.common / "worktrees" / "3-work"
    (own / "locked").write_text("initializing")
    (own / "index").unlink()
    (own / "index.lock").write_text("")
    (made.path / "a.txt").write_text("ha")
    (made.path / "one.txt").unlink()
    if state != "half checked out":
        subprocess.run(["rm", "-r", str(made.path)], check=True)
    if state.startswith("empty"):
        made.path.mkdir()
    if state == "no folder of its own":
        (own / "gitdir").unlink()
    again = prepare(merge=BOTH)
    assert (again.path, again.branch) == (made.path, made.branch)
    assert dirty(checkout_of(repo, made.path)) == ()
    assert run_git(made.path, "branch", "--show-current") == made.branch


def test_a_full_disk_leaves_nothing(
    repo: Repository, run_git: Git, prepare: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "git"
    real = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    program.write_text(
        "#!/bin/sh\ncase \"$*\" in *'worktree add'*worktrees/3-work*)"
        " echo 'error: unable to write file a.txt' >&2; exit 128;; esac\n"
        f'exec {real} "$@"\n'
    )
    program.chmod(0o755)
    before = seen(repo, run_git)
    with monkeypatch.context() as context:
        context.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        with pytest.raises(HubError, match="the disk is full"):
            prepare(merge=BOTH)
    assert seen(repo, run_git) == before
    assert prepare(merge=BOTH)


def test_a_hostile_repository_runs_nothing(
    repo: Repository, run_git: Git, prepare: Prepare, tmp_path: Path
) -> None:
    program, trace = tmp_path / "trap", tmp_path / "trace"
    program.write_text(f'#!/bin/sh\necho "$0" >> {trace}\ncat\n')
    program.chmod(0o755)
    (tmp_path / "hooks").mkdir()
    for name in (
        "post-checkout",
        "pre-merge-commit",
        "prepare-commit-msg",
        "commit-msg",
        "post-merge",
        "post-commit",
    ):
        (tmp_path / "hooks" / name).symlink_to(program)
    (tmp_path / "hooks" / "reference-transaction").symlink_to(program)
    for key in ("core.fsmonitor", "diff.external", "core.editor", "core.pager", "gpg.program"):
        run_git(repo.path, "config", key, str(program))
    for key, value in {
        "core.hooksPath": str(tmp_path / "hooks"),
        "commit.gpgSign": "true",
        "merge.verifySignatures": "true",
        "alias.worktree": f"!{program}",
        "branch.autoSetupMerge": "always",
        "merge.ff": "only",
        "merge.log": "true",
    }.items():
        run_git(repo.path, "config", key, value)
    trace.unlink(missing_ok=True)
    config = (repo.common / "config").read_bytes()
    made = prepare(merge=BOTH)
    assert not trace.exists()
    assert (repo.common / "config").read_bytes() == config
    run_git(made.path, "status")
    assert trace.exists(), "the trap does not work"
