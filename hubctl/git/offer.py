"""What the threads of a repository are offered of it: a read-only remote, `hub`, with its branches, tags and `origin`.

It has refs alone; its objects are the main repository's. Rule: what was offered once stays, also where its branch is reset
or deleted: a clone may stand on it, and its objects are the main repository's (`refs/hubctl/offered/`, `refs/hubctl/kept/`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

from hubctl.disk import read_inside, writing
from hubctl.git.location import Repository
from hubctl.git.program import ask, git, held, refusal

FOLDER = "hubctl-offer"
"""In the main repository's git folder."""
OFFERED = "refs/hubctl/offered/"
HEADS = "refs/heads/"
SHOWN = (HEADS, "refs/tags/", "refs/remotes/origin/")
LOCAL = {"GIT_ALLOW_PROTOCOL": "file"}
"""For a fetch from a folder of this machine."""
DEEPEST = 5
"""Of alternates of alternates, as git itself follows them."""


def offer(own: Repository) -> dict[str, str]:
    """Brings the remote up to date, and returns its commits by their refs. Raises HubError."""
    folder = own.common / FOLDER
    with writing(folder):
        for name in ("objects/info", "refs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        with held(folder):
            refs = _offered(own)
            head = ask(own, "symbolic-ref", "--quiet", "HEAD").line or f"{HEADS}main"
            _write(folder / "HEAD", f"ref: {head}\n")
            _write(folder / "config", _settings(ask(own, "rev-parse", "--show-object-format").line))
            _write(folder / "objects" / "info" / "alternates", f"{own.common / 'objects'}\n")
            _write(folder / "packed-refs", "".join(f"{refs[name]} {name}\n" for name in sorted(refs)))
    return refs


def _settings(format: str) -> str:
    if format in ("", "sha1"):
        return "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
    return f"[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = {format}\n"


def _write(file: Path, text: str) -> None:
    """A git in a cell may read it meanwhile: it finds the old or the new one, whole."""
    if file.exists() and file.read_text(errors="surrogateescape") == text:
        return
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, errors="surrogateescape")
    new.replace(file)


def _offered(own: Repository) -> dict[str, str]:
    """The commits by their refs; each of a branch is held, so that no upkeep removes it."""
    listed = git(own, "for-each-ref", "--format=%(objectname) %(refname)", *SHOWN, OFFERED).out.splitlines()
    found = {name: at for at, _, name in (line.partition(" ") for line in listed)}
    before = {name.removeprefix(OFFERED): at for name, at in found.items() if name.startswith(OFFERED)}
    now = {name.removeprefix(HEADS): at for name, at in found.items() if name.startswith(HEADS)}
    for name, old in before.items():
        new = now.get(name, "")
        if old != new and (not new or ask(own, "merge-base", "--is-ancestor", old, new).code):
            kept(own, old)
    if before != now:
        words = (
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
        )
        answer = ask(own, *words, ".", f"+{HEADS}*:{OFFERED}*", lent=LOCAL)
        if answer.code:
            raise refusal(own, words, answer)
    return {name: at for name, at in found.items() if name.startswith(SHOWN) and not name.endswith("/HEAD")}


def kept(own: Repository, commit: str) -> None:
    """A ref of the hub holds this commit from now on."""
    git(own, "update-ref", f"refs/hubctl/kept/{commit}", commit)


def lent(own: Repository) -> tuple[Path, ...]:
    """What a clone needs of the main repository: the remote, and all objects, those that it borrows itself, too."""
    return (own.common / FOLDER, *_objects(own.common / "objects"))


def _objects(folder: Path, depth: int = 0) -> Iterator[Path]:
    yield folder
    try:
        lines = (
            read_inside(folder, "info/alternates", most=65536).decode(errors="surrogateescape").splitlines()
        )
    except OSError:
        return
    for line in lines if depth < DEEPEST else ():
        if line and not line.startswith("#"):
            yield from _objects(Path(os.path.realpath(folder / line)), depth + 1)
