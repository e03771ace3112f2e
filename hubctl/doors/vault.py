"""A vault: a reverse proxy to one upstream that takes the cell's dummy login away and puts the real one in.

Rules: bytes pass as they come, in both directions, and nothing waits for a full buffer. What is compared is the
path as it was sent: what is not written literally, such as `%2e`, does not pass.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any, Final

import aiohttp
from aiohttp import web

from hubctl.core.vocabulary.values import replace
from hubctl.doors.log import Told, Use, Why
from hubctl.doors.logins import header_of
from hubctl.doors.meter import AnswerMeter, limits_of
from hubctl.doors.rules import Vault
from hubctl.errors import HubError

LOGINS: Final = frozenset({"authorization", "x-api-key", "proxy-authorization", "cookie"})
HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "expect",
        "proxy-connection",
    }
)
"""What belongs to one connection, and is made anew on the other."""
CONNECT_SECONDS: Final = 20.0
ODD: Final = re.compile(r"//|/\.{1,2}(/|$)|%2e|%2f|%5c|\\", re.IGNORECASE)
"""What another program may read as another path."""


class Vaults:
    """What all vaults share: one client that decodes nothing, keeps no cookie, and opens what connections it needs."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            trust_env=True,
        )

    async def close(self) -> None:
        await self.session.close()


class VaultDoor:
    """One vault's socket; `vault` is what the rules say of it now, None: there is no such door any more."""

    def __init__(self, vaults: Vaults, vault: Callable[[], Vault | None], told: Told) -> None:
        self._vaults, self._vault, self._told = vaults, vault, told
        self.running = 0
        self.server = web.Server(self._meet, auto_decompress=False, access_log=None)
        """makes the protocol of each connection"""

    async def _meet(self, request: web.BaseRequest) -> web.StreamResponse:
        self.running += 1
        try:
            passage = _Passage(self._vaults.session, request, self._told)
            return await passage.lead(self._vault())
        finally:
            self.running -= 1


def passes(paths: tuple[str, ...], target: str) -> bool:
    """Whether a request of this target, a path and perhaps a query, may pass."""
    path = target.partition("?")[0]
    return not ODD.search(path) and path.startswith(paths)


def _is_open(vault: Vault, request: web.BaseRequest) -> bool:
    if vault.requests:
        return f"{request.method} {request.raw_path}" in vault.requests
    return passes(vault.paths, request.raw_path)


class _Passage:
    """One request and its answer."""

    def __init__(self, session: aiohttp.ClientSession, request: web.BaseRequest, told: Told) -> None:
        self._session, self._request, self._told = session, request, told
        self._what = f"{request.method} {request.raw_path.partition('?')[0]}"
        self._began = time.monotonic()
        self._sent = 0

    async def lead(self, vault: Vault | None) -> web.StreamResponse:
        if vault is None or not _is_open(vault, self._request):
            return self._refuse(403, Why.PATH, "hubctl: this path is closed")
        try:
            logins = [(secret.header, await header_of(secret)) for secret in vault.secrets]
        except HubError as error:
            return self._refuse(401, Why.LOGIN, f"hubctl: {error.message}")
        try:
            theirs = await self._session.request(
                self._request.method,
                self._url(vault),
                headers=[*self._kept(), *logins],
                data=self._body() if self._request.body_exists else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return self._refuse(502, Why.UNREACHABLE, f"hubctl: the other side: {type(error).__name__}")
        async with theirs:
            return await self._answer(theirs)

    def _url(self, vault: Vault) -> Any:
        from yarl import URL

        return URL(vault.upstream.rstrip("/") + self._request.raw_path, encoded=True)

    def _kept(self) -> list[tuple[str, str]]:
        dropped = HOP | LOGINS | {"accept-encoding"}
        kept = [(name, value) for name, value in self._request.headers.items() if name.lower() not in dropped]
        return [*kept, ("Accept-Encoding", "identity")]  # what an answer cost is read as it passes

    async def _body(self) -> Any:
        async for chunk in self._request.content.iter_any():
            self._sent += len(chunk)
            yield chunk

    def _refuse(self, status: int, why: Why, text: str) -> web.Response:
        """In the Messages API's own form, which the worker CLI shows as it is."""
        self._told(Use(what=self._what, why=why, status=status))
        kind = (
            "authentication_error" if status == 401 else "permission_error" if status == 403 else "api_error"
        )
        said = {"type": "error", "error": {"type": kind, "message": text}}
        return web.Response(status=status, text=json.dumps(said), content_type="application/json")

    async def _answer(self, theirs: aiohttp.ClientResponse) -> web.StreamResponse:
        first = round((time.monotonic() - self._began) * 1000, 1)
        dropped = HOP | {"set-cookie"}
        kept = [(name, value) for name, value in theirs.headers.items() if name.lower() not in dropped]
        ours = web.StreamResponse(status=theirs.status, reason=theirs.reason, headers=kept)
        meter = AnswerMeter(theirs.headers.get("Content-Type", ""))
        received = 0
        try:
            await ours.prepare(self._request)
            async for chunk in theirs.content.iter_any():
                received += len(chunk)
                await ours.write(chunk)
                meter.feed(chunk)
            await ours.write_eof()
        finally:
            tokens, model = meter.end(), meter.model
            use = Use(
                what=self._what, status=theirs.status, sent=self._sent, received=received, first_ms=first
            )
            limits = limits_of(theirs.headers)
            self._told(replace(use, tokens=tokens, model=model, limits=limits))
        return ours
