"""A Stop hook that lets no turn end in silence: it sends the worker back once, with the words of the nudge.

Rules: it knows without the hub whether a word was said, by a mark that the worker's verbs leave beside its spool and that
each new prompt takes away; what the CLI writes to itself does not. It never sends back twice in a row, nor where something
runs in the background, and whatever goes wrong lets the turn end. A turn that goes on is not reported as ended.
"""

import json
from contextlib import suppress
from pathlib import Path

from hubctl.core.prompts import OPEN_DUTY

MARK = "said"
ANSWER = "silence.json"
"""Both stand in the worker's own folder, in which its spool is."""


def stop_script() -> str:
    """`stop` and `prompt` are its first words; the payload then goes to `hook.sh` beside it, which reports it."""
    return f"""\
#!/bin/sh
own=$HUBCTL_SPOOL/..
payload=$(cat)
case $1$payload in
stop*'"stop_hook_active":true'* | stop*'"background_tasks":[{{'*) ;;
stop*)
    if [ -d "$HUBCTL_SPOOL" ] && [ ! -e "$own/{MARK}" ]; then
        cat "$own/{ANSWER}" 2>/dev/null && exit 0
    fi
    ;;
*'"prompt":"<task-notification>'* | *'"prompt":"<cross-session-message'*) ;;
prompt*) rm -f "$own/{MARK}" ;;
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
            (Path(spool).parent / MARK).touch()
