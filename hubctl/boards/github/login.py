"""The hub's login at GitHub: a token from the environment, or the one that `gh` keeps.

Rule: a token is in no argv, no message and no log.
"""

import os
import subprocess
from collections.abc import Mapping
from urllib.parse import urlsplit

from hubctl.ports.board import BoardUnreachable

API_URL = "https://api.github.com"
VARIABLE = "GITHUB_TOKEN"
GH_SECONDS = 20.0
CURE = "Set `GITHUB_TOKEN`, or log in by `gh auth login`; the hub reads it when it starts."
HELPER = '!f() { test "$1" = get && echo username=x-access-token && echo "password=$HUBCTL_GIT_TOKEN"; }; f'
"""A credential helper that git's own shell runs: the token comes from the environment of that one git call."""


def token(api_url: str = API_URL) -> str:
    """`GITHUB_TOKEN`, else what `gh auth token` says for this server. Raises BoardUnreachable where neither is there."""
    if given := os.environ.get(VARIABLE, "").strip():
        return given
    try:
        said = subprocess.run(
            ["gh", "auth", "token", "--hostname", host(api_url)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GH_SECONDS,
            check=False,
        )
    except FileNotFoundError as missing:
        raise _nobody("`gh` is not installed") from missing
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _nobody("`gh auth token` does not answer") from error
    if said.returncode or not said.stdout.strip():
        raise _nobody(f"`gh auth token` knows none for `{host(api_url)}`")
    return said.stdout.strip()


def host(api_url: str) -> str:
    """The server that people see: `github.com` for GitHub's own API."""
    name = urlsplit(api_url).netloc
    return name.removeprefix("api.") if api_url == API_URL else name


def git_environment(api_url: str, secret: str) -> Mapping[str, str]:
    """What a git call needs to log in at the server by this token, beside its own environment; no other server gets it."""
    server = f"https://{host(api_url)}"
    return {
        "HUBCTL_GIT_TOKEN": secret,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"credential.{server}.helper",
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": f"credential.{server}.helper",
        "GIT_CONFIG_VALUE_1": HELPER,
    }


def _nobody(why: str) -> BoardUnreachable:
    return BoardUnreachable(f"There is no login for GitHub: `{VARIABLE}` is not set, and {why}.", CURE)
