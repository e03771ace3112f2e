"""`hubctl approve`: what a worker asked for happens, as it was shown."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

from hubctl.cli.answering import AllOption, Answers, AsksArgument, KindOption, ToolOption
from hubctl.cli.options import Option
from hubctl.cli.shared import RepoOption, editor
from hubctl.core.ledger.asks import Ask
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
    """Approve asks: a tool's call, a plan, a host. What was shown is what runs.

    The command, or the change as a diff, is shown before. Whoever answers second is told who was first.
    """
    answers = Answers("approve", repo)
    meant = answers.meant(ids, everything=everything, kind=kind, tool=tool)
    if edit and len(meant) != 1:
        raise UsageError("`--edit` changes one ask.", "`hubctl approve a3 --edit`")
    if edit and meant[0].via is not AskVia.HOOK:
        raise HubError(
            f"What `{meant[0].id}` shows is no call of a tool, and cannot be changed.", "Approve or deny it."
        )
    for ask in meant:
        answers.show(ask)
        answers.answer(ask, words={"input": _edited(ask)} if edit else {})
    answers.settle()


def _edited(ask: Ask) -> str:
    """The whole input as JSON, as the person left it. Raises HubError where nothing usable came back."""
    fields = dict(ask.fields)
    command = fields.get("command")
    if ask.tool == "Bash" and isinstance(command, str):
        return json.dumps({**fields, "command": _in_editor(command, ".sh").rstrip("\n")})
    text = _in_editor(json.dumps(fields, indent=1, ensure_ascii=False), ".json")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise HubError(f"Nothing was approved: what you left is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise HubError("Nothing was approved: a tool's input is a JSON object.")
    return json.dumps(found)


def _in_editor(text: str, suffix: str) -> str:
    with tempfile.TemporaryDirectory(prefix="hubctl-") as folder:
        path = Path(folder) / f"input{suffix}"
        path.write_text(text, errors="surrogatepass")
        ended = subprocess.run([*editor(), str(path)], check=False)
        left = path.read_text(errors="surrogateescape") if ended.returncode == 0 else ""
    if not left.strip():
        raise HubError("Nothing was approved: the editor failed, or left nothing.")
    return left
