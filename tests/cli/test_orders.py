"""What people order of a thread while no hub runs, or while it has no use for it: written down, or refused at once."""

import pytest

from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import ThreadId
from support.shell import AT, Shell, opened, working

ONE = ThreadId("1")


@pytest.fixture
def busy(prepared: Shell) -> Shell:
    """Two threads: the first has a worker, the second waits for it."""
    base = prepared.git("rev-parse", "HEAD")
    prepared.log(
        opened("1", title="One thing"),
        opened("2", title="Two", after=(ONE,)),
        *working(pid=2**22 + 1, worktree=prepared.checkout, start_commit=base),
    )
    return prepared


def test_a_message_is_kept_to_the_last_byte(busy: Shell) -> None:
    said = busy.told("send", "1", "--", "-n go on")
    assert said.startswith("Written down for thread 1 (One thing)")
    assert said.endswith("No hub runs: it is carried out by the next `hubctl up`.\n")
    raw = b"\xff\x00 bytes\r\n"
    busy.told("send", "#1", "--file", "-", stdin=raw)
    file = busy.write("note.md", "# A note\n")
    busy.told("send", "1", "--file", str(file))
    texts = [request.text for request in busy.requests()]
    assert texts == ["-n go on", raw.decode(errors="surrogateescape"), "# A note\n"]
    assert {(request.verb, request.thread, request.by) for request in busy.requests()} == {
        ("send", "1", "human")
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Say what to send"),
        (["a", "--file", "b"], "Say what to send"),
        ([" \n"], "There is nothing to send"),
        (["--file", "-"], "There is nothing to send"),
        (["x" * 70_000, "y"], "unexpected extra argument"),
    ],
)
def test_a_message_that_is_none(busy: Shell, words: list[str], said: str) -> None:
    ended = busy.hubctl("send", "1", *words)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert busy.requests() == ()


def test_a_file_that_cannot_be_read(busy: Shell) -> None:
    message, cure = busy.refused("send", "1", "--file", "nowhere.md")
    assert message == "`nowhere.md` cannot be read: No such file or directory."
    assert cure


def test_what_a_thread_has_no_use_for_is_refused_at_once(busy: Shell) -> None:
    message, _ = busy.refused("retry", "1")
    assert message.startswith("Nothing was done: thread 1 is ")
    message, _ = busy.refused("interrupt", "2")
    assert message == "Nothing was done: thread 2 is queued: there is no turn to cut."
    busy.log(e.DialogOpened(at=AT, thread=ONE, what="permission for Bash"))
    message, _ = busy.refused("send", "1", "--", "1")
    assert "a dialog is open (permission for Bash): answer it first" in message
    busy.log(e.ThreadCanceled(at=AT, thread=ONE, why="no"))
    message, _ = busy.refused("send", "1", "--", "go on")
    assert "`hubctl retry 1` takes it up again" in message
    assert busy.requests() == ()


def test_orders_that_wait_for_a_hub(busy: Shell) -> None:
    assert "No hub runs" in busy.told("interrupt", "1")
    assert busy.told("retry", "2") == "Thread 2 (Two) is queued already.\n"
    busy.log(e.ThreadFailed(at=AT, thread=ONE, rule="stalled", why="no"))
    assert "No hub runs" in busy.told("retry", "1", "--resume")
    assert [(request.verb, request.words) for request in busy.requests()] == [
        ("interrupt", {}),
        ("retry", {"resume": "yes"}),
    ]
