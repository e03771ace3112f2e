"""The whole parser, which is typer's: help, completion, what is wrong with a call, and the calls that are not plain."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FunctionType
from typing import Annotated, Any

import typer
from typer._click.shell_completion import CompletionItem, _resolve_context, _resolve_incomplete
from typer.core import TyperCommand, TyperGroup

from hubctl import __version__
from hubctl.cli.options import Argument, Option, declared, typed
from hubctl.cli.verbs import VERBS, Verb
from hubctl.core.vocabulary.text import escaped
from hubctl.errors import HubError

_PLAIN: dict[str, Any] = {
    "rich_markup_mode": None,
    "add_completion": False,
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


class _Verbs(TyperGroup):
    """Finds verbs in the table; loads a module only for the verb that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return command_of(VERBS[cmd_name]) if cmd_name in VERBS else None

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        verbs = [verb for verb in VERBS.values() if verb.name.startswith(incomplete)]
        if not incomplete.startswith("-"):
            return [CompletionItem(verb.name, help=verb.help) for verb in verbs]
        return super().shell_complete(ctx, incomplete)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb.name, verb.help) for verb in VERBS.values()])


app = typer.Typer(cls=_Verbs, **_PLAIN)


def _version(asked: bool) -> None:
    if asked:
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


def command_of(verb: Verb) -> Any:
    """The verb as typer knows it, its module loaded."""
    made = typer.Typer(help=verb.help if verb.words else None, **_PLAIN)
    for word, function in verb.functions().items():
        made.command(word or None, cls=_command_class(function))(_declared_to_typer(function))
    command = typer.main.get_command(made)
    command.name = verb.name
    return command


def _command_class(function: FunctionType) -> type[TyperCommand]:
    """Typer's own, or one that reads an option which may stand alone."""
    rewrites = [
        known.spelled for _, _, known in declared(function) if isinstance(known, Option) and known.spelled
    ]

    class Spelled(TyperCommand):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            for rewrite in rewrites:
                args = rewrite(args)
            return super().parse_args(ctx, args)

    return Spelled if rewrites else TyperCommand


def _declared_to_typer(function: FunctionType) -> FunctionType:
    """The same function, with its parameters declared in typer's words."""
    made = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    made.__annotations__ = {
        name: Annotated[kind, _info(name, known)] for name, kind, known in declared(function)
    }
    return made


def _info(name: str, known: Argument | Option) -> Any:
    more: dict[str, Any] = {
        "help": known.help,
        "metavar": known.metavar,
        "show_default": known.show_default,
        "autocompletion": known.offers,
    }
    return (
        typer.Argument(**more) if isinstance(known, Argument) else typer.Option(*typed(name, known), **more)
    )


def complete(words: Sequence[str]) -> None:
    """Prints what may stand for the last of `words`, a line `value<TAB>meaning` each; nothing where files may."""
    parser = typer.main.get_command(app)
    *before, unfinished = list(words) or [""]
    with suppress(HubError, OSError), _resolve_context(parser, {}, "hubctl", before) as context:
        if context.command is parser and any(not word.startswith("-") for word in before):
            return  # no verb of ours
        asked, incomplete = _resolve_incomplete(context, before, unfinished)
        found = asked.shell_complete(context, incomplete)
        lines = [
            f"{escaped(item.value)}\t{escaped(item.help or '')}\n" for item in found if item.type == "plain"
        ]
        sys.stdout.buffer.write("".join(lines).encode(errors="replace"))
