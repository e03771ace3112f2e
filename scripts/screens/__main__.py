"""Records the screens of one worker CLI, and says how each is read."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hubctl import scripted
from hubctl.agents.claude.screen.screen import parse_screen
from scripts.screens.scenarios import SCENARIOS, Scenario
from scripts.screens.stage import ROWS, Stage

ROOT = Path(__file__).resolve().parents[2]
BLOCKING = ("dialog", "permission", "question", "plan", "login")
FREE = ("idle", "error")


def main(words: Sequence[str]) -> int:
    """0 when every screen is read as meant, 1 when one is not or was not reached."""
    parser = argparse.ArgumentParser(
        prog="scripts/record_screens", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--version", default="2.1.329", help="a version that scripts/setup has installed")
    parser.add_argument("--claude", type=Path, help="another worker CLI")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("only", nargs="*", metavar="SCENARIO")
    asked = parser.parse_args(words)
    installed = ROOT / ".worker-cli" / asked.version / "node_modules" / ".bin" / "claude"
    claude = (asked.claude or installed).absolute()
    said = subprocess.run([claude, "--version"], capture_output=True, text=True, check=True).stdout
    version = said.split()[0]
    chosen = [each for each in SCENARIOS if not asked.only or each.name in asked.only]
    right = [record(each, claude, version, asked.out / version / each.name) for each in chosen]
    print(f"{version}: {sum(right)} of {len(right)} are read as meant")
    return 0 if all(right) else 1


def record(scenario: Scenario, claude: Path, version: str, out: Path) -> bool:
    """One scenario, from an empty HOME to three files; True where it is read as meant."""
    with tempfile.TemporaryDirectory(prefix="record-screens-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        log = folder / "requests.jsonl"
        socket = f"record-{os.getpid()}-{re.sub('[^a-z0-9]', '-', scenario.name)}"
        with scripted.start(log=log) as model:
            stage = Stage(scenario=scenario, folder=folder, socket=socket, url=model.url)
            stage.prepare()
            stage.begin(claude)
            try:
                reached = stage.reach(log)
                return keep(stage, version, out, reached=reached)
            finally:
                stage.tmux("kill-server")


def keep(stage: Stage, version: str, out: Path, *, reached: bool) -> bool:
    """Writes the recording, and says how it is read."""
    scenario, text = stage.scenario, stage.screen()
    title = stage.tmux("display-message", "-p", "-t", "screen:", "#{pane_title}").rstrip("\n")
    truth = {
        "state": scenario.name,
        "version": version,
        "title": title,
        "size": f"{scenario.columns}x{ROWS}",
        "view": scenario.view,
        "draft": scenario.draft,
        "background": scenario.background,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "screen.ansi").write_text(text, encoding="utf-8")
    (out / "title.txt").write_text(f"{title}\n", encoding="utf-8")
    (out / "truth.json").write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    read = parse_screen(text, title=title)
    judged = scenario.background is not None
    got = (read.view.value, read.draft, read.background if judged else None)
    meant = (scenario.view, scenario.draft, scenario.background)
    print(f"{verdict(got, meant, reached=reached)} {scenario.name:<17} read {got}, meant {meant}", flush=True)
    return got == meant and reached


def verdict(got: tuple[object, ...], meant: tuple[object, ...], *, reached: bool) -> str:
    """`BAD` is what may never be: somebody must answer, and nobody is told."""
    if meant[0] in BLOCKING and got[0] in FREE:
        return "BAD " if reached else "LATE"
    if not reached:
        return "LATE"
    return "ok  " if got == meant else "NOT "


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
