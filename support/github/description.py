"""GitHub's own OpenAPI description as a judge of what is asked and answered.

`openapi.json.gz` is cut down by `cut.py` from @octokit/openapi 23.0.2 (MIT), which packs GitHub's published description:
the paths that a board needs, without prose and examples.
"""

import gzip
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from hubctl.core.vocabulary.values import Struct
from support.github.wire import Answer, Call

DESCRIPTION = Path(__file__).with_name("openapi.json.gz")


class Deviation(Struct, frozen=True, kw_only=True):
    """A violation that is known, and why it stands."""

    call: str
    what: str
    why: str


KNOWN = (
    Deviation(
        call=r".*",
        what=r"response: Unknown response http status: (401|403|404|410|422|429) ",
        why="GitHub may refuse any call so; the description lists each for some calls only",
    ),
    Deviation(
        call=r"GET /repos/[^/]+/[^/]+",
        what=r"response: '(network_count|subscribers_count)' is a required property",
        why="the emulator leaves these counts out; nothing reads them",
    ),
    Deviation(
        call=r".*",
        what=r"response: .*state_reason.*None is not one of",
        why="the description calls the field nullable and forgets null in its list of values",
    ),
)


class Judge:
    """Collects what violates the description; safe to use from any thread."""

    def __init__(self) -> None:
        with gzip.open(DESCRIPTION) as packed:
            said = json.load(packed)
        self._api = OpenAPI.from_dict(said, config=Config(spec_validator_cls=None))
        self._lock = threading.Lock()
        self._server: str = said["servers"][0]["url"]
        self.violations: list[str] = []
        self.sits = True
        """False: it looks away, for benches."""

    def judge(self, call: Call, said: Answer | None) -> None:
        """Checks the request, and the answer unless it is a fault's own or of no body."""
        if not self.sits:
            return
        host = self._server
        asked = MockRequest(
            host, call.method, call.path, args=dict(call.query), headers=dict(call.headers), data=call.body
        )
        with self._lock:
            try:
                self._api.validate_request(asked)
                if said is not None and said.status != 304:
                    headers = {"Content-Type": "application/json", **said.headers}
                    self._api.validate_response(asked, MockResponse(said.body, said.status, headers))
            except OpenAPIError as violation:
                self._note(
                    call, "request" if "Request" in type(violation).__name__ else "response", violation
                )

    def _note(self, call: Call, side: str, violation: OpenAPIError) -> None:
        name = f"{call.method} {call.path}"
        for detail in _details(violation):
            text = f"{side}: {detail}"
            if not any(re.fullmatch(one.call, name) and re.match(one.what, text) for one in KNOWN):
                self.violations.append(f"{name} {text}")


def _details(violation: BaseException) -> Iterator[str]:
    found, cause = False, violation.__cause__
    while cause is not None:
        for error in getattr(cause, "schema_errors", None) or ():
            found = True
            place = "/".join(str(step) for step in error.absolute_path)
            yield f"{place}: {error.message[:200]}" if place else error.message[:200]
        cause = cause.__cause__
    if not found:
        yield f"{violation} ({violation.__cause__})"
