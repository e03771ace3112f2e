"""The import contracts see what they forbid: each is broken once, in a copy."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("core/words.py", "import hubctl.ports", "Imports go down only"),
        ("attic.py", "", "Imports go down only"),
        ("perform/board.py", "import hubctl.boards.sqlite", "loop, perform and watch name no adapter"),
        ("boards/paper.py", "import hubctl.boards.sqlite", "A board knows no other board"),
        ("git.py", "import libtmux", "Only runtimes.tmux imports libtmux"),
        ("git.py", "def late():\n    import github", "Only boards.github.connection imports PyGithub"),
        ("git.py", "import crontab", "Only cron imports python-crontab"),
        ("git.py", "import apprise", "Only notify imports apprise"),
        ("git.py", "import anthropic", "Only model imports anthropic"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    shutil.copy(ROOT / ".importlinter", tmp_path)
    shutil.copytree(ROOT / "hubctl", tmp_path / "hubctl", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "hubctl" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
