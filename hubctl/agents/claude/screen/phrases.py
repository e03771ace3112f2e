"""What the worker CLI is known to write, and the marks it draws: the one file to mend when a version changes its words.

Each phrase is looked for only where the CLI alone can write; where that is, `screen` and its parts decide. Read off
2.1.104 to 2.1.329. `match` phrases stand at the start of an entry, all others anywhere in their part of the screen.
"""

import re
from typing import Final

SPEAKERS: Final = frozenset("●⏺")
ECHOES: Final = frozenset("❯>")
SAYINGS: Final = SPEAKERS | {"⎿"}
SPINNER: Final = frozenset("·✢✳✶✻✽✺∗*")
ENDED_TURN: Final = re.compile(r"\S+ for [0-9]|Waiting for [0-9]+ ")
RETRY: Final = re.compile(r"\bretry(?:ing)? in [0-9]|\battempt [0-9]+/[0-9]+", re.I)
RETRY_TOLD: Final = re.compile(r"\bretrying in [0-9]+ ?\w* · attempt [0-9]+/[0-9]+$", re.I)
INTERRUPT: Final = re.compile(r"\besc to int|\besc(?: to?)?(?: i| in)?…", re.I)

LIMIT: Final = re.compile(
    r"(?:You['’]ve (?:hit|reached) your|You['’]re out of (?:extra )?usage|Your org is out of usage"
    r"|(?:Claude )?usage limit reached|Automatic continue cancelled)",
    re.I,
)

FOOT_LIMIT: Final = re.compile(r"\b(?:usage|session|weekly|[0-9]+-hour) limit reached|\blimit resets ", re.I)
LIMIT_CHOICE: Final = re.compile(r"\blimit to reset|\blimit resets|\bupgrade your plan|\busage credits", re.I)
RESETS: Final = re.compile(r"\bresets? (?:at )?([^·()]{2,40}(?:\([^)]{1,40}\))?)", re.I)

LOGIN: Final = re.compile(
    r"Not logged in\b|Please run /login|Login expired|Invalid (?:API key|auth token) ·|OAuth token \w+(?: \w+)? ·"
    r"|Authentication required ·|Login reached its time limit|API Error: 401\b"
)

RUN_LOGIN: Final = re.compile(r"\brun /login\b", re.I)
LOGIN_DIALOG: Final = re.compile(r"Select login method|Paste code here|Use the url below to sign in", re.I)

ERROR: Final = re.compile(
    r"API Error\b|Prompt is too long|Context limit reached|Credit balance (?:is )?too low|Request too large|There's an issue with the selected"
    r" model|Your organization |Your ANTHROPIC_API_KEY belongs to|Invalid (?:ANTHROPIC_CUSTOM_HEADERS|request header)"
)

BARE_ERROR: Final = re.compile(  # 2.1.197 writes these like an answer of the model, without a colour
    r"There's an issue with the selected model \(|Your organization has disabled Claude subscription access"
    r"|Request too large \(max "
)

RESEND: Final = re.compile(r"\bresend your m", re.I)
LEAVE_ASK: Final = re.compile(r"\bDo you want to\b", re.I)
AMEND_HINT: Final = re.compile(r"\btab to amend\b", re.I)
CONFIRM_HINT: Final = re.compile(r"\benter to confirm\b", re.I)
PLAN_ASK: Final = re.compile(r"\bplan\b.*Would you like to proceed\?|Exit plan mode\?|Ready to code\?", re.I)

PLAN_CHOICE: Final = re.compile(
    r"\bmanually approve edits|\bkeep planning|\bTell Claude what to change", re.I
)

QUESTION_CHOICE: Final = re.compile(r"\bType something|\bChat about this|\bSubmit answers", re.I)

QUESTION_HEAD: Final = re.compile(
    r"^[←\s]*[☐☒☑]|\brequests your input\b|\bReady to submit your answers\b", re.I
)

KEY_HINT: Final = re.compile(
    r"\besc(?:ape)? to (?!interrupt)\w+|\benter(?:/↓)? to \w+|\bpress (?:enter|any key)\b|\(y/n\)|\brequests your input\b",
    re.I,
)

AGENT_ROW: Final = re.compile(r"\s+[◯○◉◐◑◒◓]\s+\S+(?:\s+(\S.*?))?(?:\s{2,}|$)")
SHELLS: Final = re.compile(r"(?<!\S)([0-9]{1,3}) (?:local )?(?:shell|agent|monitor)s?(?!\S)")
TASKS: Final = re.compile(r"(?<!\S)([0-9]{1,3}) background (?:task|agent)s?(?!\S)")
WAITS_FOR: Final = re.compile(r"Waiting for ([0-9]{1,3}) background ")
STILL_RUNNING: Final = re.compile(r"\b([0-9]{1,3}) (?:shell|task|agent|monitor)s? still running")
BACKGROUNDED: Final = re.compile("Backgrounded|Running in the background")
_WAIT: Final = re.compile(r"\bretry(?:ing)? in ((?:[0-9]+ ?[hms]?[a-z]*\s*)+)", re.I)
_PART: Final = re.compile(r"([0-9]+) ?([hm]?)", re.I)
_SECONDS: Final = {"h": 3600, "m": 60, "": 1}
LONGEST: Final = 86_400


def retry_seconds(words: str) -> int:
    """The seconds of `retrying in 2s`, `will retry in 4m 11s`; 0 where it only counts its attempts; a day at most."""
    wait = _WAIT.search(words)
    parts = _PART.findall(wait[1]) if wait else []
    return min(LONGEST, sum(int(number[:6]) * _SECONDS[unit.lower()] for number, unit in parts))
