"""Asks the board for news, again and again, in a thread of its own.

Rules: what was taken is known by the cursor of the state, so that news that was lost on the way comes again; a board
that does not answer is asked less often; and nothing here waits for anybody but the board.
"""

import threading
from collections.abc import Callable
from datetime import datetime

from hubctl.core.intake.observations import BoardQuietSeen, BoardSeen, BoardSilentSeen
from hubctl.core.vocabulary.board import PLAN, Terms
from hubctl.errors import HubError
from hubctl.ports.board import Board, BoardUnreachable
from hubctl.ports.worker import Put

LONGEST_SECONDS = 300.0
"""Between two tries of a board that does not answer, unless it asked for more."""
PATIENCE_SECONDS = 30.0
"""How long the end of a hub waits for a look that is under way."""
Seen = BoardSeen | BoardSilentSeen | BoardQuietSeen


class BoardLook:
    """One look at a board. `cursor` is the one that was taken last."""

    def __init__(
        self,
        board: Board,
        *,
        cursor: Callable[[], str],
        terms: Callable[[], Terms],
        now: Callable[[], datetime],
    ) -> None:
        self._board, self._cursor, self._terms, self._now = board, cursor, terms, now

    def look(self) -> Seen:
        """Never raises for what the board does."""
        try:
            terms = self._terms()
            news = self._board.news(cursor=self._cursor(), triggers=(*terms.triggers, PLAN))
        except HubError as error:
            seconds = error.seconds if isinstance(error, BoardUnreachable) else 0.0
            why = f"{error.message} {error.cure}".strip()
            return BoardSilentSeen(at=self._now(), why=why, seconds=seconds)
        if news is None:
            return BoardQuietSeen(at=self._now())
        return BoardSeen(at=self._now(), news=news, terms=terms)


class BoardWatcher:
    """Looks every `poll_seconds`, and at once when it is poked."""

    def __init__(self, look: Callable[[], Seen], *, put: Put, poll_seconds: float) -> None:
        self._look, self._put, self._poll_seconds = look, put, poll_seconds
        self._poked, self._stopped = threading.Event(), threading.Event()
        self._silences = 0
        self._thread = threading.Thread(target=self._run, name="board", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def poke(self) -> None:
        """Somebody says that there is news."""
        self._poked.set()

    def close(self) -> None:
        self._stopped.set()
        self._poked.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._poked.clear()
            seen = self._look()
            if self._stopped.is_set():
                return
            self._put(seen)
            self._poked.wait(self._pause(seen))

    def _pause(self, seen: Seen) -> float:
        if not isinstance(seen, BoardSilentSeen):
            self._silences = 0
            return self._poll_seconds
        self._silences += 1
        grown: float = self._poll_seconds * 2 ** min(self._silences - 1, 10)
        return max(seen.seconds, min(grown, max(LONGEST_SECONDS, self._poll_seconds)))
