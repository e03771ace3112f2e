"""Which programs a configuration may make git run in a hub's call: those that are listed here, and no others.

Rules: of filters only Git LFS and git-crypt run, by their own names, and only while the repository's own configuration
holds nothing but plain settings, for both read it, too. A merge driver is a conflict: a person resolves it. Whoever speaks
to a remote obeys the rest of that configuration, so it must be as it was when the hub started.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hubctl.core.vocabulary.values import Struct

LISTING: Final = ("config", "--list", "--show-scope", "-z")
NO_FILES: Final = frozenset(
    [
        "branch",
        "commit-tree",
        "config",
        "fetch",
        "for-each-ref",
        "init",
        "ls-files",
        "ls-tree",
        "merge-base",
        "push",
        "remote",
        "rev-list",
        "rev-parse",
        "symbolic-ref",
        "update-ref",
    ]
)
"""Verbs that convert no file of a checkout: they run no filter and no merge driver."""
KNOWN_FILTERS: Final = frozenset(
    [
        "git-lfs clean -- %f",
        "git-lfs smudge -- %f",
        "git-lfs smudge --skip -- %f",
        "git-lfs filter-process",
        "git-lfs filter-process --skip",
        '"git-crypt" clean',
        '"git-crypt" smudge',
    ]
)
"""As their own `install` and `init` write them."""
OWN_SCOPES: Final = frozenset({"local", "worktree"})
PLAIN_SECTIONS: Final = frozenset(
    [
        "advice",
        "branch",
        "color",
        "commit",
        "extensions",
        "filter",
        "gc",
        "index",
        "init",
        "merge",
        "pull",
        "push",
        "rerere",
        "status",
        "tag",
        "user",
    ]
)
PLAIN_KEYS: Final = frozenset(
    [
        "core.autocrlf",
        "core.bare",
        "core.checkstat",
        "core.eol",
        "core.filemode",
        "core.ignorecase",
        "core.logallrefupdates",
        "core.attributesfile",
        "core.editor",
        "core.excludesfile",
        "core.fsmonitor",
        "core.hookspath",
        "core.pager",
        "core.precomposeunicode",
        "core.quotepath",
        "core.repositoryformatversion",
        "core.safecrlf",
        "core.sharedrepository",
        "core.sparsecheckout",
        "core.sparsecheckoutcone",
        "core.splitindex",
        "core.symlinks",
        "core.trustctime",
        "core.untrackedcache",
        "lfs.locksverify",
        "lfs.repositoryformatversion",
    ]
)
PLAIN_ENDS: Final = {"remote": ("fetch", "url", "tagopt", "prune"), "lfs": ("access", "locksverify")}
CHANGES: Final = "branch."
"""Settings that git itself writes on an ordinary day: they name no program."""


class GitSetting(Struct, frozen=True, kw_only=True):
    """A line of a configuration; `key` has its section and its last part in lower case, as git prints it."""

    scope: str
    key: str
    value: str


def settings(listed: Iterable[str]) -> list[GitSetting]:
    """From the names that LISTING prints: a scope, and a key with its value, by turns."""
    words = iter(listed)
    pairs = ((scope, *entry.partition("\n")[::2]) for scope, entry in zip(words, words, strict=False))
    return [GitSetting(scope=scope, key=key, value=value) for scope, key, value in pairs]


def without_programs(found: Iterable[GitSetting]) -> dict[str, str]:
    """What silences the filters and merge drivers of a configuration, as variables of git's environment."""
    found = list(found)
    plain = all(_is_plain(each.key) for each in found if each.scope in OWN_SCOPES)
    silenced = dict(pair for each in found for pair in _silenced(each, plain=plain))
    pairs = enumerate(silenced.items())
    numbered = {
        f"GIT_CONFIG_{what}_{n}": word
        for n, pair in pairs
        for what, word in zip(("KEY", "VALUE"), pair, strict=True)
    }
    return {"GIT_CONFIG_COUNT": str(len(silenced)), **numbered} if silenced else {}


def _silenced(found: GitSetting, *, plain: bool) -> Iterator[tuple[str, str]]:
    section, name, last = _parts(found.key)
    if section == "merge" and last == "driver":
        yield found.key, "false"
    if (
        section == "filter"
        and last in ("clean", "smudge", "process")
        and not (plain and found.value in KNOWN_FILTERS)
    ):
        yield found.key, ""
        yield f"filter.{name}.required", "false"


def _is_plain(key: str) -> bool:
    section, name, last = _parts(key)
    if section in PLAIN_SECTIONS or key in PLAIN_KEYS:
        return True
    return bool(name) and last in PLAIN_ENDS.get(section, ())


def _parts(key: str) -> tuple[str, str, str]:
    """Section, the name between, last part; the name may hold dots."""
    section, _, rest = key.partition(".")
    name, _, last = rest.rpartition(".")
    return section, name, last


def own_settings(found: Iterable[GitSetting]) -> dict[str, str]:
    """The repository's own, but for what changes on an ordinary day; several values of one key together."""
    own: dict[str, str] = {}
    for each in found:
        if each.scope in OWN_SCOPES and not each.key.startswith(CHANGES):
            own[each.key] = f"{own[each.key]}\n{each.value}" if each.key in own else each.value
    return own


def differing(known: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The keys that are not as they were, sorted."""
    return tuple(sorted(key for key in {**known, **now} if known.get(key) != now.get(key)))
