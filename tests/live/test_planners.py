"""The planner `claude` is the real worker CLI: it reads, and it can do nothing else."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hubctl import scripted
from hubctl.core.documents.config import Config, PlannerKind, WorkerConfig
from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.errors import HubError
from hubctl.planners import PLANNERS
from hubctl.planners import claude as planner
from hubctl.project.config import load_roles

pytestmark = pytest.mark.live

KEY = "sk-ant-api03-dummy-key-for-the-loopback-only"
ANSWER = {
    "goal": "Count words",
    "issues": [
        {"key": "parser", "title": "Parse words", "body": "In `words.py`.", "validate": "tests"},
        {"key": "docs", "title": "Say so", "role": "reviewer", "validate": None},
        {"key": "count", "title": "Count words", "after": ["parser", "docs"]},
    ],
}
GOOD = f"@json {json.dumps(ANSWER)}"


class Stage:
    """A HOME that would allow everything, a repository full of traps, and the scripted model."""

    def __init__(self, folder: Path, checkout: Path, cli: Path, model: scripted.Server, dump: Path) -> None:
        self.home, self.checkout, self.cli, self.model, self.dump = (
            folder / "home",
            checkout,
            cli,
            model,
            dump,
        )
        self.trap = folder / "trap"
        self.env = {"PATH": os.environ["PATH"], "ANTHROPIC_API_KEY": KEY, "CLAUDE_CODE_MAX_RETRIES": "0"}
        (self.home / ".claude").mkdir(parents=True)
        (self.home / ".claude.json").write_text(json.dumps({"hasCompletedOnboarding": True}))
        allowed = {"permissions": {"allow": ["Bash", "Write", "Edit(/**)", "WebFetch"]}}
        (self.home / ".claude" / "settings.json").write_text(json.dumps(allowed))
        (checkout / ".env").write_text("PASSWORD=hush\n")

    def set_traps(self) -> None:
        """What a repository could make the CLI execute."""
        touch = {"type": "command", "command": f"touch {self.trap}"}
        hooks = {
            name: [{"hooks": [touch]}] for name in ("SessionStart", "UserPromptSubmit", "Stop", "PreToolUse")
        }
        (self.checkout / ".claude").mkdir()
        (self.checkout / ".claude" / "settings.json").write_text(
            json.dumps({"hooks": hooks, "enableAllProjectMcpServers": True})
        )
        server = {"mcpServers": {"trap": {"command": "touch", "args": [str(self.trap)]}}}
        (self.checkout / ".mcp.json").write_text(json.dumps(server))

    def plan(self, task: str, *, seconds: float = 60, env: Mapping[str, str] | None = None) -> Plan:
        tests_only = {"ANTHROPIC_BASE_URL": self.model.url, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        return planner.plan(
            task,
            checkout=self.checkout,
            config=Config(
                worker=WorkerConfig(command=(str(self.cli),), env={**tests_only, "HOME": str(self.home)}),
                validate={"tests": "python -m pytest -q"},
            ),
            roles=load_roles(self.checkout),
            env=self.env if env is None else env,
            told=lambda _: None,
            seconds=seconds,
        )

    def requests(self) -> list[dict[str, object]]:
        """What the model was sent with tools, oldest first."""
        sent = [json.loads(file.read_text()) for file in sorted(self.dump.iterdir())]
        return [request for request in sent if request.get("tools")]

    def survivors(self) -> list[str]:
        """The processes that have this HOME."""
        mark = f"HOME={self.home}".encode()
        return [
            entry.name
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and mark in environment(entry)
        ]


def environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


@pytest.fixture
def stage(tmp_path: Path, repository: Path, claude: Path) -> Iterator[Stage]:
    dump = tmp_path / "dump"
    with scripted.start(dump=dump) as model:
        yield Stage(tmp_path, repository, claude, model, dump)


@pytest.mark.core
def test_a_plan_of_three_issues_by_a_planner_that_read_the_repository(stage: Stage) -> None:
    assert PLANNERS[PlannerKind.CLAUDE] is planner.plan
    made = stage.plan(f"Count words\n@read {stage.checkout}/README.md\n{GOOD}")
    assert made == Plan(
        goal="Count words",
        issues=(
            PlannedIssue(
                key="parser", title="Parse words", body="In `words.py`.", validate="python -m pytest -q"
            ),
            PlannedIssue(key="docs", title="Say so", role="reviewer"),
            PlannedIssue(key="count", title="Count words", after=("parser", "docs")),
        ),
    )
    assert "# Sample" in json.dumps(stage.requests()[-1]["messages"])
    assert stage.survivors() == []


@pytest.mark.core
def test_it_can_neither_write_nor_run_nor_fetch_nor_read_a_secret(stage: Stage) -> None:
    stage.set_traps()
    before = subprocess.run(
        ["git", "status", "--porcelain"], cwd=stage.checkout, capture_output=True, check=True
    )
    made = stage.plan(
        f"""Count words
@read {stage.checkout}/README.md
@write {stage.checkout}/new.txt text
@edit {stage.checkout}/README.md Sample|||Changed
@bash touch {stage.checkout}/ran
@bashbg touch {stage.checkout}/ran
@fetch {stage.model.url}/page
@task @bash touch {stage.checkout}/ran
@read {stage.checkout}/.env
@tool Grep {{"pattern": "PASSWORD", "path": "{stage.checkout}/.env", "output_mode": "content"}}
{GOOD}"""
    )
    assert len(made.issues) == 3
    after = subprocess.run(
        ["git", "status", "--porcelain"], cwd=stage.checkout, capture_output=True, check=True
    )
    assert after.stdout == before.stdout
    assert (stage.checkout / "README.md").read_text() == "# Sample\n"
    assert not stage.trap.exists()
    requests = stage.requests()
    assert len(requests) == 10
    assert "hush" not in json.dumps(requests)
    tools = {tool["name"] for request in requests for tool in request["tools"]}  # type: ignore[attr-defined]
    # 2.1.329 adds a placeholder that does nothing.
    assert tools - {"DeferredToolPlaceholder"} == {"Read", "Glob", "Grep", "StructuredOutput"}


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ("@say Here is my plan.", "words instead of a plan"),
        ("@error 400 bad words", "refuses the planner's request (400): `API Error: 400 bad words`"),
        ("@error 401 bad key", "refuses the planner's credential (401)"),
        ("@error 403 forbidden", "refuses the planner's credential (403)"),
        ("@error 404 model: opus", "no model `opus`"),
        ("@error 429 slow down", "ran into a limit (429)"),
        ("@error 529 overloaded", "overloaded or broken (529)"),
        ("@refusal I will not.\n@refusal I will not.", "declined to plan this task"),
        ('@json {"issues": []}', "the plan has no issues"),
        (
            '@json {"issues": [{"key": "a", "title": "t", "after": ["b"]}, {"key": "b", "title": "t", "after": ["a"]}]}',
            "`a -> b -> a`",
        ),
    ],
    ids=lambda turns: turns.replace(" ", "_")[:12],
)
def test_each_failure_is_told_with_its_cure(stage: Stage, turns: str, message: str) -> None:
    with pytest.raises(HubError) as caught:
        stage.plan(f"Count words\n{turns}")
    assert message in caught.value.message
    assert caught.value.cure


def test_a_command_that_nobody_named_is_sent_back_and_never_planned(stage: Stage) -> None:
    wrong = json.dumps({"issues": [{"key": "a", "title": "t", "validate": "rm -rf ~"}]})
    with pytest.raises(HubError, match="words instead of a plan"):
        stage.plan(f"Count words\n@json {wrong}\n@json {wrong}")
    assert stage.plan(f"Count words\n@json {wrong}\n{GOOD}").issues[0].key == "parser"


def test_a_planner_that_is_not_logged_in_says_so(stage: Stage) -> None:
    with pytest.raises(HubError, match="not logged in") as caught:
        stage.plan(f"Count words\n{GOOD}", env={"PATH": os.environ["PATH"]})
    assert "/login" in caught.value.cure


@pytest.mark.core
def test_the_limit_ends_a_planner_that_hangs(stage: Stage) -> None:
    with pytest.raises(HubError, match="no plan after 5 s"):
        stage.plan("Count words\n@hold 600", seconds=5)
    assert len(stage.requests()) == 1
    assert stage.survivors() == []
