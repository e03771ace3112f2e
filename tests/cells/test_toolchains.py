"""What of a person's home a cell shows: toolchains that installers put there, which work and stay as they are."""

import os
import subprocess
from pathlib import Path

import pytest

from hubctl.cells.profile import Cell
from hubctl.cells.start import way_in
from hubctl.cells.toolchains import toolchains

SECRET = "A-LOGIN-OF-THE-PERSON"


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """As uv, nvm, cargo and pyenv leave one, with the logins that lie beside their programs."""
    home = tmp_path / "person"
    tool = program(home / ".local/share/uv/tools/ruff/bin/ruff", "from uv")
    (home / ".local/bin").mkdir()
    (home / ".local/bin/ruff").symlink_to(tool)
    program(home / ".nvm/versions/node/v20.1.0/bin/node", "from nvm")
    cargo = program(home / ".cargo/bin/rustup", "from cargo")
    (home / ".cargo/bin/cargo").symlink_to(cargo)
    program(home / ".rustup/toolchains/stable/bin/rustc", "from rustup")
    program(home / ".pyenv/shims/python3.11", "from pyenv")
    for name in (
        ".cargo/credentials.toml",
        ".npmrc",
        ".netrc",
        ".ssh/id",
        ".config/gh/hosts.yml",
        "bin/notes",
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(SECRET)
    return home


@pytest.fixture
def cell(home: Path, tmp_path: Path) -> Cell:
    for name in ("work", "own"):
        (tmp_path / name).mkdir()
    folders = (".local/bin", ".nvm/versions/node/v20.1.0/bin", ".cargo/bin", ".pyenv/shims")
    path = os.pathsep.join([*(str(home / folder) for folder in folders), str(home), "/usr/bin", "/bin"])
    return Cell(
        work=tmp_path / "work",
        home=tmp_path / "own",
        home_at=home,
        readable=toolchains(home, path),
        env={"PATH": path, "HOME": str(home)},
    )


def run(cell: Cell, command: str) -> subprocess.CompletedProcess[str]:
    note = cell.work.parent / "note"
    words = [*way_in(cell, note), "/bin/sh", "-c", command]
    return subprocess.run(words, env={}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("tool", "says"),
    [
        ("ruff", "from uv"),
        ("node", "from nvm"),
        ("cargo", "from cargo"),
        ("~/.rustup/toolchains/stable/bin/rustc", "from rustup"),
        ("python3.11", "from pyenv"),
    ],
)
def test_a_toolchain_of_the_home_works_and_stays_as_it_is(cell: Cell, tool: str, says: str) -> None:
    assert run(cell, tool).stdout == f"{says}\n"
    assert run(cell, f'echo evil >"$(command -v {tool})"').returncode != 0
    assert run(cell, tool).stdout == f"{says}\n"


def test_no_login_that_lies_beside_a_toolchain_is_shown(cell: Cell) -> None:
    """PATH names the home itself here: that opens nothing."""
    said = run(cell, "grep -rs A-LOGIN ~; find ~ -type f; true").stdout
    assert SECRET not in said
    assert "bin/ruff" in said


def test_caches_are_the_cells_own(cell: Cell, home: Path) -> None:
    assert run(cell, "mkdir -p ~/.cargo/registry ~/.cache/uv && echo x >~/.cargo/registry/x").returncode == 0
    assert not (home / ".cargo" / "registry").exists()


def test_a_virtual_environment_that_path_names_is_shown_with_its_python(tmp_path: Path) -> None:
    real = program(tmp_path / "pythons/3.11/bin/python3.11", "a python")
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text("")
    (venv / "bin/python").symlink_to(real)
    found = toolchains(tmp_path / "person", f"{venv}/bin:/usr/bin:relative:")
    assert {venv, tmp_path / "pythons/3.11"} <= set(found)
