"""What may order things on this machine: files as they were accepted, in the checkout and in the base commit."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from hubctl.errors import HubError
from hubctl.git.repository import find_repository
from hubctl.project import trust
from hubctl.project.place import Place, make_place

GUARDED = ["hubctl.yaml", "POLICY.md", ".mcp.json", ".hubctl/roles/coder.md", ".claude/agents/deep/a.md"]


@pytest.fixture
def place(repository: Path, tmp_path: Path) -> Place:
    return make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(repository))[0]


def write(place: Place, name: str, text: str = "one\n") -> Path:
    path = place.checkout / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def commit(place: Place) -> str:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=place.checkout, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("add", "--force", ".")
    git("commit", "-qm", "More")
    return git("rev-parse", "HEAD")


@pytest.mark.parametrize("name", GUARDED)
def test_a_file_holds_after_trust_until_it_changes(place: Place, name: str) -> None:
    path = write(place, name)
    assert trust.changes(place) == (trust.Change(file=name, what="new"),)
    with pytest.raises(HubError, match="Not trusted on this machine") as caught:
        trust.demand(place)
    assert f"`{name}` (new)" in caught.value.message
    assert "hubctl trust" in caught.value.cure
    assert trust.accept(place) == (name,)
    trust.demand(place)
    path.write_text("two\n")
    by_hub = name not in (".mcp.json", ".claude/agents/deep/a.md")
    assert trust.changes(place) == (trust.Change(file=name, what="changed", holds=by_hub),)
    path.write_text("one\n")
    trust.demand(place)


def test_the_servers_of_a_role_are_trusted_with_it(place: Place) -> None:
    write(place, "tools/servers.json")
    assert trust.hashes(place.checkout) == {}
    role = "---\ndescription: counts\nmcp: tools/servers.json\n---\nCount.\n"
    write(place, ".hubctl/roles/counter.md", role)
    write(place, ".hubctl/roles/broken.md", "no role")
    assert "tools/servers.json" in trust.accept(place)
    write(place, "tools/servers.json", "two\n")
    assert trust.changes(place) == (trust.Change(file="tools/servers.json", what="changed", holds=True),)


@pytest.mark.parametrize("name", ["README.md", "src/POLICY.md", ".hubctl/worktrees/1-a/hubctl.yaml"])
def test_other_files_order_nothing(place: Place, name: str) -> None:
    write(place, name)
    assert trust.hashes(place.checkout) == {}


def test_a_verb_trusts_only_what_it_wrote(place: Place) -> None:
    write(place, "hubctl.yaml")
    write(place, "POLICY.md")
    assert trust.accept(place, only=frozenset({"hubctl.yaml"})) == ("hubctl.yaml",)
    assert [change.file for change in trust.changes(place)] == ["POLICY.md"]
    trust.demand(place, only="hubctl.yaml")
    with pytest.raises(HubError, match=r"POLICY\.md"):
        trust.demand(place, only="POLICY.md")


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b"\xff", b'"hubctl.yaml"'])
def test_a_torn_record_trusts_nothing_and_can_be_written_anew(place: Place, torn: bytes) -> None:
    write(place, "hubctl.yaml")
    place.trusted.write_bytes(torn)
    assert trust.trusted(place) == {}
    with pytest.raises(HubError, match=r"`hubctl\.yaml` \(new\)"):
        trust.demand(place)
    trust.accept(place)
    trust.demand(place)
    assert set(json.loads(place.trusted.read_text())) == {"hubctl.yaml"}


def test_many_changes_are_counted(place: Place) -> None:
    for number in range(11):
        write(place, f".claude/{number:02}.md")
    with pytest.raises(HubError, match=r"`\.claude/07\.md` \(new\) and 3 more\. Such"):
        trust.demand(place)


def test_more_files_than_a_person_reads_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "MOST_FILES", 3)
    for number in range(4):
        write(place, f".claude/worktrees/one/.claude/{number}")
        write(place, f".claude/{number}") if number else None
    assert len(trust.hashes(place.checkout)) == 3
    write(place, ".claude/more")
    with pytest.raises(HubError, match=r"holds 4 files, and at most 3 can be trusted"):
        trust.hashes(place.checkout)


def test_a_file_that_cannot_be_read_is_never_trusted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    write(place, "hubctl.yaml")
    write(place, "POLICY.md")
    trust.accept(place)
    opened = os.open

    def refused(path: Path, flags: int) -> int:
        if path.name == "hubctl.yaml":
            raise PermissionError(13, os.strerror(13), str(path))
        if path.name == "POLICY.md":
            raise FileNotFoundError(2, os.strerror(2), str(path))
        return opened(path, flags)

    monkeypatch.setattr(os, "open", refused)
    assert {change.file: change.what for change in trust.changes(place)} == {
        "hubctl.yaml": "changed",
        "POLICY.md": "gone",
    }
    with pytest.raises(HubError, match=r"hubctl\.yaml` cannot be read"):
        trust.accept(place)


# --- what the hub reads itself ------------------------------------------------------------------------------------


def test_a_change_that_nobody_trusted_is_as_if_it_had_not_happened(place: Place) -> None:
    path, gone = write(place, "POLICY.md"), write(place, "hubctl.yaml")
    trust.accept(place)
    assert place.accepted.stat().st_mode & 0o777 == 0o700
    path.write_text("two\n")
    gone.unlink()
    assert {change.file: change.holds for change in trust.changes(place)} == {
        "POLICY.md": True,
        "hubctl.yaml": True,
    }
    assert trust.held(place) == {"POLICY.md": b"one\n", "hubctl.yaml": b"one\n"}
    trust.demand_start(place)
    with pytest.raises(HubError, match=r"`POLICY\.md` \(changed\)"):
        trust.demand(place)
    trust.accept(place)
    assert trust.held(place) == {"POLICY.md": b"two\n"}


@pytest.mark.parametrize("name", GUARDED)
def test_nothing_starts_with_what_was_never_trusted(place: Place, name: str) -> None:
    write(place, name)
    assert trust.held(place) == {}
    with pytest.raises(HubError, match=r"\(new\)"):
        trust.demand_start(place)


@pytest.mark.parametrize("name", [".mcp.json", ".claude/settings.json"])
def test_in_place_of_what_the_worker_cli_reads_nothing_holds(place: Place, name: str) -> None:
    path = write(place, name)
    trust.accept(place)
    path.write_text("two\n")
    with pytest.raises(HubError, match=r"\(changed\)"):
        trust.demand_start(place)
    assert trust.held(place) == {}


@pytest.mark.parametrize("tamper", ["missing", "other"])
def test_a_version_that_was_not_kept_cannot_hold(place: Place, tamper: str) -> None:
    path = write(place, "POLICY.md")
    trust.accept(place)
    (kept,) = place.accepted.iterdir()
    kept.unlink() if tamper == "missing" else kept.write_text("evil\n")
    assert trust.held(place) == {"POLICY.md": b"one\n"}, "the file itself is as it was trusted"
    path.write_text("two\n")
    with pytest.raises(HubError, match="the trusted version was not kept") as caught:
        trust.held(place)
    assert "hubctl trust" in caught.value.cure
    assert [change.holds for change in trust.changes(place)] == [False]


def test_what_an_older_version_trusted_is_kept_from_then_on(place: Place) -> None:
    path = write(place, "POLICY.md")
    trust.accept(place)
    for kept in place.accepted.iterdir():
        kept.unlink()
    trust.keep(place)
    path.write_text("two\n")
    assert trust.held(place) == {"POLICY.md": b"one\n"}


def test_what_git_obeys(place: Place) -> None:
    common = place.repository.common
    before = trust.git_hashes(common)
    (common / "hooks").mkdir(exist_ok=True)
    hook = common / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\n")
    (common / "hooks" / "pre-push.sample").write_text("#!/bin/sh\n")
    written = trust.git_hashes(common)
    assert written.keys() - before.keys() == {".git/hooks/pre-commit"}
    hook.chmod(0o755)
    runs = trust.git_hashes(common)
    assert runs != written, "a hook that may run is another thing"
    with (common / "config").open("a") as config:
        config.write("[core]\n\tfsmonitor = evil\n")
    assert trust.git_hashes(common)[".git/config"] != runs[".git/config"]


# --- the base commit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [".claude/settings.json", ".mcp.json"])
def test_a_commit_may_hold_only_what_is_trusted(place: Place, name: str) -> None:
    path = write(place, name)
    first = commit(place)
    with pytest.raises(HubError) as caught:
        trust.demand_commit(place, first)
    assert f"`{name}` in commit {first[:10]} is not trusted" in caught.value.message
    assert "hubctl trust" in caught.value.cure
    trust.accept(place)
    trust.demand_commit(place, first)
    path.write_text("two\n")
    second = commit(place)
    with pytest.raises(HubError, match="is not trusted"):
        trust.demand_commit(place, second)
    trust.demand_commit(place, first)


def test_what_the_hub_reads_itself_is_not_looked_for_in_the_commit(place: Place) -> None:
    for name in ("hubctl.yaml", "POLICY.md", ".hubctl/roles/a.md", ".claude/worktrees/a/settings.json", "b"):
        write(place, name)
    trust.demand_commit(place, commit(place))


def test_a_link_in_the_commit_is_refused_with_a_cure_that_helps(place: Place) -> None:
    write(place, "shared.json", "{}")
    (place.checkout / ".claude").mkdir()
    (place.checkout / ".claude" / "settings.json").symlink_to("../shared.json")
    made = commit(place)
    trust.accept(place)
    with pytest.raises(HubError, match=r"`\.claude/settings\.json` in commit .* is a link") as caught:
        trust.demand_commit(place, made)
    assert caught.value.cure == "Commit the file itself in its place."


def test_line_ends_of_the_checkout_are_no_change(place: Place) -> None:
    write(place, ".gitattributes", "* text=auto eol=crlf\n")
    path = write(place, ".claude/settings.json", '{"a": "ä"}\n')
    made = commit(place)
    path.unlink()
    subprocess.run(["git", "checkout", "--", "."], cwd=place.checkout, check=True)
    assert path.read_bytes().endswith(b"\r\n")
    trust.accept(place)
    trust.demand_commit(place, made)


def test_an_odd_name_and_bytes_that_are_no_text(place: Place) -> None:
    write(place, ".claude/ä b\t\n.bin").write_bytes(b"\x00\xff\r\n\xfe")
    made = commit(place)
    with pytest.raises(HubError):
        trust.demand_commit(place, made)
    trust.accept(place)
    trust.demand_commit(place, made)


# --- directories that roles name ----------------------------------------------------------------------------------


def test_a_directory_is_accepted_by_its_path_with_what_workers_read_there(place: Place) -> None:
    other = place.checkout.parent / "other"
    (other / ".claude").mkdir(parents=True)
    (other / ".claude" / "settings.json").write_text("{}")
    (other / "hubctl.yaml").touch()  # another hub's, nothing to this one
    role = write(
        place, ".hubctl/roles/keeper.md", "---\ndescription: d\nworkspace: {directory: ../other}\n---\nx\n"
    )
    write(place, ".hubctl/roles/broken.md", "no role at all")
    names = {
        f"{other}/",
        f"{other}/.claude/settings.json",
        ".hubctl/roles/keeper.md",
        ".hubctl/roles/broken.md",
    }
    assert set(trust.accept(place)) == names
    trust.demand(place)
    (other / ".mcp.json").write_text("{}")
    assert trust.changes(place) == (trust.Change(file=f"{other}/.mcp.json", what="new"),)
    with pytest.raises(HubError, match=r"other/\.mcp\.json` \(new\)"):
        trust.demand(place)
    trust.accept(place)
    role.write_text(role.read_text().replace("other", "another"))
    changed = {change.file: change.what for change in trust.changes(place)}
    assert changed[f"{place.checkout.parent / 'another'}/"] == "new"
    assert changed[f"{other}/"] == "gone"


def test_a_pipe_in_the_place_of_settings_holds_nobody_and_is_not_accepted(
    place: Place, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "settings.json")
    assert not trust.is_accepted(place, tmp_path, "settings.json")
    (tmp_path / "settings.json").unlink()
    assert trust.is_accepted(place, tmp_path, "settings.json")
