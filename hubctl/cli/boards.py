"""What `init`, `doctor`, `split` and `trigger` share about the project's board."""

import json
import threading
from pathlib import Path

from hubctl.boards.choice import labels, open_board
from hubctl.core.documents.config import BoardConfig, BoardKind, Config, parse_config
from hubctl.core.vocabulary.board import Look, Reach
from hubctl.disk import writing
from hubctl.errors import HubError, UsageError
from hubctl.ports.board import Board
from hubctl.project import config, trust
from hubctl.project import shipped as data
from hubctl.project.place import Place, write_whole

NO_BOARD = "# board: {kind: sqlite}"
"""How the line begins in `templates/hubctl.yaml` that a board of one's own replaces."""
NOWHERE = Path("/nonexistent")
"""A board that is elsewhere needs no file."""


def asked_board(board: str, repo: str, api_url: str) -> BoardConfig | None:
    """The board that the words of `init` name; None: they name none. Raises UsageError for words that do not fit."""
    if board not in ("", *BoardKind):
        raise UsageError(f"`--board {board}` is no board.", "Write `--board sqlite` or `--board github`.")
    if board != BoardKind.GITHUB:
        if repo or api_url:
            given = "--repo" if repo else "--api-url"
            raise UsageError(f"`{given}` belongs to `--board github`.", "Leave it out.")
        return BoardConfig() if board else None
    if not repo:
        raise UsageError("`--board github` needs the repository.", "Add `--repo OWNER/NAME`.")
    return parse_config(_line(repo, api_url), file="the words of init").board


def _line(repo: str, api_url: str) -> str:
    where = {"kind": "github", "repo": repo, **({"api_url": api_url} if api_url else {})}
    words = ", ".join(f"{name}: {json.dumps(text)}" for name, text in where.items())
    return f"board: {{{words}}}\n"


def demand_reach(board: Board, name: str) -> Reach | None:
    """The hub's rights on the board, all of them. Raises HubError that names what is missing."""
    reach = board.reach()
    if reach and reach.missing:
        raise HubError(
            f"The login `{reach.login}` may not do everything on `{name}`: it lacks {', '.join(reach.missing)}.",
            "Give the token that right (`gh auth refresh -s repo`), or have write access granted.",
        )
    return reach


def configure(place: Place, wanted: BoardConfig) -> bool:
    """Writes the board into `hubctl.yaml`, and trusts what was trusted before; False where it says so already.

    Raises HubError where the file names another board, or cannot take one more line.
    """
    path = place.checkout / config.CONFIG_FILE
    line = _line(wanted.repo or "", wanted.api_url or "") if wanted.kind is BoardKind.GITHUB else ""
    known = config.load_config(place.checkout).board
    same = (known.kind, known.repo, known.api_url) == (wanted.kind, wanted.repo, wanted.api_url)
    if same:
        return False
    text = path.read_text(encoding="utf-8") if path.exists() else _template()
    written = _with_line(text, line)
    if known != BoardConfig() or parse_config(written, file=config.CONFIG_FILE).board != wanted:
        raise HubError(
            f"`{config.CONFIG_FILE}` has another board already, or cannot take one more line.",
            f"Write it in: `{line.strip() or 'board: {kind: sqlite}'}`, then `hubctl trust`.",
        )
    untouched = not path.exists() or config.CONFIG_FILE not in {one.file for one in trust.changes(place)}
    with writing(path):
        write_whole(path, written, mode=0o666)
    if untouched:
        trust.accept(place, only=frozenset([config.CONFIG_FILE]))
    return True


def _template() -> str:
    return (data.templates() / config.CONFIG_FILE).read_text(encoding="utf-8")


def _with_line(text: str, line: str) -> str:
    """In the place of the template's own comment, else at the end; JSON takes it as its first key."""
    lines = text.splitlines(keepends=True)
    if any(one.startswith(NO_BOARD) for one in lines):
        return "".join(line if one.startswith(NO_BOARD) else one for one in lines)
    if text.lstrip().startswith("{"):
        return _in_json(text, line)
    return text + ("" if not text or text.endswith("\n") else "\n") + line


def _in_json(text: str, line: str) -> str:
    opening = text.index("{") + 1
    rest = text[opening:]
    comma = "" if rest.strip().startswith("}") else ", "
    return f"{text[:opening]}{line.strip()}{comma}{rest}"


def reached(wanted: BoardConfig | None) -> Board | None:
    """The board that was asked for, found with all its rights; None where none was asked for that has any."""
    if wanted is None or wanted.repo is None:
        return None
    board = open_board(wanted, NOWHERE, threading.Event())
    demand_reach(board, wanted.repo)
    return board


def make_labels(board: Board, place: Place) -> tuple[str, ...]:
    """Those of the hub, and those that the configuration maps to roles."""
    return board.prepare(labels(config.load_config(place.checkout).board))


def board_of(place: Place, known: Config) -> Board:
    """The project's board, for one verb."""
    return open_board(known.board, place.db, threading.Event())


def named(board: BoardConfig) -> str:
    return f"{board.kind.value} {board.repo}" if board.repo else board.kind.value


def read_issue(place: Place, number: int) -> Look:
    """An issue that a person named, as it stands on the board."""
    look = board_of(place, config.held_config(place)).issue(number)
    if look.gone:
        raise HubError(f"The issue `{number}` is gone: {look.gone}.", "Name one that is there.")
    return look
