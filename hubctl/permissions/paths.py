"""Path patterns of permission rules, with the meaning that the worker CLI and `.gitignore` give them.

`//x` is a path of the machine, `~/x` one of the home, `/x` one of the worktree, `x/y` and `./x` of the working folder;
`x` alone is a name in any folder. A pattern that matches a folder covers what is in it. Paths are compared as text: what
a symbolic link points at is not known here.
"""

import re
from functools import lru_cache
from posixpath import join, normpath

from hubctl.core.vocabulary.values import Struct

PIECE = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]/]+\]|\\.|.", re.S)


class Folders(Struct, frozen=True, kw_only=True):
    """Absolute paths. `worktree` is where the worker belongs, `cwd` where it stands."""

    cwd: str
    worktree: str
    home: str

    def absolute(self, text: str) -> str:
        """The path that a command means, without `.` and `..`."""
        if text == "~" or text.startswith("~/"):
            text = self.home + text[1:]
        return _plain(join(self.cwd, text))

    def holds(self, path: str) -> bool:
        """Whether the absolute path lies in the worktree."""
        return is_under(path, self.worktree)


def is_under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def matches_path(pattern: str, path: str, folders: Folders, *, anywhere: bool) -> bool:
    """Whether the pattern covers the absolute `path`; `anywhere`: a bare name does so outside the worktree, too."""
    return bool(_expression(pattern, folders, anywhere=anywhere).fullmatch(path))


def may_match(pattern: str, glob: str, folders: Folders) -> bool:
    """Whether a file that the shell's `glob` may name could be covered; where that is hard to say, it could."""
    name = pattern.rstrip("/").removesuffix("/**").rpartition("/")[2]
    if "/" in pattern.removeprefix("**/").removesuffix("/**") and not pattern.endswith(name):
        return True
    last = glob.rstrip("/").rpartition("/")[2]
    if name.startswith(".") and last[:1] in ("*", "?", "["):
        return False
    return _overlap(_tokens(name), _tokens(last))


@lru_cache(maxsize=512)
def _expression(pattern: str, folders: Folders, *, anywhere: bool) -> re.Pattern[str]:
    body = pattern.rstrip("/") or "/"
    if body.startswith("//"):
        start, body = "/", body.lstrip("/")
    elif body.startswith("~/"):
        start, body = folders.home + "/", body[2:]
    elif body.startswith("/"):
        start, body = folders.worktree + "/", body[1:]
    elif body.startswith("./"):
        start, body = folders.cwd + "/", body[2:]
    elif "/" in body and not body.startswith("**/"):
        start, body = folders.cwd + "/", body
    else:
        start, body = "/" if anywhere else folders.worktree + "/", f"**/{body.removeprefix('**/')}"
    if body == "**":
        return re.compile(f"{re.escape(_plain(start))}(?:/.*)?", re.S)
    parts = "".join(map(_translated, PIECE.findall(body)))
    return re.compile(f"{re.escape(_plain(start).rstrip('/'))}/{parts}(?:/.*)?", re.S)


def _translated(piece: str) -> str:
    known = {"**/": "(?:.*/)?", "/**": "(?:/.*)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if piece in known:
        return known[piece]
    if piece.startswith("[") and len(piece) > 2:
        inner = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"[{'^' + inner[1:] if inner.startswith('!') else inner}]"
    return re.escape(piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece)


def _plain(path: str) -> str:
    made = normpath(path)
    return made[1:] if made.startswith("//") else made


def _tokens(pattern: str) -> tuple[str, ...]:
    return tuple(
        "?" if piece.startswith("[") and len(piece) > 2 else piece for piece in PIECE.findall(pattern)
    )


@lru_cache(maxsize=512)
def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether some name fits both patterns."""
    if not one or not other:
        return all(set(piece) == {"*"} for piece in (*one, *other))
    if set(one[0]) == {"*"}:
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    if set(other[0]) == {"*"}:
        return _overlap(other, one)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _overlap(one[1:], other[1:])
