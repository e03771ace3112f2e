"""What the layer knows that the emulator does not: people and their rights, tokens, links between issues, what is gone."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from hubctl.core.vocabulary.values import Struct
from support.github.emulator import Emulator
from support.github.wire import Call, Exchange, Fault, Json

OWNER, HUB, WRITER, TRIAGER, OUTSIDER = "ann", "hub-bot", "wim", "tri", "eve"
LOGINS = (OWNER, HUB, WRITER, TRIAGER, OUTSIDER)
RANKS = ("none", "read", "triage", "write", "maintain", "admin")
PER_PAGE = 30
MOST_PER_PAGE = 100


class Token(Struct, frozen=True, kw_only=True):
    """Whose it is. `scopes` None: a fine-grained one, which may write what `permissions` name."""

    login: str
    scopes: tuple[str, ...] | None = ("repo",)
    permissions: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Limits:
    """Requests an hour and content a minute; `now` and `reset` are seconds since 1970."""

    hourly: int = 5000
    used: int = 0
    reset: int = 0
    content: int = 1_000_000
    written: deque[float] = field(default_factory=deque)


@dataclass(slots=True, kw_only=True)
class World:
    """Mutable on purpose: a test arranges it. Keys are (repository, issue)."""

    emulator: Emulator
    tokens: dict[str, Token] = field(default_factory=lambda: {name: Token(login=name) for name in LOGINS})
    roles: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    limits: dict[str, Limits] = field(default_factory=lambda: defaultdict(Limits))
    private: set[str] = field(default_factory=set)
    without_issues: set[str] = field(default_factory=set)
    without_links: set[str] = field(default_factory=set)
    """Repositories of servers that have neither sub-issues nor dependencies."""
    moved: dict[str, str] = field(default_factory=dict)
    transferred: dict[tuple[str, int], str] = field(default_factory=dict)
    deleted: set[tuple[str, int]] = field(default_factory=set)
    stale: dict[tuple[str, int], str] = field(default_factory=dict)
    """Issues whose date of change did not move: it is this one for good."""
    children: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    blockers: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    faults: list[Fault] = field(default_factory=list)
    log: list[Exchange] = field(default_factory=list)
    ahead_seconds: float = 0
    """How far this server's clock is ahead."""
    lists: dict[str, list[Json]] = field(default_factory=dict)
    """What the emulator listed since the last write."""

    def settle(self) -> None:
        """No faults, no limits used, everybody's token as it was: repositories stay."""
        self.faults.clear()
        self.limits.clear()
        self.ahead_seconds = 0
        self.tokens = {name: Token(login=name) for name in LOGINS}

    # --- who may -------------------------------------------------------------------------------------------------

    def rank(self, repo: str, login: str) -> int:
        """Higher may do more; everybody may read what is public."""
        rank = RANKS.index(self.roles[repo].get(login, "none"))
        return rank if repo in self.private else max(rank, RANKS.index("read"))

    def may(self, call: Call, repo: str, role: str) -> bool:
        return self.rank(repo, self.tokens[call.token].login) >= RANKS.index(role)

    # --- what the emulator says ------------------------------------------------------------------------------------

    def rows(self, path: str) -> list[Json]:
        """All pages of a list."""
        if path not in self.lists:
            self.lists[path] = list(self._paged(path))
        return self.lists[path]

    def _paged(self, path: str) -> Iterator[Json]:
        page = 1
        while True:
            query = {"per_page": str(MOST_PER_PAGE), "page": str(page), "state": "all"}
            said = self.emulator.ask(Call(method="GET", path=path, token=OWNER, query=query))
            rows = said.json if said.status == 200 else []
            yield from rows
            if len(rows) < MOST_PER_PAGE:
                return
            page += 1
