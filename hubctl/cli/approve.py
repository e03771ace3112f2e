"""`hubctl approve`: what a worker asked for happens, as it was shown."""

from pathlib import Path
from typing import Annotated

from hubctl.cli.answering import AllOption, Answers, AsksArgument, KindOption, ToolOption
from hubctl.cli.editing import edited
from hubctl.cli.options import Option
from hubctl.cli.shared import RepoOption, here, people_only
from hubctl.core.ledger.outside_events import AskVia
from hubctl.errors import HubError, UsageError


def approve(
    ids: AsksArgument = None,
    edit: Annotated[
        bool, Option("--edit", help="Change the command, or the whole input, in $EDITOR first.")
    ] = False,
    everything: AllOption = False,
    kind: KindOption = None,
    tool: ToolOption = "",
    repo: RepoOption = Path(),
) -> None:
    """Approve asks: a tool's call, a plan. What was shown is what runs.

    The command, or the change as a diff, is shown before. Whoever answers second is told who was first.
    """
    place = here(repo)
    people_only("approve", place)
    answers = Answers.begin(place, "approve")
    meant = answers.meant(ids, everything=everything, kind=kind, tool=tool)
    if edit and len(meant) != 1:
        raise UsageError("`--edit` changes one ask.", "`hubctl approve a3 --edit`")
    if edit and meant[0].via is AskVia.SCREEN:
        raise HubError(
            f"What `{meant[0].id}` shows stands on a screen, and cannot be changed.", "Approve or deny it."
        )
    for ask in meant:
        answers.show(ask)
        answers.give(ask, words={"input": edited(ask)} if edit else {})
    answers.settle()
