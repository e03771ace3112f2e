"""The hub's own prompts, word for word: what a worker is told, and by what it is known that it arrived.

Rules: a prompt is a pure function of the state, so that the text a hook reports can be compared after any crash.
Every prompt of the hub's own begins with `hubctl thread N:`, which no slash, bang or exit word can follow into a command.
"""

from collections.abc import Iterator

from hubctl.core.ledger import events as e
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.pasteable import clean, fits, unsafe
from hubctl.core.vocabulary.values import Struct
from hubctl.core.vocabulary.words import CLOCK, ThreadState

LONGEST_TASK = 4000
"""Characters that go in as the first prompt itself; more goes into a file that a short prompt names."""


class Prompt(Struct, frozen=True, kw_only=True):
    """What the worker is sent, and the file that the text points at (path in the worktree, content), if any."""

    text: str
    file: str = ""
    content: str = ""


class Expected(Struct, frozen=True, kw_only=True):
    """A prompt that may arrive now. `purpose` is an event's word for it; `message` the number of a person's message."""

    purpose: str
    text: str
    message: int = 0


# --- the first prompt ---------------------------------------------------------------------------------------------


def task_prompt(state: HubState, thread: Thread) -> Prompt:
    """The first prompt of a process, with which it is started."""
    whole = _task(state, thread)
    if len(whole) <= LONGEST_TASK and clean(whole) == whole:
        return Prompt(text=whole)
    return _in_file(state, thread)


def next_prompt(state: HubState, thread: Thread) -> Prompt:
    """The first of this thread for a standing worker that lives. What is pasted has three lines: the task is a file."""
    return resume_prompt(state, thread) if thread.resume else _in_file(state, thread)


def _in_file(state: HubState, thread: Thread) -> Prompt:
    file = f".hubctl/tasks/{thread.id}.md"
    short = f"{_head(thread)}\nYour task stands in the file `{file}` of this checkout. Read all of it first.\n{_DUTY}"
    return Prompt(text=short, file=file, content=_task(state, thread))


_DUTY = 'When it is done and committed: hubctl done --summary "what you did"'


def _head(thread: Thread) -> str:
    return f"hubctl thread {thread.id}: {clean(thread.title)}"


def _task(state: HubState, thread: Thread) -> str:
    told = (*_merged(state, thread), *_handed_over(thread), *_added(thread))
    parts = [_head(thread), thread.body.strip(), *told, _DUTY]
    return "\n\n".join(part for part in parts if part)


def _merged(state: HubState, thread: Thread) -> Iterator[str]:
    others = [state.threads[name] for name in thread.after if name in state.threads]
    if others:
        lines = [f"- {other.id} {other.title}: {other.summary or 'no summary'}" for other in others]
        made = "Finished before this; what was made in this repository is merged into your branch:"
        yield "\n".join([made, *lines])


def _handed_over(thread: Thread) -> Iterator[str]:
    if thread.start > 1 and thread.proven:
        yield "Another worker began this here before you: look at git log and git status first."


def _added(thread: Thread) -> Iterator[str]:
    for message in _opening(thread):
        yield f"A person adds:\n{message.text}"


def _opening(thread: Thread) -> list[e.MessageWritten]:
    return [message for message in thread.messages if message.number in thread.opening]


# --- later prompts ------------------------------------------------------------------------------------------------


OPEN_DUTY = (
    "Your turn ended, and nobody knows who must act next. Go on if there is more to do. When it is"
    ' done and committed: hubctl done --summary "what you did". If a person must decide: hubctl ask "QUESTION".'
    ' If you wait for something else: hubctl handoff --to WHO --why "..."'
)


def nudge(thread: Thread) -> str:
    """Fixed and short: the thread, the open duty, the commands that end it."""
    return f"{_head(thread)}\n{OPEN_DUTY}"


def way_back(where: str, branch: str) -> str:
    """The command that brings work done elsewhere onto the thread's branch."""
    return f"git switch {branch} && git merge --ff-only {where}"


def resume_prompt(state: HubState, thread: Thread) -> Prompt:
    """For a session that is taken up again: what a person wrote, else what it waited for, else that it is back."""
    for message in _opening(thread):
        return message_prompt(thread, message)
    if thread.rejection:
        return Prompt(text=feedback(thread))
    if thread.handoff:
        return Prompt(text=wake(state, thread))
    back = "This issue is open again." if thread.reopened else "Your process had ended and is back."
    return Prompt(text=f"{_head(thread)}\n{back} Look at git status, then go on with the task.\n{_DUTY}")


def wake(state: HubState, thread: Thread) -> str:
    """What the worker waited for has come."""
    handoff = thread.handoff
    other = state.threads.get(handoff.awaited or thread.id) if handoff else None
    if handoff is None or handoff.to == CLOCK or other is None:
        come = "The time that you waited for is over."
    else:
        done = "is done" if other.state is ThreadState.DONE else f"is {other.state.value}"
        said = clean(other.summary).replace("\n", " ")[:200] or "no summary"
        come = f"Thread {other.id}, which you waited for, {done}: {said}."
    return f"{_head(thread)}\n{come} Go on with the task.\n{_DUTY}"


def feedback(thread: Thread) -> str:
    """What the judged claim lacked, as the judge wrote it: at most 3 lines and 700 characters."""
    return thread.rejection.feedback if thread.rejection else ""


def message_prompt(thread: Thread, message: e.MessageWritten) -> Prompt:
    """A person's words as they are, or a file with the very same where a terminal would change or obey them."""
    if not unsafe(message.text) and fits(message.text):
        return Prompt(text=message.text)
    file = f".hubctl/tasks/{thread.id}-message-{message.number}.md"
    short = f"{_head(thread)}\nA person wrote to you. Read all of the file `{file}` of this checkout: it is your next order."
    return Prompt(text=short, file=file, content=message.text)


def expected(state: HubState, thread: Thread) -> Iterator[Expected]:
    """The prompts that may arrive now: what a hook's text is compared with."""
    yield Expected(purpose="task", text=_in_file(state, thread).text)
    yield Expected(purpose="task", text=task_prompt(state, thread).text)
    if thread.rejection:
        yield Expected(purpose="feedback", text=feedback(thread))
    for message in thread.messages:
        text = message_prompt(thread, message).text
        yield Expected(purpose="message", text=text, message=message.number)
    yield Expected(purpose="nudge", text=nudge(thread))
    if thread.handoff:
        yield Expected(purpose="wake", text=wake(state, thread))
    yield Expected(purpose="resume", text=resume_prompt(state, thread).text)
