"""hubctl.yaml: what is read, and what is refused with which line."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hubctl.core.documents.config import (
    BoardConfig,
    BoardKind,
    Config,
    PlannerKind,
    WorkerConfig,
    parse_config,
)
from hubctl.core.vocabulary.limits import CellLimits
from hubctl.errors import HubError


def parse(text: str) -> Config:
    return parse_config(text, file="hubctl.yaml")


def refusal(text: str) -> list[str]:
    with pytest.raises(HubError) as caught:
        parse(text)
    assert caught.value.cure
    return caught.value.message.splitlines()


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}", "board:\nworker: {}\nalerts: {targets: []}\n"])
def test_a_file_that_says_nothing_is_the_default(text: str) -> None:
    assert parse(text) == Config()


def test_every_key_is_read() -> None:
    made = parse("""\
board: {kind: github, repo: acme/word-counter, api_url: "http://127.0.0.1:8080/api/v3"}
worker:
  command: [npx, claude]
  env: {ANTHROPIC_BASE_URL: "http://127.0.0.1:1"}
  pass_env: [MY_TOOL_TOKEN]
  max: 2
  hooks: off
tmux: {socket: hubctl-demo}
validate: {tests: python -m pytest -q}
models: {coder: sonnet, planner: opus}
planner: file
alerts: {targets: ["json://127.0.0.1:9000/"]}
poll_seconds: 1
""")
    assert made == Config(
        board=BoardConfig(
            kind=BoardKind.GITHUB, repo="acme/word-counter", api_url="http://127.0.0.1:8080/api/v3"
        ),
        worker=WorkerConfig(
            command=("npx", "claude"),
            env={"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"},
            pass_env=("MY_TOOL_TOKEN",),
            max=2,
            hooks=False,
        ),
        tmux_socket="hubctl-demo",
        validate={"tests": "python -m pytest -q"},
        models={"coder": "sonnet", "planner": "opus"},
        planner=PlannerKind.FILE,
        alert_targets=("json://127.0.0.1:9000/",),
        poll_seconds=1,
    )


def test_a_printed_configuration_holds_no_address_of_alerts() -> None:
    made = parse("alerts: {targets: ['json://word:secret@127.0.0.1/']}\ntmux: {socket: hubctl-demo}")
    for shown in (repr(made), str(made), repr(tuple(made.__rich_repr__()))):
        assert "hubctl-demo" in shown
        assert "secret" not in shown


@pytest.mark.parametrize(
    ("written", "on"),
    [("on", True), ("off", False), ("'on'", True), ("'off'", False), ("true", True), ("no", False)],
)
def test_a_switch_is_read_as_people_and_yaml_write_it(written: str, on: bool) -> None:
    assert parse(f"worker: {{hooks: {written}}}").worker.hooks is on


@pytest.mark.parametrize(
    ("written", "read"),
    [("off", "off"), ("'off'", "off"), ("wanted", "wanted"), ("required", "required"), ("null", "wanted")],
)
def test_whether_workers_have_cells(written: str, read: str) -> None:
    assert parse(f"worker: {{cell: {written}}}").worker.cell.value == read


def test_the_limits_of_a_cell_are_sizes_and_a_number_and_each_has_a_default() -> None:
    assert parse("worker: {limits: {}}").worker.limits == CellLimits()
    made = parse("worker: {limits: {memory: 600M, processes: 40}}").worker.limits
    assert made == CellLimits(memory=600 << 20, processes=40)
    assert parse("worker: {limits: {disk: 1T}}").worker.limits.disk == 1 << 40


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- a", 1, "`hubctl.yaml` is a list"),
        (
            "poll_second: 3",
            1,
            "`poll_second` is no key of `hubctl.yaml`: write `poll_seconds` (known: `alerts`,",
        ),
        ("worker:\n  comand: [x]", 2, "`comand` is no key of `worker`: write `command`"),
        ("worker: claude", 1, "`worker` is the text `claude`"),
        ("worker:\n  command: npx  claude", 2, "write the list of its words, `[npx, claude]`"),
        ("worker:\n  command: []", 2, "is an empty list"),
        ("worker:\n  command: [sleep, 5]", 2, "item 2 of `worker.command` is the number `5`"),
        ("worker:\n  env:\n    A: x\n    HUBCTL_X: y", 4, "`HUBCTL_X` in `worker.env` is for hubctl alone"),
        ("worker:\n  env:\n    A: x\n    B: 1", 4, "`worker.env.B` is the number `1`"),
        ("worker:\n  pass_env:\n  - A\n  - B=1", 4, "`B=1` in `worker.pass_env` is no name of a variable"),
        ("worker:\n  max: 0", 2, "`worker.max` is the number `0`: write a whole number from 1"),
        ("worker:\n  max: true", 2, "`worker.max` is the switch `true`"),
        ("worker:\n  hooks: maybe", 2, "write `on` or `off`"),
        ("worker:\n  cell: always", 2, "write `off`, `required` or `wanted`"),
        ("worker:\n  limits: 4G", 2, "`worker.limits` is the text `4G`: write `key: value` lines"),
        ("worker:\n  limits:\n    ram: 4G", 3, "`ram` is no key of `worker.limits`: write"),
        (
            "worker:\n  limits:\n    memory: 4GB",
            3,
            "`worker.limits.memory` is the text `4GB`: write a whole number",
        ),
        (
            "worker:\n  limits:\n    memory: 4",
            3,
            "`worker.limits.memory` is the number `4`: write a whole number and",
        ),
        ("worker:\n  limits:\n    disk: 1K", 3, "`worker.limits.disk` is the text `1K`: write `1M` at least"),
        (
            "worker:\n  limits:\n    processes: 4G",
            3,
            "`worker.limits.processes` is the text `4G`: write a whole",
        ),
        (
            "board:\n  kind: gitlab",
            2,
            "`board.kind` cannot be `gitlab`: write `github` (known: `github`, `sqlite`)",
        ),
        ("board:\n  kind: github", 2, "needs the repository"),
        ("board:\n  kind: github\n  repo: acme", 3, "`board.repo` cannot be `acme`: write `OWNER/NAME`"),
        ("board:\n  repo: a/b", 2, "write `kind: github` beside it"),
        ("board:\n  kind: github\n  repo: a/b\n  api_url: ftp://x", 4, "`board.api_url` is no address"),
        ("board:\n  kind: github\n  repo: a/b\n  api_url: 'http://['", 4, "`board.api_url` is no address"),
        ("tmux:\n  socket: a/b", 2, "`tmux.socket` cannot be `a/b`"),
        ("tmux:\n  socket: -L", 2, "`tmux.socket` cannot be `-L`"),
        ("tmux:\n  socket: ..", 2, "`tmux.socket` cannot be `..`"),
        ("validate:\n  a: x\n  tests: ''", 3, "`tests` in `validate` is empty"),
        ("validate: pytest", 1, "`validate` is the text `pytest`"),
        ("models:\n  coder: 4", 2, "`models.coder` is the number `4`"),
        ("planner: gpt", 1, "`planner` cannot be `gpt`: write `api`, `claude` or `file`"),
        ("alerts:\n  targets: json://x", 2, "a list is wanted"),
        ("poll_seconds: 0", 1, "`poll_seconds` is the number `0`: write a whole number from 1 to 86400"),
        ("poll_seconds: 60s", 1, "`poll_seconds` is the text `60s`"),
        ("poll_seconds: 1.5", 1, "`poll_seconds` is the number `1.5`"),
    ],
)
def test_a_problem_names_its_line_and_the_right_words(text: str, line: int, words: str) -> None:
    (only,) = refusal(text)
    assert only.startswith(f"`hubctl.yaml` line {line}: ")
    assert words in only


def test_a_secret_in_an_address_is_never_shown() -> None:
    (only,) = refusal("alerts:\n  targets:\n  - json://ok/\n  - mailto:me:hunter2@example.org\n")
    assert only.startswith("`hubctl.yaml` line 4: item 2 of `alerts.targets`")
    assert "hunter2" not in only
    (only,) = refusal("board: {kind: github, repo: a/b, api_url: 'https://me:hunter2@example.org'}")
    assert "hunter2" not in only
    assert "hunter2" not in repr(parse("alerts: {targets: ['mailto://me:hunter2@example.org']}"))


def test_all_problems_are_named_in_the_order_of_the_file() -> None:
    text = "planer: x\nworker:\n  max: x\n  hooks: x\nboard: {kind: x}\n"
    lines = [int(problem.split(" line ")[1].partition(":")[0]) for problem in refusal(text)]
    assert lines == [1, 3, 4, 5]


def check_refusal(error: HubError) -> None:
    assert error.message
    assert all(line.isprintable() for line in error.message.splitlines() if "YAML" not in error.message)


@given(st.text())
@example("poll_seconds: 0x" + "f" * 5000)
@example("poll_seconds: .nan")
def test_any_text_is_a_configuration_or_refused(text: str) -> None:
    try:
        assert isinstance(parse(text), Config)
    except HubError as error:
        check_refusal(error)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
WORDS = SCALARS | st.lists(SCALARS, max_size=3)
INNER = ["kind", "repo", "api_url", "command", "env", "pass_env", "max", "hooks", "cell", "limits"]
INNER += ["socket", "targets"]
OUTER = ["board", "worker", "tmux", "validate", "models", "planner", "alerts", "poll_seconds"]
BELOW = st.dictionaries(
    st.sampled_from(INNER), WORDS | st.dictionaries(st.text(), SCALARS, max_size=3), max_size=6
)


@given(st.dictionaries(st.sampled_from(OUTER), WORDS | BELOW))
def test_any_data_in_the_shape_of_a_configuration_is_one_or_refused(data: object) -> None:
    try:
        made = parse(yaml.safe_dump(data))
    except HubError as error:
        check_refusal(error)
    else:
        assert made.poll_seconds >= 1
        assert made.worker.command
