"""What the project says: files of people are read whole, and the repository's go over the shipped ones."""

import shutil
from pathlib import Path

import pytest

from hubctl.core.documents.config import Config
from hubctl.errors import HubError
from hubctl.project import shipped as data
from hubctl.project.config import LARGEST_FILE, load_config, load_policy, load_roles, read_text


def test_a_checkout_without_files_has_the_shipped_ones(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()
    assert load_policy(tmp_path).limits.attempts == 3
    assert set(load_roles(tmp_path)) == {"coder", "reviewer", "planner"}


def test_what_is_shipped_as_a_template_says_what_holds_anyway(tmp_path: Path) -> None:
    shutil.copy(data.templates() / "hubctl.yaml", tmp_path)
    assert load_config(tmp_path) == Config()
    shutil.copy(data.policies() / "POLICY.md", tmp_path)
    assert load_policy(tmp_path).limits == load_policy(tmp_path / "elsewhere").limits


def test_the_repository_goes_over_the_shipped(tmp_path: Path) -> None:
    roles = tmp_path / ".hubctl" / "roles"
    roles.mkdir(parents=True)
    (roles / "coder.md").write_text("---\ndescription: Ours\nmodel: opus\n---\nOurs.\n")
    (roles / "writer.md").write_text("---\ndescription: Writes\n---\nWrites.\n")
    (tmp_path / "hubctl.yaml").write_text("worker: {max: 2}\n")
    (tmp_path / "POLICY.md").write_text("Be kind.\n\n```yaml hubctl\nlimits: {attempts: 5}\n```\n")
    made = load_roles(tmp_path)
    assert set(made) == {"coder", "reviewer", "planner", "writer"}
    assert (made["coder"].model, made["coder"].prompt.strip()) == ("opus", "Ours.")
    assert load_config(tmp_path).worker.max == 2
    policy = load_policy(tmp_path)
    assert (policy.limits.attempts, policy.limits.workers) == (5, 4)
    assert "Be kind." in policy.prose


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hubctl.yaml", "wroker: {}"),
        ("POLICY.md", "```yaml hubctl\nrulez: {}\n```"),
        ("role", "---\nx: 1\n---\n"),
    ],
)
def test_a_wrong_word_names_its_file(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / (name if name != "role" else ".hubctl/roles/coder.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(HubError, match=path.name):
        load_config(tmp_path), load_policy(tmp_path), load_roles(tmp_path)


# --- one file -----------------------------------------------------------------------------------------------------


def test_line_ends_are_line_feeds(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes("a\r\nb\rä\n".encode())
    assert read_text(file) == "a\nb\nä\n"


def test_a_file_of_the_largest_size_is_read_and_no_larger_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * LARGEST_FILE)
    assert len(read_text(file)) == LARGEST_FILE
    file.write_bytes(b"x" * (LARGEST_FILE + 1))
    with pytest.raises(HubError, match="is larger than 1 MB"):
        read_text(file)


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(HubError, match="`/dev/zero` is larger than 1 MB"):
        read_text(Path("/dev/zero"))


@pytest.mark.parametrize("name", ["missing", ".", "file/below"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HubError, match="cannot be read") as caught:
        read_text(tmp_path / name)
    assert f"`{tmp_path / name}`" in caught.value.message
    assert caught.value.cure


def test_what_is_no_utf_8_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc\xff")
    with pytest.raises(HubError, match=r"no UTF-8 text \(byte 3\)"):
        read_text(tmp_path / "file")
