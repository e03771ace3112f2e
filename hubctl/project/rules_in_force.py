"""The rules in force while a hub runs: read anew when a person trusts a change, kept when the change cannot be read.

Rule: `look` is called by the thread that decides, and nowhere else do the rules change; whoever asks gets one value.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hubctl.core.documents.policy import Rules
from hubctl.core.intake.observations import GitSeen, Observation, RulesSeen, TrustSeen
from hubctl.errors import HubError
from hubctl.git.location import Repository
from hubctl.git.repository import own_configuration
from hubctl.project import trust
from hubctl.project.place import Place
from hubctl.project.rules import keep_rules, load_rules

Stamp = tuple[int, int, int] | None


@dataclass(slots=True, kw_only=True)
class RulesInForce:
    """`files` are those of the rules in force and `git` those at the hub's start, by their SHA-256;
    `configuration` is the repository's own then.

    `tried` are the files that were read last, and `error` says what was wrong with them; `kept` are those of the rules that
    verbs were given.
    """

    place: Place
    rules: Rules
    files: dict[str, str]
    git: Mapping[str, str]
    repository: Repository
    configuration: Mapping[str, str]
    tried: dict[str, str]
    error: str = ""
    kept: dict[str, str] | None = None
    stamp: Stamp = None
    written: threading.Event = field(default_factory=threading.Event)

    def now(self) -> Rules:
        """The rules in force."""
        return self.rules

    def is_stirred(self) -> bool:
        """Whether somebody trusted or wrote something since the last look: it may be asked all the time."""
        return self.written.is_set() or _stamp(self.place.trusted) != self.stamp

    def stir(self) -> None:
        """Somebody wrote, or may have written, one of the files. From any thread."""
        self.written.set()

    def look(self, at: datetime) -> Iterator[Observation]:
        """Reads anew what was trusted since, and tells how the files stand."""
        self.written.clear()
        self.stamp = _stamp(self.place.trusted)
        self._read()
        if self.files != self.kept:
            keep_rules(self.place, self.files, self.rules)
            self.kept = self.files
        yield RulesSeen(at=at, files=self.files, error=self.error)
        with suppress(HubError):  # it is no reason to end; whatever is started asks again, and says it
            changes = trust.changes(self.place)
            changed = tuple(change.file for change in changes if not change.holds)
            yield TrustSeen(at=at, changed=changed, held=tuple(one.file for one in changes if one.holds))
        yield GitSeen(at=at, files=self._strange_to_git())

    def _read(self) -> None:
        record = trust.read_record(self.place)
        if record is None and self.tried:  # torn or gone: what was trusted before holds on
            return
        wanted = rule_files(record or {})
        if wanted == self.tried:
            return
        self.tried = wanted
        try:
            self.rules = load_rules(self.place, wanted)
        except HubError as error:
            self.error = error.message
        else:
            self.files, self.error = wanted, ""

    def _strange_to_git(self) -> dict[str, str]:
        found = trust.git_hashes(self.repository.common)
        names = sorted({**self.git, **found})
        return {name: found.get(name, "") for name in names if found.get(name) != self.git.get(name)}


def open_rules(place: Place) -> RulesInForce:
    """Raises HubError where something is not trusted as it is, or cannot be read."""
    trust.demand(place)
    trust.keep(place)
    files = rule_files(trust.trusted(place))
    repository = place.repository
    return RulesInForce(
        place=place,
        rules=load_rules(place, files),
        files=files,
        git=trust.git_hashes(repository.common),
        repository=repository,
        configuration=own_configuration(repository),
        tried=files,
    )


def rule_files(record: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in record.items() if trust.is_read_by_hub(name)}


def _stamp(path: Path) -> Stamp:
    """Each write of the record is a file of its own (`write_whole`)."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
