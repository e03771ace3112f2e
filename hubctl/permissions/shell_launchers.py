"""Commands that run other commands, and what they run: `env`, `timeout`, `xargs`, `find -exec`, `bash -c`, `eval` …

Rule: what such a command runs is judged as if it stood alone. A way of calling it that is not written down here is a
doubt; so is an option, for it might be one that takes a word more.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from hubctl.core.vocabulary.values import Struct, replace
from hubctl.permissions.shell_text import UNKNOWN, Command, Known, Word


class Inner(Struct, frozen=True, kw_only=True):
    """What a launcher runs: `commands` as they stand, `scripts` as text that a shell reads.

    `itself`: the launcher does something of its own, and must be allowed as well.
    """

    commands: tuple[Command, ...] = ()
    scripts: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    itself: bool = False


class Launcher(Struct, frozen=True, kw_only=True):
    """How a launcher is called: its options without and with a value, and how many words stand before the command."""

    flags: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    operands: int = 0
    doubt: str = ""


SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash"})
SHELL_FLAGS: Final = re.compile(r"-[eulx]*c[eulx]*")
ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=.*", re.S)
RUNS: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
ROOT: Final = "it runs as another user"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LAUNCHERS: Final[Mapping[str, Launcher]] = {
    "nohup": Launcher(),
    "builtin": Launcher(),
    "exec": Launcher(),
    "coproc": Launcher(doubt="it goes on in the background"),
    "command": Launcher(flags=_words("-p")),
    "time": Launcher(flags=_words("-p")),
    "setsid": Launcher(flags=_words("-w --wait")),
    "nice": Launcher(values=_words("-n --adjustment")),
    "ionice": Launcher(values=_words("-c -n --class --classdata")),
    "stdbuf": Launcher(values=_words("-i -o -e --input --output --error")),
    "timeout": Launcher(
        flags=_words("--foreground --preserve-status -v --verbose"),
        values=_words("-s -k --signal --kill-after"),
        operands=1,
    ),
    "env": Launcher(flags=_words("-i - --ignore-environment"), values=_words("-u --unset")),
    "xargs": Launcher(
        flags=_words("-0 -r -t -x --null --no-run-if-empty --verbose --exit"),
        values=_words("-n -P -L -I -d -s --max-args --max-procs --max-lines --delimiter --max-chars"),
    ),
    "sudo": Launcher(flags=_words("-n -E -H -S"), values=_words("-u -g -C"), doubt=ROOT),
    "doas": Launcher(flags=_words("-n"), values=_words("-u"), doubt=ROOT),
}


def inner_of(command: Command) -> Inner | None:
    """What the command runs; None: it is no launcher."""
    name = command.name.rpartition("/")[2]
    if name in SHELLS:
        return _of_shell(command)
    if name == "eval":
        return _of_eval(command)
    if name == "find":
        return _of_find(command)
    if name == "command" and len(command.words) > 1 and command.words[1].text in ("-v", "-V"):
        return Inner()
    launcher = LAUNCHERS.get(name)
    return None if launcher is None else _of_launcher(command, name, launcher)


def _of_shell(command: Command) -> Inner:
    words = command.words
    if len(words) < 3 or not words[1].is_literal or not SHELL_FLAGS.fullmatch(words[1].text):
        return Inner(doubts=(f"what `{command.name}` runs does not stand in the command",))
    if not words[2].is_literal:
        return Inner(doubts=(f"what `{command.name} -c` runs is not known",))
    return Inner(scripts=(words[2].text,))


def _of_eval(command: Command) -> Inner:
    if all(word.is_literal for word in command.words):
        return Inner(scripts=(" ".join(word.text for word in command.words[1:]),))
    return Inner(doubts=("what `eval` runs is not known",))


def _of_find(command: Command) -> Inner | None:
    made: list[Command] = []
    words = command.words
    for number, word in enumerate(words):
        if word.text in RUNS:
            ends = (at for at in range(number + 1, len(words)) if words[at].text in (";", "+"))
            run = words[number + 1 : next(ends, len(words))]
            made.append(_filled(command, run, "{}"))
    return Inner(commands=tuple(made), itself=True) if made else None


def _of_launcher(command: Command, name: str, launcher: Launcher) -> Inner:
    doubts = [launcher.doubt] if launcher.doubt else []
    at, unknown = _after_options(command.words, launcher)
    doubts += [f"`{name} {option}` is not known here" for option in unknown]
    at += launcher.operands
    assigned = list(command.assigned)
    if name == "env":
        while at < len(command.words) and (found := ASSIGNMENT.fullmatch(command.words[at].text)):
            assigned.append(found[1])
            at += 1
    rest = command.words[at:]
    if any(not word.is_literal for word in command.words[:at]):
        doubts.append(f"how `{name}` is called is not known")
    if name == "xargs":
        mark = _value(command.words[:at], "-I")
        rest = (*_filled(command, rest or (Word(text="echo"),), mark).words, UNKNOWN)
    elif not rest and name != "exec":
        doubts.append("it prints the environment" if name == "env" else f"`{name}` runs nothing")
    inner = replace(
        command, words=rest, assigned=tuple(assigned), redirects=(), text=" ".join(w.text for w in rest)
    )
    return Inner(commands=(inner,) if rest else (), doubts=tuple(doubts))


def _after_options(words: tuple[Word, ...], launcher: Launcher) -> tuple[int, list[str]]:
    """Where the options end, and those that are not written down."""
    at, unknown = 1, []
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        name, _, value = text.partition("=")
        at += 1
        if text == "--":
            break
        if name in launcher.values and not value:
            at += 1
        elif name not in launcher.flags | launcher.values and text[:2] not in launcher.values:
            unknown.append(text)
    return at, unknown


def _value(words: Iterable[Word], option: str) -> str:
    """The value of a short option, attached or not."""
    texts = [word.text for word in words]
    for text, after in zip(texts, [*texts[1:], ""], strict=True):
        if text.startswith(option):
            return text[len(option) :] or after
    return ""


def _filled(command: Command, words: tuple[Word, ...], mark: str) -> Command:
    """The command with unknown words where `mark` stands."""
    filled = tuple(
        Word(text=word.text, known=Known.UNKNOWN) if mark and mark in word.text else word for word in words
    )
    return replace(command, words=filled, redirects=(), text=" ".join(word.text for word in filled))
