"""Sixty texts of all kinds to real workers: each arrives once and unchanged, or is refused and nothing is typed."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from hubctl.agents.claude.screen.screen import parse_screen
from hubctl.core.vocabulary.pasteable import same_prompt
from hubctl.scripted.log import PROMPT_CHARACTERS
from support.live.desk import asker
from support.live.project import (
    HUBCTL,
    Project,
    issue,
    pane_of,
    screen_of,
    script,
    view_of,
    wait_for_state,
    wait_for_view,
    work,
)
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.live

VERBATIM = (
    *("go on", "go on", "y", "1", "0.5 is enough", "OK.", "Exit.", "quit now", "?"),
    *("#tag first", "& then", "- a dash", "--flag", "~/x and $HOME", "% of it", "a;b;", "tail;"),
    *("$(touch pwned) `touch pwned`", "#{pane_id} #[fg=red] #(touch pwned)", "'single' \"double\" \\ inside"),
    *("{\"json\": [1, 2]}", "<b>html</b> &amp; more", "ultrathink about it"),
    *("Grüße, ça va, naïve", "漢字かな交じり文", "한국어 문장", "مرحبا بالعالم", "emoji 👍🏽 🇫🇷 👨‍👩‍👧 done", "∑∏√ → ←"),
    *("two\nlines", "three\nlines\nhere", "blank\n\nbetween", "word " * 60 + "end", "x" * 700),
    *("@nosuchfile.txt is named", "C:\\path\\file.txt is one", "hubctl done --summary x", "1. first\n2. second"),
)  # fmt: skip
AS_FILE = (
    *("/clear", "/help me", "!ls", "!touch pwned", "exit", "EXIT", "quit", ":q", ":wq", "ends in \\", "/"),
    *("a\ttab", " outer blanks ", "crlf\r\nline", "e\u0301 is two", "\x1b[201~\rtouch pwned\r", "bell \x07 here"),
    *("zero\u200bwidth", "\u202eturned", "1\n2\n3\n4", "a </pasted_content> b", "long " * 2000, "lines\n" * 300),
)  # fmt: skip
RAW = (b"\xff\xfe no text\x00 at all\n",)
assert len(VERBATIM) + len(AS_FILE) + len(RAW) >= 60
WORKERS = 3


def _ready(project: Project) -> None:
    """Workers that have said what they had to say, and are idle."""
    project.policy(rules={"idle-no-handoff": {"after": "1h"}})
    project.up()
    plan = project.plan(*(issue(f"w{n}", f"Worker {n}", "@say Ready.") for n in range(1, WORKERS + 1)))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    for n in range(1, WORKERS + 1):
        wait_for_view(project, f"Worker {n}", "idle")


def _send(project: Project, thread: int, text: bytes) -> None:
    if b"\x00" in text or len(text) > 1000:
        said = [*HUBCTL, "send", str(thread), "--file", "-"]
    else:
        said = [*HUBCTL, "send", str(thread), "--", os.fsdecode(text)]
    ended = subprocess.run(
        said, cwd=project.checkout, env=project.env, input=text, capture_output=True, check=False, timeout=100
    )
    assert ended.returncode == 0, (text, ended.stderr)
    assert b"Delivered" in ended.stdout, (text, ended.stdout)


def _told(project: Project, session: str) -> list[str]:
    """All that the model was told in a session after the task, as its longest request has it."""
    requests = [line for line in project.requests() if line["session"] == session]
    longest = max(requests, key=lambda line: len(line["prompts"]) + len(line["mid_turn"]))
    return [*longest["prompts"][1:], *longest["mid_turn"]]


@pytest.mark.core
def test_sixty_texts_arrive_once_and_unchanged(project: Project) -> None:
    _ready(project)
    texts = [text.encode() for text in (*VERBATIM, *AS_FILE)] + list(RAW)
    lanes = [texts[n::WORKERS] for n in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        for sent in [pool.submit(_send_all, project, n + 1, lane) for n, lane in enumerate(lanes)]:
            sent.result()
    threads = project.threads()
    for n, lane in enumerate(lanes, start=1):
        worker = threads[f"Worker {n}"]["worker"]
        folder = Path(worker["worktree"])
        wait_until(
            partial(_has_told, project, worker["session"], len(lane)), PATIENCE, "the model was told all"
        )
        _assert_arrived(_told(project, worker["session"]), lane, folder)
        assert not list(folder.glob("**/pwned"))
    assert project.json("alerts") == []


def _has_told(project: Project, session: str, count: int) -> bool:
    return len(_told(project, session)) >= count


def _send_all(project: Project, thread: int, lane: list[bytes]) -> None:
    for text in lane:
        _send(project, thread, text)


def _assert_arrived(told: list[str], sent: list[bytes], folder: Path) -> None:
    assert len(told) == len(sent), (told, sent)
    files = {path.read_bytes(): path for path in folder.glob(".hubctl/tasks/*-message-*.md")}
    left = list(told)
    for text in sent:
        name = f"`{files[text].relative_to(folder)}`" if text in files else ""
        arrived = [one for one in left if (name in one if name else _same(os.fsdecode(text), one))]
        assert arrived, (text, told)
        left.remove(arrived[0])
        assert (text.decode(errors="replace") in VERBATIM) is not bool(name), text
    assert left == []


def _same(text: str, told: str) -> bool:
    """The log cuts what is long."""
    return same_prompt(text[:PROMPT_CHARACTERS], told)


# --- where nothing may be typed -----------------------------------------------------------------------------------


@pytest.mark.core
def test_nothing_is_typed_where_it_could_do_harm(project: Project) -> None:
    """A permission dialog, a question, a person's draft, a reader in copy mode: refused by name, and all is as before."""
    asker(project)
    project.policy(rules={"idle-no-handoff": {"after": "1h"}})
    project.up()
    plan = project.plan(
        issue("dialog", "Dialog", "@bash touch never", role="asker"),
        issue("question", "Question", "@ask Shall I?"),
        issue("draft", "Draft", "@say Ready."),
        issue("reader", "Reader", "@say Ready."),
    )
    project.hubctl("split", "--planner", "file", "--plan", plan)
    for title in ("Dialog", "Question"):
        wait_for_state(project, title, "waiting")
    for title in ("Draft", "Reader"):
        wait_for_view(project, title, "idle")
    tmux = project.tmux
    tmux("send-keys", "-t", pane_of(project, "Draft"), "-l", "half a thought")
    tmux("copy-mode", "-t", pane_of(project, "Reader"))
    wait_until(lambda: "half a thought" in screen_of(project, "Draft"), PATIENCE, "the draft is on screen")
    reasons = {
        "Dialog": "a dialog is open",
        "Question": "a dialog is open",
        "Draft": "a draft stands in its composer: `half a thought`",
        "Reader": "copy mode",
    }
    before = {title: _read(project, title) for title in ("Dialog", "Question")}
    for number, (title, why) in enumerate(reasons.items(), start=1):
        refused = project.hubctl("send", str(number), "--", "1", code=1)
        assert why in refused.stderr, title
    assert {title: _read(project, title) for title in before} == before
    assert all(options for _, options in before.values())
    assert [project.state(title) for title in ("Dialog", "Question")] == ["waiting", "waiting"]
    assert "❯\u00a0half a thought" in screen_of(project, "Draft")
    assert all(len(told) == 1 for told in project.prompts().values())
    # What was in the way is gone, and the same words arrive.
    tmux("send-keys", "-t", pane_of(project, "Reader"), "-X", "cancel")
    tmux("send-keys", "-t", pane_of(project, "Draft"), "C-u")
    wait_until(lambda: "half a thought" not in screen_of(project, "Draft"), PATIENCE, "the draft is gone")
    for name in ("3", "4"):
        assert "Delivered" in project.hubctl("send", name, "--", "1").stdout


def _read(project: Project, title: str) -> tuple[str, tuple[str, ...]]:
    """The screen without what blinks on it."""
    screen = parse_screen(project.tmux("capture-pane", "-e", "-p", "-t", pane_of(project, title)))
    return screen.view.value, screen.options


# --- to a worker that works ---------------------------------------------------------------------------------------


@pytest.mark.core
def test_a_busy_worker_takes_it_in_mid_turn_and_its_turn_can_be_cut(project: Project) -> None:
    project.policy(rules={"idle-no-handoff": {"after": "1h"}})
    project.script(
        script(
            ("^Then rest", ["@bash while true; do sleep 0.1; done", "@say Never said."]),
            ("^Go on after all", list(work("b.txt"))),
        )
    )
    project.up()
    gate = project.shared / "gate"
    waits = f"@bash while ! test -e {gate}; do sleep 0.1; done"
    plan = project.plan(issue("busy", "Busy", waits, "@say One.", "@say Two."))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    wait_until(lambda: view_of(project, "Busy") == "busy" and project.requests(), PATIENCE, "it works")
    assert "Delivered" in project.hubctl("send", "1", "--", "Mind the gap.").stdout
    gate.touch()
    wait_for_view(project, "Busy", "idle")
    session = project.threads()["Busy"]["worker"]["session"]
    assert _told(project, session) == ["Mind the gap."]
    # A turn that a person cuts.
    project.hubctl("send", "1", "--", "Then rest.")
    wait_until(lambda: "while true" in screen_of(project, "Busy"), PATIENCE, "the command runs")
    assert "is cut" in project.hubctl("interrupt", "1").stdout
    thread = project.threads()["Busy"]
    assert (thread["state"], thread["ball"]["holder"]) == ("waiting", "human")
    wait_until(lambda: "esc to interrupt" not in screen_of(project, "Busy"), PATIENCE, "nothing runs")
    assert "no turn" not in project.hubctl("send", "1", "--", "Go on after all.").stdout
    wait_for_state(project, "Busy", "done")
    assert "no turn to cut" in project.hubctl("interrupt", "1", code=1).stderr
