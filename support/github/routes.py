"""The calls that the layer answers itself, since the emulator does not, or not as GitHub does."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlencode

from hubctl.core.vocabulary.values import replace
from support.github.wire import Answer, Call, Json, answer, refusal
from support.github.world import MOST_PER_PAGE, PER_PAGE, World

REPO = r"/repos/(?P<repo>[^/]+/[^/]+)"
ISSUE = REPO + r"/issues/(?P<number>\d+)"
CHILDREN_AT_MOST = 100
EVENTS = frozenset(
    [
        "labeled",
        "unlabeled",
        "assigned",
        "unassigned",
        "closed",
        "reopened",
        "locked",
        "unlocked",
        "milestoned",
        "demilestoned",
        "renamed",
    ]
)
"""What GitHub tells of an issue; the emulator also tells that it was opened and edited."""

Route = Callable[[World, Call, "re.Match[str]"], Answer | None]


def cased(world: World, call: Call) -> Call:
    """With labels as the repository writes them: to GitHub their names have no case, to the emulator they have."""
    found = re.fullmatch(REPO + r"/issues(?:/\d+/labels(?:/(?P<name>.+))?)?", call.path)
    if not found or call.method not in ("POST", "DELETE"):
        return call
    known = {row["name"].lower(): row["name"] for row in world.rows(f"/repos/{found['repo']}/labels")}
    if name := found["name"]:
        label = unquote(name)
        return replace(call, path=call.path[: found.start("name")] + quote(known.get(label.lower(), label)))
    if "labels" not in call.json:
        return call
    names = [known.get(label.lower(), label) for label in call.json["labels"]]
    return replace(call, body=_bytes({**call.json, "labels": names}))


def routed(world: World, call: Call) -> Answer | None:
    """The layer's own answer, or None where the emulator's will do."""
    for method, pattern, route in ROUTES:
        if method == call.method and (found := re.fullmatch(pattern, call.path)):
            return route(world, call, found)
    return None


# --- issues -------------------------------------------------------------------------------------------------------


def issue_rows(world: World, repo: str) -> list[Json]:
    """All issues and, as GitHub has it, all pull requests, in the shape of issues."""
    rows = world.rows(f"/repos/{repo}/issues")
    pulls = [as_issue(pull, repo) for pull in world.rows(f"/repos/{repo}/pulls")]
    gone = {number for where, number in {*world.deleted, *world.transferred} if where == repo}
    return [with_links(world, repo, row) for row in [*rows, *pulls] if row["number"] not in gone]


def as_issue(pull: Json, repo: str) -> Json:
    base = pull["url"].partition("/repos/")[0]
    here = f"{base}/repos/{repo}/issues/{pull['number']}"
    names = ("number", "title", "user", "labels", "state", "locked", "assignee", "assignees", "milestone")
    dates = ("created_at", "updated_at", "closed_at", "body", "author_association", "draft", "html_url")
    links = {name: pull[name] for name in ("url", "html_url", "diff_url", "patch_url")}
    return {
        **{name: pull.get(name) for name in (*names, *dates)},
        "id": 1_000_000 + pull["id"],
        "node_id": pull["node_id"],
        "url": here,
        "repository_url": f"{base}/repos/{repo}",
        "labels_url": f"{here}/labels{{/name}}",
        "comments_url": f"{here}/comments",
        "events_url": f"{here}/events",
        "comments": pull.get("comments", 0),
        "pull_request": {**links, "merged_at": pull.get("merged_at")},
    }


def with_links(world: World, repo: str, row: Json) -> Json:
    """With the counts of sub-issues and blockers, which the emulator does not have."""
    number = row["number"]
    row = {**row, "updated_at": world.stale.get((repo, number), row["updated_at"])}
    if repo in world.without_links:
        return row
    children, blockers = world.children[repo, number], world.blockers[repo, number]
    above = next((key[1] for key, known in world.children.items() if key[0] == repo and number in known), 0)
    extra = {"parent_issue_url": f"{row['repository_url']}/issues/{above}"} if above else {}
    return {
        **row,
        **extra,
        "sub_issues_summary": {"total": len(children), "completed": 0, "percent_completed": 0},
        "issue_dependencies_summary": {
            "blocked_by": len(blockers),
            "total_blocked_by": len(blockers),
            "blocking": 0,
            "total_blocking": 0,
        },
    }


def find(world: World, repo: str, number: int) -> Json | None:
    """One issue, or pull request in the shape of one."""
    said = world.emulator.ask(Call(method="GET", path=f"/repos/{repo}/issues/{number}", token="ann"))
    if said.status == 200:
        return with_links(world, repo, said.json)
    pull = world.emulator.ask(Call(method="GET", path=f"/repos/{repo}/pulls/{number}", token="ann"))
    return with_links(world, repo, as_issue(pull.json, repo)) if pull.status == 200 else None


def list_issues(world: World, call: Call, found: "re.Match[str]") -> Answer | None:
    wanted = {name.strip().lower() for name in call.query.get("labels", "").split(",") if name.strip()}
    since, state = call.query.get("since", ""), call.query.get("state", "open")
    creator = call.query.get("creator", "")
    rows = [
        row
        for row in issue_rows(world, found["repo"])
        if wanted <= {label["name"].lower() for label in row["labels"]}
        and state in ("all", row["state"])
        and row["updated_at"][:19] >= since[:19]
        and creator in ("", row["user"]["login"])
    ]
    field = {"updated": "updated_at", "comments": "comments"}.get(call.query.get("sort", ""), "created_at")
    rows.sort(key=lambda row: row[field], reverse=call.query.get("direction", "desc") == "desc")
    return paged(call, rows)


def paged(call: Call, rows: list[Any]) -> Answer:
    """One page, with links to the others."""
    size = min(int(call.query.get("per_page", PER_PAGE)), MOST_PER_PAGE)
    page = int(call.query.get("page", 1))
    last = max(1, -(-len(rows) // size))
    where = {"next": page + 1, "last": last} if page < last else {}
    links = [
        f'<http://{call.headers.get("host", "localhost")}{call.path}?{urlencode({**call.query, "page": n})}>; rel="{rel}"'
        for rel, n in where.items()
    ]
    return answer(200, rows[(page - 1) * size : page * size], {"Link": ", ".join(links)} if links else {})


def get_issue(world: World, call: Call, found: "re.Match[str]") -> Answer | None:
    row = find(world, found["repo"], int(found["number"]))
    return answer(200, row) if row else None


def create_issue(world: World, call: Call, found: "re.Match[str]") -> Answer | None:
    """Labels and assignees come as calls of their own, for the emulator tells no event of them otherwise."""
    said = call.json
    labels, assignees = said.pop("labels", None), said.pop("assignees", None)
    made = world.emulator.ask(replace(call, body=_bytes(said)))
    if made.status != 201:
        return made
    here = f"{call.path}/{made.json['number']}"
    extras = [("labels", {"labels": labels}), ("assignees", {"assignees": assignees})]
    for name, words in extras:
        if next(iter(words.values())) and world.may(call, found["repo"], "triage"):
            world.emulator.ask(replace(call, path=f"{here}/{name}", body=_bytes(words)))
    return answer(201, find(world, found["repo"], made.json["number"]))


# --- comments, events, rights -------------------------------------------------------------------------------------


def list_comments(world: World, call: Call, found: "re.Match[str]") -> Answer | None:
    since = call.query.get("since", "")
    if number := found.groupdict().get("number"):
        numbers = [int(number)]
    else:
        numbers = [row["number"] for row in issue_rows(world, found["repo"]) if row["comments"]]
    rows = [
        row
        for one in numbers
        for row in world.rows(f"/repos/{found['repo']}/issues/{one}/comments")
        if row["updated_at"][:19] >= since[:19]
    ]
    return paged(call, sorted(rows, key=lambda row: row["id"]))


def list_events(world: World, call: Call, found: "re.Match[str]") -> Answer | None:
    rows = world.rows(f"/repos/{found['repo']}/issues/{found['number']}/events")
    return paged(call, [_event(row) for row in rows if row["event"] in EVENTS])


def _event(row: Json) -> Json:
    kept = ("id", "node_id", "url", "actor", "event", "commit_id", "commit_url", "created_at")
    more = {name: row[name] for name in ("label", "rename", "assignee") if row.get(name)}
    if "assignee" in more:
        more["assigner"] = row["actor"]
    return {**{name: row[name] for name in kept}, "performed_via_github_app": None, **more}


def permission(world: World, call: Call, found: "re.Match[str]") -> Answer | None:
    repo, login = found["repo"], found["login"]
    if not world.may(call, repo, "write"):
        return refusal(403, "Must have push access to view collaborator permission.")
    who = world.emulator.ask(Call(method="GET", path=f"/users/{login}", token="ann"))
    if who.status != 200:
        return refusal(404, f"{login} is not a user")
    role = world.roles[repo].get(login, "none" if repo in world.private else "read")
    coarse = {"maintain": "write", "triage": "read"}.get(role, role)
    return answer(200, {"permission": coarse, "role_name": role, "user": {**who.json, "role_name": role}})


# --- sub-issues and dependencies ----------------------------------------------------------------------------------


def links(world: World, call: Call, found: "re.Match[str]") -> Answer | None:
    repo, number, kind = found["repo"], int(found["number"]), found["kind"]
    if repo in world.without_links:
        return refusal(404, "Not Found")
    table = world.children if kind.startswith("sub_issue") else world.blockers
    if call.method == "GET":
        return paged(call, [find(world, repo, other) for other in table[repo, number]])
    words = {name: value for name, value in found.groupdict().items() if name == "id" and value}
    wanted = int(words.get("id") or call.json.get("sub_issue_id") or call.json.get("issue_id") or 0)
    other = next((row for row in world.rows(f"/repos/{repo}/issues") if row["id"] == wanted), None)
    row = find(world, repo, number)
    if other is None or row is None:
        return refusal(404, "Not Found")
    return _link(world, call, table is world.children, table[repo, number], repo, other["number"]) or answer(
        201 if call.method == "POST" else 200, find(world, repo, number)
    )


def _link(world: World, call: Call, child: bool, linked: list[int], repo: str, other: int) -> Answer | None:
    """The refusal, if any."""
    if call.method == "DELETE":
        if other not in linked:
            return refusal(404, "Not Found")
        linked.remove(other)
        return None
    taken = any(other in known for (where, _), known in world.children.items() if where == repo)
    if other in linked or (child and taken):
        return refusal(422, "An error occurred while adding the sub-issue. Issue may not contain duplicates")
    if child and len(linked) >= CHILDREN_AT_MOST:
        return refusal(422, "Parent cannot have more than 100 sub-issues")
    linked.append(other)
    return None


def parent(world: World, call: Call, found: "re.Match[str]") -> Answer | None:
    repo, number = found["repo"], int(found["number"])
    above = next((key for key, known in world.children.items() if key[0] == repo and number in known), None)
    return answer(200, find(world, *above)) if above else refusal(404, "Not Found")


def _bytes(said: Json) -> bytes:
    return answer(200, said).body


_LINKS = ISSUE + r"/(?P<kind>sub_issues|sub_issue|dependencies/blocked_by)(?:/(?P<id>\d+))?"

ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", REPO + r"/issues", list_issues),
    ("POST", REPO + r"/issues", create_issue),
    ("GET", REPO + r"/issues/comments", list_comments),
    ("GET", ISSUE, get_issue),
    ("GET", ISSUE + r"/comments", list_comments),
    ("GET", ISSUE + r"/events", list_events),
    ("GET", ISSUE + r"/parent", parent),
    ("GET", REPO + r"/collaborators/(?P<login>[^/]+)/permission", permission),
    ("GET", _LINKS, links),
    ("POST", _LINKS, links),
    ("DELETE", _LINKS, links),
)
