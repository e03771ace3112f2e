"""What the rules say to a shell command: each of its parts is judged, and the worst of them decides.

The world is closed (docs/design.md#trust). A part is allowed by a rule for its words, and only where nothing is
left to guess: every word is literal (`shell_syntax`), the options of a command that hubctl knows are listed
(`shell_table`), and every path lies in the worktree; where its links lead is looked at on the disk (`secret_files`).

* A rule that spells a command out to the last word allows it as it stands, unless a part of it is denied.
* `Bash` alone allows what is literal and not denied. So does a rule for a command that hubctl does not know.
* `cd` needs no rule inside the worktree; from then on every path is judged from both folders.
* What is denied is looked for in what cannot be judged, too: behind other words, and in words that are commands themselves.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join
from typing import Final

from hubctl.core.vocabulary.values import Struct, replace
from hubctl.permissions.judgement import Judgement, ToolCall, asked, decided, judge_path, secrets_under, worst
from hubctl.permissions.paths import Folders
from hubctl.permissions.rules import Rules, Ruling, is_about, matches_words, may_match_words
from hubctl.permissions.shell_syntax import Command, Redirect, Word, read_shell
from hubctl.permissions.shell_table import TABLE, Arguments, KnownCommand, Operand, Unlisted, read_arguments

DEEPEST: Final = 3
"""Of commands in the words of commands, where what is denied is looked for."""
TRUSTED: Final = ("/bin", "/usr/bin", "/usr/local/bin")
"""Where a program is what its name says."""
OWN: Final = "hubctl"
"""Its words are texts, whatever they are."""
GIT_FLAGS: Final = frozenset({"--no-pager", "-P"})
GIT_VALUES: Final = frozenset(
    {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"}
)
DEVICES: Final = frozenset({"/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr"})
RUNS: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
"""Of `find`, which runs what follows."""
LIMIT: Final = re.compile(r"\d+[smh]?")
"""Of `timeout`, before the command that it runs."""


def judge_shell(rules: Rules, call: ToolCall, text: str) -> Judgement:
    """Total: every text is judged."""
    about = tuple(rule for rule in rules if is_about(rule, "Bash"))
    return _Judge(rules=rules, about=about, call=call, cwds=[call.cwd]).text(text.strip(" \t\n"))


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f"`{line[:77]}...`" if len(line) > 80 else f"`{line}`"


class _Program(Struct, frozen=True, kw_only=True):
    """A command as the table knows it: `git log` with the words behind, and the folder of `-C` before."""

    kind: str
    words: tuple[Word, ...]
    folder: Word | None = None
    doubt: str = ""


@dataclass(slots=True, kw_only=True)
class _Judge:
    """`about` are the rules about shell commands, `cwds` the folders where the command may stand by now, `paths` what it names."""

    rules: Rules
    about: Rules
    call: ToolCall
    cwds: list[str]
    paths: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)

    def text(self, text: str) -> Judgement:
        """A whole text. What is denied inside of it stays denied, whatever allows the whole."""
        whole = [rule for rule in self.about if rule.pattern and matches_words(rule, text)]
        reading = read_shell(text)
        denied = [said for each in reading.commands for said in self.denied(each, DEEPEST)]
        denied += [decided([rule], _shown(text)) for rule in whole if rule.decision is Ruling.DENY]
        if denied:
            return denied[0]
        if any(rule.is_whole for rule in whole):
            return decided(whole, _shown(text))
        doubts = reading.doubts if self.allows_all else (*reading.doubts, *reading.built)
        parts = [asked(f"{_shown(text)}: {doubt}") for doubt in doubts]
        parts += [said for each in reading.commands for said in self.command(each)]
        parts += [self.redirect(each) for each in reading.redirects]
        parts += [decided([rule], _shown(text)) for rule in whole if rule.decision is Ruling.ASK]
        said = worst(parts) or asked(f"{_shown(text)} runs nothing that can be judged")
        return replace(said, paths=tuple(dict.fromkeys(self.paths)), programs=frozenset(self.programs))

    @property
    def allows_all(self) -> bool:
        """Whether `Bash` alone is allowed."""
        return decided([rule for rule in self.about if not rule.pattern], "").decision is Ruling.ALLOW

    # --- what is denied -------------------------------------------------------------------------------------------

    def denied(self, command: Command, depth: int) -> Iterator[Judgement]:
        """By a rule for its words, or for those behind a word of which nobody knows what it does with them."""
        program = _program(command)
        runs = RUNS & {word.text for word in command.words}
        known = not runs and (program.kind in TABLE or program.kind == OWN)
        for at in range(1 if known else len(command.words)):
            words = command.words[at:]
            forms = _forms(replace(command, words=words, text=command.text if at == 0 else ""))
            for rule in self.about:
                if rule.decision is Ruling.DENY and any(matches_words(rule, form) for form in forms):
                    yield decided([rule], _shown(command.text))
        if known or not depth:
            return
        for word in command.words[1:]:
            for inner in read_shell(word.text).commands if re.search(r"\s", word.text) else ():
                yield from self.denied(inner, depth - 1)

    # --- what is allowed ------------------------------------------------------------------------------------------

    def command(self, command: Command) -> Iterator[Judgement]:
        if (word := self.unknown(command)) is not None:
            yield asked(f"what `{word.text[:60]}` stands for is not known")
        if command.name == "cd":
            yield self.change(command)
            return
        if command.name == "timeout" and len(command.words) > 2 and LIMIT.fullmatch(command.words[1].text):
            inner = command.words[2:]
            command = Command(words=inner, text=" ".join(word.text for word in inner))
        forms = _forms(command)
        said = decided(
            [rule for rule in self.about if any(matches_words(rule, form) for form in forms)],
            _shown(command.text),
        )
        yield said
        if said.decision is Ruling.ALLOW and said.rule and not said.rule.is_whole:
            yield from self.against(command, anything=not said.rule.pattern)

    def unknown(self, command: Command) -> Word | None:
        """The first word that is not literal; with `Bash` alone only one that may be a secret, or make what is denied."""
        at = next((at for at, word in enumerate(command.words) if not word.is_literal), None)
        if at is None or not self.allows_all:
            return None if at is None else command.words[at]
        start = " ".join(word.text for word in command.words[:at])
        denied = (rule.pattern for rule in self.about if rule.decision is Ruling.DENY and rule.pattern)
        open_words = (word for word in command.words[at:] if not word.is_literal)
        if any(may_match_words(pattern, start) for pattern in denied):
            return command.words[at]
        return next((word for word in open_words if re.search(r"[*?\[{]", word.text)), None)

    def against(self, command: Command, *, anything: bool) -> Iterator[Judgement]:
        """All that forbids what a rule allows. `anything`: the rule is `Bash` alone."""
        program = _program(command)
        self.programs.append(program.kind)
        folder, _, base = command.name.rpartition("/")
        if not anything and folder and folder not in TRUSTED:
            yield asked(f"`{command.name[:60]}` may be another program than `{base[:40]}`")
        if program.doubt and not anything:
            yield asked(program.doubt)
        row = TABLE.get(program.kind)
        if program.folder:
            yield from self.file(program.folder.text, anything=anything)
        if program.kind == OWN:
            return
        if row is None or anything:
            for word in program.words:
                yield from self.maybe_file(word.text, anything=anything)
            return
        try:
            read = read_arguments(program.kind, row, tuple(word.text for word in program.words))
        except Unlisted as unlisted:
            yield asked(str(unlisted))
            return
        yield from self.operands(program.kind, row, read)

    def operands(self, kind: str, row: KnownCommand, read: Arguments) -> Iterator[Judgement]:
        """The words of a command in the table that are no options."""
        named = read.words + read.behind
        if row.words is Operand.SOUGHT and not {"-e", "--files"} & read.given:
            named = named[1:]
        if row.words is Operand.REVISIONS:
            for word in read.words:
                yield from self.maybe_file(word)
            named = read.behind
        if row.words is not Operand.TEXT:
            for word in named:
                yield from self.file(word, writes=row.words is Operand.WRITTEN)
        if row.always_whole or row.whole & read.given:
            under = [place.absolute(word) for place in self.places() for word in named or (".",)]
            if kind.startswith("git"):
                under = [self.call.worktree]
            yield from (said for said in [secrets_under(self.call, under)] if said)

    # --- files ----------------------------------------------------------------------------------------------------

    def places(self) -> Iterator[Folders]:
        return (replace(self.call.folders, cwd=cwd) for cwd in self.cwds)

    def file(self, text: str, *, writes: bool = False, anything: bool = False) -> Iterator[Judgement]:
        """A word that is a path: free in the worktree where no rule says otherwise."""
        if text in DEVICES or text == "-":
            return
        for place in self.places():
            path = place.absolute(text)
            self.paths.append(join(place.cwd, text))
            said = judge_path(self.rules, "Edit" if writes else "Read", path, place)
            if said.decision is Ruling.DENY:
                yield said
            elif anything:
                continue
            elif said.decision is Ruling.ASK and said.rule:
                yield said
            elif said.decision is Ruling.ASK and not place.holds(path):
                yield asked(f"`{text[:60]}` is outside the worktree")

    def maybe_file(self, text: str, *, anything: bool = False) -> Iterator[Judgement]:
        """A word of which no table says what it is: it, and what stands in it behind a mark, may be a path."""
        if not text.startswith("-"):
            yield from self.file(text, anything=anything)
        for piece in [*re.split(r"[=:,@]", text)[1:], *([text[2:]] if re.match(r"-\w", text) else [])]:
            for said in self.file(piece, anything=anything) if piece else ():
                yield asked(f"`{text[:60]}` may name a file: {said.why}") if said.rule else said

    def redirect(self, redirect: Redirect) -> Judgement:
        """To write takes a rule for the file: the command's own says nothing of it."""
        target = redirect.target
        if redirect.writes and target not in DEVICES:
            self.paths += [join(cwd, target) for cwd in self.cwds]
            said = worst(
                judge_path(self.rules, "Edit", each.absolute(target), each) for each in self.places()
            )
        else:
            said = worst(self.file(target))
        return said or Judgement(decision=Ruling.ALLOW, why=f"`{target[:60]}` can be read")

    def change(self, command: Command) -> Judgement:
        target = command.words[1].text if len(command.words) == 2 else "-"
        if target.startswith("-") or not command.words[-1].is_literal:
            return asked(f"{_shown(command.text)} goes to a folder that is not known")
        moved = [place.absolute(target) for place in self.places()]
        self.paths += [join(cwd, target) for cwd in self.cwds]
        self.cwds = list(dict.fromkeys([*self.cwds, *moved]))[:20]
        if not all(self.call.folders.holds(path) for path in moved):
            return asked(f"{_shown(command.text)} leaves the worktree")
        return Judgement(decision=Ruling.ALLOW, why=f"{_shown(command.text)} stays in the worktree")


def _program(command: Command) -> _Program:
    base = command.name.rpartition("/")[2]
    if base != "git":
        return _Program(kind=base, words=command.words[1:])
    words, at, doubt = command.words, 1, ""
    folder: Word | None = None
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        has_value = text in GIT_VALUES and at + 1 < len(words)
        if text == "-C" and has_value and folder is None:
            folder = words[at + 1]
        elif text not in GIT_FLAGS:
            doubt = f"`git {text[:40]}` changes what git does"
        at += 2 if has_value else 1
    verb = " ".join(word.text for word in words[at : at + 1])
    return _Program(kind=f"git {verb}".strip(), words=words[at + 1 :], folder=folder, doubt=doubt)


def _forms(command: Command) -> frozenset[str]:
    """The texts by which rules may know a command."""
    base = command.name.rpartition("/")[2]
    rest = [word.text for word in command.words[1:]]
    program = _program(command)
    verb = " ".join([program.kind, *(word.text for word in program.words)])
    return frozenset(
        (command.text or command.plain, command.plain, " ".join([base or command.plain, *rest]), verb)
    )
