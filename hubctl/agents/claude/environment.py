"""What a worker's process finds around it: its environment, the `hubctl` in its PATH, the user's login and trust.

Rules: the environment is an allow-list, for the hub's own secrets (its board's token, its SSH agent) are none of a
worker's business; a cloud's keys are passed only with that cloud's switch. `~/.claude.json` is read, never written.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from hubctl.agents.claude.files import read_object
from hubctl.core.vocabulary.values import Struct

PLAIN = ("PATH", "LANG", "TZ", "SHELL", "USER")
CREDENTIALS = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_CUSTOM_HEADERS",
    "CLAUDE_CODE_OAUTH_TOKEN",
)
CLOUDS = {
    "CLAUDE_CODE_USE_BEDROCK": (
        "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
        "ANTHROPIC_BEDROCK_BASE_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
    ),
    "CLAUDE_CODE_USE_VERTEX": (
        "CLAUDE_CODE_SKIP_VERTEX_AUTH",
        "ANTHROPIC_VERTEX_BASE_URL",
        "ANTHROPIC_VERTEX_PROJECT_ID",
        "CLOUD_ML_REGION",
        "GCLOUD_PROJECT",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_PROJECT",
    ),
    "CLAUDE_CODE_USE_FOUNDRY": (
        "ANTHROPIC_FOUNDRY_API_KEY",
        "ANTHROPIC_FOUNDRY_BASE_URL",
        "ANTHROPIC_FOUNDRY_RESOURCE",
    ),
}
"""What a cloud's switch brings along; without the switch its keys are none of the worker's business."""

LOGINS = frozenset([*CREDENTIALS, *CLOUDS, *(name for names in CLOUDS.values() for name in names)])
"""What no command of the project needs: only the worker CLI speaks with the model."""
KEPT_BACK = frozenset(
    {
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "GH_ENTERPRISE_TOKEN",
        "GITHUB_ENTERPRISE_TOKEN",
        "SSH_AUTH_SOCK",
        "GIT_ASKPASS",
        "SSH_ASKPASS",
    }
)
"""The hub's logins: no `pass_env` gives them to a worker."""


def shim(python: str) -> str:
    """The text of the one file in the folder that comes first in a worker's PATH: `hubctl`, by this interpreter."""
    return f'#!/bin/sh\nexec {shlex.quote(python)} -I -m hubctl "$@"\n'


def worker_environment(
    *,
    source: Mapping[str, str],
    config_env: Mapping[str, str] | None = None,
    pass_env: Iterable[str] = (),
    role_env: Mapping[str, str] | None = None,
    home: Path,
    shims: Path,
    worker: str,
    token: str,
    state: Path,
    spool: Path,
) -> dict[str, str]:
    """All that a worker's process may see. Later wins: the hub's `source`, `worker.env`, the role's `env`, hubctl's own.

    From `source` comes an allow-list and what `pass_env` names. `shims` is the folder that holds only `hubctl`.
    """
    given = {**(config_env or {}), **(role_env or {})}
    allowed = {*PLAIN, *CREDENTIALS, *pass_env, *(name for name in source if name.startswith("LC_"))}
    for switch, names in CLOUDS.items():
        if given.get(switch) or source.get(switch):
            allowed |= {switch, *names}
    inherited = {name: value for name, value in source.items() if name in allowed - KEPT_BACK}
    return {
        "TERM": "tmux-256color",
        **_with_utf8(inherited),
        **given,
        "HOME": str(home),
        "PATH": os.pathsep.join([str(shims), given.get("PATH") or source.get("PATH") or os.defpath]),
        "DISABLE_AUTOUPDATER": "1",
        "HUBCTL_WORKER": worker,
        "HUBCTL_TOKEN": token,
        "HUBCTL_STATE": str(state),
        "HUBCTL_SPOOL": str(spool),
        **_without_logins(spool),
    }


WITHOUT_CELL = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_1": "safe.bareRepository",
    "GIT_CONFIG_VALUE_1": "explicit",
}
"""Beside those of `_without_logins`: git obeys no repository that a folder of the branch only looks like."""


def _without_logins(spool: Path) -> dict[str, str]:
    """Neither `gh` nor git finds the user's login: an empty value clears git's list of credential helpers."""
    return {
        "GH_CONFIG_DIR": str(spool.parent / "gh"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": "",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _with_utf8(environment: Mapping[str, str]) -> dict[str, str]:
    """Without a UTF-8 locale the CLI draws other glyphs, which no screen rule knows."""
    chosen = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    if re.search(r"utf-?8", chosen, re.IGNORECASE):
        return dict(environment)
    kept = {name: value for name, value in environment.items() if name not in ("LC_ALL", "LC_CTYPE")}
    return {**kept, "LANG": "C.UTF-8"}


class Hindrance(Struct, frozen=True, kw_only=True):
    """Why a worker would meet a dialog instead of its prompt: what is missing, and the one thing to do.

    `answered`: the hub answers this dialog by itself, once the files of the repository are trusted.
    """

    message: str
    cure: str
    answered: bool = False


def check_ready(home: Path, env: Mapping[str, str], folders: Iterable[Path]) -> tuple[Hindrance, ...]:
    """What would keep a worker with this HOME and environment from starting in these folders; empty: nothing is known."""
    known = read_object(home / ".claude.json")
    found = [_login(home, env, known)]
    found += [_trusted(folder, known) for folder in folders]
    return tuple(finding for finding in found if finding)


def _login(home: Path, env: Mapping[str, str], known: Mapping[str, object]) -> Hindrance | None:
    once = f"Run `HOME={shlex.quote(str(home))} claude` once in a terminal"
    if known.get("hasCompletedOnboarding") is not True:
        return Hindrance(
            message=f"Claude Code was never set up in `{home}`: it would ask.", cure=f"{once}, and log in."
        )
    key = env.get("ANTHROPIC_API_KEY", "")
    rejected = bool(key) and key[-20:] in _answers(known, "rejected")
    if _has_credential(home, env, known) and (rejected or not key):
        return None
    if rejected:
        return Hindrance(
            message="`ANTHROPIC_API_KEY` was rejected once: Claude Code does not use it, nor ask again.",
            cure=f"{once} with that key set, and turn on `Use custom API key` in `/config`.",
        )
    if key and key[-20:] not in _answers(known, "approved"):
        return Hindrance(
            message="`ANTHROPIC_API_KEY` is not approved: a worker will ask `Do you want to use this API key?`.",
            cure=f"{once} with that key set, and choose Yes.",
            answered=True,
        )
    if key:
        return None
    return Hindrance(message=f"Claude Code is not logged in in `{home}`.", cure=f"{once}, and type `/login`.")


def _answers(known: Mapping[str, object], kind: str) -> list[object]:
    """The ends of the keys that were `approved` or `rejected`."""
    answers = known.get("customApiKeyResponses")
    ends = answers.get(kind) if isinstance(answers, dict) else None
    return ends if isinstance(ends, list) else []


def _has_credential(home: Path, env: Mapping[str, str], known: Mapping[str, object]) -> bool:
    given = any(env.get(name) for name in ("ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", *CLOUDS))
    helper = read_object(home / ".claude" / "settings.json").get("apiKeyHelper")
    stored = (home / ".claude" / ".credentials.json").exists() or known.get("primaryApiKey") or helper
    # A Mac keeps the login in its keychain, where nobody but the CLI may look.
    return bool(given or stored or sys.platform == "darwin")


def _trusted(folder: Path, known: Mapping[str, object]) -> Hindrance | None:
    projects = known.get("projects")
    place = folder.resolve()
    for each in (place, *place.parents):
        project = projects.get(str(each)) if isinstance(projects, dict) else None
        if isinstance(project, dict) and project.get("hasTrustDialogAccepted") is True:
            return None
    return Hindrance(
        message=f"Claude Code does not trust `{place}` yet: a worker there will ask.",
        cure=f"Run `claude` once in `{place}`, accept, and leave it.",
        answered=True,
    )
