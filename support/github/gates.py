"""What a call must pass before anybody looks at it: token, limits, rights, things that moved; and what every answer says."""

import re

from hubctl.core.vocabulary.values import replace
from support.github.routes import ISSUE, REPO, find
from support.github.wire import Answer, Call, Json, answer, refusal
from support.github.world import Limits, Token, World

HOUR_SECONDS = 3600
CONTENT = re.compile(r".*/(issues|comments|pulls)")
NEEDS = (
    ("POST", ISSUE + r"/labels", "triage"),
    ("PUT", ISSUE + r"/labels", "triage"),
    ("DELETE", ISSUE + r"/labels(/.+)?", "triage"),
    ("(POST|DELETE)", ISSUE + r"/(assignees|sub_issues?|dependencies/.+)", "triage"),
    ("(PUT|DELETE)", ISSUE + r"/lock", "write"),
    ("(POST|PATCH|DELETE)", REPO + r"/labels(/.+)?", "write"),
    ("(POST|PATCH)", REPO + r"/pulls(/\d+)?", "write"),
    ("(POST|PATCH)", REPO + r"/git/refs(/.+)?", "write"),
)
"""Which rank a write needs; what is not here everybody may."""


def closed(world: World, call: Call, now: float) -> Answer | None:
    """The refusal of the first gate that does not open."""
    token = world.tokens.get(call.token)
    if token is None:
        return refusal(401, "Bad credentials" if call.token else "Requires authentication")
    return (
        _limit(world.limits[call.token], call, now)
        or _elsewhere(world, call)
        or _forbidden(world, call, token)
    )


def _limit(limits: Limits, call: Call, now: float) -> Answer | None:
    if now >= limits.reset:
        limits.used, limits.reset = 0, int(now) + HOUR_SECONDS
    if limits.used >= limits.hourly and call.path != "/rate_limit":
        return refusal(403, "API rate limit exceeded for user ID 1.")
    if call.method != "POST" or not CONTENT.fullmatch(call.path):
        return None
    while limits.written and limits.written[0] <= now - 60:
        limits.written.popleft()
    if len(limits.written) >= limits.content:
        message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        return refusal(403, message, {"Retry-After": "60"})
    limits.written.append(now)
    return None


def _elsewhere(world: World, call: Call) -> Answer | None:
    found = re.match(REPO + r"(?P<rest>/.*)?$", call.path)
    if not found:
        return None
    repo, rest = found["repo"], found["rest"] or ""
    if repo in world.moved:
        return _redirect(call, f"/repos/{world.moved[repo]}{rest}")
    if repo in world.without_issues and rest.startswith("/issues"):
        return refusal(410, "Issues are disabled for this repo")
    if not (one := re.match(ISSUE, call.path)):
        return None
    key = (repo, int(one["number"]))
    if key in world.deleted:
        return refusal(410, "This issue was deleted")
    if key in world.transferred:
        return _redirect(call, world.transferred[key] + call.path[one.end() :])
    return None


def _redirect(call: Call, path: str) -> Answer:
    host = call.headers.get("host", "localhost")
    return refusal(301, "Moved Permanently", {"Location": f"http://{host}{path}"})


def _forbidden(world: World, call: Call, token: Token) -> Answer | None:
    found = re.match(REPO, call.path)
    if not found:
        return None
    repo = found["repo"]
    if repo not in world.roles or not world.may(call, repo, "read"):
        return refusal(404, "Not Found")
    if call.method == "GET":
        return None
    if token.scopes is not None and not {"repo", "public_repo"}.intersection(token.scopes):
        return refusal(404, "Not Found", {"X-Accepted-OAuth-Scopes": "public_repo, repo"})
    needed = "pull_requests=write" if "/pulls" in call.path else "issues=write"
    if token.scopes is None and needed not in token.permissions:
        message = "Resource not accessible by personal access token"
        return refusal(403, message, {"X-Accepted-GitHub-Permissions": needed})
    return _outranked(world, call, repo)


def _outranked(world: World, call: Call, repo: str) -> Answer | None:
    for methods, pattern, role in NEEDS:
        if re.fullmatch(methods, call.method) and re.fullmatch(pattern, call.path):
            return (
                None if world.may(call, repo, role) else refusal(403, "Must have push access to Repository.")
            )
    if call.method == "PATCH" and (one := re.fullmatch(ISSUE, call.path)):
        row = find(world, repo, int(one["number"]))
        own = row is not None and row["user"]["login"] == world.tokens[call.token].login
        labels = {"labels", "assignees", "milestone"}.intersection(call.json)
        if not world.may(call, repo, "triage") and (labels or not own):
            return refusal(403, "Must have admin rights to Repository.")
    return None


def told(world: World, call: Call, said: Answer) -> Answer:
    """What the emulator cannot know of a repository."""
    if call.path == "/rate_limit" and said.status == 200:
        return answer(200, _budget(world.limits[call.token], said.json))
    found = re.fullmatch(REPO, call.path)
    if not found or said.status != 200:
        return said
    repo = found["repo"]
    private = repo in world.private
    row = {
        **said.json,
        "private": private,
        "visibility": "private" if private else "public",
        "has_issues": repo not in world.without_issues,
        "network_count": 0,
        "subscribers_count": 0,
    }
    rank = {name: world.may(call, repo, name) for name in ("triage", "maintain", "admin")}
    row["permissions"] = {**rank, "push": world.may(call, repo, "write"), "pull": True}
    return answer(200, row)


def _budget(limits: Limits, said: Json) -> Json:
    core = {
        "limit": limits.hourly,
        "used": limits.used,
        "remaining": max(0, limits.hourly - limits.used),
        "reset": limits.reset,
    }
    return {**said, "rate": core, "resources": {**said["resources"], "core": core}}


def metered(world: World, call: Call, said: Answer, now: float) -> Answer:
    """With the headers of the limits; what counts is counted."""
    counted = said.counted and call.path != "/rate_limit"
    limits = world.limits[call.token]
    limits.used += counted
    headers = {
        "X-RateLimit-Limit": str(limits.hourly),
        "X-RateLimit-Remaining": str(max(0, limits.hourly - limits.used)),
        "X-RateLimit-Reset": str(limits.reset or int(now) + HOUR_SECONDS),
        "X-RateLimit-Used": str(limits.used),
        "X-RateLimit-Resource": "core",
    }
    token = world.tokens.get(call.token)
    if token and token.scopes is not None:
        headers["X-OAuth-Scopes"] = ", ".join(token.scopes)
    return replace(said, headers={**headers, **said.headers}, counted=counted)
