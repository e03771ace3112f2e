"""What the rules say to a shell command: each of its parts is judged, and the worst of them decides.

* A part is allowed by a rule for its words, and only if nothing else is against it: the files it names, the variables
  it sets, the options that do more than its name says.
* A rule that spells a command out to the last word allows it as it stands, unless a part of it is denied.
* `Bash` alone allows what is not denied, as far as that can be known.
* `cd` needs no rule inside the worktree; from then on every path is judged from both folders.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hubctl.core.vocabulary.values import replace
from hubctl.permissions.judgement import Judgement, ToolCall, asked, decided, worst
from hubctl.permissions.rules import PermissionRule, Rules, Ruling, is_about, matches_words, may_match_words
from hubctl.permissions.shell_effects import GitCall, effect_of, git_call
from hubctl.permissions.shell_files import FileJudge
from hubctl.permissions.shell_launchers import inner_of
from hubctl.permissions.shell_syntax import read_shell
from hubctl.permissions.shell_text import Command, Word

DEEPEST: Final = 5
"""Of `sh -c` inside `sh -c`."""
TRUSTED: Final = ("/bin", "/usr/bin", "/usr/local/bin")
"""Where a program is what its name says."""
HARMLESS: Final = re.compile(
    r"(?:[a-z_](?:[a-z0-9_]*)(?<!path)(?<!proxy)(?<!prompt)|LANG|LC_[A-Z]+|TZ|CI|TERM|COLUMNS|LINES|NO_COLOR|"
    r"FORCE_COLOR|CLICOLOR|PYTHONDONTWRITEBYTECODE|PYTHONUNBUFFERED|PYTHONHASHSEED|RUST_BACKTRACE)"
)
"""Variables that no program obeys; in zsh the small `path` is the big one."""


def judge_shell(rules: Rules, call: ToolCall, text: str) -> Judgement:
    """Total: every text is judged."""
    about = tuple(rule for rule in rules if is_about(rule, "Bash"))
    return _Judge(rules=rules, about=about, call=call).text(text.strip(" \t\n"), 0)


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f"`{line[:77]}...`" if len(line) > 80 else f"`{line}`"


@dataclass(slots=True, kw_only=True)
class _Judge(FileJudge):
    """`about` are the rules about shell commands."""

    about: Rules

    def text(self, text: str, depth: int) -> Judgement:
        """A whole text. What is denied inside of it stays denied, whatever allows the whole."""
        self.cwds = self.cwds or [self.call.cwd]
        whole = [rule for rule in self.about if rule.pattern and matches_words(rule, text)]
        parts = list(self.parts(text, depth))
        denied = [each for each in parts if each.decision is Ruling.DENY]
        if denied or any(rule.decision is Ruling.DENY for rule in whole):
            return denied[0] if denied else decided(whole, _shown(text))
        if any(rule.is_whole for rule in whole):
            return decided(whole, _shown(text))
        parts += [decided([rule], _shown(text)) for rule in whole if rule.decision is Ruling.ASK]
        return worst(parts) or asked(f"{_shown(text)} runs nothing that can be judged")

    def parts(self, text: str, depth: int) -> Iterator[Judgement]:
        if depth > DEEPEST:
            yield asked("the command is too deep to be judged")
            return
        reading = read_shell(text)
        if reading.loops and any(command.name in ("cd", "chdir") for command in reading.commands):
            yield asked(f"{_shown(text)} changes its folder in a loop")
        for command in reading.commands:
            yield from self.command(command, depth)
        yield from (asked(f"{_shown(text)}: {doubt}") for doubt in reading.doubts)

    def command(self, command: Command, depth: int) -> Iterator[Judgement]:
        yield from (self.redirect(each) for each in command.redirects)
        yield from self.assigned(command)
        if not command.words:
            return
        inner = inner_of(command)
        if inner is None or inner.itself:
            yield self.simple(command)
        if inner is None:
            return
        yield from (rule for rule in [self.outright(command)] if rule)
        yield from (asked(f"{_shown(command.text)}: {doubt}") for doubt in inner.doubts)
        for each in inner.commands:
            yield from (
                self.command(each, depth + 1) if depth < DEEPEST else [asked("it is too deep to be judged")]
            )
        for script in inner.scripts:
            yield self.text(script, depth + 1)
        if not inner.commands and not inner.scripts and not inner.doubts:
            yield Judgement(decision=Ruling.ALLOW, why=f"{_shown(command.text)} runs nothing")

    def assigned(self, command: Command) -> Iterator[Judgement]:
        for name in command.assigned:
            if not HARMLESS.fullmatch(name):
                yield asked(f"{_shown(command.text)} sets `{name[:40]}`, which may change what is run")
            elif not command.words:
                yield Judgement(decision=Ruling.ALLOW, why=f"{_shown(command.text)} sets a variable")

    def outright(self, command: Command) -> Judgement | None:
        """What deny and ask say to a launcher itself."""
        fitting = [rule for rule in self.about if rule.pattern and rule.decision is not Ruling.ALLOW]
        found = [rule for rule in fitting if any(matches_words(rule, form) for form in _forms(command, None))]
        return decided(found, _shown(command.text)) if found else None

    # --- one command ----------------------------------------------------------------------------------------------

    def simple(self, command: Command) -> Judgement:
        """A command that runs no other one."""
        if command.name in ("cd", "chdir"):
            return self.change(command)
        git = git_call(command)
        forms = _forms(command, git)
        matching = [rule for rule in self.about if any(matches_words(rule, form) for form in forms)]
        holding = [rule for rule in matching if _knows(rule, command.name)]
        said = decided(holding, _shown(command.text))
        if said.decision is Ruling.DENY:
            return said
        against = worst(self.against(command, git, said))
        if said.decision is Ruling.ALLOW:
            return against or said
        return against if against and against.decision is Ruling.DENY else said

    def against(self, command: Command, git: GitCall | None, said: Judgement) -> Iterator[Judgement]:
        """All that forbids what a rule allows."""
        spelled_out = said.rule is not None and said.rule.is_whole
        anything = said.rule is not None and not said.rule.pattern
        kind, words = _kind(command, git)
        yield from self.perhaps_denied(command, git, anything=anything)
        if not spelled_out:
            yield from self.files(kind, words, git, anything=anything)
        if spelled_out or anything:
            return
        if effect := effect_of(kind, words):
            yield asked(effect)
        yield from (asked(doubt) for doubt in (git.doubts if git else ()))

    def perhaps_denied(self, command: Command, git: GitCall | None, *, anything: bool) -> Iterator[Judgement]:
        """A denied command that may hide behind an unknown word, or inside a program that nobody knows here."""
        words = git.words if git else command.words
        known = next((number for number, word in enumerate(words) if not word.is_literal), len(words))
        start = " ".join(word.text for word in words[:known])
        for rule in self.about:
            if rule.decision is not Ruling.DENY or not rule.pattern:
                continue
            core = re.split(r":?\*", rule.pattern.strip("* "))[0].strip()
            if (known < len(words) and may_match_words(rule.pattern, start)) or (
                anything and core in command.text
            ):
                yield asked(f"{_shown(command.text)} may be what {rule} forbids")

    def change(self, command: Command) -> Judgement:
        target = command.words[1] if len(command.words) == 2 else None
        if target is None or not target.is_literal or target.text.startswith("-"):
            return asked(f"{_shown(command.text)} goes to a folder that is not known")
        moved = [replace(self.call.folders, cwd=cwd).absolute(target.text) for cwd in self.cwds]
        self.cwds = list(dict.fromkeys([*self.cwds, *moved]))[:20]
        if not all(self.call.folders.holds(path) for path in moved):
            return asked(f"{_shown(command.text)} leaves the worktree")
        return Judgement(decision=Ruling.ALLOW, why=f"{_shown(command.text)} stays in the worktree")


def _knows(rule: PermissionRule, name: str) -> bool:
    """Whether the rule may speak of a program by that name: what allows `git` does not allow `./git`."""
    if rule.decision is not Ruling.ALLOW or not rule.pattern or rule.is_whole:
        return True
    folder = name.rpartition("/")[0]
    return bool(re.fullmatch(r"\S+", name)) and (
        not folder or folder in TRUSTED or rule.pattern.startswith(name)
    )


def _forms(command: Command, git: GitCall | None) -> frozenset[str]:
    """The texts by which rules may know a command."""
    base = command.name.rpartition("/")[2]
    rest = [word.text for word in command.words[1:]]
    verb = [" ".join(word.text for word in git.words)] if git else []
    return frozenset((command.text, command.plain, " ".join([base or command.plain, *rest]), *verb))


def _kind(command: Command, git: GitCall | None) -> tuple[str, tuple[Word, ...]]:
    """The name by which `shell_effects` knows a command, and its arguments."""
    if git and len(git.words) > 1:
        return f"git {git.words[1].text}", git.words[2:]
    return command.name.rpartition("/")[2], command.words[1:]
