"""Makes `openapi.json.gz` anew from GitHub's whole description: `python -m support.github.cut api.github.com.json`.

The whole one is in the npm package @octokit/openapi, `generated/api.github.com.json`; a `.gz` of it will do. A board that
makes a new call needs its path here.
"""

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from support.github.description import DESCRIPTION

REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"
PATHS: Mapping[str, tuple[str, ...]] = {
    "/rate_limit": ("get",),
    "/user": ("get",),
    REPO: ("get", "patch"),
    REPO + "/collaborators/{username}/permission": ("get",),
    REPO + "/git/ref/{ref}": ("get",),
    REPO + "/git/refs": ("post",),
    REPO + "/issues": ("get", "post"),
    REPO + "/issues/comments": ("get",),
    REPO + "/issues/comments/{comment_id}": ("get", "patch", "delete"),
    REPO + "/issues/events": ("get",),
    ISSUE: ("get", "patch"),
    ISSUE + "/assignees": ("post", "delete"),
    ISSUE + "/comments": ("get", "post"),
    ISSUE + "/dependencies/blocked_by": ("get", "post"),
    ISSUE + "/dependencies/blocked_by/{issue_id}": ("delete",),
    ISSUE + "/dependencies/blocking": ("get",),
    ISSUE + "/events": ("get",),
    ISSUE + "/labels": ("get", "post", "delete"),
    ISSUE + "/labels/{name}": ("delete",),
    ISSUE + "/lock": ("put", "delete"),
    ISSUE + "/parent": ("get",),
    ISSUE + "/sub_issue": ("delete",),
    ISSUE + "/sub_issues": ("get", "post"),
    REPO + "/labels": ("get", "post"),
    REPO + "/labels/{name}": ("get", "patch", "delete"),
    REPO + "/pulls": ("get", "post"),
    REPO + "/pulls/{pull_number}": ("get", "patch"),
}
PROSE = frozenset(
    [
        "x-github-breaking-changes",
        "description",
        "example",
        "examples",
        "externalDocs",
        "x-github",
        "summary",
        "title",
        "tags",
    ]
)
NAMES = frozenset(["properties", "schemas", "parameters", "responses", "headers"])
"""Keys whose own keys are names, so that none of them is prose."""


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    paths = {
        path: {verb: _plain(call) for verb, call in whole["paths"][path].items() if verb in verbs}
        for path, verbs in PATHS.items()
    }
    for verbs in paths.values():
        for call in verbs.values():
            for said in call["responses"].values():
                if "$ref" not in said:
                    said["description"] = ""  # it must have one
    info = {name: whole["info"][name] for name in ("title", "version", "license")}
    return {
        "openapi": whole["openapi"],
        "info": {**info, "x-source": "@octokit/openapi, cut down"},
        "servers": [{"url": "http://localhost"}],
        "paths": paths,
        "components": _components(paths, whole["components"]),
    }


def _components(paths: object, whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those that the paths need, and what these need."""
    kept: dict[str, dict[str, Any]] = {}
    todo = [paths]
    while todo:
        for reference in _references(todo.pop()):
            _, _, kind, name = reference.split("/")
            if name in kept.setdefault(kind, {}):
                continue
            kept[kind][name] = _plain(whole[kind][name])
            if kind == "responses":
                kept[kind][name]["description"] = ""
            todo.append(kept[kind][name])
    return kept


def _references(said: object) -> Iterator[str]:
    if isinstance(said, dict):
        if isinstance(reference := said.get("$ref"), str):
            yield reference
        said = list(said.values())
    if isinstance(said, list):
        for one in said:
            yield from _references(one)


def _plain(said: Any, *, names: bool = False) -> Any:
    """Without prose and examples."""
    if isinstance(said, list):
        return [_plain(one) for one in said]
    if not isinstance(said, dict):
        return said
    return {
        key: _plain(value, names=not names and key in NAMES)
        for key, value in said.items()
        if names or key not in PROSE
    }


def main(words: list[str]) -> None:
    source = Path(words[0])
    opened = gzip.open if source.suffix == ".gz" else open
    with opened(source, "rt", encoding="utf-8") as text:
        said = json.dumps(cut(json.load(text)), separators=(",", ":"), sort_keys=True)
    DESCRIPTION.write_bytes(gzip.compress(said.encode(), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1:])
