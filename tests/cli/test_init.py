"""`hubctl init`: what it makes, where it refuses, and what it leaves behind then: nothing."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.shell import Shell


def make_no_repository(shell: Shell) -> Path:
    return Path(shell.root / "home")


def make_no_commit(shell: Shell) -> Path:
    folder = shell.root / "fresh"
    shell.git("init", "-q", str(folder))
    return folder


def make_bare(shell: Shell) -> Path:
    folder = shell.root / "bare.git"
    shell.git("init", "-q", "--bare", str(folder))
    return folder


PLACES = [
    (make_no_repository, "no git repository", "git init"),
    (make_no_commit, "no commit yet", "git -C"),
    (make_bare, "bare repository", "clone"),
]


@pytest.mark.parametrize(("make", "said", "do"), PLACES, ids=lambda each: getattr(each, "__name__", ""))
@pytest.mark.parametrize("verb", ["init", "run"])
def test_no_place_for_a_hub(shell: Shell, make: object, said: str, do: str, verb: str) -> None:
    assert callable(make)
    folder = make(shell)
    before = shell.files()
    message, cure = shell.refused(verb, cwd=folder)
    assert said in message
    assert f"`{folder}`" in message
    assert do in cure
    assert shell.files() == before


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["nowhere"], 1, "nowhere` does not exist"),
        (["--board", "github"], 2, "`--board github`"),
        (["--board", "jira"], 2, "`--board jira`"),
        (["--repo", "a/b"], 2, "`--repo`"),
    ],
    ids=str,
)
def test_wrong_words(shell: Shell, words: list[str], code: int, named: str) -> None:
    before = shell.files()
    message, cure = shell.refused("init", *words, code=code)
    assert named in message
    assert cure
    assert shell.files() == before


@pytest.mark.parametrize("home", ["a-file", "relative/path"])
def test_no_room_for_the_state(shell: Shell, home: str) -> None:
    (shell.root / "a-file").write_text("")
    wanted = home if "/" in home else str(shell.root / home)
    before = shell.files()
    message, cure = shell.refused("init", env={"XDG_STATE_HOME": wanted})
    assert wanted in message
    assert cure
    assert shell.files() == before


def test_init_makes_the_state_outside_the_work_tree_and_is_safe_to_repeat(shell: Shell) -> None:
    first = shell.json("init")
    state = Path(first["state"])
    assert (first["new"], first["made"], first["trusted"]) == (True, ["hubctl.yaml"], ["hubctl.yaml"])
    assert first["checkout"] == str(shell.checkout)
    assert state.is_relative_to(shell.env["XDG_STATE_HOME"])
    assert state.stat().st_mode & 0o777 == 0o700
    assert shell.git("status", "--porcelain") == "?? hubctl.yaml"
    shell.git("clean", "-fdxq")
    assert shell.json("status")["threads"] == []
    shell.told("init")
    before = shell.files()
    again = shell.json("init")
    assert again == first | {"new": False, "made": [], "trusted": []}
    assert shell.files() == before


def test_init_with_a_policy_makes_files_of_ones_own_and_touches_none(shell: Shell) -> None:
    own = shell.write("POLICY.md", "# Ours\n")
    said = shell.told("init", "--policy")
    made = {line.split()[1] for line in said.splitlines() if line.startswith("  made ")}
    assert made == {"hubctl.yaml", *(f".hubctl/roles/{name}.md" for name in ("coder", "planner", "reviewer"))}
    assert own.read_text() == "# Ours\n"
    assert "not trusted yet: POLICY.md" in said
    assert {each["file"] for each in shell.json("trust", "--show") if each["was"] == "trusted"} == made
    assert (shell.checkout / "hubctl.yaml").stat().st_mode & 0o777 == own.stat().st_mode & 0o777


# --- repositories that move ---------------------------------------------------------------------------------------


def test_a_copy_is_told_apart_and_gets_a_hub_of_its_own(prepared: Shell) -> None:
    copy = prepared.root / "copy"
    shutil.copytree(prepared.checkout, copy)
    message, cure = prepared.refused("status", cwd=copy)
    assert f"`{copy}`" in message
    assert f"`{prepared.checkout}`" in message
    assert "hubctl init" in cure
    made = prepared.json("init", cwd=copy)
    assert made["new"]
    assert made["state"] != str(prepared.place.state)
    assert prepared.json("status", cwd=copy) == prepared.json("status")


def test_a_moved_repository_keeps_its_hub(prepared: Shell) -> None:
    state, moved = prepared.place.state, prepared.root / "moved"
    prepared.checkout.rename(moved)
    message, cure = prepared.refused("status", cwd=moved)
    assert "or was moved" in message
    assert "hubctl init" in cure
    made = prepared.json("init", cwd=moved)
    assert (made["new"], made["state"], made["checkout"]) == (False, str(state), str(moved))
    assert prepared.told("status", cwd=moved)


def test_a_torn_id_is_named_with_its_cure(prepared: Shell) -> None:
    pointer = prepared.checkout / ".git" / "hubctl-id"
    pointer.write_bytes(b"\xff\xfe\x00\n\xff")
    for verb in ("status", "init"):
        message, cure = prepared.refused(verb)
        assert message == f"`{pointer}` is torn."
        assert "hubctl init" in cure
    pointer.unlink()
    assert prepared.json("init")["new"]


def test_a_deleted_state_is_named_and_begun_anew(prepared: Shell) -> None:
    state = prepared.place.state
    shutil.rmtree(state)
    message, cure = prepared.refused("status")
    assert f"`{state}` holds no hub's state" in message
    assert "hubctl init" in cure
    assert not state.exists()
    assert prepared.json("init")["new"]
    assert prepared.told("status")


def test_a_torn_record_is_no_dead_end(prepared: Shell) -> None:
    record = prepared.place.state / "place.json"
    record.write_text("")
    message, cure = prepared.refused("init")
    assert f"`{record}` cannot be read" in message
    pointer = prepared.checkout / ".git" / "hubctl-id"
    assert f"rm '{pointer}'" in cure
    pointer.unlink()
    assert prepared.json("init")["new"]


@pytest.mark.parametrize("there", [True, False])
def test_a_state_that_is_named_wrongly(prepared: Shell, there: bool) -> None:
    named = prepared.root if there else prepared.root / "nowhere"
    before = prepared.files()
    message, cure = prepared.refused("status", env={"HUBCTL_STATE": str(named)})
    assert f"`{named}` holds no hub's state" in message
    assert "HUBCTL_STATE" in cure
    assert prepared.files() == before


def test_the_state_is_found_by_its_name_from_anywhere(prepared: Shell) -> None:
    env = {"HUBCTL_STATE": str(prepared.place.state)}
    assert prepared.json("status", env=env, cwd=prepared.root) == prepared.json("status")


# --- a full disk --------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB; only root may mount one, and a machine's CI runs as root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, spare: int) -> Path:
    """A file that leaves `spare` bytes free."""
    room = shutil.disk_usage(disk).free - spare
    file = disk / "filler"
    file.write_bytes(b"x" * room)
    return file


@pytest.mark.parametrize("spare", [0, 8192])
def test_init_on_a_full_disk_leaves_nothing_or_can_be_repeated(
    shell: Shell, small_disk: Path, spare: int
) -> None:
    filler = fill(small_disk, spare)
    before = shell.files()
    env = {"XDG_STATE_HOME": str(small_disk / "state")}
    message, cure = shell.refused("init", env=env)
    assert "full" in message or "No space left" in message
    assert "`" in message
    assert cure
    made = {name for name in shell.files() if name not in before}
    assert "repository/.git/hubctl-id" in made or made <= {"disk/state", "disk/state/hubctl"}
    filler.unlink()
    assert shell.json("init", env=env)["made"] == ["hubctl.yaml"]
    assert shell.json("status")["threads"] == []


def test_files_on_a_full_disk_are_whole_or_not_there(shell: Shell, small_disk: Path) -> None:
    checkout = small_disk / "repository"
    shutil.copytree(shell.checkout, checkout)
    shell.told("init", cwd=checkout)
    (checkout / "hubctl.yaml").unlink()
    filler = fill(small_disk, 0)
    message, cure = shell.refused("init", cwd=checkout)
    assert "full" in message
    assert cure
    assert [path.name for path in checkout.iterdir() if "hubctl" in path.name] == []
    filler.unlink()
    assert shell.json("init", cwd=checkout)["made"] == ["hubctl.yaml"]


def test_split_on_a_full_disk_asks_for_nothing(shell: Shell, small_disk: Path) -> None:
    shell.env["XDG_STATE_HOME"] = str(small_disk / "state")
    shell.prepare()
    plan = shell.root / "plan.yaml"
    plan.write_text("issues:\n- key: a\n  title: A\n  body: " + "x" * 60_000 + "\n")
    filler = fill(small_disk, 40_000)
    message, cure = shell.refused("split", "--plan", str(plan))
    assert f"`{shell.place.db}`" in message
    assert cure
    filler.unlink()
    assert shell.requests() == ()
    assert shell.told("split", "--plan", str(plan))
    assert len(shell.requests()) == 1
