"""What PyGithub does for the board, and what came back, whatever it is: the only module that imports PyGithub.

What is read again and again goes by `read`, whose answers keep their ETag; all that is written by its objects, in `act`.

Rules: one `Github` object a thread, for a shared one may answer with another thread's data. No retry and no pause of
the library's own: its retry doubles a POST, and no stop ends its sleep (docs/facts/github.md#pygithub).
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from hubctl.core.vocabulary.values import Struct, field

if TYPE_CHECKING:
    from github import Github
    from github.Issue import Issue as Issue
    from github.Repository import Repository as Repository

T = TypeVar("T")
TIMEOUT_SECONDS = 30
ACCEPT = "application/vnd.github+json"
VERSION = "2022-11-28"


class Reply(Struct, frozen=True, kw_only=True):
    """Header names are in lower case; `data` is None where the body is empty or no JSON."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Any = None


class Lost(Exception):
    """No answer came: what was asked may have been done, or not."""


class Connection:
    """Safe to use from any thread. `token` is asked anew after `forget`."""

    def __init__(self, *, api_url: str, token: Callable[[], str]) -> None:
        self._api_url = api_url
        self._token = token
        self._secret = ""
        self._lock = threading.Lock()
        self._own = threading.local()

    def secret(self) -> str:
        """The token in use."""
        with self._lock:
            self._secret = self._secret or self._token()
            return self._secret

    def forget(self) -> None:
        """The token is of no use any more."""
        with self._lock:
            self._secret = ""

    def read(self, path: str, *, query: Mapping[str, str] | None = None, etag: str = "") -> Reply:
        """Raises Lost."""
        headers = {"Accept": ACCEPT, **({"If-None-Match": etag} if etag else {})}
        requester = self._github().requester
        with _lost():
            status, said, text = requester.requestJson(
                "GET", path, parameters=dict(query or {}), headers=headers
            )
        return Reply(status=status, headers=_lower(said), data=_data(text))

    def act(self, repo: str, work: "Callable[[Repository], T]") -> T | Reply:
        """What comes of it, or GitHub's refusal. Nothing is asked before `work` does. Raises Lost."""
        from github import GithubException

        try:
            with _lost():
                return work(self._github().get_repo(repo))
        except GithubException as error:
            return Reply(status=error.status, headers=_lower(error.headers or {}), data=error.data)

    def _github(self) -> "Github":
        secret = self.secret()
        if getattr(self._own, "secret", None) != secret:
            from github import Auth, Github

            self._own.github = Github(
                auth=Auth.Token(secret),
                base_url=self._api_url,
                timeout=TIMEOUT_SECONDS,
                user_agent="hubctl",
                retry=None,
                lazy=True,
                seconds_between_requests=None,
                seconds_between_writes=None,
                api_version=VERSION,
            )
            self._own.secret = secret
        made: Github = self._own.github
        return made


@contextmanager
def _lost() -> Iterator[None]:
    import requests

    try:
        yield
    except requests.RequestException as error:
        raise Lost(type(error).__name__) from error
    except RuntimeError as error:  # a redirect to another host or scheme, which PyGithub does not follow
        raise Lost(str(error)) from error


def _lower(headers: Mapping[str, object]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _data(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:  # a proxy's page
        return None
