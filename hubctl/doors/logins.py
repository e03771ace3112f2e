"""The logins that vaults put in, read anew for each request, so that a renewed one needs no restart."""

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Final

from hubctl import clock
from hubctl.core.vocabulary.values import Struct
from hubctl.doors.rules import Secret, Source
from hubctl.errors import HubError

COMMAND_SECONDS: Final = 20.0


class PlanLogin(Struct, frozen=True, kw_only=True):
    """`claudeAiOauth` of a `.credentials.json`; `expires_at` is in milliseconds since 1970, 0 where the file has none."""

    token: str
    expires_at: int = 0

    @property
    def is_over(self) -> bool:
        return 0 < self.expires_at <= clock.now().timestamp() * 1000


async def header_of(secret: Secret) -> str:
    """The header's value. Raises HubError where there is no login, or one that has expired."""
    found = await _found(secret)
    if secret.user:
        found = f"Basic {base64.b64encode(f'{secret.user}:{found}'.encode()).decode()}"
    value = secret.before + found
    if not value.isprintable():
        raise HubError(
            f"The login for `{secret.header}` is no header's value.", "Look at where it comes from."
        )
    return value


async def _found(secret: Secret) -> str:
    match secret.source:
        case Source.VALUE:
            return secret.name
        case Source.ENVIRONMENT:
            found = os.environ.get(secret.name, "")
        case Source.CLAUDE:
            return read_plan_login(Path(secret.name)).token
        case Source.COMMAND:
            found = await _printed(secret.name)
    if not found:
        raise HubError(f"There is no login in the {secret.source} `{secret.name}`.", "Put it there.")
    return found


def read_plan_login(path: Path) -> PlanLogin:
    """Raises HubError where the file has no login, or one that has expired."""
    try:
        said = json.loads(path.read_bytes())["claudeAiOauth"]
        login = PlanLogin(token=str(said["accessToken"]), expires_at=int(said.get("expiresAt") or 0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise HubError(f"`{path}` holds no plan's login.", "Run `claude`, and type `/login`.") from error
    if login.is_over:
        raise HubError(f"The plan's login in `{path}` has expired.", "Run `claude` once: it renews it.")
    return login


async def _printed(command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), COMMAND_SECONDS)
    except TimeoutError:
        os.killpg(process.pid, 9)
        await process.wait()
        return ""
    return out.decode(errors="replace").strip() if process.returncode == 0 else ""
