"""The main job with the real worker CLI: from a plan to branches, in one command."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from hubctl.core.ledger.fold import fold
from hubctl.store.eventlog import SqliteEventLog
from support.live.project import HUBCTL, Project, issue, wait_for_state, work
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.live


@pytest.mark.core
def test_a_plan_runs_to_its_end(project: Project) -> None:
    """Two in parallel, one that needs both, one validation that fails once: exit 0, and the branches hold the work."""
    project.as_shipped()
    mended = (
        "@write b.txt right",
        '@bash git commit -qam "b: right"',
        '@bash hubctl done --summary "b is right"',
    )
    project.script(
        "scripts:\n"
        "  - when: 'not done yet, attempt 1: the validation failed with exit 1'\n"
        f"    steps: {json.dumps([*mended, '@say Mended.'])}\n"
    )
    looks = "@bash grep -rn nothing . | cat"  # the hub looks for secrets, and finds none
    plan = project.plan(
        issue(
            "a", "Write a", *work("a.txt", '@bash hubctl progress "on a"', looks), validate="test -f a.txt"
        ),
        issue("b", "Write b", *work("b.txt"), validate="cat b.txt; grep -q right b.txt"),
        issue("c", "Write c", *work("c.txt"), after=("a", "b"), validate="test -f a.txt && test -f b.txt"),
    )
    ended = project.hubctl("run", "--planner", "file", "--plan", plan, "--json")
    document = json.loads(ended.stdout)
    threads = {thread["title"]: thread for thread in document["threads"]}
    assert {thread["state"] for thread in threads.values()} == {"done"}
    assert [threads[title]["attempt"] for title in ("Write a", "Write b", "Write c")] == [1, 2, 1]
    assert threads["Write c"]["worker"]["pane"] is None
    assert (document["asks"], document["alerts"]) == (0, 0)
    answers = [event["data"] for event in project.events("--kind", "ask-answered")]
    judged = {("permissions", "allow")} if project.cell == "off" else set()
    assert {(one["how"], one["decision"]) for one in answers} == judged
    tree = _git(project.checkout, "ls-tree", "--name-only", threads["Write c"]["worker"]["branch"])
    assert {"a.txt", "b.txt", "c.txt"} <= set(tree.split())
    _assert_parallel(project)
    _assert_one_prompt_each(project, 3)
    _assert_replays(project)
    first_of_c = next(texts[0] for texts in project.prompts().values() if "Write c" in texts[0])
    assert "a.txt: it is there" in first_of_c
    assert all(check["ok"] for check in project.json("doctor"))


def _git(checkout: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=checkout, check=True, capture_output=True, text=True).stdout


def _assert_parallel(project: Project) -> None:
    """The second worker had started before the first had ended."""
    seqs = {(event["kind"], event["thread"]): event["seq"] for event in reversed(project.events())}
    assert seqs["worker-started", "2"] < seqs["claim-accepted", "1"]
    assert seqs["worker-started", "3"] > seqs["claim-accepted", "2"]


def _assert_one_prompt_each(project: Project, sessions: int) -> None:
    told = project.prompts()
    assert len(told) == sessions
    for texts in told.values():
        firsts = [text for text in texts if text.startswith(texts[0][:40])]
        assert len(firsts) == 1, texts


def _assert_replays(project: Project) -> None:
    """The log folds to the state that `status` shows, without an anomaly."""
    place = project.json("init")
    log = SqliteEventLog(Path(place["state"]) / "hub.db")
    state = fold(logged.event for logged in log.read())
    log.close()
    assert not state.anomalies
    assert not state.pending
    shown = {thread["id"]: thread["state"] for thread in project.json("status")["threads"]}
    assert {thread.id: thread.state.value for thread in state.everyone} == shown


@pytest.mark.core
def test_a_thread_that_fails_three_times(project: Project) -> None:
    """Exit 1 names it, its dependent is shown as waiting on it, the other is done; the run ends."""
    again = [
        '@bash echo more >> a.txt; git commit -qam "a: more"',
        '@bash hubctl done --summary "again"',
        "@say Again.",
    ]
    project.script(f"scripts:\n  - when: 'not done yet'\n    steps: {json.dumps(again)}\n")
    plan = project.plan(
        issue("a", "Never right", *work("a.txt"), validate="echo what went wrong; exit 7"),
        issue("b", "Waits", *work("b.txt"), after=("a",)),
        issue("c", "Alone", *work("c.txt")),
    )
    ended = project.hubctl("run", "--planner", "file", "--plan", plan, "--json", code=1)
    threads = {thread["title"]: thread for thread in json.loads(ended.stdout)["threads"]}
    assert threads["Never right"]["state"] == "failed"
    assert threads["Never right"]["attempt"] == 3
    assert threads["Never right"]["ball"]["holder"] == "human"
    assert threads["Waits"]["state"] == "queued"
    assert threads["Waits"]["ball"]["holder"] == "human"  # its alert is all that its rule has
    assert threads["Waits"]["wait_broken"]
    assert threads["Alone"]["state"] == "done"
    assert "Never right" in ended.stderr
    assert "exit 7" in ended.stderr
    feedback = [text for texts in project.prompts().values() for text in texts if "not done yet" in text]
    assert len(feedback) == 2
    for text in feedback:
        assert text.endswith("what went wrong")
        assert len(text) <= 700
        assert len(text.splitlines()) <= 3
        assert ".hubctl/tasks/1-validation-" in text


def test_a_turn_without_a_word(project: Project) -> None:
    """Nudged once, with proof, and then shown in `alerts`: the ball is the human's, for the rule has nothing left."""
    project.policy(rules={"idle-no-handoff": {"after": "2s", "nudges": 1, "pause": "2s", "then": ["alert"]}})
    plan = project.plan(issue("a", "Says nothing", "@say I am quiet."))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    project.up()
    alert = wait_until(lambda: project.json("alerts"), PATIENCE, "an alert")[0]
    assert alert["kind"] == "idle-no-handoff"
    assert alert["thread"] == "1"
    assert alert["because"] == "idle-no-handoff"
    nudges = [text for texts in project.prompts().values() for text in texts if "Your turn ended" in text]
    assert len(nudges) == 1
    wait_for_state(project, "Says nothing", "waiting")
    ball = project.threads()["Says nothing"]["ball"]
    assert ball["holder"] == "human"
    assert ball["why"] == alert["text"] or ball["why"] in alert["text"]


def test_a_worker_that_dies_is_resumed(project: Project) -> None:
    """Its conversation goes on in the same session, and the work is finished."""
    done = ["@bash git status", *work("a.txt")]
    project.script(f"scripts:\n  - when: 'Your process had ended'\n    steps: {json.dumps(done)}\n")
    plan = project.plan(issue("a", "Dies", "@hold 120"))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    project.up()
    wait_for_state(project, "Dies", "working")
    wait_until(project.requests, what="a request")
    # Before its prompt is on disk there is no conversation to go on with, and the task is told anew.
    transcripts = project.home / ".claude" / "projects"
    wait_until(lambda: any("hubctl thread" in path.read_text() for path in transcripts.glob("*/*.jsonl")))
    pid = project.events("--kind", "worker-started")[0]["data"]["pid"]
    subprocess.run(["kill", "-9", str(pid)], check=True)
    wait_for_state(project, "Dies", "done")
    assert len(project.prompts()) == 1
    assert [event["data"]["resume"] for event in project.events("--kind", "worker-assigned")] == [False, True]


def test_ctrl_c_leaves_the_workers_alive(project: Project) -> None:
    """`run` says how to come back, exits 130, and `up` goes on with the same worker."""
    plan = project.plan(issue("a", "Takes its time", *work("a.txt", "@bash sleep 8")))
    run = subprocess.Popen(
        [*HUBCTL, "run", "--planner", "file", "--plan", plan],
        cwd=project.checkout,
        env=project.env,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_state(project, "Takes its time", "working")
    run.send_signal(signal.SIGINT)
    said = run.communicate(timeout=PATIENCE)[1]
    assert run.returncode == 130
    assert "hubctl up" in said
    pid = project.events("--kind", "worker-started")[0]["data"]["pid"]
    assert Path(f"/proc/{pid}").exists()
    project.up()
    wait_for_state(project, "Takes its time", "done")
    assert len(project.events("--kind", "worker-started")) == 1


def test_run_hands_its_plan_to_a_hub_that_runs(project: Project) -> None:
    """And follows it to the end in its own process."""
    hub = project.up()
    wait_until(lambda: project.json("status")["hub"]["running"], what="the hub")
    plan = project.plan(issue("a", "By the other hub", *work("a.txt")))
    ended = project.hubctl("run", "--planner", "file", "--plan", plan)
    assert "git merge hub/1-by-the-other-hub" in ended.stdout
    assert hub.poll() is None
    project.hubctl("down")
    assert hub.wait(timeout=PATIENCE) == 0


def test_a_dialog_is_the_humans_ball(project: Project) -> None:
    """A permission dialog in the pane: the thread waits, the human holds the ball, an alert says so."""
    project.policy(permissions={"ask": ["Bash(touch *)"]}, rules={"ask-unanswered": {"after": "1s"}})
    plan = project.plan(issue("a", "Asks", "@bash touch x.txt", *work("a.txt")))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    project.up()
    wait_for_state(project, "Asks", "waiting")
    assert project.threads()["Asks"]["ball"]["holder"] == "human"
    assert wait_until(lambda: project.json("alerts"), what="an alert")[0]["kind"] == "ask-unanswered"
    assert project.json("status")["asks"] == 1


def test_a_long_task_stands_in_a_file(project: Project) -> None:
    """A prompt of 20 KB goes into the worktree, out of git's sight, and a short prompt names it."""
    body = "A line of the task.\n" * 1000
    project.script(
        "scripts:\n  - when: 'Your task stands in the file `.hubctl/tasks/1.md`'\n"
        f"    steps: {json.dumps(['@read .hubctl/tasks/1.md', *work('a.txt')])}\n"
    )
    plan = project.plan({"key": "a", "title": "A long one", "body": body})
    project.hubctl("run", "--planner", "file", "--plan", plan)
    worktree = Path(project.threads()["A long one"]["worker"]["worktree"])
    assert body.strip() in (worktree / ".hubctl/tasks/1.md").read_text()
    assert _git(worktree, "status", "--porcelain") == ""


def test_a_merge_conflict_starts_no_worker(project: Project) -> None:
    """Two branches that do not merge: the dependent has no worker, the human has its ball, the file is named."""
    plan = project.plan(
        issue("a", "One", "@bash echo one > same.txt", *work("a.txt", "@bash git add same.txt")),
        issue("b", "Two", "@bash echo two > same.txt", *work("b.txt", "@bash git add same.txt")),
        issue("c", "Both", *work("c.txt"), after=("a", "b")),
    )
    ended = project.hubctl("run", "--planner", "file", "--plan", plan, code=1)
    assert "same.txt" in ended.stderr
    both = project.threads()["Both"]
    assert (both["state"], both["ball"]["holder"], both["worker"]) == ("failed", "human", None)
