"""A worker's way to its model out of a cell: the login stays outside, where the vault puts it in.

Measured (docs/facts/cells.md#a-login-outside): the CLI speaks to a unix socket by itself, and takes a dummy for a key, a
token or a plan's login; an approved key is known by its last 20 characters.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from hubctl.agents.claude.environment import CLOUDS, LOGINS
from hubctl.agents.claude.files import read_object
from hubctl.agents.claude.json import text_of
from hubctl.cells.profile import DOORS
from hubctl.core.vocabulary.values import Struct
from hubctl.doors.rules import EGRESS_PORT, MODEL, Secret, Source, Vault
from hubctl.errors import HubError

VENDOR = "https://api.anthropic.com"
DUMMY = "sk-hubctl-this-cell-has-no-key-of-its-own"
"""Where the CLI wants to see a login."""
VARIABLES = (
    ("ANTHROPIC_API_KEY", "x-api-key", ""),
    ("ANTHROPIC_AUTH_TOKEN", "authorization", "Bearer "),
    ("CLAUDE_CODE_OAUTH_TOKEN", "authorization", "Bearer "),
)
"""What a login may stand in, in the CLI's order, and how it is sent."""
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
}
"""Else the CLI itself asks for hosts at its start, and a person would be asked for each."""
PROXY = f"http://127.0.0.1:{EGRESS_PORT}"
LOOPBACK = "localhost,127.0.0.1,::1"


class ModelDoor(Struct, frozen=True, kw_only=True):
    """The vault outside, and what the cell's environment has in place of a login."""

    vault: Vault
    env: Mapping[str, str]


def model_door(env: Mapping[str, str], home: Path, outside: Mapping[str, str]) -> ModelDoor:
    """By the environment that a worker without a cell would have; what is in the hub's own, `outside`, is read there.

    Raises HubError where the login cannot stay outside.
    """
    for switch in CLOUDS:
        if env.get(switch):
            raise HubError(
                f"With `{switch}` a worker signs each request itself, which it cannot do in a cell.",
                "Write `worker: {cell: off}` into hubctl.yaml, or use an API key or a plan's login.",
            )
    name, login = _given(env, outside) or _stored(home)
    vault = Vault(
        upstream=env.get("ANTHROPIC_BASE_URL") or VENDOR,
        secrets=(login, *_headers(env.get("ANTHROPIC_CUSTOM_HEADERS", ""))),
    )
    door = {"ANTHROPIC_BASE_URL": "http://localhost", "ANTHROPIC_UNIX_SOCKET": f"{DOORS}/{MODEL}"}
    return ModelDoor(vault=vault, env={name: DUMMY, **door})


def cell_environment(env: Mapping[str, str], door: ModelDoor | None) -> dict[str, str]:
    """A worker's environment, or that of a command, without logins and with the ways out of a cell."""
    kept = {name: value for name, value in env.items() if name not in LOGINS}
    names = [name for proxy in ("HTTPS_PROXY", "HTTP_PROXY") for name in (proxy, proxy.lower())]
    return {
        **kept,
        **dict.fromkeys(names, PROXY),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), LOOPBACK),
        **({**QUIET, **door.env} if door else {}),
    }


def _given(env: Mapping[str, str], outside: Mapping[str, str]) -> tuple[str, Secret] | None:
    """The variable that the CLI looks for first, and the header that the vault sets."""
    for name, header, before in VARIABLES:
        if login := env.get(name):
            if outside.get(name) == login:
                return name, Secret(header=header, before=before, source=Source.ENVIRONMENT, name=name)
            return name, Secret(header=header, before=before, source=Source.VALUE, name=login)
    return None


def _stored(home: Path) -> tuple[str, Secret]:
    """The same of a login that the person's HOME holds. Raises HubError where no file says one."""
    plan = home / ".claude" / ".credentials.json"
    if plan.exists():
        secret = Secret(header="authorization", before="Bearer ", source=Source.CLAUDE, name=str(plan))
        return "CLAUDE_CODE_OAUTH_TOKEN", secret
    if helper := text_of(read_object(home / ".claude" / "settings.json"), "apiKeyHelper"):
        return "ANTHROPIC_API_KEY", Secret(header="x-api-key", source=Source.COMMAND, name=helper)
    if key := text_of(read_object(home / ".claude.json"), "primaryApiKey"):
        return "ANTHROPIC_API_KEY", Secret(header="x-api-key", source=Source.VALUE, name=key)
    raise HubError(
        f"Claude Code is not logged in in `{home}`, as far as a file says.",
        "Set `ANTHROPIC_API_KEY`, or run `claude` once and type `/login`.",
    )


def _headers(lines: str) -> Iterator[Secret]:
    """`ANTHROPIC_CUSTOM_HEADERS`: `Name: value`, one a line."""
    for line in lines.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip():
            yield Secret(header=name.strip().lower(), source=Source.VALUE, name=value.strip())
