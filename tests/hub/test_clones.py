"""A thread's clone: what is committed in it comes over, and whatever its worker does there harms nobody else."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hubctl.cells.start import way_in
from hubctl.cells.worktree import looked_at, work_cell
from hubctl.core.vocabulary.values import replace
from hubctl.errors import HubError
from hubctl.git.checkout import checkout_look
from hubctl.git.clones import inward
from hubctl.git.repository import find_repository
from hubctl.hub.workspaces import GitWorkspaces
from hubctl.permissions.rules import Rules
from hubctl.ports.workspaces import Workspace
from hubctl.project.config import load_roles
from hubctl.project.place import Place, find_place, make_place

BRANCH = "hub/1-a-title"
TITLES = {"1": "A Title", "2": "Another"}


@pytest.fixture
def place(repository: Path, tmp_path: Path) -> Place:
    return make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(repository))[0]


@pytest.fixture
def workspaces(place: Place) -> GitWorkspaces:
    return GitWorkspaces(place=place, repository=place.repository, cloned=True)


def prepare(workspaces: GitWorkspaces, thread: str = "1", *, fresh: bool = True) -> Workspace:
    checkout = workspaces.place.checkout
    role, base = load_roles(checkout)["coder"], git(checkout, "rev-parse", "main")
    return workspaces.prepare(
        thread=thread, title=TITLES[thread], base=base, merge=(), fresh=fresh, role=role
    )


def git(path: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=path, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def inside(workspaces: GitWorkspaces, made: Workspace, line: str) -> str:
    """What a worker's shell prints in its cell."""
    cell = work_cell(Rules(()), work=made.path, own=workspaces.repository)
    env = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "GIT_AUTHOR_NAME": "W", "GIT_AUTHOR_EMAIL": "w@localhost"}
    env |= {"GIT_COMMITTER_NAME": "W", "GIT_COMMITTER_EMAIL": "w@localhost"}
    cell = replace(cell, home_at=Path("/tmp"), env=env)
    note = workspaces.place.state / "note"
    words = [*way_in(cell, note), "/bin/bash", "-c", line]
    done = subprocess.run(words, env={}, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def committed(workspaces: GitWorkspaces, made: Workspace, name: str) -> str:
    inside(workspaces, made, f"echo {name} >{name} && git add {name} && git commit -qm {name}")
    return inside(workspaces, made, "git rev-parse HEAD").strip()


def test_the_branch_moves_when_a_claim_is_accepted_and_not_before(workspaces: GitWorkspaces) -> None:
    made, main = prepare(workspaces), workspaces.place.checkout
    tip = committed(workspaces, made, "one.txt")
    seen = workspaces.evidence(made.path, branch=BRANCH, since=made.start_commit)
    assert (seen.head, seen.commits, seen.dirty, seen.elsewhere) == (tip, 1, (), "")
    assert git(main, "rev-parse", inward("1-a-title")) == tip
    assert git(main, "rev-parse", BRANCH) == made.start_commit
    assert workspaces.take_in(made.path, branch=BRANCH, commit=tip) == ""
    assert git(main, "rev-parse", BRANCH) == tip
    assert git(main, "show", f"{BRANCH}:one.txt") == "one.txt"


def test_what_is_committed_elsewhere_is_not_on_its_branch(workspaces: GitWorkspaces) -> None:
    made = prepare(workspaces)
    inside(workspaces, made, "git switch -qc feature/x")
    committed(workspaces, made, "one.txt")
    seen = workspaces.evidence(made.path, branch=BRANCH, since=made.start_commit)
    assert (seen.commits, seen.elsewhere) == (0, "feature/x")
    inside(workspaces, made, f"git switch -q {BRANCH} && git merge -q --ff-only feature/x")
    seen = workspaces.evidence(made.path, branch=BRANCH, since=made.start_commit)
    assert (seen.commits, seen.elsewhere) == (1, "")


def test_what_a_worker_rewrites_is_kept_and_what_others_put_there_stays(workspaces: GitWorkspaces) -> None:
    made, main = prepare(workspaces), workspaces.place.checkout
    first = committed(workspaces, made, "one.txt")
    workspaces.keep(made.path, branch=BRANCH)
    assert workspaces.take_in(made.path, branch=BRANCH, commit=first) == ""
    inside(workspaces, made, "git commit -q --amend -m other")
    second = workspaces.evidence(made.path, branch=BRANCH, since=made.start_commit).head
    assert workspaces.take_in(made.path, branch=BRANCH, commit=second) == ""
    git(main, "gc", "-q", "--prune=now")
    assert git(main, "cat-file", "-t", first) == "commit"
    git(
        main,
        "update-ref",
        f"refs/heads/{BRANCH}",
        git(main, "commit-tree", "-m", "A person's", "main^{tree}"),
    )
    third = committed(workspaces, made, "three.txt")
    workspaces.keep(made.path, branch=BRANCH)
    why = workspaces.take_in(made.path, branch=BRANCH, commit=third)
    assert why == f"`{BRANCH}` has commits of others: git fetch hub && git merge hub/{BRANCH}"
    assert git(main, "log", "-1", "--format=%s", BRANCH) == "A person's"


def test_a_branch_that_a_person_stands_on_is_not_moved_under_them(workspaces: GitWorkspaces) -> None:
    made, main = prepare(workspaces), workspaces.place.checkout
    tip = committed(workspaces, made, "one.txt")
    workspaces.keep(made.path, branch=BRANCH)
    git(main, "switch", "-q", BRANCH)
    with pytest.raises(HubError, match="is checked out in") as caught:
        workspaces.take_in(made.path, branch=BRANCH, commit=tip)
    assert "switch --detach" in caught.value.cure
    git(main, "switch", "-q", "main")
    assert workspaces.take_in(made.path, branch=BRANCH, commit=tip) == ""


def test_others_work_is_offered_as_it_is_now(workspaces: GitWorkspaces) -> None:
    made, other, main = prepare(workspaces), prepare(workspaces, "2"), workspaces.place.checkout
    tip = committed(workspaces, other, "two.txt")
    workspaces.keep(other.path, branch=other.branch)
    workspaces.take_in(other.path, branch=other.branch, commit=tip)
    git(main, "commit", "-q", "--allow-empty", "-m", "A person's")
    workspaces.look(made.path)
    said = inside(
        workspaces, made, f"git fetch -q hub && git merge -q hub/main hub/{other.branch} && cat two.txt"
    )
    assert said.splitlines()[-1] == "two.txt"
    assert "A person's" in inside(workspaces, made, "git log --format=%s")


def test_upkeep_of_the_main_repository_takes_nothing_from_a_thread(workspaces: GitWorkspaces) -> None:
    main = workspaces.place.checkout
    (main / "soon-gone.txt").write_text("gone\n")
    git(main, "add", ".")
    git(main, "commit", "-qm", "A commit that will be reset")
    made = prepare(workspaces)
    git(main, "reset", "-q", "--hard", "HEAD~1")
    git(main, "reflog", "expire", "--expire=now", "--all")
    git(main, "gc", "-q", "--prune=now")
    assert (
        inside(workspaces, made, "git fsck 2>&1; git status --short; git fetch hub; cat soon-gone.txt")
        == "gone\n"
    )
    tip = committed(workspaces, made, "one.txt")
    assert workspaces.evidence(made.path, branch=BRANCH, since=made.start_commit).head == tip


def test_a_worker_that_removes_all_it_can_reach_loses_its_own_folder_alone(workspaces: GitWorkspaces) -> None:
    made, other, main = prepare(workspaces), prepare(workspaces, "2"), workspaces.place.checkout
    tip = committed(workspaces, made, "one.txt")
    workspaces.look(made.path)
    inside(workspaces, made, "rm -rf --no-preserve-root / .git * 2>/dev/null")
    with pytest.raises(HubError):
        workspaces.evidence(made.path, branch=BRANCH, since=made.start_commit)
    assert "error" not in inside(workspaces, other, "git fsck 2>&1")
    git(main, "fsck", "--strict")
    again = prepare(workspaces, fresh=False)
    assert again == made
    assert inside(workspaces, again, "git rev-parse HEAD; git status --short").strip() == tip
    assert (again.path / "one.txt").exists()
    assert [path.name for path in (main / ".hubctl" / "aside").iterdir()] == ["1-a-title.1"]


def test_a_clone_that_a_person_removed_begins_with_what_was_last_brought(workspaces: GitWorkspaces) -> None:
    made = prepare(workspaces)
    tip = committed(workspaces, made, "one.txt")
    workspaces.keep(made.path, branch=BRANCH)
    shutil.rmtree(made.path)
    again = prepare(workspaces, fresh=False)
    assert again == made
    assert inside(workspaces, again, "git rev-parse HEAD").strip() == tip


def test_an_older_worktree_becomes_a_clone_with_all_that_is_in_it(workspaces: GitWorkspaces) -> None:
    made, main = prepare(replace(workspaces, cloned=False)), workspaces.place.checkout
    assert (made.path / ".git").is_file()
    (made.path / ".gitignore").write_text("ignored.txt\n")
    (made.path / "README.md").write_text("stashed\n")
    git(made.path, "stash", "-q")
    git(main, "commit", "-q", "--allow-empty", "-m", "A person's")
    (main / "README.md").write_text("a person's\n")
    git(main, "stash", "-q")
    git(made.path, "commit", "-q", "--allow-empty", "-m", "The worker's")
    for name in ("staged.txt", "untracked.txt", "ignored.txt"):
        (made.path / name).write_text("x\n")
    (made.path / "dangling").symlink_to("nowhere")
    git(made.path, "add", "staged.txt")
    before = git(made.path, "status", "--porcelain", "--ignored")
    assert prepare(workspaces, fresh=False) == made
    assert looked_at(workspaces.repository, made.path).cloned
    said = inside(
        workspaces, made, "git status --porcelain --ignored; git log -1 --format=%s; git stash list"
    )
    stashed = said.splitlines()[-1]
    assert said.splitlines()[:-1] == [*before.splitlines(), "The worker's"]
    assert stashed.startswith(f"stash@{{0}}: WIP on {BRANCH}")
    inside(workspaces, made, "git stash pop")
    assert (made.path / "README.md").read_text() == "stashed\n"
    aside = main / ".hubctl" / "aside" / "1-a-title.1"
    assert (aside / "untracked.txt").read_text() == "x\n"
    assert str(made.path) not in git(main, "worktree", "list")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("merge", "--no-commit", "other"), "a merge is under way"),
        (("switch", "-q", "-c", "x"), "is not on its branch"),
    ],
)
def test_a_worktree_in_the_midst_of_something_stays_what_it_is(
    workspaces: GitWorkspaces, words: tuple[str, ...], said: str
) -> None:
    made, main = prepare(replace(workspaces, cloned=False)), workspaces.place.checkout
    git(main, "switch", "-q", "-c", "other")
    git(main, "commit", "-q", "--allow-empty", "-m", "Another")
    git(main, "switch", "-q", "main")
    git(made.path, "commit", "-q", "--allow-empty", "-m", "The worker's")
    git(made.path, *words)
    with pytest.raises(HubError, match=said) as caught:
        prepare(workspaces, fresh=False)
    assert "hubctl retry" in caught.value.cure
    assert (made.path / ".git").is_file()
    assert not (main / ".hubctl" / "merging").exists() or not list((main / ".hubctl" / "merging").iterdir())


def test_what_says_how_files_look_and_who_commits_is_carried_over_and_no_login_is(
    workspaces: GitWorkspaces,
) -> None:
    main = workspaces.place.checkout
    git(main, "config", "user.email", "team@example.org")
    git(main, "config", "core.autocrlf", "input")
    git(main, "config", "core.fsmonitor", "touch ran")
    git(main, "remote", "add", "origin", "https://me:secret@example.org/team/it.git")
    (main / ".git" / "info" / "exclude").write_text("mine.txt\n")
    made = prepare(workspaces)
    said = inside(workspaces, made, "git config --list --local; touch mine.txt; git status --short")
    assert "user.email=team@example.org" in said
    assert "core.autocrlf=input" in said
    assert "remote.origin.url=https://example.org/team/it.git" in said
    for not_there in ("secret", "fsmonitor", "mine.txt"):
        assert not_there not in said


def test_a_sparse_checkout_and_a_shallow_history_are_carried_over(tmp_path: Path, repository: Path) -> None:
    for name in ("kept/a.txt", "left/b.txt"):
        (repository / name).parent.mkdir()
        (repository / name).write_text("x\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two folders")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", str(shallow))
    git(shallow, "sparse-checkout", "set", "kept")
    place = make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(shallow))[0]
    workspaces = GitWorkspaces(place=place, repository=place.repository, cloned=True)
    made = prepare(workspaces)
    assert (made.path / "kept" / "a.txt").exists()
    assert not (made.path / "left").exists()
    assert inside(workspaces, made, "git status --short; git log --format=%s").splitlines() == ["two folders"]


def test_verbs_in_a_clone_are_of_the_main_repositorys_hub(workspaces: GitWorkspaces) -> None:
    made = prepare(workspaces)
    (made.path / "deep").mkdir()
    assert find_place({}, made.path / "deep").id == workspaces.place.id


def test_a_look_sees_what_a_worker_made(workspaces: GitWorkspaces) -> None:
    made = prepare(workspaces)
    before = workspaces.look(made.path)
    (made.path / "new.txt").write_text("x")
    assert list(workspaces.look(made.path).files) == ["new.txt"]
    tip = committed(workspaces, made, "one.txt")
    assert checkout_look(looked_at(workspaces.repository, made.path)).head == tip != before.head
