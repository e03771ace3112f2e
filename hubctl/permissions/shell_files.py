"""The files that a shell command names, reads from and writes to, and what the rules say to them.

A word is a file until it is known to be none; a part of a word (`--file=x`, `HEAD:x`) may be one. Reading is free in the
worktree where no rule says otherwise; all else needs a rule.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from hubctl.core.vocabulary.values import replace
from hubctl.permissions.judgement import Judgement, ToolCall, asked, judge_path, secrets_under, worst
from hubctl.permissions.paths import Folders, may_match
from hubctl.permissions.rules import Rules, Ruling, is_about
from hubctl.permissions.shell_effects import INERT, NAMING, GitCall, file_words, searches_folders
from hubctl.permissions.shell_text import Known, Redirect, Word

DEVICES: Final = frozenset(
    {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/zero", "/dev/fd/1", "/dev/fd/2"}
)


@dataclass(slots=True, kw_only=True)
class FileJudge:
    """`cwds` are the folders where the command may stand by now."""

    rules: Rules
    call: ToolCall
    cwds: list[str] = field(default_factory=list)

    def redirect(self, redirect: Redirect) -> Judgement:
        if not redirect.target.is_literal:
            return asked(f"where `{redirect.target.text[:60]}` leads is not known")
        if redirect.target.text in DEVICES:
            return Judgement(decision=Ruling.ALLOW, why=f"`{redirect.target.text}` is no file")
        tool = "Edit" if redirect.writes else "Read"
        said = (
            judge_path(self.rules, tool, each.absolute(redirect.target.text), each) for each in self.places()
        )
        return worst(said) or asked("nowhere to stand")

    def places(self) -> Iterator[Folders]:
        return (replace(self.call.folders, cwd=cwd) for cwd in self.cwds)

    def files(
        self, kind: str, words: tuple[Word, ...], git: GitCall | None, *, anything: bool
    ) -> Iterator[Judgement]:
        if git and git.folder:
            yield from self.named(git.folder, kind, anything=anything)
        if kind in INERT:
            return
        named = file_words(kind, words)
        for word in named:
            yield from self.named(word, kind, anything=anything)
        if searches_folders(kind, words):
            literal = [word.text for word in named if word.is_literal and not word.text.startswith("-")]
            under = [each.absolute(text) for each in self.places() for text in literal or ["."]]
            yield from (said for said in [secrets_under(self.call, under)] if said)

    def named(self, word: Word, kind: str, *, anything: bool) -> Iterator[Judgement]:
        """What is to be said of a word that may be a file."""
        if word.known is Known.UNKNOWN:
            if not anything:
                yield asked(f"what `{word.text[:60]}` stands for is not known")
            return
        for place in self.places():
            if word.known is Known.GLOB:
                yield from self.glob(word, kind, place, anything=anything)
            else:
                yield from self.literal(word, place, anything=anything)

    def literal(self, word: Word, place: Folders, *, anything: bool) -> Iterator[Judgement]:
        for text, certain in _paths_in(word.text):
            path = place.absolute(text)
            said = judge_path(self.rules, "Read", path, place)
            if said.decision is Ruling.DENY:
                yield (
                    said
                    if certain
                    else asked(f"`{word.text[:60]}` may name a file that is denied: {said.rule}")
                )
            elif anything or text in DEVICES:
                continue
            elif said.decision is Ruling.ASK and said.rule:
                yield said
            elif said.decision is Ruling.ASK and _is_away(text, path, place, certain=certain):
                yield asked(f"`{word.text[:60]}` is outside the worktree")

    def glob(self, word: Word, kind: str, place: Folders, *, anything: bool) -> Iterator[Judgement]:
        folder = place.absolute(re.split(r"[*?\[]", word.text)[0].rpartition("/")[0] or ".")
        if not anything and (".." in word.text or not place.holds(folder)):
            yield asked(f"`{word.text[:60]}` may be outside the worktree")
        if kind in NAMING and kind != "git add":
            return
        patterns = [
            rule.pattern for rule in self.rules if rule.decision is Ruling.DENY and is_about(rule, "Read")
        ]
        if not any(not pattern or may_match(pattern, word.text, place) for pattern in patterns):
            return
        found = (
            None
            if self.call.secrets is None
            else [secret for secret in self.call.secrets if may_match(secret, word.text, place)]
        )
        if found is None or found:
            yield asked(f"`{word.text[:60]}` may name a secret", wants_secrets=found is None)


def _paths_in(text: str) -> Iterator[tuple[str, bool]]:
    """What of a word may be a path, and whether that is certain."""
    if not text.startswith("-"):
        yield text, True
    elif not text.startswith("--"):
        yield text[2:], False
    for piece in re.split(r"[=:,@]", text)[1:]:
        yield piece, False


def _is_away(text: str, path: str, place: Folders, *, certain: bool) -> bool:
    looks = certain or text.startswith(("/", "~")) or ".." in text
    return bool(text) and looks and not place.holds(path)
