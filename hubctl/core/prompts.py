"""The hub's own prompts, word for word: what a worker is told, and by what it is known that it arrived.

Rules: a prompt is a pure function of the state, so that the text a hook reports can be compared after any crash.
Every prompt begins with `hubctl thread N:`, which no slash, bang or exit word can follow into a command.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hubctl.core.delivery_text import clean
from hubctl.core.state import HubState
from hubctl.core.thread import Thread

LONGEST_TASK = 4000
"""Characters that go in as the first prompt itself; more goes into a file that a short prompt names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What the worker is sent, and the file that the text points at (path in the worktree, content), if any."""

    text: str
    file: str = ""
    content: str = ""


def task_prompt(state: HubState, thread: Thread) -> Prompt:
    """The first prompt of a fresh worker."""
    whole = _task(state, thread)
    if len(whole) <= LONGEST_TASK and clean(whole) == whole:
        return Prompt(text=whole)
    file = f".hubctl/tasks/{thread.id}.md"
    short = f"{_head(thread)}\nYour task stands in the file `{file}` of this worktree. Read all of it first.\n{_DUTY}"
    return Prompt(text=short, file=file, content=whole)


_DUTY = 'When it is done and committed: hubctl done --summary "what you did"'


def _head(thread: Thread) -> str:
    return f"hubctl thread {thread.id}: {clean(thread.title)}"


def _task(state: HubState, thread: Thread) -> str:
    parts = [_head(thread), thread.body.strip(), *_merged(state, thread), _DUTY]
    return "\n\n".join(part for part in parts if part)


def _merged(state: HubState, thread: Thread) -> Iterator[str]:
    others = [state.threads[name] for name in thread.after if name in state.threads]
    if others:
        lines = [f"- {other.id} {other.title}: {other.summary or 'no summary'}" for other in others]
        yield "Finished before this, and merged into your branch:\n" + "\n".join(lines)


def nudge(thread: Thread) -> str:
    """Fixed and short: the thread, the open duty, the commands that end it."""
    return (
        f"{_head(thread)}\nYour turn ended, and nobody knows who must act next. Go on if there is more to do. When it is"
        f' done and committed: hubctl done --summary "what you did". To say where you stand: hubctl progress "..."'
    )


def resume(thread: Thread) -> str:
    """For a worker whose process died: its conversation is back, the interrupted turn is not."""
    if thread.rejection:
        return feedback(thread)
    return f"{_head(thread)}\nYour process had ended and is back. Look at git status, then go on with the task.\n{_DUTY}"


def feedback(thread: Thread) -> str:
    """What the judged claim lacked, as the judge wrote it: at most 3 lines and 700 characters."""
    return thread.rejection.feedback if thread.rejection else ""


def expected(state: HubState, thread: Thread) -> Iterator[tuple[str, str]]:
    """The prompts that may arrive now, by purpose: what a hook's text is compared with."""
    yield "task", task_prompt(state, thread).text
    if thread.rejection:
        yield "feedback", feedback(thread)
    yield "nudge", nudge(thread)
    yield "resume", resume(thread)
