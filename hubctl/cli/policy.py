"""`hubctl policy`: the rules."""

from pathlib import Path
from typing import Annotated

import typer

from hubctl import config
from hubctl.cli import verb_app
from hubctl.cli.frame import JsonOption, RepoOption, here, print_json
from hubctl.core.policy import PolicyPatch, merge
from hubctl.core.policy_lint import lint, not_yet_acting
from hubctl.core.policy_text import parse_policy_text

app = verb_app()


@app.callback(no_args_is_help=True)
def policy() -> None:
    """The rules of POLICY.md."""


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="A policy file; none: the repository's POLICY.md.")] = "",
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Parse the rules and say what is wrong, unwise, or not acting yet. Exit code 1 where they cannot be read."""
    patches = _patches(file, repo)
    own = patches[1:]
    findings = [str(finding) for finding in lint(merge(patches))]
    waiting = [str(finding) for patch in own for finding in not_yet_acting(patch)]
    if as_json:
        print_json(
            {"files": [patch.file for patch in patches], "findings": findings, "not_yet_acting": waiting}
        )
        return
    for line in [*findings, *waiting]:
        typer.echo(line)
    named = own[-1].file if own else "the shipped default (there is no POLICY.md)"
    typer.echo(f"{named}: the rules can be read.")


def _patches(file: str, repo: Path) -> tuple[PolicyPatch, ...]:
    if file:
        shipped = config.policy_patches(Path("/nonexistent"))
        return (*shipped, parse_policy_text(config.read_text(Path(file)), file=file))
    return config.policy_patches(here(repo).checkout)
