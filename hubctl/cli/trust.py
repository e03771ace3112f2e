"""`hubctl trust`: a person accepts, for this machine, the files that can order things."""

from pathlib import Path
from typing import Annotated

from hubctl.cli.options import Option
from hubctl.cli.shared import JsonOption, RepoOption, person, print_json, tell
from hubctl.project import trust as trusting


def trust(
    show: Annotated[bool, Option("--show", help="Only print what is trusted and what is not.")] = False,
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Accept hubctl.yaml, POLICY.md, roles, .claude/ and .mcp.json as they are now. It never asks, it prints each.

    Directories in which roles let workers work are accepted too, with the .claude/ and .mcp.json in them.
    """
    place = person("trust", repo)
    changed = {change.file: change.what for change in trusting.changes(place)}
    gone = [name for name, what in changed.items() if what == "gone"]
    names = [*(trusting.hashes(place.checkout) if show else trusting.accept(place)), *gone]
    if as_json:
        print_json([{"file": name, "was": changed.get(name, "trusted")} for name in names])
        return
    for name in names:
        was = changed.get(name)
        if show:
            tell(f"{'NOT trusted (' + was + ')' if was else 'trusted'}: {name}")
        else:
            tell(f"trusted: {name}{f' ({was})' if was else ''}")
    if not names:
        tell("There is no file here that could order things.")
