"""How Claude Code is started as a worker: its words, its settings and its hooks.

Rules: nothing under the user's `~/.claude` is ever written, all goes in by flags. `--permission-mode` and `--model` are
always passed, for their defaults differ by version. The prompt stands behind `--`, since some flags swallow what follows.
Hooks report and decide nothing: a dead hub must never stop a worker. One kind waits, beside its dialog, which a person
in the pane may answer as well: what the hub writes into its gate is its decision (`claude_gates`).
"""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid5

from hubctl.core.ledger.asks import ELICITATION
from hubctl.core.vocabulary.pasteable import EXIT_WORDS
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

MEASURED = ("2.1.197", "2.1.329")
"""The versions that the tests run; others are likely to work."""
OLDEST = (2, 1, 100)
"""Older ones keep no session file."""
INSTALL = "npm install -g @anthropic-ai/claude-code"
LARGEST_ARGUMENT = 100 * 1024
"""Bytes. The kernel refuses one argument of 128 KiB (MAX_ARG_STRLEN)."""

HOOKS = (
    "SessionStart",
    "UserPromptSubmit",
    "PermissionRequest",
    "PostToolUse",
    "PostToolUseFailure",
    "Stop",
    "StopFailure",
    "SubagentStop",
    "PreCompact",
    "SessionEnd",
    ELICITATION,
)
"""Names that both measured versions know: an unknown one raises a dialog at the start."""
HOOK_SECONDS = 10
ASKING = ("PermissionRequest", ELICITATION)
ASKING_SECONDS = 86_400
"""How long an ask may wait for its answer from outside the pane; then its dialog stays there, or comes."""
WRITABLE = "project_settings|local_settings|user_settings"
"""The settings that a worker can write: they hold as they were when it was started."""
REFUSAL = "cat >/dev/null; echo 'hubctl: settings hold as they were when the worker was started' >&2; exit 2"
TO_OTHERS = ("ListAgents", "SendMessage")
"""Tools by which one worker would prompt another past the hub."""
FENCE: Mapping[str, object] = {
    "disableAllHooks": False,
    "statusLine": {"type": "command", "command": "true"},
    "crossSessionInbound": "refuse",
}
"""What no settings of a project, and none that a worker writes, may say otherwise: flags win (docs/facts/claude-code.md#fence)."""
WORKERS_WORDS = ("done", "progress", "ask", "handoff", "status")
"""The verbs of `hubctl` that a worker may run without a dialog."""
_SESSIONS = UUID("5b1f7c3e-6f0c-5d0e-9a53-6d1f6a2b7c10")


def session_id(hub: str, thread: str, start: int) -> str:
    """The id of a thread's start number `start`: the same after a crash, so that the CLI itself refuses a double."""
    return str(uuid5(_SESSIONS, json.dumps([hub, thread, start])))


class CommandLine(Struct, frozen=True, kw_only=True):
    """One start of a worker. `command` is `worker.command`; an empty `prompt` leaves the composer empty.

    On `resume` 2.1.329 sends the `system_prompt` of the first launch again: a changed role needs a new session.
    """

    command: tuple[str, ...]
    session: str
    resume: bool = False
    model: str
    permission_mode: str
    settings: Path
    system_prompt: str = ""
    mcp: Path | None = None
    prompt: str = ""
    sources: tuple[str, ...] = ()
    """whose settings hold beside these; empty: all"""


def words(launch: CommandLine) -> list[str]:
    """The argument vector. Raises HubError where an argument cannot be passed or the prompt would run as a command."""
    first = launch.prompt.strip()
    if first.startswith("/") or first.casefold() in EXIT_WORDS:
        raise HubError(
            f"The prompt `{first[:40]}` would run as a command of the worker instead of being read.",
            "Put a word before it.",
        )
    line = [*launch.command, "--resume" if launch.resume else "--session-id", launch.session]
    line += ["--settings", str(launch.settings), "--permission-mode", launch.permission_mode]
    line += ["--model", launch.model]
    if launch.system_prompt:
        line += ["--append-system-prompt", launch.system_prompt]
    if launch.mcp:
        line += ["--mcp-config", str(launch.mcp), "--strict-mcp-config"]
    if launch.sources:
        line += ["--setting-sources", ",".join(launch.sources)]
    if launch.prompt:
        line += ["--", launch.prompt]
    for word in line:
        _refuse_long(word)
    return line


def _refuse_long(word: str) -> None:
    size = len(word.encode(errors="replace"))
    if size > LARGEST_ARGUMENT:
        raise HubError(
            f"The text `{word[:40]}...` has {size} bytes; a worker can be started with {LARGEST_ARGUMENT} at most.",
            "Write it to a file in the worktree and let the prompt point at the file.",
        )


def settings_text(
    *,
    allow: Iterable[str] = (),
    ask: Iterable[str] = (),
    deny: Iterable[str] = (),
    hook_script: Path | None,
    stop_script: Path | None = None,
    reads_script: Path | None = None,
    extra: Mapping[str, object] | None = None,
) -> str:
    """The JSON for `--settings`; without `hook_script` no hooks but the fence's. `extra` are more settings of the CLI.

    `stop_script` takes the place of the hook script where a turn begins and ends (`claude_stop.py`); `reads_script` stands
    before each command (`claude_reads.py`).

    The rules let a worker's own verbs pass; a compound command needs a rule for each of its parts.
    """
    own = (f"Bash(hubctl {verb}:*)" for verb in WORKERS_WORDS)
    permissions = {
        "allow": list(dict.fromkeys([*own, *allow])),
        "ask": list(dict.fromkeys(ask)),
        "deny": list(dict.fromkeys([*deny, *TO_OTHERS])),
    }
    hooks: dict[str, object] = {"ConfigChange": _hook(REFUSAL, matcher=WRITABLE)}
    settings: dict[str, object] = {**(extra or {}), **FENCE, "permissions": permissions, "hooks": hooks}
    # Whoever wants the mode without any question answers its dialog in person.
    settings.pop("skipDangerousModePermissionPrompt", None)
    if hook_script:
        lines = {name: f"sh {shlex.quote(str(hook_script))}" for name in HOOKS}
        if stop_script:
            script = shlex.quote(str(stop_script))
            lines |= {"UserPromptSubmit": f"sh {script} prompt", "Stop": f"sh {script} stop"}
        lines |= {name: f"{lines[name]} ask" for name in ASKING}
        hooks |= {name: _hook(line, asks=name in ASKING) for name, line in lines.items()}
        if reads_script:
            hooks["PreToolUse"] = _hook(f"sh {shlex.quote(str(reads_script))}", matcher="Bash")
    return json.dumps(settings, indent=1, ensure_ascii=False)


def _hook(line: str, *, asks: bool = False, matcher: str = "") -> list[object]:
    seconds = ASKING_SECONDS if asks else HOOK_SECONDS
    which = {"matcher": matcher} if matcher else {}
    return [{**which, "hooks": [{"type": "command", "command": line, "timeout": seconds}]}]


def hook_script() -> str:
    """Lays one payload into the spool: the token's line, then the JSON; `claude_files.parse_spooled` reads it.

    The name is `<nanoseconds since 1970>-<pid>.json`. A missing spool is no error, and stdin is always read to its end.
    With the word `ask` it makes a gate of the same name first, a named pipe, and prints what comes out of it.
    """
    return """\
#!/bin/sh
umask 077
{
    if [ -d "$HUBCTL_SPOOL" ]; then
        at=$(date +%s%N)
        case $at in # not every date knows %N: it then prints the letter, or nothing
        *[!0-9]*) at=${at%%[!0-9]*}000000000 ;;
        ??????????) at=${at}000000000 ;;
        esac
        [ "$1" != ask ] || mkfifo "$HUBCTL_SPOOL/$at-$$.gate"
        { printf '%s\\n' "$HUBCTL_TOKEN"; cat; } >"$HUBCTL_SPOOL/.$at-$$" &&
            mv "$HUBCTL_SPOOL/.$at-$$" "$HUBCTL_SPOOL/$at-$$.json"
    else
        cat
    fi
} >/dev/null 2>&1
gate="$HUBCTL_SPOOL/$at-$$.gate"
[ "$1" = ask ] && [ -p "$gate" ] && exec cat "$gate" 2>/dev/null # exec: Esc ends this very process
exit 0
"""


def cli_version(command: Sequence[str]) -> str:
    """The version that `command --version` prints. Raises HubError: missing, broken, foreign, or too old."""
    name = shlex.join(command)
    environment = {key: os.environ[key] for key in ("HOME", "PATH") if key in os.environ}
    try:
        told = subprocess.run(
            [*command, "--version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, ValueError, IndexError) as error:
        raise HubError(f"The worker CLI `{name}` cannot be started: {error}.", INSTALL) from error
    except subprocess.TimeoutExpired as error:
        raise HubError(f"The worker CLI `{name} --version` says nothing for 30 seconds.", INSTALL) from error
    found = re.match(r"(\d+)\.(\d+)\.(\d+)\S* \(Claude Code\)", told.stdout)
    if told.returncode or not found:
        said = (told.stderr or told.stdout).strip().partition("\n")[0][:200]
        raise HubError(f"`{name} --version` does not answer as Claude Code does: `{said}`.", INSTALL)
    version = found[0].partition(" ")[0]
    if tuple(map(int, found.groups())) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise HubError(
            f"The worker CLI `{name}` is {version}; hubctl needs {oldest} or newer.", f"{INSTALL}@latest"
        )
    return version
