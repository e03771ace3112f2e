"""The planner `api`: one request to the Messages API, which sees of the repository only what is told here.

What is told is committed: names of tracked files, and the texts by which a repository explains itself.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from hubctl.core.documents.config import Config
from hubctl.core.documents.plan import Plan
from hubctl.core.documents.planner import PLANNER, parse_answer, plan_schema, planner_model, prompt_text
from hubctl.core.documents.roles import Role
from hubctl.git.program import ask
from hubctl.planners.model import structured_answer
from hubctl.planners.patience import await_answer

PLAN_SECONDS: Final = 600.0
TEXTS: Final = (
    "README.md",
    "README.rst",
    "README.txt",
    "README",
    "CLAUDE.md",
    "AGENTS.md",
    "CONTRIBUTING.md",
)
LONGEST_TEXT: Final = 6000
"""Characters of each."""
MOST_NAMES: Final = 600


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
    """`env` is the hub's own environment; what `hubctl.yaml` and the planner's role set there wins, as for workers."""
    commands, model = config.validate, planner_model(config, roles)
    own = roles[PLANNER].env if PLANNER in roles else {}
    prompt = prompt_text(task, roles=roles, commands=commands, repository=describe(checkout))
    schema = plan_schema(roles, commands)
    access = {**env, **config.worker.env, **own}
    told(f"the planner `api` is asked (model `{model}`, at most {seconds / 60:.0f} minutes)")
    data = await_answer(
        lambda: structured_answer(prompt, schema=schema, model=model, env=access, seconds=seconds),
        told=told,
        seconds=seconds,
        stop=None,
    )
    return parse_answer(data, roles=roles, commands=commands)


def describe(checkout: Path) -> str:
    """The tracked files and the repository's own words, as committed: a link is never followed."""
    names = ask(checkout, "ls-files", "-z").names
    parts = ["Files:\n" + "\n".join(_listed(names))]
    for name in TEXTS:
        text = ask(checkout, "cat-file", "blob", f"HEAD:{name}").line if name in names else ""
        if text:
            parts.append(f"{name}:\n{text[:LONGEST_TEXT]}")
    return "\n\n".join(parts)


def _listed(names: tuple[str, ...]) -> list[str]:
    """The names; of a large repository its folders, with the number of files below each of them."""
    if len(names) <= MOST_NAMES:
        return sorted(names)
    below = Counter(str(folder) for name in names for folder in PurePosixPath(name).parents)
    largest = below.most_common(MOST_NAMES)
    return sorted(f"{folder}/ ({count} files)" for folder, count in largest)
