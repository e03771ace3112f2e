"""What hubctl asks git: the answers, and that asking runs nothing of the repository's."""

import fcntl
import os
import select
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest

from hubctl.errors import HubError
from hubctl.git.location import Repository
from hubctl.git.program import ask, git, held
from hubctl.git.repository import (
    changed_since,
    checkout_of,
    commits_since,
    dirty,
    exclude,
    find_repository,
    guarded,
    guarded_changes,
    head,
    link,
)

Git = Callable[..., str]


@pytest.fixture
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


@pytest.fixture
def run_git(home: Path) -> Git:
    def run_git(path: Path, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run_git


@pytest.fixture
def repo(tmp_path: Path, run_git: Git) -> Repository:
    path = tmp_path / "project"
    path.mkdir()
    run_git(path, "init")
    (path / "a.txt").write_text("a\n")
    run_git(path, "add", "--all")
    run_git(path, "commit", "-m", "first")
    return Repository(path=path.resolve(), common=(path / ".git").resolve())


def commit(run_git: Git, path: Path, *names: str) -> None:
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(name)
    run_git(path, "add", "--all", "--force")
    run_git(path, "commit", "-m", " ".join(names))


def test_the_repository_is_the_same_from_everywhere(repo: Repository, run_git: Git, tmp_path: Path) -> None:
    run_git(repo.path, "worktree", "add", str(tmp_path / "other"))
    (repo.path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "linked").symlink_to(repo.path)
    places = [
        repo.path,
        repo.path / "a.txt",
        repo.path / "deep" / "er",
        repo.common,
        tmp_path / "other",
        tmp_path / "linked",
    ]
    assert [find_repository(place) for place in places] == [repo] * len(places)


def test_a_git_folder_elsewhere_is_found_from_the_main_checkout(run_git: Git, tmp_path: Path) -> None:
    run_git(tmp_path, "init", "--separate-git-dir", str(tmp_path / "store"), str(tmp_path / "main"))
    run_git(tmp_path / "main", "commit", "--allow-empty", "-m", "first")
    found = find_repository(tmp_path / "main")
    assert (found.path, found.common) == (tmp_path / "main", tmp_path / "store")
    run_git(tmp_path / "main", "worktree", "add", str(tmp_path / "other"))
    with pytest.raises(HubError, match="main checkout"):
        find_repository(tmp_path / "other")


def test_what_is_missing_is_named_with_its_cure(
    run_git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(HubError, match="in no git repository") as caught:
        find_repository(tmp_path / "none")
    assert "git init" in caught.value.cure
    run_git(tmp_path, "init", "empty")
    with pytest.raises(HubError, match="no commit yet"):
        find_repository(tmp_path / "empty")
    with pytest.raises(HubError, match="no folder"):
        find_repository(tmp_path / "never" / "was")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HubError, match="not installed"):
        find_repository(tmp_path / "empty")


def test_a_bare_repository_is_refused_from_its_worktrees_too(
    repo: Repository, run_git: Git, tmp_path: Path
) -> None:
    for name in ("bare.git", "hidden/.git"):
        run_git(tmp_path, "clone", "--bare", str(repo.path), name)
        run_git(tmp_path / name, "worktree", "add", str(tmp_path / f"of-{name[:4]}"))
    for place in ("bare.git", "of-bare", "hidden", "of-hidd"):
        with pytest.raises(HubError, match="bare repository"):
            find_repository(tmp_path / place)


def test_variables_of_another_git_do_not_leak_in(
    repo: Repository, run_git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_git(tmp_path, "init", "foreign")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "foreign" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "foreign"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert find_repository(repo.path) == repo
    assert dirty(repo) == ()


def test_dirty_names_what_is_changed_staged_new_renamed(repo: Repository, run_git: Git) -> None:
    assert dirty(repo) == ()
    run_git(repo.path, "config", "status.showUntrackedFiles", "no")
    run_git(repo.path, "mv", "a.txt", "b ü.txt")
    (repo.path / "new").mkdir()
    (repo.path / "new" / "file\nname").write_text("")
    assert dirty(repo) == ("a.txt", "b ü.txt", "new/")


def test_commits_and_files_since_a_commit(repo: Repository, run_git: Git) -> None:
    base = head(repo)
    assert (commits_since(repo, base), changed_since(repo, base)) == (0, ())
    run_git(repo.path, "switch", "-c", "side")
    commit(run_git, repo.path, "b.txt", ".github/workflows/x.yml")
    run_git(repo.path, "mv", "a.txt", "POLICY.md")
    run_git(repo.path, "commit", "-m", "moved")
    assert commits_since(repo, base) == 2
    assert changed_since(repo, base) == (".github/workflows/x.yml", "POLICY.md", "a.txt", "b.txt")
    assert guarded_changes(repo, base) == (".github/workflows/x.yml", "POLICY.md")
    with pytest.raises(HubError, match="git rev-list"):
        commits_since(repo, "nonsense")


def test_what_others_did_to_the_base_meanwhile_is_no_change_of_the_branch(
    repo: Repository, run_git: Git
) -> None:
    run_git(repo.path, "switch", "-c", "side")
    commit(run_git, repo.path, "mine.txt")
    run_git(repo.path, "switch", "main")
    commit(run_git, repo.path, "theirs.txt")
    base = head(repo)
    run_git(repo.path, "switch", "side")
    assert changed_since(repo, base) == ("mine.txt",)


@pytest.mark.parametrize(
    ("name", "is_guarded"),
    [
        ("hubctl.yaml", True),
        ("POLICY.md", True),
        (".hubctl/roles/coder.md", True),
        (".claude/settings.json", True),
        ("packages/x/.claude/settings.json", True),
        (".mcp.json", True),
        (".GitHub/workflows/ci.yml", True),
        (".gitlab-ci.yml", True),
        ("Jenkinsfile", True),
        ("src/hubctl.yaml.py", False),
        ("docs/POLICY.md", False),
        ("src/github/x.py", False),
        ("claude/x", False),
    ],
)
def test_guarded_names(name: str, is_guarded: bool) -> None:
    assert guarded([name]) == ((name,) if is_guarded else ())


def test_exclude_adds_its_line_once_and_keeps_the_rest(repo: Repository) -> None:
    file = repo.common / "info" / "exclude"
    file.write_bytes(b"# mine \xff\n*.log")
    file.chmod(0o640)
    (repo.path / ".hubctl").mkdir()
    (repo.path / ".hubctl" / "x").write_text("")
    assert dirty(repo) == (".hubctl/",)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(exclude, [repo] * 8))
    assert file.read_bytes() == b"# mine \xff\n*.log\n.hubctl/*\n!.hubctl/roles\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["exclude"]
    assert dirty(repo) == ()


def test_exclude_makes_what_is_missing_and_says_what_is_in_the_way(repo: Repository) -> None:
    file = repo.common / "info" / "exclude"
    file.unlink(missing_ok=True)
    exclude(repo)
    assert file.read_text() == ".hubctl/*\n!.hubctl/roles\n"
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("")
    with pytest.raises(HubError, match="cannot be written"):
        exclude(repo)


def test_links_share_what_is_there_and_stay_out_of_sight(
    repo: Repository, run_git: Git, tmp_path: Path
) -> None:
    run_git(repo.path, "worktree", "add", str(tmp_path / "other"))
    commit(run_git, repo.path, ".gitignore")
    (repo.path / ".venv").mkdir()
    (repo.path / "data [1]").mkdir()
    (repo.path / ".claude").mkdir()
    (repo.path / ".claude" / "settings.local.json").write_text("{}")
    names = (".venv/", "data [1]", "absent", ".claude/settings.local.json")
    other = tmp_path / "other"
    assert link(repo, other, names) == (".venv", "data [1]", ".claude/settings.local.json")
    assert (other / ".venv").readlink() == repo.path / ".venv"
    assert not (other / ".claude" / "settings.local.json").is_symlink()
    assert dirty(checkout_of(repo, other)) == ()
    (other / ".claude" / "settings.local.json").write_text("{'answered': 1}")
    assert link(repo, other, names) == ()
    assert (other / ".claude" / "settings.local.json").read_text() == "{'answered': 1}"


@pytest.mark.parametrize(
    "path", ["/etc", "../x", "a/../../x", ".", "", ".git/config", "out/x", "x\ny", ".hubctl/x"]
)
def test_a_link_never_leads_out(repo: Repository, run_git: Git, tmp_path: Path, path: str) -> None:
    run_git(repo.path, "worktree", "add", str(tmp_path / "other"))
    (tmp_path / "other" / "out").symlink_to(tmp_path)
    (repo.path / "out").mkdir()
    (repo.path / "out" / "x").write_text("")
    before = (repo.common / "info" / "exclude").read_text()
    with pytest.raises(HubError, match="link: "):
        link(repo, tmp_path / "other", ["ok", path])
    assert not (tmp_path / "x").exists()
    assert (repo.common / "info" / "exclude").read_text() == before


def test_a_ring_of_links_in_the_branch_is_an_error(repo: Repository, run_git: Git, tmp_path: Path) -> None:
    run_git(repo.path, "worktree", "add", str(tmp_path / "other"))
    (tmp_path / "other" / "ring").symlink_to("ring")
    (repo.path / "ring").mkdir()
    (repo.path / "ring" / "x").write_text("")
    with pytest.raises(HubError, match="cannot be written"):
        link(repo, tmp_path / "other", ["ring/x"])


def make_hostile(repo: Repository, run_git: Git, tmp_path: Path) -> Path:
    """A repository that runs a program wherever git lets it; each would leave a file in the folder returned."""
    trace = tmp_path / "trace"
    trace.mkdir()
    (tmp_path / "hooks").mkdir()
    for name in ("fsmonitor", "diff", "gpg", "editor", "pager", "textconv", "filter", "merge"):
        script(tmp_path / name, f"touch {trace}/{name}; cat")
    for name in (
        "post-checkout",
        "pre-merge-commit",
        "commit-msg",
        "post-merge",
        "reference-transaction",
        "post-commit",
    ):
        script(tmp_path / "hooks" / name, f"touch {trace}/{name}")
    settings = {
        "core.hooksPath": tmp_path / "hooks",
        "core.fsmonitor": tmp_path / "fsmonitor",
        "diff.external": tmp_path / "diff",
        "diff.t.textconv": tmp_path / "textconv",
        "core.editor": tmp_path / "editor",
        "core.pager": tmp_path / "pager",
        "gpg.program": tmp_path / "gpg",
        "commit.gpgSign": "true",
        "log.showSignature": "true",
        "alias.status": f"!touch {trace}/alias",
        "alias.merge": f"!touch {trace}/alias",
        **{f"filter.t.{what}": tmp_path / "filter" for what in ("clean", "smudge")},
        "filter.t.required": "true",
        "merge.t.driver": f"{tmp_path}/merge %A",
    }
    (repo.common / "info" / "attributes").write_text("* diff=t filter=t merge=t\n")
    for key, value in settings.items():
        run_git(repo.path, "config", key, str(value))
    return trace


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_reading_runs_nothing_of_a_hostile_repository(repo: Repository, run_git: Git, tmp_path: Path) -> None:
    base = head(repo)
    run_git(repo.path, "commit", "--allow-empty", "-m", "second")
    (repo.path / "a.txt").write_text("changed")
    trace = make_hostile(repo, run_git, tmp_path)
    find_repository(repo.path)
    assert dirty(repo) == ("a.txt",)
    assert (commits_since(repo, base), changed_since(repo, base)) == (1, ())
    assert [path.name for path in trace.iterdir()] == []
    run_git(repo.path, "status")
    assert (trace / "fsmonitor").exists(), "the trap does not work"


def test_a_program_called_git_in_the_folder_is_not_run(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(repo.path / "git", f"touch {tmp_path}/ran")
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    assert head(repo)
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="pidfd")
def test_a_git_that_hangs_is_ended_with_its_children(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "git", f"sleep 1000 & echo $! > {tmp_path}/pid; wait")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(HubError, match="took longer"):
        ask(repo.path, "status", seconds=0.5)
    try:
        child = os.pidfd_open(int((tmp_path / "pid").read_text()))
    except ProcessLookupError:
        return
    assert select.select([child], [], [], 10)[0]
    os.close(child)


def test_another_gits_lock_is_waited_for(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.git.program.PAUSES", (0.05,) * 200)
    lock = repo.common / "index.lock"
    lock.write_text("")
    release = Timer(0.15, lock.unlink)
    release.start()
    assert ask(repo.path, "add", "a.txt").code == 0
    release.join()


def test_a_lock_that_stays_is_named(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.git.program.PAUSES", (0.01,))
    lock = repo.common / "index.lock"
    lock.write_text("")
    with pytest.raises(HubError, match="another git works") as caught:
        git(repo.path, "add", "a.txt")
    assert str(lock) in caught.value.cure


def test_a_held_lock_survives_its_hub_in_the_git_it_started(tmp_path: Path) -> None:
    with held(tmp_path / "lock") as descriptor:
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(descriptor,))
    with (tmp_path / "lock").open() as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        child.communicate()
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_git_inherits_the_lock_that_it_works_under_and_no_other_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "git", "cd /proc/$$/fd && echo *")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with held(tmp_path / "lock") as descriptor, (tmp_path / "private").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        found = ask(tmp_path, "status", holding=descriptor).out.split()
        assert str(descriptor) in found
        assert str(file.fileno()) not in found


def test_a_lock_that_is_never_free_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.git.program.LOCK_SECONDS", 0.1)
    with held(tmp_path / "lock"), pytest.raises(HubError, match="is locked"), held(tmp_path / "lock"):
        pass
