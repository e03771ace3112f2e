"""What changed on the board, for one conditional request a look that costs nothing while nothing changed.

Rules. The list is of the whole repository, newest first: it sees an issue that lost its marker, and nothing slips between
its pages. `since` stands still while nothing changes, so that the answer is 304. Same-second changes are told apart by
content. All is told at least once: what is known moves on only when everything was read, and only for a caller who
comes back with the last cursor. Every 15 minutes a sweep of the labelled issues finds what moved no date: a deletion, a
transfer; and each list is read without a condition every other time, since a cache on the way may answer 304 for ever
(docs/facts/github.md#polling). Acts are read after the list, so a label may have been set in between: the issue is read again where
its acts tell more than it shows, else an order would be met by a label that does not stand yet.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hubctl.boards.github import marks, refusals, rows
from hubctl.boards.github.acts import Acts
from hubctl.boards.github.client import PER_PAGE, Client, understood
from hubctl.boards.github.rights import Rights
from hubctl.boards.github.rows import IssueRow
from hubctl.boards.github.sweep import Sweep
from hubctl.core.vocabulary.board import MARKER, STATE_LABELS, Act, ActKind, Look, News
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.errors import HubError
from hubctl.ports.board import BoardError, BoardUnreachable

OVERLAP = timedelta(seconds=60)
"""How far each look reaches back behind the newest change: GitHub's copies may lag."""
SWEEP_SECONDS = 900.0
LATE = timedelta(minutes=30)
"""How far back a sweep looks for acts: what it finds has come late."""
NEWEST_FIRST = {"state": "all", "sort": "updated", "direction": "desc", "per_page": str(PER_PAGE)}


class _Known(Struct, frozen=True, kw_only=True):
    """What was told until `cursor`, which is about `newest`. `open`: the hub's issues that are open; `ours`: all that
    ever bore its marker. `swept`: when, by the steady clock; None: never. `sweeps`: how often."""

    cursor: str
    newest: datetime
    since: str
    etag: str = ""
    swept: float | None = None
    sweeps: int = 0
    seen: dict[int, int] = field(default_factory=dict)
    open: frozenset[int] = frozenset()
    ours: frozenset[int] = frozenset()


class Poll:
    """Safe to use from any thread. `find` reads one issue, or says what became of it."""

    def __init__(
        self, client: Client, rights: Rights, acts: Acts, find: Callable[[int], IssueRow | Look]
    ) -> None:
        self._client = client
        self._sweep = Sweep(client)
        self._rights = rights
        self._acts = acts
        self._find = find
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._told = 0

    def news(self, *, cursor: str, triggers: Collection[str]) -> News | None:
        names = {name.casefold(): name for name in triggers}
        with self._lock:
            known = self._known if self._known and cursor == self._known.cursor else _remembered(cursor)
            if known is not self._known:
                self._sweep.forget()
            try:
                return self._next(known, names) if known else self._first(names)
            except HubError:
                self._sweep.forget()  # what it read was not told
                raise

    def look(self, row: IssueRow) -> Look:
        """As it stands, without its acts."""
        own = row.author == self._rights.login()
        return Look(
            number=row.number,
            title=row.title,
            body=marks.unsigned(row.body) if own else row.body,
            open=row.open,
            labels=row.labels,
            author=row.author,
            counts=self._rights.counts(row.author),
            nonce=marks.nonce_of(row.body) if own else "",
            updated_at=row.updated_at,
        )

    # --- the looks -------------------------------------------------------------------------------------------------

    def _first(self, names: dict[str, str]) -> News:
        """All that is open. The date is taken before the lists: what changes meanwhile is told the next time."""
        newest = self._newest()
        fresh = _Known(cursor="", newest=newest, since=rows.stamp(newest - OVERLAP))
        told, numbers = self._standing(names, unconditional=True)
        looks = [self._look(row, None, names) for row in told]
        return self._tell(self._grown(fresh, told, open_now=numbers), looks)

    def _next(self, known: _Known, names: dict[str, str]) -> News | None:
        due = known.swept is None or self._client.clock.steady() - known.swept >= SWEEP_SECONDS
        odd = known.sweeps % 2 == 1
        query = {**NEWEST_FIRST, "since": known.since}
        reply = self._client.get("/issues", query, etag="" if due and odd else known.etag)
        listed = (
            [] if reply.status == 304 else self._parsed(self._client.rest(reply, "/issues", query), names)
        )
        standing, numbers = self._standing(names, unconditional=not odd) if due else ([], None)
        before = datetime.fromisoformat(known.since)
        # After a restart the sweep sees for the first time what did not change since the cursor.
        fresh = [row for row in standing if row.number in known.seen or row.updated_at >= before]
        changed = {row.number: row for row in (*fresh, *listed) if _is_news(known, row, names)}
        reach = before - LATE if due else before
        looks = [self._look(row, reach, names) for row in changed.values()]
        if numbers is not None:
            missing = known.open.difference(changed, numbers)
            looks += [self._vanished(number, reach, names) for number in sorted(missing)]
        etag = reply.headers.get("etag", "")
        grown = self._grown(known, (*standing, *listed), open_now=numbers, etag=etag)
        if looks:
            return self._tell(grown, looks)
        self._known = grown
        return None

    def _vanished(self, number: int, since: datetime, names: dict[str, str]) -> Look:
        """What was open and bore the marker, and is not in the list any more."""
        found = self._again(number, names)
        return found if isinstance(found, Look) else self._look(found, since, names)

    def _again(self, number: int, names: dict[str, str]) -> IssueRow | Look:
        """One issue as it stands now; a look where it is gone."""
        try:
            found = self._find(number)
        except BoardUnreachable:
            raise
        except BoardError:
            return Look(number=number, gone="deleted")
        return found if isinstance(found, Look) else _named(found, names)

    # --- what was told ---------------------------------------------------------------------------------------------

    def _tell(self, known: _Known, looks: list[Look]) -> News:
        private = self._rights.repository().private
        self._told += 1
        cursor = f"{known.newest.isoformat()}#{self._told}"
        self._known = replace(known, cursor=cursor)
        return News(cursor=cursor, looks=tuple(sorted(looks, key=lambda look: look.number)), private=private)

    def _grown(
        self, known: _Known, told: Collection[IssueRow], *, open_now: frozenset[int] | None, etag: str = ""
    ) -> _Known:
        """With these rows; a new `since` makes a new list, of which no ETag is known. `open_now`: by a sweep."""
        newest = max([known.newest, *(row.updated_at for row in told)])
        since = rows.stamp(newest - OVERLAP)
        marked = {row.number for row in told if MARKER in row.labels}
        is_open = {row.number for row in told if row.open and row.number in marked}
        rest = known.open.difference(row.number for row in told) if open_now is None else open_now
        return replace(
            known,
            newest=newest,
            since=since,
            etag=(etag or known.etag) if since == known.since else "",
            swept=known.swept if open_now is None else self._client.clock.steady(),
            sweeps=known.sweeps + (open_now is not None),
            seen={**known.seen, **{row.number: _key(row) for row in told}},
            open=frozenset({*rest, *is_open}),
            ours=known.ours | marked,
        )

    # --- reading ---------------------------------------------------------------------------------------------------

    def _newest(self) -> datetime:
        reply = self._client.get("/issues", {**NEWEST_FIRST, "per_page": "1"})
        told = [understood(rows.row, said).updated_at for said in reply.data or ()]
        return max(told, default=datetime.fromtimestamp(refusals.server_seconds(reply), UTC))

    def _standing(
        self, names: dict[str, str], *, unconditional: bool
    ) -> tuple[list[IssueRow], frozenset[int]]:
        """Open issues with the marker or a trigger, as far as they changed since the last time; and the numbers of all
        with the marker."""
        hubs = self._sweep.open_with(MARKER, unconditional=unconditional)
        told = {row.number: row for row in self._parsed(hubs.fresh, names)}
        for label in names.values():
            listed = self._sweep.open_with(label, unconditional=False)
            told |= {row.number: row for row in self._parsed(listed.fresh, names)}
        return list(told.values()), hubs.numbers

    def _parsed(self, said: Iterable[Any], names: dict[str, str]) -> list[IssueRow]:
        return [row for row in self._rows(said, names) if not row.is_pull]

    def _rows(self, said: Iterable[Any], names: dict[str, str]) -> Iterator[IssueRow]:
        for one in said:
            row = understood(rows.row, one)
            if not row.where.casefold().endswith(f"/repos/{self._client.repo}".casefold()):
                self._rights.repository()  # says where it has moved
            yield _named(row, names)

    def _look(self, row: IssueRow, since: datetime | None, names: dict[str, str]) -> Look:
        acts = self._acts.of(row, since=since, names=names)
        found = row if _shows(row, acts, names) else self._again(row.number, names)
        return found if isinstance(found, Look) else replace(self.look(found), acts=acts)


def _remembered(cursor: str) -> _Known | None:
    """From a cursor of an earlier run, or one whose news the caller lost; None: none that is known here."""
    try:
        newest = datetime.fromisoformat(cursor.partition("#")[0])
    except ValueError:
        return None
    return _Known(cursor=cursor, newest=newest, since=rows.stamp(newest - OVERLAP))


def _is_news(known: _Known, row: IssueRow, names: dict[str, str]) -> bool:
    concerns = row.number in known.ours or {MARKER, *names.values()}.intersection(row.labels)
    return bool(concerns) and known.seen.get(row.number) != _key(row)


def _named(row: IssueRow, names: dict[str, str]) -> IssueRow:
    """With the triggers as they are meant."""
    return replace(row, labels=tuple(names.get(label.casefold(), label) for label in row.labels))


def _shows(row: IssueRow, acts: Collection[Act], names: dict[str, str]) -> bool:
    """The row was read after the acts that count for the hub: triggers, its own labels, and the end."""
    known = {MARKER, *STATE_LABELS, *names.values()}
    marks = {act.label: act.kind is ActKind.LABELED for act in acts if act.label in known}
    ends = [act.kind is ActKind.REOPENED for act in acts if act.kind in (ActKind.CLOSED, ActKind.REOPENED)]
    labels = all((label in row.labels) is there for label, there in marks.items())
    return labels and (not ends or ends[-1] is row.open)


def _key(row: IssueRow) -> int:
    """Whole seconds hide a second change: the content tells."""
    return hash((row.updated_at, row.labels, row.open, row.title, row.body, row.comments, row.locked))
