"""What a living worker is brought: the task that a standing one was not started with, people's words, what it waited for."""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.actions import Action, Deliver
from hubctl.core.climbing import is_delivering, is_starting
from hubctl.core.handoffs import wake_reason
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.words import ThreadState, View

S = ThreadState


def next_task(state: HubState, thread: Thread) -> Iterator[Action]:
    """For a standing worker that lived already: its process was started with another thread's task."""
    untold = thread.worker is not None and thread.worker.untold and thread.worker.alive
    waiting = thread.state is S.STARTING and thread.view in (View.IDLE, View.BACKGROUND)
    ready = waiting and not thread.undelivered and not is_delivering(state, thread)
    if untold and ready and not is_starting(state, thread):
        episode = f"start-{thread.start}-{thread.episode}"
        yield Deliver(because="task", episode=episode, thread=thread.id, purpose="task")


def bringing(state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    """What people wrote, one after the other; then what the worker waited for."""
    if thread.state is S.STARTING or thread.opening or is_delivering(state, thread):
        return  # what opens a start is told by its first prompt
    if is_starting(state, thread) or thread.worker is None or not thread.worker.alive:
        return
    for message in thread.messages[:1]:
        yield Deliver(
            because="send",
            episode=f"message-{message.number}-{thread.start}",
            thread=thread.id,
            purpose="message",
            message=message.number,
        )
    if not thread.messages and thread.handoff and wake_reason(state, thread, now):
        episode = f"wake-{thread.handoff.episode}-{thread.episode}-{thread.prompts}-{thread.start}"
        yield Deliver(because="handoff", episode=episode, thread=thread.id, purpose="wake")
