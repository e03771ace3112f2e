"""`hubctl send`: a person's words to a worker, with proof that they arrived."""

import os
import sys
from pathlib import Path
from typing import Annotated

from hubctl.cli.completing import ThreadArgument
from hubctl.cli.options import Argument, Option
from hubctl.cli.orders import SentRequest
from hubctl.cli.shared import RepoOption, tell
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.words import ThreadState
from hubctl.errors import HubError, UsageError

SECONDS = 60.0
LARGEST = 1024 * 1024


def send(
    thread: ThreadArgument,
    text: Annotated[
        str | None,
        Argument(help="What the worker is told. Put -- before a text that begins with a dash."),
    ] = None,
    file: Annotated[
        str | None,
        Option("--file", help="Take the text from this file; - is stdin.", show_default=False),
    ] = None,
    repo: RepoOption = Path(),
) -> None:
    """Tell a worker something, and know that it arrived.

    The text is delivered as it is; one that a terminal would change or obey (a leading / or !, more than 3 lines or 700
    characters) goes as a file with the very same bytes. A busy worker takes it after its running step. A thread that has
    failed or is done is taken up again with its old conversation; a queued one is told with its first prompt. It answers
    `hubctl ask`. Refused, and nothing is typed, while a dialog is open, somebody types there, or the pane is in copy mode.
    """
    said = _text(text, file)
    order = SentRequest("send", repo)
    found = order.find(thread)
    order.give(found, text=said)

    def open(state: HubState, number: int) -> bool:
        kept = found.state is ThreadState.QUEUED
        now = state.thread(found.id)
        return not kept and now is not None and any(one.number == number for one in now.messages)

    label = f"thread {found.id} ({found.title})"
    if not order.follow(open, seconds=SECONDS):
        tell(f"Written down for {label}. {order.later()}")
    elif found.state is ThreadState.QUEUED:
        tell(f"Kept for {label}: it is told with its first prompt.")
    else:
        tell(f"Delivered to {label}.")


def _text(text: str | None, file: str | None) -> str:
    if (text is None) == (file is None):
        raise UsageError("Say what to send: a TEXT, or --file.", "`hubctl send 3 -- TEXT`")
    said = text if text is not None else _read(file or "-")
    if not said.strip():
        raise UsageError("There is nothing to send: the text is empty.", "`hubctl send 3 -- TEXT`")
    if len(said) > LARGEST:
        raise UsageError(
            f"The text has {len(said)} characters, and {LARGEST} is the most.",
            "Send a path to a file instead.",
        )
    return said


def _read(file: str) -> str:
    """Bytes that are no UTF-8 are kept: the worker reads the very same."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise HubError(
            f"`{file}` cannot be read: {error.strerror}.", "Name a file that you can read."
        ) from error
    return data.decode(errors="surrogateescape") if data else os.linesep
