"""Secrets that the worker CLI would read without asking anybody: the generated rules keep them from the model."""

import subprocess

import pytest

from tests.live.project import Project, all_done, issue, work

pytestmark = [pytest.mark.live, pytest.mark.core]
SECRET = "do-not-tell"
READS = (
    "@bash cat .env",
    "@bash cat notes.txt sub/.env",
    "@bash cd sub && cat .env",
    "@bash grep KEY .env",
    "@bash sed -n 1p .env",
    "@bash head -1 ./.env | cat",
    "@bash sort .env",
    '@bash cat .e"nv"',
    "@bash cat ~/.aws/credentials",
    "@read .env",
)
"""All of them run unasked where no rule is against it (2.1.197 and 2.1.329).

What these versions do not see as a read of the file, only a hub that is asked can refuse: `grep -r`, `cat .e??`,
`grep -h = .env`, and in 2.1.197 `cat < .env` and `tac`.
"""


def test_no_secret_reaches_the_model(project: Project) -> None:
    (project.checkout / "sub").mkdir()
    for name in (".env", "sub/.env"):
        (project.checkout / name).write_text(f"KEY={SECRET}\n")
    (project.checkout / "notes.txt").write_text("plain-text\n")
    subprocess.run(["git", "add", "-Af"], cwd=project.checkout, check=True)
    subprocess.run(["git", "commit", "-qm", "Add files"], cwd=project.checkout, check=True)
    keys = project.home / ".aws"
    keys.mkdir()
    (keys / "credentials").write_text(f"key={SECRET}\n")
    plan = project.plan(issue("a", "Look", *work("a.txt", "@bash cat notes.txt", *READS)))
    project.hubctl("run", "--planner", "file", "--plan", plan)
    assert all_done(project)
    told = "".join(path.read_text() for path in project.home.rglob("projects/*/*.jsonl"))
    assert "plain-text" in told
    assert "cat .env has been denied" in told
    assert SECRET not in told
