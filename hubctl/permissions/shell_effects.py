"""What commands that only read do beyond that: the options that write, that run something, that read whole folders.

A rule such as `Bash(sort *)` allows to sort; that `sort -o FILE` writes is known here. Whoever allows a new command in
the shipped policy looks its options up and adds a row.
"""

import re
from collections.abc import Mapping
from typing import Final

from hubctl.core.vocabulary.values import Struct
from hubctl.permissions.shell_text import Command, Word


class Beyond(Struct, frozen=True, kw_only=True):
    """Options with an effect of their own: letters behind one dash, words behind two (or what they begin with)."""

    letters: str = ""
    words: tuple[str, ...] = ()

    def found(self, word: str) -> bool:
        if word.startswith("--"):
            name = word[2:].partition("=")[0]
            return bool(name) and any(each.startswith(name) for each in self.words)
        return word.startswith("-") and any(letter in word[1:] for letter in self.letters)


INERT: Final = frozenset(
    [
        "echo",
        "printf",
        "true",
        "false",
        ":",
        "test",
        "[",
        "basename",
        "dirname",
        "seq",
        "sleep",
        "date",
        "pwd",
        "whoami",
        "id",
        "uname",
        "which",
        "type",
        "tr",
        "hubctl",
    ]
)
"""They open no file that is named among their words."""
NAMING: Final = frozenset(["ls", "stat", "find", "du", "df", "wc", "realpath", "readlink", "tree"]) | {
    *("git add", "git status", "git ls-files", "git check-ignore"),
}
"""They tell of files, or keep them, without telling what is in them."""
DIFF: Final = Beyond(words=("output", "ext-diff", "textconv", "no-index"))
BEYOND: Final[Mapping[str, Beyond]] = {
    "sort": Beyond(letters="oT", words=("output", "compress-program", "temporary-directory", "files0-from")),
    "wc": Beyond(words=("files0-from",)),
    "du": Beyond(words=("files0-from",)),
    "date": Beyond(letters="sf", words=("set", "file")),
    "tree": Beyond(letters="oR", words=("output", "fromfile")),
    "file": Beyond(letters="Cf", words=("compile", "files-from")),
    "rg": Beyond(words=("pre", "hostname-bin", "search-zip")),
    "printf": Beyond(letters="v"),
    "test": Beyond(letters="vR"),
    "[": Beyond(letters="vR"),
    "git add": Beyond(letters="eip", words=("edit", "interactive", "patch", "pathspec-from-file")),
    "git commit": Beyond(
        letters="ecnpt",
        words=(
            *("amend", "edit", "fixup", "no-verify", "template", "reedit-message", "interactive", "patch"),
            "pathspec-from-file",
        ),
    ),
    "git grep": Beyond(
        letters="O", words=("open-files-in-pager", "no-index", "untracked", "no-exclude-standard", "textconv")
    ),
    "git cat-file": Beyond(words=("textconv", "filters")),
    **dict.fromkeys(
        ("git diff", "git log", "git show", "git blame", "git diff-tree", "git shortlog", "git rev-list"),
        DIFF,
    ),
}
PREDICATES: Final = frozenset({"-delete", "-fprint", "-fprint0", "-fprintf", "-fls", "-files0-from"})
"""Of `find`."""
COMPARING: Final = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
PRINTING: Final = re.compile(r"(?:(?:\d+|\$)(?:,(?:\d+|\$))?)?p(?:;(?:\d+|\$)(?:,(?:\d+|\$))?p)*")
"""A script of `sed -n` that only prints lines."""
VALUED: Final[Mapping[str, tuple[str, ...]]] = {
    "git commit": ("-m", "-am", "--message", "--author", "--date", "--trailer"),
    "git log": ("--grep", "--author", "--since", "--until", "--format", "--pretty", "-S", "-G", "-n"),
}
"""Options whose next word is text, and no file."""
SEARCHING: Final = frozenset({"grep", "egrep", "fgrep", "rg", "git grep"})
"""Their first word is what they look for, if no option says it."""


def effect_of(kind: str, words: tuple[Word, ...]) -> str:
    """What a command does beyond reading, in a few words; empty: nothing that is known."""
    if kind == "sed":
        return (
            ""
            if _only_prints(words)
            else "`sed` may write or run something: only `sed -n '1,9p' FILE` is known"
        )
    if kind == "uniq" and sum(not word.text.startswith("-") for word in words) > 1:
        return "the second file of `uniq` is written"
    for word in words:
        if kind in ("test", "[") and word.text in COMPARING:
            return f"to zsh `{kind} {word.text}` computes, which can run commands"
        if kind == "find" and word.text in PREDICATES:
            return f"`find {word.text}` changes files"
        if BEYOND.get(kind, NOTHING).found(word.text):
            return f"`{kind} {word.text[:40]}` does more than `{kind}` does by itself"
    return ""


NOTHING: Final = Beyond()


def _only_prints(words: tuple[Word, ...]) -> bool:
    texts = [word.text for word in words]
    simple = len(texts) > 1 and texts[0] == "-n" and bool(PRINTING.fullmatch(texts[1]))
    return simple and not any(text.startswith("-") for text in texts[2:])


def searches_folders(kind: str, words: tuple[Word, ...]) -> bool:
    """Whether it reads what is in folders, not only the files that are named."""
    if kind in ("rg", "Grep"):
        return True
    texts = [word.text for word in words]
    short = any(re.fullmatch(r"-[A-Za-z0-9]*[rRd].*", text) for text in texts)
    long = any(re.match(r"--(?:rec|der|dir)", text) for text in texts)
    return kind in ("grep", "egrep", "fgrep", "diff") and (short or long)


def file_words(kind: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words that may name a file: without what is looked for, and without the texts of options."""
    kept: list[Word] = []
    valued = VALUED.get(kind, ())
    skip = False
    for word in words:
        if skip or any(word.text.startswith(f"{option}=") for option in valued if option.startswith("--")):
            skip = False
            continue
        skip = word.is_literal and word.text in valued
        kept.append(word)
    if kind in SEARCHING and not any(
        re.match(r"-[A-Za-z0-9]*[ef]|--(?:reg|fi|re$|f$)", w.text) for w in words
    ):
        first = next((at for at, word in enumerate(kept) if not word.text.startswith("-")), None)
        if first is not None:
            del kept[first]
    return tuple(kept)


# --- git ------------------------------------------------------------------------------------------------------------

GIT_FLAGS: Final = frozenset(
    {"--no-pager", "-P", "--literal-pathspecs", "--no-optional-locks", "--no-replace-objects"}
)
GIT_VALUES: Final = frozenset(
    {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"}
)
GIT_HARMLESS: Final = re.compile(r"(?:color\.[a-z]+|core\.quote[pP]ath|advice\.[A-Za-z]+)=[a-z]+")


class GitCall(Struct, frozen=True, kw_only=True):
    """A call of git without the options before its verb. `folder` is that of `-C`."""

    words: tuple[Word, ...]
    folder: Word | None = None
    doubts: tuple[str, ...] = ()


def git_call(command: Command) -> GitCall | None:
    """None: it is no call of git, or a call of nothing."""
    if command.name.rpartition("/")[2] != "git":
        return None
    words, at, doubts = command.words, 1, []
    folder: Word | None = None
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        value = words[at + 1] if text in GIT_VALUES and at + 1 < len(words) else None
        at += 1 if value is None else 2
        if text == "-C" and value is not None and folder is None:
            folder = value
        elif text not in GIT_FLAGS and not (text == "-c" and value and GIT_HARMLESS.fullmatch(value.text)):
            doubts.append(f"`git {text[:40]}` changes what git does")
    rest = (Word(text="git"), *words[at:])
    return GitCall(words=rest, folder=folder, doubts=tuple(doubts))
