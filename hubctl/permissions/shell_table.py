"""The commands that may be allowed by their words, and all that may stand in them. What is not listed here is asked.

A row names the options, spelled exactly: `-n` stands alone (short ones may be joined: `-rn`), `-n=` takes a value (the
rest of the word, or the next one), `--x?` may take one behind `=`, `-#` is a number behind a dash. No value is ever a
path. `words` says what the other words are. Who adds a row looks up what each option does.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from hubctl.core.vocabulary.values import Struct


class Operand(StrEnum):
    """What the words of a command are, that are no options."""

    NONE = "none"
    TEXT = "text"
    PATHS = "paths"
    ONE_PATH = "one path"
    WRITTEN = "written"
    """paths that are made"""
    SOUGHT = "sought"
    """first a text, then paths"""
    REVISIONS = "revisions"
    """of git; paths behind `--`"""


class KnownCommand(Struct, frozen=True, kw_only=True):
    """`shape` is what a first text must look like; `whole` are the options by which folders are read whole, `always`
    without one; `needs`: one of these options must be there."""

    options: frozenset[str]
    words: Operand
    shape: str = ""
    whole: frozenset[str] = frozenset()
    always_whole: bool = False
    needs: frozenset[str] = frozenset()
    clusters: bool = True


class Arguments(Struct, frozen=True, kw_only=True):
    """The words of a command after its row was laid on it."""

    given: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    """behind `--`"""


def _row(
    words: Operand,
    options: str = "",
    *,
    shape: str = "",
    whole: str = "",
    always_whole: bool = False,
    needs: str = "",
    clusters: bool = True,
) -> KnownCommand:
    return KnownCommand(
        options=frozenset(options.split()),
        words=words,
        shape=shape,
        whole=frozenset(whole.split()),
        always_whole=always_whole,
        needs=frozenset(needs.split()),
        clusters=clusters,
    )


NONE, TEXT, PATHS, SOUGHT = Operand.NONE, Operand.TEXT, Operand.PATHS, Operand.SOUGHT
REVISIONS = Operand.REVISIONS
ADDRESS: Final = r"(?:\d+|\$|/[\w .:,=()-]+/)"
PRINTING: Final = rf"(?:{ADDRESS}(?:,{ADDRESS})?p;?)+"
"""A script of `sed -n` that only prints lines."""
NO_MATHS: Final = r"[^\[`$]*"
"""zsh computes the arguments of numeric formats, and a subscript can run commands."""
GREP: Final = (
    "-n -i -l -L -c -w -x -v -o -q -s -h -H -E -F -P -I -r -# -m= -A= -B= -C= -e= --color? --include= --exclude= "
    "--exclude-dir= --line-number --ignore-case --recursive --count --word-regexp --files-with-matches"
)
HASH: Final = _row(PATHS, "-b -t")
QUIET: Final = "--stat --shortstat --numstat --name-only --name-status"
LOG: Final = (
    f"{QUIET} -s --no-patch --oneline --graph --all --decorate? --no-decorate --format= --pretty? --date= --since= "
    "--until= --after= --before= --author= --grep= --no-merges --merges --reverse --follow --first-parent "
    "--abbrev-commit -n= -# -i --max-count= --color? --no-color --left-right --topo-order"
)
DIFF: Final = (
    f"{QUIET} --cached --staged -w -b --check --color? --no-color -U= --unified= --exit-code --quiet"
)
TABLE: Final[Mapping[str, KnownCommand]] = {
    "ls": _row(
        PATHS, "-l -a -A -1 -h -R -t -r -S -d -F -i -s -G -n -p --color? --all --human-readable --recursive"
    ),
    "cat": _row(PATHS, "-n -A -b -e -E -s -T -v --number"),
    "head": _row(PATHS, "-n= -c= -# -q -v --lines= --bytes="),
    "tail": _row(PATHS, "-n= -c= -# -q -v --lines= --bytes="),
    "wc": _row(PATHS, "-l -w -c -m -L --lines --words --bytes --chars"),
    "nl": _row(PATHS, "-b= -w= -s="),
    **dict.fromkeys(("grep", "egrep", "fgrep"), _row(SOUGHT, GREP, whole="-r --recursive")),
    "rg": _row(
        SOUGHT,
        "-n -i -l -c -w -F -o -S -U -N -v -u -A= -B= -C= -g= -t= -T= -m= -e= --files --hidden --no-ignore --color= "
        "--glob= --type= --files-with-matches --count --line-number --ignore-case --no-heading --sort=",
        always_whole=True,
    ),
    "find": _row(
        PATHS,
        "-name= -iname= -path= -ipath= -newer= -type= -maxdepth= -mindepth= -size= -mtime= -mmin= -not -o -or -a -and -empty "
        "-print -print0 -prune -regex= -perm= -ls",
        clusters=False,
    ),
    "tree": _row(PATHS, "-a -d -L= -I= -P= -h -s -f -F -i --noreport --dirsfirst"),
    "stat": _row(PATHS, "-c= -f -t --format="),
    "file": _row(PATHS, "-b -i --brief --mime --mime-type --mime-encoding"),
    "du": _row(PATHS, "-s -h -a -c -k -m -d= --max-depth= --summarize --human-readable"),
    "df": _row(PATHS, "-h -k -T"),
    "sort": _row(
        PATHS, "-n -r -u -h -f -V -b -s -g -M -d -i -c -k= -t= --reverse --numeric-sort --unique --key="
    ),
    "uniq": _row(Operand.ONE_PATH, "-c -d -u -i -f= -s= -w= --count"),
    "cut": _row(PATHS, "-d= -f= -c= -b= -s --delimiter= --fields= --characters= --complement"),
    "tr": _row(TEXT, "-d -s -c --delete --squeeze-repeats"),
    "sed": _row(SOUGHT, "-n -E -r --quiet", shape=PRINTING, needs="-n --quiet"),
    "diff": _row(PATHS, "-u -q -b -w -i -N -y -U= --unified? --brief --color?"),
    "cmp": _row(PATHS, "-s -l -b"),
    "comm": _row(PATHS, "-1 -2 -3"),
    "paste": _row(PATHS, "-d= -s"),
    **dict.fromkeys(("sha256sum", "sha1sum", "md5sum"), HASH),
    "tac": _row(PATHS),
    "rev": _row(PATHS),
    "column": _row(PATHS, "-t -s="),
    "echo": _row(TEXT, "-n -e -E"),
    "printf": _row(TEXT, shape=NO_MATHS),
    **dict.fromkeys(("pwd", "true", "false", "whoami", "nproc", "hostname"), _row(NONE)),
    "uname": _row(NONE, "-a -s -r -m -n -o"),
    "id": _row(NONE, "-u -g -n -G"),
    "test": _row(PATHS, "-f -d -e -s -r -w -x -L -h -z -n", clusters=False),
    **dict.fromkeys(("basename", "dirname"), _row(TEXT)),
    **dict.fromkeys(("realpath", "readlink"), _row(PATHS, "-f -e -m -s")),
    **dict.fromkeys(("seq", "sleep"), _row(TEXT, shape=r"[\d.smh]+")),
    "date": _row(TEXT, "-u -R -I --utc --iso-8601? -d= --date=", shape=r"\+[^`$\[]*"),
    "which": _row(TEXT, "-a", shape=r"[\w.+-]+"),
    "mkdir": _row(Operand.WRITTEN, "-p -v --parents"),
    "touch": _row(Operand.WRITTEN),
    "git status": _row(
        PATHS,
        "-s -b --short --branch --porcelain? --untracked-files? --ignored? --long --show-stash -uno -uall -unormal",
    ),
    "git log": _row(REVISIONS, LOG),
    "git show": _row(REVISIONS, LOG, always_whole=True),
    "git diff": _row(REVISIONS, DIFF, always_whole=True),
    "git blame": _row(REVISIONS, "-L= -w -e -s -l -t"),
    "git grep": _row(SOUGHT, "-n -i -l -c -w -E -F -e= -h -v --count", always_whole=True),
    "git ls-files": _row(
        PATHS,
        "-o -m -c -d -s -t --others --modified --cached --deleted --exclude-standard --stage --error-unmatch",
    ),
    "git check-ignore": _row(PATHS, "-v -n -q"),
    "git rev-parse": _row(
        REVISIONS,
        "--short? --abbrev-ref --show-toplevel --verify --git-dir --is-inside-work-tree --show-prefix --show-cdup "
        "--symbolic-full-name --quiet -q",
    ),
    "git merge-base": _row(REVISIONS, "--is-ancestor --all --fork-point"),
    "git rev-list": _row(REVISIONS, "--count --left-right --all -n= -#"),
    "git describe": _row(REVISIONS, "--tags --always --dirty --long"),
    "git shortlog": _row(REVISIONS, "-s -n -e"),
    "git branch": _row(NONE, "-a -v -vv -r --show-current --list"),
    "git add": _row(PATHS, "-A -u -v -n -N --all --update --dry-run --intent-to-add"),
    "git commit": _row(
        PATHS, "-m= -q -a -s --message= --quiet --all --signoff --allow-empty", needs="-m --message"
    ),
}
"""Of `diff` not `-r`, which follows links; `git show`, `git diff` and the searches read all that lies below."""


class Unlisted(Exception):
    """A word that the row does not know; the text says which."""


def read_arguments(kind: str, row: KnownCommand, words: tuple[str, ...]) -> Arguments:
    """Raises Unlisted."""
    given: list[str] = []
    plain: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return _checked(
                kind, row, Arguments(given=frozenset(given), words=tuple(plain), behind=tuple(rest))
            )
        if not word.startswith("-") or word == "-":
            plain.append(word)
            continue
        for name, wants in _options(row, word):
            if not name or (wants and not rest):
                raise Unlisted(f"`{kind} {word[:40]}` is not in the list of what is harmless")
            given.append(name)
            if wants:
                rest.pop(0)
    return _checked(kind, row, Arguments(given=frozenset(given), words=tuple(plain)))


def _options(row: KnownCommand, word: str) -> Iterator[tuple[str, bool]]:
    """The options of a word, and whether the last takes the next word; an empty name: it is not listed."""
    name, is_set, _ = word.partition("=")
    if word in row.options:
        yield word, False
    elif re.fullmatch(r"-\d+", word) and "-#" in row.options:
        yield "-#", False
    elif word.startswith("--") or not row.clusters:
        if not is_set:
            yield (name, f"{name}=" in row.options) if {f"{name}=", f"{name}?"} & row.options else ("", False)
        else:
            yield name if row.clusters and {f"{name}=", f"{name}?"} & row.options else "", False
    else:
        yield from _letters(row, word)


def _letters(row: KnownCommand, word: str) -> Iterator[tuple[str, bool]]:
    for at, letter in enumerate(word[1:], 2):
        if f"-{letter}=" in row.options:
            yield f"-{letter}", at == len(word)
            return
        yield f"-{letter}" if f"-{letter}" in row.options else "", False


def _checked(kind: str, row: KnownCommand, call: Arguments) -> Arguments:
    words = (*call.words, *call.behind)
    texts = words if row.words is Operand.TEXT else words[:1]
    if row.words is Operand.NONE and words:
        raise Unlisted(f"`{kind} {words[0][:40]}` is not in the list of what is harmless")
    if row.words is Operand.ONE_PATH and len(words) > 1:
        raise Unlisted(f"the second file of `{kind}` is written")
    if row.shape and not all(re.fullmatch(row.shape, text) for text in texts):
        raise Unlisted(f"`{kind}` is known with simple texts alone")
    if row.needs and not row.needs & call.given:
        raise Unlisted(f"`{kind}` is known with {' or '.join(sorted(row.needs))} alone")
    return call
