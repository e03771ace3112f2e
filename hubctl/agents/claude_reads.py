"""A PreToolUse hook that has the hub asked about commands whose reading the worker CLI's own rules do not see.

Measured with 2.1.197 and 2.1.329: the CLI lets reading commands through unasked, and its `deny` rules for files hold for
the names that stand in a command, not for what `grep -r`, a pattern or `<` reach (in 2.1.197 also `tac`). After this
hook's `ask` it takes the answer of the PermissionRequest hook, which it ignores after an `ask` rule. Where the hook
fails, the CLI's own rules hold.
"""

import json
import shlex

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
