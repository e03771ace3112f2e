"""The planner `claude`: the worker CLI, headless and read-only, in the main checkout.

Rules: `--tools` leaves it nothing but reading; project settings, hooks and MCP servers are not loaded, so nothing of
the repository is executed. Exit code 0 proves nothing: only `structured_output` is an answer.
"""

import json
import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Final

from hubctl.agents.claude.environment import worker_environment
from hubctl.agents.claude.launch import INSTALL
from hubctl.agents.claude.worker import HUBS_OWN
from hubctl.commands.run import LATE_SECONDS, run_command, tail_of
from hubctl.core.documents import planner
from hubctl.core.documents.config import Config
from hubctl.core.documents.plan import Plan
from hubctl.core.documents.roles import Role
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError
from hubctl.planners.patience import await_answer
from hubctl.ports.workspaces import CommandResult

PLAN_SECONDS: Final = 600.0
READING: Final = "Read,Glob,Grep"
DENIED: Final = ("Write", "Edit", "NotebookEdit", "Bash", "Agent", "WebFetch", "WebSearch", "Read(**/.env*)")
"""What `--tools` leaves out already, said twice, and what reading must not show."""
RETRIES: Final = "CLAUDE_CODE_MAX_RETRIES"
LOGIN: Final = "Run `claude` once in a terminal, as the workers' user, and type `/login`."
NOT_LOGGED_IN: Final = "Not logged in"
"""2.1.197 and 2.1.329 say so in `result`, without a status."""
NO_PROGRAM: Final = (126, 127)
"""The shell's exit codes for a program that is not there, or none."""


def plan(
    task: str,
    *,
    checkout: Path,
    config: Config,
    roles: Mapping[str, Role],
    env: Mapping[str, str],
    told: Callable[[str], None],
    seconds: float = PLAN_SECONDS,
) -> Plan:
    """`env` is the hub's own environment. Ctrl-C and the limit of `seconds` end the CLI with all its children."""
    commands, model = config.validate, planner.planner_model(config, roles)
    role = roles.get(planner.PLANNER)
    words = planner_words(
        config.worker.command,
        model=model,
        schema=json.dumps(planner.plan_schema(roles, commands), ensure_ascii=False),
        deny=role.deny if role else (),
    )
    prompt = planner.prompt_text(task, roles=roles, commands=commands)
    told(f"the planner `claude` reads the repository (model `{model}`, at most {seconds / 60:.0f} minutes)")
    with TemporaryDirectory(prefix="hubctl-plan-") as folder:
        call = _Call(
            words=words, checkout=checkout, env=planner_environment(config, role, env), folder=Path(folder)
        )
        call.prompt.write_text(prompt, encoding="utf-8")
        stop = Event()
        done = await_answer(lambda: call.run(seconds, stop), told=told, seconds=seconds, stop=stop)
        data = call.answer(done, model)
    return planner.parse_answer(data, roles=roles, commands=commands)


def planner_words(command: tuple[str, ...], *, model: str, schema: str, deny: tuple[str, ...]) -> list[str]:
    """The argument vector; the prompt comes by stdin, for an argument is limited to 128 KiB."""
    return [
        *(*command, "-p", "--output-format", "json", "--json-schema", schema, "--model", model),
        *("--permission-mode", "default", "--setting-sources", "user", "--strict-mcp-config"),
        *("--no-session-persistence", "--tools", READING, "--disallowedTools"),
        *dict.fromkeys([*DENIED, *deny]),
    ]


def planner_environment(config: Config, role: Role | None, env: Mapping[str, str]) -> dict[str, str]:
    """A worker's environment without what makes a worker: its token, and the `hubctl` in its PATH."""
    own = config.worker
    nowhere = Path(os.devnull)
    made = worker_environment(
        source=env,
        config_env=own.env,
        pass_env=(*own.pass_env, RETRIES),
        role_env=role.env if role else None,
        home=Path(own.env.get("HOME") or env.get("HOME") or Path.home()),
        shims=nowhere,
        worker="",
        token="",
        state=nowhere,
        spool=nowhere,
    )
    made["PATH"] = made["PATH"].removeprefix(f"{nowhere}{os.pathsep}")
    return {name: value for name, value in made.items() if name not in HUBS_OWN}


class _Call(Struct, frozen=True, kw_only=True):
    """One run of the CLI; prompt, answer and complaints are files of `folder`, which nobody else can read."""

    words: list[str]
    checkout: Path
    env: Mapping[str, str]
    folder: Path

    @property
    def prompt(self) -> Path:
        return self.folder / "prompt.md"

    @property
    def result(self) -> Path:
        return self.folder / "answer.json"

    def run(self, seconds: float, stop: Event) -> CommandResult:
        places = f"<{shlex.quote(str(self.prompt))} >{shlex.quote(str(self.result))}"
        return run_command(
            f"exec {shlex.join(self.words)} {places}",
            cwd=self.checkout,
            env=self.env,
            output=self.folder / "complaints",
            seconds=seconds + LATE_SECONDS,
            stop=stop,
        )

    def answer(self, done: CommandResult, model: str) -> object:
        """The model's structured answer. Raises HubError with the reason where there is none."""
        found = _read_result(self.result)
        if found is None:
            raise self._silent(done)
        if done.exit_code == 0 and found.get("is_error") is not True:
            if "structured_output" in found:
                return found["structured_output"]
            raise planner.unplanned(
                f"The planner answered in words instead of a plan: {planner.said(found.get('result'))}."
            )
        raise _failure(found, model)

    def _silent(self, done: CommandResult) -> HubError:
        name = shlex.join(self.words[:1])
        told = planner.said(tail_of(self.folder / "complaints"))
        if done.exit_code in NO_PROGRAM:
            return HubError(f"The worker CLI `{name}` cannot be started: {told}.", INSTALL)
        code = "ended" if done.exit_code is None else f"exit code {done.exit_code}"
        return HubError(f"The planner `{name} -p` gave no answer ({code}): {told}.", "See `hubctl doctor`.")


def _read_result(file: Path) -> Mapping[str, object] | None:
    """The result object; with `verbose` in the user's settings it is the last one of a list."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    last = found[-1] if isinstance(found, list) and found else found
    return last if isinstance(last, dict) else None


def _failure(found: Mapping[str, object], model: str) -> HubError:
    words = found.get("result") or found.get("errors") or found.get("subtype")
    status = found.get("api_error_status")
    if isinstance(status, int):
        return planner.refused(status, words, model=model, login=LOGIN)
    if str(words).startswith(NOT_LOGGED_IN):
        return HubError(f"The planner `claude` is not logged in: {planner.said(words)}.", LOGIN)
    if found.get("stop_reason") == "refusal":
        return planner.unplanned(f"The model declined to plan this task: {planner.said(words)}.")
    return planner.unplanned(f"The planner `claude` failed: {planner.said(words)}.")
