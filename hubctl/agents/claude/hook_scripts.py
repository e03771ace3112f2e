"""The two hooks of a worker that are more than reports: one has commands asked about, the other lets no turn end in silence.

The PreToolUse hook has the hub asked about commands whose reading the worker CLI's own rules do not see. Measured
(docs/facts/claude-code.md#permission-rules): the CLI lets reading commands through unasked, and its `deny` rules for
files hold for the names that stand in a command, not for what `grep -r`, a pattern or `<` reach (in 2.1.197 also `tac`).
After this hook's `ask` it takes the answer of the PermissionRequest hook, which it ignores after an `ask` rule. Where
the hook fails, the CLI's own rules hold.

The Stop hook sends the worker back once, with the words of the nudge. It knows without the hub whether a word was said, by
a mark that the worker's verbs leave beside its spool and that each new prompt takes away; what the CLI writes to itself
does not. It never sends back twice in a row, nor where something runs in the background, and whatever goes wrong lets
the turn end. A turn that goes on is not reported as ended.
"""

import json
import shlex
from contextlib import suppress
from pathlib import Path

from hubctl.core.messages.prompts import OPEN_DUTY

HIDING = ("*", "?", "[", "<", "~", "$", "`", "grep", "rg ", "find ", "tac ", "tar ", "no-index", " -r", " -R")
"""What stands in a command that may reach a file which it does not name. One more costs a question to the hub, no more."""


def reads_script() -> str:
    """Of a call of `Bash`, by its payload; it prints nothing where the CLI may decide."""
    hiding = " | ".join(f"*{shlex.quote(word)}*" for word in HIDING)
    return f"""\
#!/bin/sh
case $(cat) in
{hiding}) echo '{_asking()}' ;;
esac
exit 0
"""


def _asking() -> str:
    said = {
        "hookEventName": "PreToolUse",
        "permissionDecision": "ask",
        "permissionDecisionReason": "hubctl judges what may read more than it names",
    }
    return json.dumps({"hookSpecificOutput": said})


MARK = "said"
"""In the spool, which alone of these a contained worker's hook may write."""
ANSWER = "silence.json"
"""In the worker's own folder, in which its spool is."""


def stop_script() -> str:
    """`stop` and `prompt` are its first words; the payload then goes to `hook.sh` beside it, which reports it."""
    return f"""\
#!/bin/sh
payload=$(cat)
case $1$payload in
stop*'"stop_hook_active":true'* | stop*'"background_tasks":[{{'*) ;;
stop*)
    if [ -d "$HUBCTL_SPOOL" ] && [ ! -e "$HUBCTL_SPOOL/{MARK}" ]; then
        cat "$HUBCTL_SPOOL/../{ANSWER}" 2>/dev/null && exit 0
    fi
    ;;
*'"prompt":"<task-notification>'* | *'"prompt":"<cross-session-message'*) ;;
prompt*) rm -f "$HUBCTL_SPOOL/{MARK}" ;;
esac
printf '%s' "$payload" | sh "${{0%/*}}/hook.sh"
exit 0
"""


def answer(thread: str) -> str:
    """What the hook says for the worker of this thread; empty for a standing one, which has many."""
    head = f"hubctl thread {thread}" if thread else "hubctl"
    return json.dumps({"decision": "block", "reason": f"{head}: {OPEN_DUTY}"}, ensure_ascii=False)


def leave_mark(spool: str) -> None:
    """After a word that ends a duty; without it the worker is reminded once too often, and no more."""
    if spool:
        with suppress(OSError):
            (Path(spool) / MARK).touch()
