"""A tool's input in the person's own editor, before it is approved."""

import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from hubctl.core.ledger.asks import Ask
from hubctl.errors import HubError


def edited(ask: Ask) -> str:
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
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="hubctl-") as folder:
        path = Path(folder) / f"input{suffix}"
        path.write_text(text, errors="surrogatepass")
        try:
            ended = subprocess.run([*editor, str(path)], check=False)
        except OSError as error:
            raise HubError(f"The editor `{editor[0]}` cannot be started: {error}.", "Set EDITOR.") from error
        left = path.read_text(errors="surrogateescape") if ended.returncode == 0 else ""
    if not left.strip():
        raise HubError("Nothing was approved: the editor failed, or left nothing.")
    return left
