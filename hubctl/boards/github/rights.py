"""Who the hub is, what its login may do, and who else has write access."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from hubctl.boards.github import refusals, rows
from hubctl.boards.github.client import Client, understood
from hubctl.boards.github.rows import RepositoryRow
from hubctl.core.vocabulary.board import Budget, Reach
from hubctl.ports.board import BoardUnreachable

WRITERS = ("admin", "write")
"""GitHub tells `maintain` as `write` here, and `triage` as `read`."""
TRUSTED_SECONDS = 300.0
"""How long an answer about a person holds."""
ACTIONS_LOGIN = "github-actions[bot]"
SCOPES = frozenset({"repo", "public_repo"})


class Rights:
    """Safe to use from any thread."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.RLock()
        self._login: tuple[str, str] = "", ""
        self._known: dict[str, tuple[float, bool]] = {}
        self._repository: tuple[str, RepositoryRow | None] = "", None

    def login(self) -> str:
        """The hub's own; asked once a token."""
        secret = self._client.connection.secret()
        with self._lock:
            if self._login[0] != secret:
                self._login = secret, self._asked_login(secret)
            return self._login[1]

    def counts(self, login: str) -> bool:
        """Whether this account has write access now."""
        if not login:
            return False
        with self._lock:
            until, known = self._known.get(login, (0.0, False))
            now = self._client.clock.steady()
            if now >= until:
                known = self._asked_right(login)
                self._known[login] = now + TRUSTED_SECONDS, known
            return known

    def repository(self) -> RepositoryRow:
        """As it is now; costs nothing where it is as it was."""
        with self._lock:
            etag, known = self._repository
            reply = self._client.get("", etag=etag)
            if known is None or reply.status == 200:
                known = understood(rows.repository, reply.data)
                self._repository = reply.headers.get("etag", ""), known
        if known.name.casefold() != self._client.repo.casefold():
            raise refusals.moved(self._client.repo, known.name)
        return known

    def reach(self) -> Reach:
        repository = self.repository()
        if not repository.has_issues:
            raise BoardUnreachable(
                f"`{repository.name}` takes no issues.",
                "Switch issues on in the repository's settings on GitHub.",
            )
        missing = [*self._missing_scopes(repository), *([] if repository.may_push else ["write access"])]
        return Reach(login=self.login(), private=repository.private, missing=missing, budget=self._budget())

    def _asked_login(self, secret: str) -> str:
        reply = self._client.try_get("//user")
        if reply.status == 403 and secret.startswith("ghs_"):
            return ACTIONS_LOGIN  # a token of Actions or of an App may not ask who it is
        said = self._client.demand(reply, "//user")
        return understood(lambda data: str(data["login"]), said)

    def _asked_right(self, login: str) -> bool:
        path = f"/collaborators/{quote(login, safe='')}/permission"
        reply = self._client.try_get(path)
        if reply.status == 404:  # a bot, or an account that is gone
            return False
        said = self._client.demand(reply, path)
        return understood(lambda data: data["permission"] in WRITERS, said)

    def _missing_scopes(self, repository: RepositoryRow) -> Sequence[str]:
        """Only classic tokens tell their scopes; a fine-grained one is refused by name when it is used."""
        reply = self._client.try_get("//rate_limit")
        told = reply.headers.get("x-oauth-scopes")
        if told is None:
            return ()
        scopes = {scope.strip() for scope in told.split(",")}
        needed = {"repo"} if repository.private else SCOPES
        return () if scopes & needed else ("scope `repo`",)

    def _budget(self) -> Budget | None:
        reply = self._client.try_get("//rate_limit")
        if reply.status != 200:
            return None
        core = understood(lambda data: data["resources"]["core"], reply.data)
        return understood(
            lambda data: Budget(
                left=int(data["remaining"]),
                of=int(data["limit"]),
                resets_at=datetime.fromtimestamp(int(data["reset"]), UTC),
            ),
            core,
        )
