"""Calls that outlast a bad day: retries, limits and doubts, the same for everything that the board asks.

Rules. What reads or may be done twice is sent again after a failure. What may not is looked up first, by the caller's
`done`. A limit is obeyed: on the spot where it is short, else by an error that says how long, and the gate is shut for
all. Errors leave here as BoardError.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from hubctl.boards.github import refusals
from hubctl.boards.github.connection import Connection, Lost, Reply
from hubctl.boards.github.pace import PATIENCE_SECONDS, Clock, Gate, Meter, pause, spent
from hubctl.ports.board import BoardError, BoardUnreachable

if TYPE_CHECKING:
    from hubctl.boards.github.connection import Repository

T = TypeVar("T")
PAUSES = (1.0, 2.0, 4.0)
"""Seconds before each further try of what failed."""
LIMITS_IN_A_ROW = 5
"""Short limits that are waited for before the caller hears of it."""
PER_PAGE = 100


class Client:
    """Of one repository, `OWNER/NAME`. Paths are under it, but for those that begin with `//`. Safe to use from any
    thread."""

    def __init__(self, connection: Connection, *, repo: str, clock: Clock, meter: Meter) -> None:
        self.repo = repo
        self.connection = connection
        self.clock = clock
        self._meter = meter
        self._gate = Gate(clock)
        self._lock = threading.Lock()
        self._limits = 0

    # --- reading ---------------------------------------------------------------------------------------------------

    def get(self, path: str, query: Mapping[str, str] | None = None, *, etag: str = "") -> Reply:
        """Status 200, or 304 where `etag` still holds. Raises BoardError."""
        reply = self.try_get(path, query, etag=etag)
        if reply.status == 200 or (reply.status == 304 and etag):
            return reply
        raise self._refused(reply, path)

    def try_get(self, path: str, query: Mapping[str, str] | None = None, *, etag: str = "") -> Reply:
        """Any status below 500 that is no limit. Raises BoardUnreachable."""
        full = self._full(path)
        return self._tried(lambda: self.connection.read(full, query=query, etag=etag))

    def rows(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        """A list with all its pages."""
        query = {"per_page": str(PER_PAGE), **(query or {})}
        yield from self.rest(self.get(path, query), path, query)

    def rest(self, reply: Reply, path: str, query: Mapping[str, str]) -> Iterator[Any]:
        """The rows of this page and of those behind it."""
        page = 1
        while True:
            if not isinstance(reply.data, list):
                raise refusals.silent(f"its answer to `{path}` is no list")
            yield from reply.data
            if 'rel="next"' not in reply.headers.get("link", ""):
                return
            page += 1
            reply = self.get(path, {**query, "page": str(page)})

    def demand(self, reply: Reply, path: str) -> Any:
        """The data of a success. Raises BoardError for anything else."""
        if reply.status == 200:
            return reply.data
        raise self._refused(reply, path)

    # --- writing ---------------------------------------------------------------------------------------------------

    def act(
        self, what: str, work: "Callable[[Repository], T]", *, done: "Callable[[], T | None]" = lambda: None
    ) -> T:
        """What comes of `work`, which writes once. Raises BoardError, which says `what`, such as `to close #3`.

        What must not be done twice brings a `done`, which finds what an earlier try may have left.
        """
        made = self.try_act(work, done=done)
        if isinstance(made, Reply):
            raise refusals.refused(made, what, self.repo)
        return made

    def try_act(
        self, work: "Callable[[Repository], T]", *, done: "Callable[[], T | None]" = lambda: None
    ) -> T | Reply:
        """The same, and of a refusal its reply: the caller knows what a 404 or 422 means."""
        return self._tried(lambda: self.connection.act(self.repo, work), writes=True, done=done)

    def refused(self, reply: Reply, what: str) -> BoardError:
        return refusals.refused(reply, what, self.repo)

    # --- one call --------------------------------------------------------------------------------------------------

    def _tried(
        self, send: Callable[[], T], *, writes: bool = False, done: Callable[[], T | None] = lambda: None
    ) -> T:
        for wait in (*PAUSES, None):
            try:
                return self._attempt(send, writes=writes)
            except Lost as lost:
                if wait is None:
                    raise refusals.silent(str(lost)) from lost
                pause(self.clock, wait)
            if (found := done()) is not None:
                return found
        raise AssertionError("the last try returns or raises")

    def _attempt(self, send: Callable[[], T], *, writes: bool) -> T:
        """Raises Lost where it is in doubt whether it was done. Limits are waited for: they did nothing."""
        while True:
            self._gate.demand()
            if writes:
                self._meter.take()
            reply = send()
            if isinstance(reply, Reply) and reply.status >= 500:
                raise Lost(f"status {reply.status}")
            if isinstance(reply, Reply) and reply.status == 401:
                self.connection.forget()
                raise refusals.logged_out()
            if not isinstance(reply, Reply) or not refusals.is_limit(reply):
                self._limits = 0
                return reply
            self._obey(reply)

    def _obey(self, reply: Reply) -> None:
        """Raises BoardUnreachable where the limit lasts long, or comes again and again."""
        with self._lock:
            seconds = refusals.limit_seconds(reply, before=self._limits)
            self._limits += 1
            often = self._limits > LIMITS_IN_A_ROW
        self._gate.shut(seconds)
        if seconds > PATIENCE_SECONDS or often:
            raise spent(seconds)

    def _full(self, path: str) -> str:
        return path[1:] if path.startswith("//") else f"/repos/{self.repo}{path}"

    def _refused(self, reply: Reply, path: str) -> BoardError:
        path = self._full(path)
        return refusals.unseen(reply, path, self.repo) or refusals.refused(
            reply, f"to read `{path}`", self.repo
        )


def understood(parse: Callable[[Any], T], data: object) -> T:
    """The value; an answer of another shape than GitHub's is as good as none."""
    try:
        return parse(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BoardUnreachable(
            f"GitHub's answer was not understood ({type(error).__name__}: {error}).",
            "Is `board.api_url` the address of GitHub's API?",
        ) from error
