"""The rules in force: what was trusted last and can be read, whatever stands in the files."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import pytest

from hubctl import clock
from hubctl.core.intake.observations import GitSeen, Observation, RulesSeen, TrustSeen
from hubctl.errors import HubError
from hubctl.git.repository import find_repository
from hubctl.hub.watchers import rules_watched
from hubctl.project import trust
from hubctl.project.place import Place, make_place
from hubctl.project.rules import load_rules
from hubctl.project.rules_in_force import RulesInForce, open_rules
from support.core.builders import NOW
from support.waiting import PATIENCE

ROLE = "---\ndescription: counts\nmcp: servers.json\n---\nCount.\n"


@pytest.fixture
def place(repository: Path, tmp_path: Path) -> Place:
    return make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(repository))[0]


def write(place: Place, name: str, text: str) -> Path:
    path = place.checkout / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def policy(attempts: int, prose: str = "Be kind.") -> str:
    return f"{prose}\n\n```yaml hubctl\nlimits: {{attempts: {attempts}}}\n```\n"


BROKEN = "# Ours\n\n```yaml hubctl\nlimits: {attemps: 9}\n```\n"


@pytest.fixture
def book(place: Place) -> RulesInForce:
    """Its POLICY.md allows five attempts."""
    write(place, "POLICY.md", policy(5))
    trust.accept(place)
    return open_rules(place)


def look(book: RulesInForce) -> tuple[RulesSeen, TrustSeen, GitSeen]:
    seen: tuple[Observation, ...] = tuple(book.look(NOW))
    rules, files, git = seen
    assert isinstance(rules, RulesSeen)
    assert isinstance(files, TrustSeen)
    assert isinstance(git, GitSeen)
    return rules, files, git


def attempts(book: RulesInForce) -> int:
    return book.now().policy.limits.attempts


def test_a_trusted_change_holds_from_the_next_look(book: RulesInForce) -> None:
    before, _, _ = look(book)
    write(book.place, "POLICY.md", policy(7, "Be quick."))
    assert not book.is_stirred()
    _, files, _ = look(book)
    assert (attempts(book), files.changed, files.held) == (5, (), ("POLICY.md",))
    trust.accept(book.place)
    assert book.is_stirred()
    assert attempts(book) == 5, "nothing changes but by a look"
    after, files, _ = look(book)
    assert (attempts(book), book.now().policy.prose, files.held) == (7, "Be quick.", ())
    assert before.files != after.files == {"POLICY.md": trust.trusted(book.place)["POLICY.md"]}
    assert not book.is_stirred()


@pytest.mark.parametrize("name", ["POLICY.md", "hubctl.yaml", ".hubctl/roles/coder.md", ".mcp.json"])
def test_a_file_that_somebody_writes_is_noticed_at_once(book: RulesInForce, name: str) -> None:
    told: SimpleQueue[None] = SimpleQueue()
    look(book)

    def stir() -> None:
        book.stir()
        told.put(None)

    with rules_watched(book.place.checkout, stir):
        told.get(timeout=PATIENCE)
        look(book)
        for change in (lambda: write(book.place, name, "limits"), (book.place.checkout / name).unlink):
            change()
            while not book.is_stirred():
                told.get(timeout=PATIENCE)
            look(book)


def test_a_broken_one_keeps_the_last_good_and_names_the_line(book: RulesInForce) -> None:
    write(book.place, "POLICY.md", BROKEN)
    trust.accept(book.place)
    broken, files, _ = look(book)
    assert broken.error.startswith("`POLICY.md` line 4: `attemps` is no key")
    assert (attempts(book), files.changed, files.held) == (5, (), ())
    assert load_rules(book.place, broken.files).policy.limits.attempts == 5, (
        "verbs find the last good by the log"
    )
    assert look(book)[0] == broken
    write(book.place, "POLICY.md", policy(8))
    trust.accept(book.place)
    assert (look(book)[0].error, attempts(book)) == ("", 8)


def test_a_broken_one_that_is_taken_back_is_mended(book: RulesInForce) -> None:
    good, _, _ = look(book)
    for text, error in ((BROKEN, True), (policy(5), False)):
        write(book.place, "POLICY.md", text)
        trust.accept(book.place)
        seen, _, _ = look(book)
        assert (bool(seen.error), seen.files) == (error, good.files)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("hubctl.yaml", "worker:\n  maks: 2\n", "`hubctl.yaml` line 2"),
        (".hubctl/roles/coder.md", "---\nmodle: opus\n---\n", "`.hubctl/roles/coder.md` line 2"),
    ],
)
def test_every_file_of_the_rules_is_named(book: RulesInForce, name: str, text: str, said: str) -> None:
    write(book.place, name, text)
    trust.accept(book.place)
    assert said in look(book)[0].error
    assert attempts(book) == 5


def test_roles_and_the_number_of_workers_change_too(book: RulesInForce) -> None:
    write(book.place, ".hubctl/roles/coder.md", "---\ndescription: Ours\n---\nOurs.\n")
    write(book.place, "hubctl.yaml", "worker: {max: 1}\n")
    trust.accept(book.place)
    look(book)
    assert book.now().roles["coder"].prompt.strip() == "Ours."
    assert book.now().policy.limits.workers == 1


def test_the_servers_of_a_role_are_the_trusted_ones(book: RulesInForce) -> None:
    write(book.place, ".hubctl/roles/counter.md", ROLE)
    servers = write(book.place, "servers.json", "{}")
    trust.accept(book.place)
    look(book)
    servers.write_text('{"mcpServers": {}}')
    _, files, _ = look(book)
    kept = book.now().roles["counter"].mcp
    assert kept
    assert (Path(kept).read_text(), files.held) == ("{}", ("servers.json",))


@pytest.mark.parametrize("torn", [b"{", None])
def test_a_record_that_is_torn_or_gone_changes_no_rule(book: RulesInForce, torn: bytes | None) -> None:
    book.place.trusted.write_bytes(torn) if torn else book.place.trusted.unlink()
    seen, files, _ = look(book)
    assert (attempts(book), seen.error) == (5, "")
    assert files.changed == ("POLICY.md",), "and nothing more is started"


def test_a_strange_folder_ends_no_hub(book: RulesInForce, monkeypatch: pytest.MonkeyPatch) -> None:
    write(book.place, ".claude/a", "")
    monkeypatch.setattr(trust, "MOST_FILES", 0)
    assert [type(seen) for seen in book.look(NOW)] == [RulesSeen, GitSeen]


def _config(place: Place) -> None:
    subprocess.run(["git", "config", "core.fsmonitor", "evil"], cwd=place.checkout, check=True)


def _hook(place: Place) -> None:
    write(place, ".git/hooks/post-checkout", "#!/bin/sh\n")


@pytest.mark.parametrize(("change", "name"), [(_config, ".git/config"), (_hook, ".git/hooks/post-checkout")])
def test_what_git_obeys_is_compared_with_the_start(
    book: RulesInForce, change: Callable[[Place], None], name: str
) -> None:
    assert look(book)[2].files == {}
    before = (book.repository.common / "config").read_bytes()
    change(book.place)
    changed = look(book)[2].files
    assert changed.keys() == {name}
    assert look(book)[2].files == changed
    (book.repository.common / "config").write_bytes(before)
    (book.repository.common / "hooks" / "post-checkout").unlink(missing_ok=True)
    assert look(book)[2].files == {}


def test_a_hub_starts_with_nothing_that_is_not_trusted_as_it_is(book: RulesInForce) -> None:
    write(book.place, "POLICY.md", policy(9))
    with pytest.raises(HubError, match=r"`POLICY\.md` \(changed\)"):
        open_rules(book.place)


def test_the_real_clock_is_no_part_of_a_look(book: RulesInForce) -> None:
    at = clock.now()
    assert {seen.at for seen in book.look(at)} == {at}
