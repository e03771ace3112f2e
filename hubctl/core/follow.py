"""What a person who follows a run is told: one line for each thing that changed."""

from collections.abc import Iterator

from hubctl.core.report import doing
from hubctl.core.state import Alert, HubState
from hubctl.core.thread import Thread
from hubctl.core.words import ThreadId


def news(before: HubState, after: HubState) -> Iterator[str]:
    """Lines for the threads and alerts that differ between two states."""
    for thread in after.threads.values():
        old = before.threads.get(thread.id)
        if old is None:
            yield f"{_label(thread)}: filed, {thread.ball.why}"
        elif _told(old) != _told(thread):
            yield f"{_label(thread)}: {thread.state.value}, ball: {thread.ball.holder}, {doing(thread)}"
    for name, alert in after.alerts.items():
        if name not in before.alerts or before.alerts[name].state != alert.state:
            yield _alert(alert)


def _label(thread: Thread) -> str:
    return f"{thread.id} {thread.title}"


def _told(thread: Thread) -> tuple[str, ...]:
    return (
        thread.state.value,
        thread.ball.holder,
        thread.ball.why,
        thread.note,
        str(thread.attempt),
        thread.dialog,
    )


def _alert(alert: Alert) -> str:
    if alert.state == "resolved":
        whose = f" of thread {alert.thread}" if alert.thread else ""
        return f"alert {alert.kind}{whose}: resolved"
    return f"ALERT {alert.severity} {alert.kind}: {alert.text}"


def threads_of(state: HubState, plan: str) -> list[Thread]:
    """A plan's threads so far, in plan order."""
    accepted = state.plans.get(plan)
    if accepted is None:
        return []
    filed = (accepted.filed.get(issue.key) for issue in accepted.content.issues)
    return [state.threads[ThreadId(name)] for name in filed if name is not None]
