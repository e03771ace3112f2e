"""The board in the configuration: which words name one, and how it comes into `hubctl.yaml` without touching the rest."""

import os
from pathlib import Path

import pytest

from hubctl.cli.boards import asked_board, configure
from hubctl.cli.init import prepare
from hubctl.core.documents.config import BoardConfig, BoardKind
from hubctl.errors import HubError, UsageError
from hubctl.git.repository import find_repository
from hubctl.project import trust
from hubctl.project.config import load_config
from hubctl.project.place import Place

GITHUB = BoardConfig(kind=BoardKind.GITHUB, repo="acme/words", api_url="http://localhost:1/api")


@pytest.fixture
def place(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setitem(os.environ, "XDG_STATE_HOME", str(tmp_path / "state"))
    return prepare(find_repository(repository))[0]


def test_words_name_a_board_or_none() -> None:
    assert asked_board("", "", "") is None
    assert asked_board("sqlite", "", "") == BoardConfig()
    assert asked_board("github", "acme/words", "http://localhost:1/api") == GITHUB


@pytest.mark.parametrize(
    "words", [("jira", "", ""), ("github", "", ""), ("", "a/b", ""), ("sqlite", "", "http://x")], ids=str
)
def test_words_that_do_not_fit(words: tuple[str, str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        asked_board(*words)
    assert caught.value.cure


def test_a_repository_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(HubError, match="OWNER/NAME"):
        asked_board("github", "acme", "")


@pytest.mark.parametrize(
    "before",
    [None, "", "worker:\n  max: 2", '{"worker": {"max": 2}}', "{}\n", "# mine\nworker: {max: 2}\n"],
    ids=["none", "empty", "yaml", "json", "empty json", "comment"],
)
def test_the_board_comes_into_the_file_and_the_rest_stays(place: Place, before: str | None) -> None:
    path = place.checkout / "hubctl.yaml"
    if before is not None:
        path.write_text(before)
        trust.accept(place)
    most = load_config(place.checkout).worker.max
    assert configure(place, GITHUB)
    known = load_config(place.checkout)
    assert (known.board, known.worker.max) == (GITHUB, most)
    assert trust.changes(place) == ()
    text = path.read_text()
    assert not configure(place, GITHUB)
    assert path.read_text() == text


def test_what_nobody_trusted_is_not_trusted_on_the_way(place: Place) -> None:
    (place.checkout / "hubctl.yaml").write_text("worker: {command: [./odd]}\n")
    assert configure(place, GITHUB)
    assert [change.file for change in trust.changes(place)] == ["hubctl.yaml"]


def test_another_board_is_not_replaced(place: Place) -> None:
    path = place.checkout / "hubctl.yaml"
    path.write_text("board: {kind: github, repo: acme/other}\n")
    with pytest.raises(HubError) as caught:
        configure(place, GITHUB)
    assert "acme/words" in caught.value.cure
    assert "acme/other" in path.read_text()
