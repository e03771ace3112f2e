"""The rules as the hub kept them: the same as those that are read, or not used."""

from pathlib import Path

import msgspec
import pytest

from hubctl.core.documents.policy import Rules
from hubctl.errors import HubError
from hubctl.git.repository import find_repository
from hubctl.project import rules, trust
from hubctl.project.place import Place, make_place
from hubctl.project.rules import keep_rules, kept_rules, load_rules
from hubctl.project.rules_in_force import open_rules
from support.core.builders import NOW

POLICY = """\
Be kind.

```yaml hubctl
limits: {attempts: 7}
alerts: {quiet: "22:00-07:00"}
permissions: {deny: ["Bash(rm *)"]}
overrides:
  - for: {role: counter, label: urgent}
    rules: {stalled: {after: 2m, then: [alert, fail]}, ping-pong: {count: 9}, wait-broken: {off: true}}
```
"""
ROLE = "---\ndescription: counts\nlifetime: standing\nenv: {A: b}\nmcp: servers.json\n---\nCount.\n"


@pytest.fixture
def place(repository: Path, tmp_path: Path) -> Place:
    """A project that says something of each kind, trusted."""
    made = make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(repository))[0]
    roles = repository / ".hubctl" / "roles"
    roles.mkdir(parents=True)
    (roles / "counter.md").write_text(ROLE)
    (repository / "servers.json").write_text("{}")
    (repository / "hubctl.yaml").write_text("validate: {tests: make}\nworker: {max: 2}\n")
    write(made, POLICY)
    return made


def write(place: Place, text: str) -> None:
    (place.checkout / "POLICY.md").write_text(text)
    trust.accept(place)


def keep(place: Place) -> Rules:
    """As a hub does."""
    read = load_rules(place)
    keep_rules(place, trust.trusted(place), read)
    return read


def forge(place: Place) -> None:
    """Other rules with all the marks of these: what comes back then came from there."""
    kept = msgspec.msgpack.decode(place.rules.read_bytes())
    kept["rules"]["policy"]["prose"] = "Forged."
    place.rules.write_bytes(msgspec.msgpack.encode(kept))


def is_forged(place: Place) -> bool:
    return kept_rules(place).policy.prose == "Forged."


def test_what_is_kept_says_the_same(place: Place) -> None:
    read = keep(place)
    kept = kept_rules(place)
    assert kept == read
    assert kept.policy.places == read.policy.places
    assert kept.policy.overrides == read.policy.overrides != ()
    assert place.rules.stat().st_mode & 0o777 == 0o600


def test_the_hub_keeps_what_it_reads(place: Place) -> None:
    book = open_rules(place)
    assert not place.rules.exists(), "it may still be refused"
    assert [*book.look(NOW)]
    forge(place)
    assert is_forged(place)
    write(place, POLICY.replace("kind", "quick"))
    assert [*book.look(NOW)]
    forge(place)
    assert is_forged(place)


def test_a_verb_keeps_nothing(place: Place) -> None:
    assert kept_rules(place).policy.prose == "Be kind."
    assert not place.rules.exists()


def test_the_hub_reads_the_files(place: Place) -> None:
    keep(place)
    forge(place)
    assert load_rules(place).policy.prose == "Be kind."


@pytest.mark.parametrize(
    "tear", [lambda b: b"", lambda b: b[:-9], lambda b: b"\x00" + b, lambda b: b"\x91" * 5000]
)
def test_what_is_torn_is_not_used(place: Place, tear: object) -> None:
    read = keep(place)
    assert callable(tear)
    place.rules.write_bytes(tear(place.rules.read_bytes()))
    assert kept_rules(place) == read


def test_rules_that_lack_something_are_not_used(place: Place) -> None:
    read = keep(place)
    kept = msgspec.msgpack.decode(place.rules.read_bytes())
    del kept["rules"]["policy"]["limits"]
    place.rules.write_bytes(msgspec.msgpack.encode(kept))
    assert kept_rules(place) == read


def test_what_was_trusted_since_holds(place: Place) -> None:
    before = trust.trusted(place)
    keep(place)
    forge(place)
    write(place, POLICY.replace("7", "8"))
    assert kept_rules(place).policy.limits.attempts == 8
    assert kept_rules(place, before).policy.limits.attempts == 7


def test_what_nobody_trusted_changes_nothing(place: Place) -> None:
    keep(place)
    (place.checkout / "POLICY.md").write_text("Be cruel.")
    (place.checkout / ".mcp.json").write_text("{}")
    forge(place)
    assert is_forged(place)


@pytest.mark.parametrize("name", ["code_mark", "HOME"])
def test_what_was_kept_elsewhere_is_not_used(
    place: Place, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    keep(place)
    forge(place)
    if name == "HOME":
        monkeypatch.setenv("HOME", "/elsewhere")
    else:
        monkeypatch.setattr(rules, name, lambda: "newer")
    assert not is_forged(place)


def test_where_a_directory_lies_is_seen_anew(place: Place, tmp_path: Path) -> None:
    role = place.checkout / ".hubctl" / "roles" / "counter.md"
    role.write_text(ROLE.replace("lifetime: standing", f"workspace: {{directory: {tmp_path / 'link'}}}"))
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "one")
    trust.accept(place)
    keep(place)
    for name in ("one", "two"):
        (tmp_path / "link").unlink()
        (tmp_path / "link").symlink_to(tmp_path / name)
        assert kept_rules(place).policy.lanes["counter"].key == str(tmp_path / name)


def test_where_nothing_can_be_kept_the_files_are_read(place: Place) -> None:
    place.rules.mkdir()
    keep(place)
    assert kept_rules(place).policy.prose == "Be kind."


def test_a_misfit_is_named_each_time(place: Place) -> None:
    write(place, "```yaml hubctl\nlimits: {attemps: 9}\n```\n")
    for _ in range(2):
        with pytest.raises(HubError, match="attemps"):
            kept_rules(place)
