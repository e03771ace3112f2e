"""Long work in a thread of its own, while this one tells how long it takes, ends it in time, and heeds Ctrl-C."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from time import monotonic
from typing import Final, TypeVar

from hubctl.core.documents.planner import overdue

TICK_SECONDS: Final = 4.0
Answer = TypeVar("Answer")


def await_answer(
    work: Callable[[], Answer], *, told: Callable[[str], None], seconds: float, stop: threading.Event | None
) -> Answer:
    """What `work` gives or raises. Raises HubError when it takes longer than `seconds`.

    However this is left, `stop` is set and the work's end awaited; None: it cannot be ended, and is left behind.
    """
    future: Future[Answer] = Future()
    thread = threading.Thread(target=_settle, args=(future, work), name="planner", daemon=True)
    began = monotonic()
    thread.start()
    try:
        while not wait([future], timeout=max(0.0, min(TICK_SECONDS, began + seconds - monotonic()))).done:
            passed = monotonic() - began
            if passed >= seconds:
                raise overdue(seconds)
            told(f"the planner is thinking, {passed:.0f} s")
    finally:
        if stop is not None:
            stop.set()
            thread.join()
    return future.result()


def _settle(future: Future[Answer], work: Callable[[], Answer]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 -- handed to the thread that waits, which raises it
        future.set_exception(error)
