"""Lists that are read again and again, page by page: a page that is as it was costs nothing."""

from collections.abc import Iterator
from typing import Any

from hubctl.boards.github.client import PER_PAGE, Client, understood
from hubctl.boards.github.connection import Reply
from hubctl.core.vocabulary.values import Struct


class Listed(Struct, frozen=True, kw_only=True):
    """All numbers that a list holds, and what the server sent of it now: pages that are as they were are left out."""

    numbers: frozenset[int]
    fresh: tuple[Any, ...]


class _Page(Struct, frozen=True, kw_only=True):
    etag: str
    numbers: frozenset[int]
    last: bool


class Sweep:
    """Of the open issues by label. Belongs to one thread at a time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pages: dict[tuple[str, int], _Page] = {}

    def forget(self) -> None:
        """All is told anew."""
        self._pages.clear()

    def open_with(self, label: str, *, unconditional: bool) -> Listed:
        numbers: set[int] = set()
        fresh: list[Any] = []
        for page, said in self._read(label, unconditional=unconditional):
            numbers |= page.numbers
            fresh += said
        return Listed(numbers=frozenset(numbers), fresh=tuple(fresh))

    def _read(self, label: str, *, unconditional: bool) -> Iterator[tuple[_Page, list[Any]]]:
        number = 0
        while True:
            number += 1
            query = {"labels": label, "state": "open", "sort": "created", "direction": "desc"}
            query |= {"per_page": str(PER_PAGE), "page": str(number)}
            known = None if unconditional else self._pages.get((label, number))
            reply = self._client.get("/issues", query, etag=known.etag if known else "")
            if known and reply.status == 304:
                page, said = known, []
            else:
                page, said = understood(_page, reply), reply.data
            self._pages[label, number] = page
            yield page, said
            if page.last:
                return


def _page(reply: Reply) -> _Page:
    return _Page(
        etag=reply.headers.get("etag", ""),
        numbers=frozenset(int(one["number"]) for one in reply.data),
        last='rel="next"' not in reply.headers.get("link", ""),
    )
