"""The wiring: who may hold the lock, what is prepared for a worker, whose words count."""

import fcntl
import subprocess
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest

from hubctl import clock
from hubctl.agents.claude.worker import ClaudeAgent
from hubctl.core.documents.config import Config
from hubctl.core.documents.policy import Lane
from hubctl.core.documents.roles import Role, parse_role
from hubctl.core.intake.observations import RequestSeen, TargetsSeen, ZoneSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId
from hubctl.errors import HubError
from hubctl.git.repository import find_repository
from hubctl.hub import loop
from hubctl.hub.hub import Hub, only_hub, open_runtime, write_crash
from hubctl.hub.workspaces import GitWorkspaces
from hubctl.ports.log import Asking
from hubctl.ports.workspaces import Workspace
from hubctl.project import trust
from hubctl.project.config import load_roles
from hubctl.project.place import Place, is_running, make_place
from hubctl.project.rules import lanes_of
from hubctl.project.rules_in_force import open_rules
from hubctl.store.eventlog import SqliteEventLog
from support.core.builders import DONE, STARTING, TWO, assigned, opened, started
from support.waiting import PATIENCE, wait_until


@pytest.fixture
def place(repository: Path, tmp_path: Path) -> Place:
    return make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(repository))[0]


def git(place: Place, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=place.checkout, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(place: Place, name: str, text: str) -> str:
    path = place.checkout / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git(place, "add", ".")
    git(place, "commit", "-qm", name)
    return git(place, "rev-parse", "HEAD")


# --- the lock -----------------------------------------------------------------------------------------------------


def test_there_is_one_hub(place: Place) -> None:
    with only_hub(place):
        assert is_running(place)
        with pytest.raises(HubError, match="A hub runs already"), only_hub(place):
            pytest.fail("two hubs")
    assert not is_running(place)
    with only_hub(place):
        pass


def test_a_verb_that_looks_at_the_lock_does_not_keep_a_hub_out(place: Place) -> None:
    place.lock.touch()
    with place.lock.open("r") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.02, lambda: fcntl.flock(looking, fcntl.LOCK_UN)).start()
        with only_hub(place):
            assert is_running(place)


def test_what_goes_wrong_in_a_hub_is_not_blamed_on_the_lock(place: Place) -> None:
    with pytest.raises(BrokenPipeError), only_hub(place):
        raise BrokenPipeError
    place.lock.unlink()
    place.lock.mkdir()
    with pytest.raises(HubError, match=r"hub\.lock` cannot be written"), only_hub(place):
        pytest.fail("no lock is no hub")


# --- a worker's place ---------------------------------------------------------------------------------------------


def prepare(place: Place, base: str) -> Workspace:
    workspaces = GitWorkspaces(place=place, repository=place.repository)
    role = load_roles(place.checkout)["coder"]
    workspaces.demand_trust(base, role)
    return workspaces.prepare(thread="1", title="A Title", base=base, merge=(), fresh=True, role=role)


def test_a_worktree_is_prepared_from_its_base(place: Place) -> None:
    base = commit(place, "code.py", "one\n")
    made = prepare(place, base)
    assert (made.branch, made.start_commit) == ("hub/1-a-title", base)
    assert (made.path / "code.py").read_text() == "one\n"
    evidence = GitWorkspaces(place=place, repository=place.repository).evidence(
        made.path, branch=made.branch, since=base
    )
    assert (evidence.head, evidence.commits, evidence.dirty, evidence.guarded) == (base, 0, (), ())


@pytest.mark.parametrize("name", [".claude/settings.json", ".mcp.json"])
def test_an_untrusted_file_in_the_base_commit_starts_no_worker(place: Place, name: str) -> None:
    base = commit(place, name, '{"hooks": {}}')
    with pytest.raises(HubError, match="Not trusted on this machine"):
        prepare(place, base)
    (place.checkout / name).unlink()  # now only the commit has it
    with pytest.raises(HubError, match=f"in commit {base[:10]} is not trusted") as caught:
        prepare(place, base)
    assert "hubctl trust" in caught.value.cure
    assert not (place.checkout / ".hubctl").exists()
    assert git(place, "branch", "--list", "hub/*") == ""
    git(place, "checkout", "-q", "--", name)
    trust.accept(place)
    assert (prepare(place, base).path / name).exists()


# --- the hub ------------------------------------------------------------------------------------------------------


@pytest.fixture
def hub(place: Place, tmp_path: Path) -> Hub:
    book = open_rules(place)
    agent = ClaudeAgent(place=place, config=Config(), rules=book.now, source={}, python="python")
    return Hub(
        place=place,
        config=Config(),
        book=book,
        agent=agent,
        runtime=open_runtime(place, Config()),
    )


def said(by: str, token: str) -> RequestSeen:
    return RequestSeen(
        at=clock.now(), number=1, verb="done", by=by, thread=ThreadId("1"), text="x", words={"token": token}
    )


@pytest.mark.parametrize(
    ("by", "token", "proven"),
    [
        ("worker:w1-1", "right", "worker:1"),
        ("worker:w1-1", "wrong", "nobody"),
        ("worker:w1-1", "", "nobody"),
        ("worker:w1-2", "right", "nobody"),
        ("worker:w2-1", "right", "nobody"),
        ("worker:", "", "nobody"),
        ("worker:../w1-1", "right", "nobody"),
        ("human", "", "human"),
    ],
)
@pytest.mark.parametrize("events", [STARTING, STARTING[:-1]], ids=["started", "news of its start to come"])
def test_a_worker_is_believed_by_its_token(
    hub: Hub, by: str, token: str, proven: str, events: tuple[e.Event, ...]
) -> None:
    folder = hub.place.workers / "w1-1"
    folder.mkdir(parents=True)
    (folder / "token").write_text("right\n")
    (hub.place.workers.parent / "w1-1").symlink_to(folder)
    seen = hub._authenticate(said(by, token), fold(events))
    assert seen.by == proven
    if by != "human":
        assert "token" not in seen.words


@pytest.mark.parametrize("named", ["1", "2", None])
def test_a_standing_worker_speaks_for_its_current_thread(hub: Hub, named: str | None) -> None:
    (hub.place.workers / "w1-1").mkdir(parents=True)
    (hub.place.workers / "w1-1" / "token").write_text("right\n")
    took = replace(started(TWO), worker="w1-1", standing=True, untold=True)
    state = fold([*DONE, opened(TWO), assigned(TWO), took])
    request = replace(said("worker:w1-1", "right"), thread=ThreadId(named) if named else None)
    seen = hub._authenticate(request, state)
    assert (seen.by, seen.thread) == ("worker:2", named or "2")


def test_what_the_hub_knows_of_itself_is_seen_at_each_beat(hub: Hub) -> None:
    now = clock.now()
    always = [TargetsSeen(at=now, targets=("tmux",)), ZoneSeen(at=now, offset=clock.offset_seconds())]
    assert list(hub._checks(now))[-2:] == always


def test_a_hub_with_nothing_to_do_begins_and_ends_and_leaves_no_terminals(hub: Hub) -> None:
    log = SqliteEventLog(hub.place.db)
    with only_hub(hub.place):
        running = threading.Thread(target=hub.run)
        running.start()
        wait_until(log.heartbeat, PATIENCE, "the heart")
        hub.end()
        running.join(PATIENCE)
    assert not running.is_alive()
    kinds = [type(logged.event) for logged in log.read()]
    assert [kind for kind in kinds if kind not in (e.TargetsChanged, e.ZoneChanged)] == [
        e.HubStarted,
        e.HubStopped,
    ]
    assert log.heartbeat() is None
    assert hub.runtime.server_pid() is None
    log.close()


def test_a_hub_that_sleeps_is_woken(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a request, by trust, and by its end; and whoever follows it in its own process is told of all that happens."""
    monkeypatch.setattr(loop, "BEAT_SECONDS", 60.0)
    told: SimpleQueue[HubState] = SimpleQueue()
    log = SqliteEventLog(hub.place.db)
    with only_hub(hub.place):
        running = threading.Thread(target=hub.run, args=(told.put,))
        running.start()
        wait_until(lambda: told.get(timeout=PATIENCE).targets, PATIENCE, "the first turn")
        number = log.ask(Asking(verb="trigger", by="human"), at=clock.now())
        wait_until(lambda: told.get(timeout=PATIENCE).requests == number, PATIENCE, "the request")
        (hub.place.checkout / "POLICY.md").write_text("# Nothing\n")
        trust.accept(hub.place)
        wait_until(lambda: "POLICY.md" in told.get(timeout=PATIENCE).guarded.loaded, PATIENCE, "the rules")
        hub.end()
        running.join(PATIENCE)
    assert not running.is_alive()
    log.close()


def test_a_crash_is_written_down_with_the_versions(tmp_path: Path) -> None:
    path = write_crash(tmp_path / "crashes", "Traceback: oh\n")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_text().startswith("hubctl ")
    assert path.read_text().endswith("Traceback: oh\n")


# --- directories --------------------------------------------------------------------------------------------------


def directory_role(words: str = "workspace: {directory: ../other}", name: str = "keeper") -> Role:
    return parse_role(f"---\ndescription: d\n{words}\n---\nWork.\n", name=name, file=f"{name}.md")


@pytest.fixture
def other(place: Place) -> Path:
    """Another repository, beside the hub's."""
    folder = place.checkout.parent / "other"
    folder.mkdir()
    for words in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "Begin"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def in_other(other: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=other, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_directory_is_taken_as_it_is_and_its_start_is_kept(place: Place, other: Path) -> None:
    """A hub that prepares again after a crash must not take the worker's own commit for the start."""
    workspaces = GitWorkspaces(place=place, repository=place.repository)
    begin = in_other(other, "rev-parse", "HEAD")
    for _ in range(2):
        made = workspaces.prepare(
            thread="1", title="T", base="HEAD", merge=[("hub/0-x", "X")], fresh=True, role=directory_role()
        )
        assert made == Workspace(path=other, branch="", start_commit=begin)
        in_other(other, "commit", "-q", "--allow-empty", "-m", "The worker's")
    (other / ".hubctl" / "tasks").mkdir(parents=True)
    (other / ".hubctl" / "tasks" / "1.md").touch()
    (other / "more.txt").touch()
    seen = workspaces.evidence(other, branch="", since=made.start_commit)
    assert (seen.commits, seen.dirty) == (2, ("more.txt",))
    assert in_other(other, "branch", "--format", "%(refname:short)") == "main"
    assert git(place, "branch", "--list", "hub/*") == ""
    later = workspaces.prepare(
        thread="2", title="U", base="HEAD", merge=(), fresh=True, role=directory_role()
    )
    assert later.start_commit == in_other(other, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../missing", "`keeper` works in .*missing`, which does not exist"),
        ("~nobody-at-all/x", "which does not exist"),
        ("..", "is in no git repository"),
        (".", "which belongs to the hub's own repository"),
        ("src", "which belongs to the hub's own repository"),
        (".hubctl/worktrees/1-a-title", "which belongs to the hub's own repository"),
        ("../other/part", "which is a part of .*other`"),
        ("../empty", "has no commit yet"),
    ],
)
def test_a_directory_that_is_no_repository_of_its_own_is_refused(
    place: Place, other: Path, path: str, message: str
) -> None:
    prepare(place, git(place, "rev-parse", "HEAD"))
    (place.checkout / "src").mkdir()
    (other / "part").mkdir()
    subprocess.run(["git", "init", "-q", str(place.checkout.parent / "empty")], check=True)
    workspaces = GitWorkspaces(place=place, repository=place.repository)
    role = directory_role(f"workspace: {{directory: '{path}'}}")
    with pytest.raises(HubError, match=message) as caught:
        workspaces.prepare(thread="2", title="T", base="HEAD", merge=(), fresh=True, role=role)
    assert caught.value.cure


def test_a_standing_worker_needs_a_directory(place: Place) -> None:
    workspaces = GitWorkspaces(place=place, repository=place.repository)
    with pytest.raises(HubError, match="`keeper` has a standing worker, and no directory"):
        workspaces.prepare(
            thread="1",
            title="T",
            base="HEAD",
            merge=(),
            fresh=True,
            role=directory_role("lifetime: standing"),
        )
    assert not (place.checkout / ".hubctl").exists()


def test_roles_of_one_directory_share_a_lane(place: Place, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    written = {"a": "../other", "b": str(tmp_path / "link" / "other"), "c": "../others"}
    roles = {
        name: directory_role(f"workspace: {{directory: {path}}}", name) for name, path in written.items()
    }
    roles |= {"d": directory_role("lifetime: standing", "d"), "e": directory_role("commits: none", "e")}
    lanes = lanes_of(roles, place.checkout)
    assert lanes["a"] == lanes["b"] == Lane(key=str(place.checkout.parent / "other"))
    assert lanes["c"].key != lanes["a"].key
    assert lanes["d"] == Lane(key="d", standing=True)
    assert "e" not in lanes
