"""`hubctl deny`: what a worker asked for does not happen, and the worker reads why."""

from pathlib import Path
from typing import Annotated

from hubctl.cli.answering import AllOption, Answers, AsksArgument, KindOption, ToolOption
from hubctl.cli.options import Option
from hubctl.cli.shared import RepoOption
from hubctl.errors import UsageError


def deny(
    ids: AsksArgument = None,
    why: Annotated[str, Option("--why", help="The reason, which the worker reads.", show_default=False)] = "",
    everything: AllOption = False,
    kind: KindOption = None,
    tool: ToolOption = "",
    repo: RepoOption = Path(),
) -> None:
    """Deny asks. The worker reads the reason and goes on; a plan that is denied is planned anew."""
    answers = Answers("deny", repo)
    if not why.strip():
        raise UsageError("Say why: the worker reads it.", "`hubctl deny a3 --why 'Use the test database.'`")
    for ask in answers.meant(ids, everything=everything, kind=kind, tool=tool):
        answers.show(ask)
        answers.answer(ask, text=why)
    answers.settle()
