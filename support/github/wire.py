"""What crosses the layer in front of the emulator: a call, its answer, a fault that is to happen to it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hubctl.core.vocabulary.values import Struct

Json = dict[str, Any]
DOCUMENTATION = "https://docs.github.com/rest"


class Call(Struct, frozen=True, kw_only=True):
    """A request; `path` is without the query, `query` holds the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: bytes = b""
    token: str = ""
    headers: Mapping[str, str] = {}

    @property
    def json(self) -> Json:
        said = json.loads(self.body) if self.body else {}
        return said if isinstance(said, dict) else {"labels": said}


class Answer(Struct, frozen=True, kw_only=True):
    """A response; `counted` ones use up the hour's requests."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}
    counted: bool = True

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


def answer(status: int, said: object = None, headers: Mapping[str, str] | None = None) -> Answer:
    body = b"" if said is None else json.dumps(said).encode()
    return Answer(status=status, body=body, headers=headers or {})


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    said = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return answer(status, said, headers)


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong for matching calls, `times` times, after the first `skip` of them.

    `after`: what was asked is done first, so that only its answer is lost. `reset`: the connection is cut in the place
    of an answer. `conditional`: only where the asker says what it knows already.
    """

    method: str
    path: str
    status: int = 500
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    reset: bool = False
    conditional: bool = False
    times: int = 1
    skip: int = 0
    happened: int = 0

    def strikes(self, call: Call) -> bool:
        """Whether it happens to this call; it is used up by that."""
        if not re.fullmatch(self.method, call.method) or not re.search(self.path, call.path):
            return False
        if self.conditional and "if-none-match" not in call.headers:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.happened >= self.times:
            return False
        self.happened += 1
        return True

    def answer(self) -> Answer:
        message = {"message": f"Fault {self.status}", "documentation_url": DOCUMENTATION}
        said = self.body if self.body is not None else (None if self.status == 304 else message)
        return answer(self.status, said, self.headers)


class Exchange(Struct, frozen=True, kw_only=True):
    """What was asked and how it ended; `status` 0: the connection was cut."""

    login: str
    method: str
    path: str
    query: Mapping[str, str]
    status: int
    counted: bool
