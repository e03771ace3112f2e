"""A worker's own words: who says them is known from the pane's environment, and proven by its token."""

import os
from collections.abc import Mapping
from pathlib import Path

from hubctl.agents.claude.hook_scripts import leave_mark
from hubctl.cli.shared import load_state, request
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError
from hubctl.project.place import Place, find_place

LONGEST = 4000
ENDING = ("done", "ask", "handoff")
"""Words after which a turn may end: somebody else has the next move."""


class Speaker(Struct, frozen=True, kw_only=True):
    """The worker in whose pane the verb was called; `thread` None while the hub has not written its start down."""

    place: Place
    worker: str
    token: str
    thread: Thread | None
    last_good: Mapping[str, str] | None = None
    """the files of the rules in force, where the trusted ones cannot be read"""

    def demand_open(self) -> None:
        """Raises HubError where the thread has ended: nobody would hear the word."""
        if self.thread and not self.thread.state.running:
            raise HubError(f"Thread {self.thread.id} is {self.thread.state.value} already.", "End your turn.")

    def say(self, verb: str, text: str, **more: str) -> None:
        """Writes the word down, durably; whether a hub runs or not."""
        words = {"token": self.token, **more}
        thread = self.thread.id if self.thread else ""  # the hub knows who was just started
        request(self.place, verb, by=f"worker:{self.worker}", thread=thread, text=text, words=words)
        if verb in ENDING:
            leave_mark(os.environ.get("HUBCTL_SPOOL", ""))


def speaker(verb: str) -> Speaker:
    """Raises HubError outside a worker's pane."""
    worker, token = os.environ.get("HUBCTL_WORKER", ""), os.environ.get("HUBCTL_TOKEN", "")
    if not worker or not token or not os.environ.get("HUBCTL_STATE"):
        raise HubError(
            f"`hubctl {verb}` is a worker's word, and this is no worker's pane.",
            "People use `hubctl status`, `hubctl attach N`, `hubctl stop N`.",
        )
    place = find_place(os.environ, Path())
    state = load_state(place)
    thread, last_good = state.worker_thread(worker), state.guarded.last_good
    return Speaker(place=place, worker=worker, token=token, thread=thread, last_good=last_good)


def text_of(words: str, *, name: str) -> str:
    """Raises HubError for an empty or endless text."""
    text = words.strip()
    if not text:
        raise HubError(f"`{name}` is empty.", "Say in a sentence what you did.")
    if len(text) > LONGEST:
        raise HubError(
            f"`{name}` has {len(text)} characters, and {LONGEST} is the most.",
            "Say it shorter, and name a file of the branch for the rest.",
        )
    return text
