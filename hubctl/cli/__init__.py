"""The face: one parser, one verb one file, each imported when it is called.

`hubctl --help` and `hubctl status` must stay quick (workers call verbs all the time), so the table below holds what the
overview needs, and no verb's module is loaded for it.
"""

import gc
import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A verb's name and its line in the overview; its module is `hubctl.cli.<module>` with a function of that name."""

    name: str
    help: str
    module: str = ""

    def command(self) -> Any:
        """The parser's command, its module loaded."""
        name = self.module or self.name
        app = importlib.import_module(f"hubctl.cli.{name}").app
        gc.enable()
        command = typer.main.get_command(app)
        command.name = self.name
        return command


_VERBS = (
    Verb(name="init", help="Prepare a git repository: state, hubctl.yaml."),
    Verb(name="split", help="Plan a task: it becomes issues with roles, dependencies, validations."),
    Verb(name="run", help="The main job: plan, file, start workers, follow them to the end."),
    Verb(name="up", help="Start the hub, in the foreground or with --detach."),
    Verb(name="down", help="End the hub; workers stay alive unless --workers."),
    Verb(name="status", help="Who holds which ball since when, and what is late."),
    Verb(name="attach", help="Look into a worker's pane."),
    Verb(name="logs", help="The conversation of a thread's worker, or its screen."),
    Verb(name="events", help="The log of everything that happened."),
    Verb(name="alerts", help="The alerts that are open."),
    Verb(name="ack", help="You have seen an alert: it is not repeated."),
    Verb(name="inbox", help="All that workers wait on you for, in one place."),
    Verb(name="approve", help="Let what was asked for happen: a tool, a plan."),
    Verb(name="deny", help="Refuse it, and tell the worker why."),
    Verb(name="answer", help="Answer a worker's question."),
    Verb(name="send", help="Tell a worker something, and know that it arrived."),
    Verb(name="interrupt", help="Cut a worker's turn; the ball is yours then."),
    Verb(name="stop", help="Stop a thread: its worker is ended, its branch stays."),
    Verb(name="retry", help="Try a failed or canceled thread again."),
    Verb(name="trigger", help="Look at the board now: for cron and webhooks."),
    Verb(name="done", help="Worker's word: the issue is done and committed."),
    Verb(name="handoff", help="Worker's word: who must act next, and why."),
    Verb(name="ask", help="Worker's word: a question that a person must answer."),
    Verb(name="progress", help="Worker's word: where you stand."),
    Verb(name="trust", help="Accept, for this machine, the files that can order things."),
    Verb(name="check", help="Is all well? For cron and monitoring, with or without a hub."),
    Verb(name="cron", help="The line in your crontab that calls `hubctl check`."),
    Verb(name="policy", help="The rules: show, check, explain and edit them."),
    Verb(name="screen", help="How hubctl reads a screen: for bug reports."),
    Verb(name="completion", help="The script that completes verbs and threads in bash, zsh or fish."),
    Verb(name="doctor", help="Versions, login, tmux, anomalies, with the cure for each."),
)
VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _VERBS}


class _Verbs(TyperGroup):
    """Finds verbs in the table; loads a module only for the verb that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return VERBS[cmd_name].command() if cmd_name in VERBS else None

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        from typer._click.shell_completion import CompletionItem

        verbs = [verb for verb in VERBS.values() if verb.name.startswith(incomplete)]
        if not incomplete.startswith("-"):
            return [CompletionItem(verb.name, help=verb.help) for verb in verbs]
        return super().shell_complete(ctx, incomplete)

    def _main_shell_completion(self, *_: Any, **__: Any) -> None:
        from hubctl.cli import completing

        if os.environ.get(completing.VARIABLE):
            completing.answer(self, sys.argv[1:])
            sys.exit(0)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb.name, verb.help) for verb in VERBS.values()])


app = typer.Typer(
    cls=_Verbs,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from hubctl import __version__

        typer.echo(f"hubctl {__version__}")
        raise typer.Exit


@app.callback(
    epilog="The main job: hubctl run --planner file --plan plan.yaml. Every reading verb takes --json. "
    "`hubctl VERB --help` tells more."
)
def hubctl(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Runs a team of coding agents in tmux from a board of issues, and never drops the ball."""


def verb_app() -> typer.Typer:
    """What each verb's module makes its command with."""
    return typer.Typer(
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
