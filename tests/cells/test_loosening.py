"""A role's cell has what its file names, and nothing else besides."""

import subprocess
from pathlib import Path

import pytest

from hubctl.cells.loosening import loosened
from hubctl.cells.profile import DOORS, Cell
from hubctl.cells.start import way_in
from hubctl.core.documents.roles import Loosened
from hubctl.core.vocabulary.values import replace
from hubctl.errors import HubError


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    for name in ("work", "home/data", "home/other", "checkout/in", "state"):
        (tmp_path / name).mkdir(parents=True)
    secrets = tuple(tmp_path / "work" / name for name in (".env", ".env.test"))
    for path in secrets:
        path.write_text("a secret\n")
    (tmp_path / "home" / "link").symlink_to(tmp_path / "home" / "other")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home")}
    return Cell(work=tmp_path / "work", home_at=tmp_path / "home", masked=secrets, env=env)


def more(cell: Cell, *, show: tuple[str, ...] = (), rw: tuple[str, ...] = ()) -> Cell:
    root = cell.work.parent
    kept = (root / "checkout", root / "state")
    return loosened(cell, Loosened(show=show, rw=rw), home=root / "home", kept=kept)


def run(cell: Cell, command: str) -> str:
    words = [*way_in(cell, cell.work.parent / "note"), "/bin/bash", "-c", command]
    return subprocess.run(words, env={}, capture_output=True, text=True, check=False).stdout


def test_what_is_named_is_shown_or_writable_and_nothing_beside_it(cell: Cell) -> None:
    loose = more(cell, show=(".env.test",), rw=("~/data",))
    command = "cat .env .env.test; echo x >~/data/x && echo wrote; ls -d ~/other; echo x >~/x"
    assert run(loose, command) == "a secret\nwrote\n"
    home = cell.work.parent / "home"
    assert ((home / "data" / "x").exists(), (home / "x").exists()) == (True, False)
    assert run(cell, "cat .env.test; ls ~/data") == ""


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("~/missing", "is not there"),
        ("~/link", "is a link"),
        ("{root}", "would let a cell write"),
        ("{root}/checkout", "would let a cell write"),
        ("{root}/checkout/in", "would let a cell write"),
        ("{root}/state", "would let a cell write"),
        ("{root}/home", "holds the whole home"),
        ("/proc/sys", "would let a cell write"),
        ("/run", "would let a cell write"),
    ],
)
def test_what_no_cell_may_write_is_refused_with_the_cure(cell: Cell, path: str, said: str) -> None:
    assert DOORS.startswith("/run/")
    with pytest.raises(HubError, match=said) as caught:
        more(cell, rw=(path.format(root=cell.work.parent),))
    assert caught.value.cure


def test_a_name_that_masks_nothing_changes_nothing(cell: Cell) -> None:
    assert more(cell, show=("README.md", ".en*")) == replace(cell)
