"""What is heard of asks: a hook that waits opens one, and what its agent does next closes it; so does a host that is refused.

Rules: a hook outlives the answer that a person gives in the pane, so an ask is closed by what follows it: the same call's
result, the end of its agent, the turn's end, or a worker that is believed to wait for nobody. A call's result closes
its own ask alone, for others of the same agent may end while it waits.
"""

import json
from collections.abc import Iterator, Mapping

from hubctl.core.intake.observations import HookSeen, RefusalSeen, RequestSeen, ViewSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.asks import ELICITATION, Ask, Asks, waiting_asks
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.core.ledger.state import HubState, next_ask
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.asks import told
from hubctl.core.vocabulary.words import View

IN_PANE = "it was answered in the pane"
KINDS = {
    "AskUserQuestion": AskKind.QUESTION,
    ELICITATION: AskKind.QUESTION,
    "ExitPlanMode": AskKind.PLAN,
}
RESULTS = ("PostToolUse", "PostToolUseFailure")


def hook_asks(state: HubState, thread: Thread, hook: HookSeen) -> Iterator[e.Event]:
    """What a hook tells of asks; a hook that was heard already tells nothing new."""
    mine = [ask for ask in waiting_asks(state.asks, thread.id) if ask.holds_worker]
    if hook.name == "PermissionRequest":
        yield from _opened(state, thread, hook, mine)
        return
    for ask in mine:
        if ask.is_open and _answers(hook, ask) and hook.at >= ask.at:
            yield e.AskClosed(at=hook.at, thread=thread.id, ask=ask.id, why=IN_PANE)


def _opened(state: HubState, thread: Thread, hook: HookSeen, mine: list[Ask]) -> Iterator[e.Event]:
    known = any(ask.worker == hook.worker and ask.gate == hook.gate for ask in state.asks.values())
    if not hook.gate or known:
        return
    for ask in mine:
        if ask.via is AskVia.SCREEN or (ask.agent == hook.agent and ask.is_open):
            why = "its hook tells of it" if ask.via is AskVia.SCREEN else "its agent asks for the next thing"
            yield e.AskClosed(at=hook.at, thread=thread.id, ask=ask.id, why=why)
    yield e.AskOpened(
        at=hook.at,
        thread=thread.id,
        ask=next_ask(state),
        kind=KINDS.get(hook.tool, AskKind.PERMISSION),
        via=AskVia.HOOK,
        worker=hook.worker,
        tool=hook.tool,
        input=hook.input,
        cwd=hook.cwd,
        agent=hook.agent,
        gate=hook.gate,
        said=hook.said,
        options=hook.options,
    )


def _answers(hook: HookSeen, ask: Ask) -> bool:
    """The ask cannot be open any more after this hook."""
    if hook.name in RESULTS:
        same = ask.kind is not AskKind.PERMISSION or hook.input == ask.input
        return (hook.agent, hook.tool) == (ask.agent, ask.tool) and same
    if hook.name == "SubagentStop":
        return hook.agent == ask.agent
    if hook.name in ("SessionStart", "SessionEnd") or (hook.name == "Stop" and not hook.background):
        return True
    return hook.name in ("Stop", "StopFailure", "UserPromptSubmit") and not ask.agent


def unwaited(state: HubState, thread: Thread, seen: ViewSeen) -> Iterator[e.Event]:
    """The worker is believed to wait for nobody, or for another thing: what was open has been answered, or cut."""
    gone = seen.view in (View.BUSY, View.IDLE, View.BACKGROUND)
    another = (seen.view, thread.view) == (View.WAITING, View.WAITING) and seen.why != thread.view_why
    for ask in waiting_asks(state.asks, thread.id):
        over = gone or (another and ask.via is AskVia.SCREEN)
        if over and ask.is_open and ask.holds_worker and ask.at <= seen.at:
            yield e.AskClosed(at=seen.at, thread=thread.id, ask=ask.id, why=IN_PANE)


MOST_HOSTS = 10
"""Of one thread, that wait for a person at once: a program that tries names must not fill the inbox."""


def refusals(state: HubState, seen: RefusalSeen) -> Iterator[e.Event]:
    """A host is asked for once a thread. What was refused before a standing worker took this thread is none of its business."""
    thread = state.worker_thread(seen.worker)
    if thread is None or thread.worker is None or not thread.state.running or seen.host in thread.hosts:
        return
    if thread.worker.standing and seen.at < thread.worker.at:
        return
    if len(thread.asked_hosts) < MOST_HOSTS:
        yield e.HostRefused(at=seen.at, thread=thread.id, host=seen.host, ask=next_ask(state))
    elif thread.crowded is None:
        yield e.HostRefused(at=seen.at, thread=thread.id, host=seen.host)


VERBS: Mapping[str, Decision] = {
    "approve": Decision.ALLOW,
    "deny": Decision.DENY,
    "answer": Decision.ANSWER,
}


def answer_refusal(asks: Asks, name: str, verb: str) -> str:
    """Why this ask cannot be answered so; empty when it can."""
    ask = asks.get(name)
    if ask is None:
        return f"there is no ask `{name}`, or it is over since long"
    if ask.answer:
        return f"the ask `{name}` is decided: {told(ask)}"
    if ask.over:
        return f"the ask `{name}` is over: {ask.over}"
    return _misfit(ask, verb)


def _misfit(ask: Ask, verb: str) -> str:
    if ask.via is AskVia.SCREEN:
        return _unlabelled(ask, VERBS[verb])
    question = ask.kind is AskKind.QUESTION
    if verb == "approve" and question:
        return f"the ask `{ask.id}` is a question: `hubctl answer {ask.id} -- TEXT`"
    if verb == "deny" and ask.via is AskVia.WORDS:
        return f"the ask `{ask.id}` waits for words: `hubctl answer {ask.id} -- TEXT`"
    if verb == "answer" and not question and ask.via in (AskVia.HOOK, AskVia.DOOR):
        return f"the ask `{ask.id}` is no question: `hubctl approve {ask.id}` or `hubctl deny {ask.id} --why TEXT`"
    return ""


def _unlabelled(ask: Ask, decision: Decision) -> str:
    if not ask.options:
        return f"the ask `{ask.id}` can be answered in its pane alone: `hubctl attach {ask.thread}`"
    if decision is Decision.ANSWER or (ask.yes if decision is Decision.ALLOW else ask.no):
        return ""
    return f"the ask `{ask.id}` is answered by a label: `hubctl answer {ask.id} -- LABEL`, one of: {'; '.join(ask.options)}"


def answered(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    """The decision; the answer to `hubctl ask` is a message, and a host is open for its thread from now on, or is not."""
    ask = state.asks[seen.words["ask"]]
    answers, opened = _texts(seen.words.get("answers", "")), VERBS[seen.verb] is Decision.ALLOW
    if ask.via is AskVia.DOOR:
        yield e.HostDecided(at=seen.at, thread=ask.thread, host=ask.text, opened=opened)
    if ask.via is AskVia.WORDS:
        yield e.MessageWritten(at=seen.at, thread=ask.thread, number=seen.number, text=seen.text)
    yield e.AskAnswered(
        at=seen.at,
        thread=ask.thread,
        ask=ask.id,
        by=seen.words.get("who") or seen.by,
        how=seen.words.get("how", "command line"),
        decision=VERBS[seen.verb],
        reason=seen.text,
        input=seen.words.get("input", ""),
        answers=answers,
        number=seen.number,
    )


def _texts(text: str) -> dict[str, str]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
