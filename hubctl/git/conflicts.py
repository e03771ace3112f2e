"""Which branches will conflict when a person merges them, one after the other, into the main checkout.

Rule: nothing is written but loose objects that no ref names; git removes them in time.
"""

from collections.abc import Sequence

from hubctl.core.vocabulary.values import Struct
from hubctl.git.location import Repository
from hubctl.git.program import GitResult, ask

IDENTITY = ("-c", "user.name=hubctl", "-c", "user.email=hubctl@localhost")
"""Of commits that nobody will see: git makes none without a name, and a person may have given it none."""


class Foreseen(Struct, frozen=True, kw_only=True):
    """A branch that will conflict, and in which files."""

    branch: str
    files: tuple[str, ...]


def conflicts(repo: Repository, branches: Sequence[str]) -> tuple[Foreseen, ...]:
    """Those of `branches` that conflict when merged in this order onto HEAD; nothing where git is older than 2.38.

    A conflict is taken as resolved with both sides kept, so that what was built on its branch is not blamed for it.
    """
    here = ask(repo, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").line
    found = []
    for branch in branches:
        there = ask(repo, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").line
        merged = ask(repo, "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", here, there)
        if merged.code not in (0, 1) or not merged.names:
            continue  # an older git, a branch that is gone, histories that have nothing in common
        tree, *files = merged.names
        if merged.code == 1:
            found.append(Foreseen(branch=branch, files=tuple(files)))
        here = _commit(repo, tree, here, there).line or here
    return tuple(found)


def _commit(repo: Repository, tree: str, *parents: str) -> GitResult:
    named = [word for parent in parents for word in ("-p", parent)]
    return ask(repo, *IDENTITY, "commit-tree", tree, *named, "-m", "foreseen by hubctl")
