"""`inbox`, `approve`, `deny`, `answer` with the hub down: what is shown, what is asked for, what is refused."""

import json

from hubctl.core.ledger import events as e
from hubctl.core.ledger.outside_events import AskKind, AskVia
from hubctl.core.vocabulary.words import ThreadId
from support.core.builders import WORKING, dialog, worker_of
from support.shell import AT, Shell

ONE = ThreadId("1")
EVIL = "echo \x1b[2J\u202etxt.exe\u200b"


def opened(
    name: str, tool: str = "Bash", kind: AskKind = AskKind.PERMISSION, **shown: object
) -> list[e.Event]:
    asked = e.AskOpened(
        at=AT,
        thread=ONE,
        ask=name,
        kind=kind,
        via=AskVia.HOOK,
        worker=worker_of(ONE, 1),
        tool=tool,
        input=json.dumps(shown),
        gate=f"{name}.gate",
    )
    return [asked, left(name)]


def left(name: str) -> e.AskJudged:
    """The policy leaves it to a person."""
    return e.AskJudged(at=AT, thread=ONE, ask=name, reason="no rule decides it")


BASH = opened("a1", command="touch x")
WRITE = opened("a2", "Write", file_path="new.txt", content="one\ntwo")
ASKED = opened(
    "a3",
    "AskUserQuestion",
    AskKind.QUESTION,
    questions=[{"question": "Which?", "options": [{"label": "Red"}, {"label": "Blue"}]}],
)


def given(shell: Shell) -> list[tuple[str, str, str]]:
    return [(seen.verb, seen.words["ask"], seen.text) for seen in shell.requests()]


def test_the_inbox_is_what_the_contract_says(prepared: Shell) -> None:
    assert prepared.told("inbox") == "nothing waits for you\n"
    prepared.log(*WORKING, *BASH, dialog(), *ASKED)
    (first, other) = prepared.json("inbox")
    assert other["risk"] is None
    assert first == {
        "id": "a1",
        "thread": "1",
        "kind": "permission",
        "tool": "Bash",
        "input": {"command": "touch x"},
        "asked_at": "2026-01-01T00:00:00.000000Z",
        "deadline": "2026-01-01T00:05:00.000000Z",
        "options": [],
        "risk": "medium",
    }
    assert "Bash: touch x" in prepared.told("inbox")
    assert "risk: medium" in prepared.told("inbox", "a1")
    status = prepared.json("status")
    assert status["asks"] == 2
    assert status["threads"][0]["ball"]["deadline"] == first["deadline"]


def test_what_is_decided_on_is_shown_first(prepared: Shell) -> None:
    prepared.log(*WORKING, *BASH, *WRITE)
    ended = prepared.hubctl("approve", "a1", "a2")
    assert ended.returncode == 0
    assert "  touch x" in ended.stderr
    assert "+one" in ended.stderr
    assert "No hub runs" in ended.stdout
    assert given(prepared) == [("approve", "a1", ""), ("approve", "a2", "")]


def test_a_workers_text_orders_nothing_on_the_terminal(prepared: Shell) -> None:
    prepared.log(*WORKING, *opened("a1", command=EVIL))
    for words in (("inbox",), ("inbox", "a1"), ("approve", "a1")):
        ended = prepared.hubctl(*words)
        shown = ended.stdout + ended.stderr
        assert all(line.isprintable() for line in shown.splitlines()), words
        assert "\\x1b[2J\\u202etxt.exe\\u200b" in shown


def test_answers_are_chosen_by_number_and_label(prepared: Shell) -> None:
    prepared.log(*WORKING, *ASKED)
    prepared.told("answer", "a3", "2")
    (request,) = prepared.requests()
    assert json.loads(request.words["answers"]) == {"Which?": "Blue"}
    assert "1 questions and 2 answers" in prepared.refused("answer", "a3", "1", "2")[0]


def test_all_of_a_tool(prepared: Shell) -> None:
    prepared.log(*WORKING, *BASH, *WRITE, *ASKED)
    prepared.told("deny", "--all", "--tool", "Write", "--why", "Not now.")
    assert given(prepared) == [("deny", "a2", "Not now.")]
    prepared.told("approve", "--all", "--kind", "permission")
    assert [name for _, name, _ in given(prepared)] == ["a2", "a1", "a2"]


def test_what_is_refused_asks_for_nothing(prepared: Shell, pane: dict[str, str]) -> None:
    prepared.log(*WORKING, *BASH, *ASKED)
    for verb in (("approve", "a1"), ("deny", "a1", "--why", "x"), ("answer", "a3", "1")):
        assert "is for people" in prepared.refused(*verb, env=pane)[0]
    assert "is a question" in prepared.refused("approve", "a3")[0]
    assert "is no question" in prepared.refused("answer", "a1", "x")[0]
    assert "there is no ask `a9`" in prepared.refused("approve", "a1", "a9")[0]
    assert "the worker reads it" in prepared.refused("deny", "a1", code=2)[0]
    assert "Which asks?" in prepared.refused("approve", code=2)[0]
    assert prepared.requests() == ()


def shown_on_a_screen(kind: AskKind, text: str, *options: str) -> list[e.Event]:
    asked = e.AskOpened(
        at=AT,
        thread=ONE,
        ask="a1",
        kind=kind,
        via=AskVia.SCREEN,
        worker=worker_of(ONE, 1),
        text=text,
        options=options,
        yes="Yes" if "Yes" in options else "",
        no="No" if "No" in options else "",
    )
    return [asked, left("a1")]


def test_what_a_screen_asks_is_shown_and_answered_by_its_labels(prepared: Shell) -> None:
    prepared.log(*WORKING, dialog(), *shown_on_a_screen(AskKind.DIALOG, f"What now?\n{EVIL}", "Wait", "Pay"))
    (document,) = prepared.json("inbox")
    assert (document["input"], document["options"]) == ({"text": f"What now?\n{EVIL}"}, ["Wait", "Pay"])
    told = prepared.told("inbox", "a1")
    assert "\x1b[2J" not in told
    assert "2. Pay" in told
    assert "`hubctl answer a1 -- LABEL`" in told
    message, _ = prepared.refused("answer", "a1", "Leave")
    assert "Wait; Pay" in message
    assert "`hubctl answer a1 -- LABEL`" in prepared.refused("approve", "a1")[0]
    assert not prepared.requests()
    prepared.told("answer", "a1", "pay")
    assert given(prepared) == [("answer", "a1", "Pay")]


def test_what_stands_on_a_screen_cannot_be_edited(prepared: Shell) -> None:
    prepared.log(*WORKING, dialog(), *shown_on_a_screen(AskKind.PERMISSION, "touch x", "Yes", "No"))
    assert "cannot be changed" in prepared.refused("approve", "a1", "--edit")[0]
    assert not prepared.requests()


def test_a_refused_host_is_shown_and_decided_like_any_ask(prepared: Shell) -> None:
    refused = e.HostRefused(at=AT, thread=ONE, host="pypi.example:443", ask="a1")
    prepared.log(*WORKING, refused)
    (shown,) = prepared.json("inbox")
    assert (shown["kind"], shown["risk"], shown["input"]) == ("door", "high", {"host": "pypi.example:443"})
    assert "pypi.example:443" in prepared.told("inbox", "a1")
    assert "no call of a tool" in prepared.refused("approve", "a1", "--edit")[0]
    assert "is no question" in prepared.refused("answer", "a1", "yes")[0]
    prepared.told("approve", "--all", "--kind", "door")
    assert given(prepared) == [("approve", "a1", "")]
