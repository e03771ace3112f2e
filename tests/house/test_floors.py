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
        ("core/vocabulary/words.py", "import hubctl.ports.log", "Imports go down only"),
        (
            "core/ledger/thread.py",
            "import hubctl.core.decisions.drops",
            "Inside the core, too, imports go down only",
        ),
        (
            "core/reports/status.py",
            "import hubctl.permissions.judge",
            "The core knows neither Claude Code nor the judge of permissions",
        ),
        ("attic.py", "", "Imports go down only"),
        ("perform/board.py", "import hubctl.boards.sqlite", "Loop, perform and watch name no adapter"),
        ("hub/loop.py", "import hubctl.store.eventlog", "Loop, perform and watch name no adapter"),
        ("boards/sqlite.py", "import hubctl.boards.github.board", "A board knows no other board"),
        ("git/program.py", "import libtmux", "Only tmux.runtime imports libtmux"),
        (
            "git/program.py",
            "def late():\n    import github",
            "Only boards.github.connection imports PyGithub",
        ),
        ("git/program.py", "import apprise", "Only notify.apprise imports apprise"),
        ("git/program.py", "import anthropic", "Only planners.model imports anthropic"),
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
