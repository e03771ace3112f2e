"""Permission rules in the worker CLI's own syntax: read, matched, and compared by how much they say.

`Tool` means every call of the tool, `Tool(pattern)` some of them: of `Bash` by the command's words, where `*` stands for
anything and a last ` *` or `:*` for no more words as well; of the tools for files by path; of `WebFetch` by
`domain:NAME`. `Read(…)` holds for every tool that reads files and `Edit(…)` for every one that writes them. `mcp__server`
means all tools of that server. A pattern that no tool here understands never allows, and always makes hubctl ask.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final

from hubctl.core.documents.policy import FileLine, Policy
from hubctl.core.documents.roles import Role
from hubctl.core.vocabulary.values import Struct

SYNTAX: Final = re.compile(
    r"(?P<tool>[A-Z][A-Za-z]*|mcp__[\w*-]+)(\((?P<pattern>[^\x00-\x1f\x7f]+)\))?", re.ASCII
)
OWN_WORDS: Final = ("done", "handoff", "ask", "progress", "status")
"""The verbs of `hubctl` that every worker may run: without them it could not say where it stands."""
READERS: Final = frozenset({"Read", "Grep", "Glob", "LS", "NotebookRead"})
WRITERS: Final = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
PATH_TOOLS: Final = READERS | WRITERS


class Ruling(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class PermissionRule(Struct, frozen=True, kw_only=True):
    """One rule. `source` says whose it is; `place` is None where its line is not known."""

    decision: Ruling
    tool: str
    pattern: str = ""
    """empty: every call of the tool"""
    source: str = "the policy"
    place: FileLine | None = None
    exact: bool = False
    """a `*` in the pattern is only a `*`"""

    @property
    def text(self) -> str:
        return f"{self.tool}({self.pattern})" if self.pattern else self.tool

    @property
    def weight(self) -> tuple[bool, int]:
        """How much it says: the whole of a call before a part of it, then the longer text."""
        return self.is_whole, len(self.pattern.replace("*", ""))

    @property
    def is_whole(self) -> bool:
        """Whether it spells one call out, to the last word."""
        return bool(self.pattern) and (self.exact or "*" not in self.pattern)

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else f" of {self.source}"
        return f"`{self.decision}: {self.text}`{where}"


Rules = tuple[PermissionRule, ...]


def parse_rule(
    text: str, decision: Ruling, *, source: str = "the policy", place: FileLine | None = None
) -> PermissionRule:
    """Raises ValueError where the text is no rule; files were read by then, so no person meets it."""
    found = SYNTAX.fullmatch(text)
    if found is None:
        raise ValueError(text)
    pattern = "" if found["pattern"] in (None, "*") else found["pattern"]
    return PermissionRule(decision=decision, tool=found["tool"], pattern=pattern, source=source, place=place)


def rules_of(policy: Policy, role: Role | None = None, validate: Iterable[str] = ()) -> Rules:
    """The rules of the policy and of a role, united; each command of `validate` is allowed as it stands."""
    own_words = (f"Bash(hubctl {verb} *)" for verb in OWN_WORDS)
    made = [parse_rule(text, Ruling.ALLOW, source="every worker") for text in own_words]
    for decision in Ruling:
        for text in getattr(policy.permissions, decision):
            place = policy.places.get(("permissions", decision, text)) or policy.places.get(
                ("permissions", decision)
            )
            made.append(parse_rule(text, decision, place=place))
        if role is not None:
            made += [
                parse_rule(text, decision, source=f"role `{role.name}`") for text in getattr(role, decision)
            ]
    own = [role.validate] if role is not None and role.validate else []
    for command in dict.fromkeys([*own, *validate]):
        source = "the commands that prove the work"
        made.append(
            PermissionRule(decision=Ruling.ALLOW, tool="Bash", pattern=command, source=source, exact=True)
        )
    return tuple(made)


def is_about(rule: PermissionRule, tool: str) -> bool:
    """Whether the rule speaks of the tool at all."""
    if rule.tool.startswith("mcp__"):
        expression = ".*".join(map(re.escape, rule.tool.split("*")))
        return bool(re.fullmatch(f"{expression}(?:__.*)?", tool))
    if rule.pattern:
        return rule.tool == tool or _family(rule.tool) == _family(tool) != frozenset()
    return rule.tool == tool


def _family(tool: str) -> frozenset[str]:
    return next((family for family in (READERS, WRITERS) if tool in family), frozenset())


# --- patterns of words ----------------------------------------------------------------------------------------------


def matches_words(rule: PermissionRule, text: str) -> bool:
    """Whether a command is meant by a rule of `Bash`."""
    if rule.exact or not rule.pattern:
        return rule.pattern in ("", text)
    return bool(_words(rule.pattern).fullmatch(text))


def may_match_words(pattern: str, known: str) -> bool:
    """Whether a command that begins with `known` could be meant, whatever follows."""
    start = _trimmed(pattern).partition("*")[0]
    return start.startswith(known) or known.startswith(start)


@lru_cache(maxsize=1024)
def _words(pattern: str) -> re.Pattern[str]:
    trimmed = _trimmed(pattern)
    open_end = trimmed != pattern
    body = ".*".join(map(re.escape, trimmed.split("*")))
    return re.compile(f"{body}(?:[ \t\n].*)?" if open_end else body, re.S)


def _trimmed(pattern: str) -> str:
    """The pattern without the end that allows more words."""
    return pattern[:-2] if pattern.endswith((":*", " *")) and len(pattern) > 2 else pattern


def matches_host(pattern: str, host: str) -> bool:
    """`domain:x.org` is that host alone, `domain:*.x.org` those below it."""
    wanted = pattern.removeprefix("domain:").lower()
    if wanted.startswith("*."):
        return host.endswith(wanted[1:])
    return host == wanted
