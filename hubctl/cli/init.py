"""`hubctl init`: prepares a git repository."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from hubctl.cli.boards import asked_board, configure, make_labels, reached
from hubctl.cli.options import Argument, Option
from hubctl.cli.shared import JsonOption, people_only, print_json, standing, tell
from hubctl.disk import writing
from hubctl.errors import UsageError
from hubctl.git.location import Repository
from hubctl.git.repository import exclude, find_repository
from hubctl.project import config, trust
from hubctl.project import shipped as data
from hubctl.project.place import Place, make_place, write_whole
from hubctl.store.eventlog import SqliteEventLog


def _with_policy(words: list[str]) -> list[str]:
    """`--policy` alone means the default: only the name of a policy belongs to it, for a folder may follow."""
    words = list(words)
    if "--policy" in words:
        at = words.index("--policy")
        named = (
            words[at + 1 : at + 2] if words[at + 1 : at + 2] and words[at + 1] in data.policy_names() else []
        )
        words[at : at + 1 + len(named)] = [f"--policy={named[0] if named else data.DEFAULT_POLICY}"]
    return words


PolicyOption = Annotated[
    str,
    Option(
        "--policy",
        metavar="[default|strict|night]",
        help="Also a POLICY.md and roles of your own.",
        show_default=False,
        spelled=_with_policy,
    ),
]


def init(
    folder: Annotated[Path, Argument(help="The repository.")] = Path(),
    policy: PolicyOption = "",
    board: Annotated[str, Option(help="Where issues live: sqlite or github.", show_default=False)] = "",
    repo: Annotated[str, Option(help="OWNER/NAME, for --board github.", show_default=False)] = "",
    api_url: Annotated[
        str, Option(help="Of a GitHub server of your own, for --board github.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Prepare a git repository for hubctl: its state (outside the work tree) and hubctl.yaml. Safe to repeat."""
    people_only("init")
    wanted = asked_board(board, repo, api_url)
    _check_policy(policy)
    repository = find_repository(standing(folder))
    on = reached(wanted)
    place, new = prepare(repository)
    made = [*_own_files(place, policy=policy)]
    accepted = [*(trust.accept(place, only=frozenset(made)) if made else ())]
    if wanted and configure(place, wanted):
        made, accepted = _with_config(made), [*accepted, *_now_trusted(place, accepted)]
    labels = make_labels(on, place) if on else ()
    document = {
        "id": place.id,
        "state": str(place.state),
        "checkout": str(place.checkout),
        "new": new,
        "made": made,
        "trusted": accepted,
        "labels": list(labels),
    }
    if as_json:
        print_json(document)
    else:
        _show(place, new=new, made=made, labels=labels)


def _show(place: Place, *, new: bool, made: Sequence[str], labels: Sequence[str]) -> None:
    tell(f"{place.checkout}: {'ready' if new else 'was ready already'}.")
    for name in made:
        tell(f"  made {name}")
    if labels:
        tell(f"  made on the board the labels {', '.join(labels)}")
    tell(f"  state: {place.state}")
    changed = trust.changes(place)
    if changed:
        named = ", ".join(change.file for change in changed[:8])
        tell(f"  not trusted yet: {named}. Read them, then run `hubctl trust`.")
    tell("Next: hubctl run --planner file --plan plan.yaml")


def _with_config(made: list[str]) -> list[str]:
    return [*dict.fromkeys([*made, config.CONFIG_FILE])]


def _now_trusted(place: Place, before: Sequence[str]) -> list[str]:
    """`hubctl.yaml`, where it is trusted with its new line."""
    waits = {change.file for change in trust.changes(place)}
    return [name for name in (config.CONFIG_FILE,) if name not in waits and name not in before]


def prepare(repository: Repository) -> tuple[Place, bool]:
    """State, id and exclusions; what `run` does by itself too."""
    place, new = make_place(os.environ, repository)
    exclude(repository)
    SqliteEventLog(place.db).close()
    return place, new


def _check_policy(policy: str) -> None:
    names = data.policy_names()
    if policy and policy not in names:
        raise UsageError(f"`--policy {policy}` is no shipped policy.", f"Write one of: {', '.join(names)}.")


def _own_files(place: Place, *, policy: str) -> list[str]:
    """Writes what is not there yet; names are relative to the checkout. What exists is never touched."""
    wanted = {config.CONFIG_FILE: data.templates() / "hubctl.yaml"}
    if policy:
        wanted[config.POLICY_FILE] = data.policy_names()[policy]
        for role in sorted((data.templates() / "roles").glob("*.md")):
            wanted[(config.ROLES_FOLDER / role.name).as_posix()] = role
    made = []
    for name, source in wanted.items():
        target = place.checkout / name
        if not target.exists():
            with writing(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                write_whole(target, source.read_text(), mode=0o666)
            made.append(name)
    return made
