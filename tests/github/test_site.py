"""The layer in front of the emulator does what GitHub does where the emulator does not."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse

import pytest

from support.github.person import Person
from support.github.site import Site
from support.github.wire import Json
from support.github.world import HUB, OUTSIDER, TRIAGER, WRITER, Token


@pytest.fixture
def repo(github: Site) -> str:
    return github.repository()


@pytest.fixture
def wim(github: Site, repo: str) -> Person:
    return github.person(WRITER, repo)


@pytest.fixture
def eve(github: Site, repo: str) -> Person:
    return github.person(OUTSIDER, repo)


def get(site: Site, path: str, **headers: str) -> HTTPResponse:
    connection = HTTPConnection(site.url.removeprefix("http://"))
    words = {"Authorization": f"token {HUB}", **headers}
    connection.request("GET", path, headers=words)
    said = connection.getresponse()
    said.msg["X-Body"] = json.dumps(json.loads(said.read() or b"null"))
    connection.close()
    return said


def test_an_unknown_token_is_refused(github: Site, repo: str) -> None:
    assert get(github, f"/repos/{repo}", Authorization="token nobody").status == 401
    assert get(github, f"/repos/{repo}").status == 200


def test_what_is_known_is_answered_304_and_not_counted(github: Site, repo: str, wim: Person) -> None:
    number = wim.open("A title")
    first = get(github, f"/repos/{repo}/issues")
    again = get(github, f"/repos/{repo}/issues", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.headers["X-RateLimit-Used"]) == (304, first.headers["X-RateLimit-Used"])
    wim.comment(number, "news")
    other = get(github, f"/repos/{repo}/issues", **{"If-None-Match": first.headers["ETag"]})
    assert (other.status, int(other.headers["X-RateLimit-Used"])) == (
        200,
        int(first.headers["X-RateLimit-Used"]) + 1,
    )


def test_since_is_inclusive_and_of_whole_seconds(wim: Person) -> None:
    number = wim.open("A title")
    updated = wim.see(f"/issues/{number}")["updated_at"]
    assert len(updated) == len("2026-01-01T00:00:00Z")
    assert [row["number"] for row in wim.see(f"/issues?since={updated}")] == [number]


def test_labels_that_are_added_at_once_all_stay(wim: Person) -> None:
    number = wim.open("A title")
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda n: wim.label(number, f"l{n}"), range(16)))
    assert len(wim.labels(number)) == 16


def test_labels_of_a_creation_are_told_as_events_with_their_actor(wim: Person) -> None:
    number = wim.open("A title", "", "hub", "hub:ready")
    told = [(row["event"], row["label"]["name"], row["actor"]["login"]) for row in events(wim, number)]
    assert told == [("labeled", "hub", WRITER), ("labeled", "hub:ready", WRITER)]


def events(person: Person, number: int) -> list[Json]:
    rows: list[Json] = person.see(f"/issues/{number}/events")
    return rows


def test_an_absent_label_is_named_in_the_404(github: Site, wim: Person) -> None:
    number = wim.open("A title")
    wim.unlabel(number, "hub")
    assert wim.status == 404


def test_an_outsider_may_open_and_comment_but_not_label(wim: Person, eve: Person) -> None:
    number = eve.open("Mine", "", "hub:ready")
    eve.comment(number, "please")
    assert (wim.labels(number), wim.comments(number)) == ([], ["please"])
    eve.label(number, "hub:ready")
    assert eve.status == 403
    eve.edit(number, body="other")
    assert eve.status == 200
    eve.edit(wim.open("His"), body="other")
    assert eve.status == 403


def test_rights_are_told_of_everybody(github: Site, repo: str, wim: Person) -> None:
    roles = {}
    for login in (WRITER, TRIAGER, OUTSIDER):
        row = wim.see(f"/collaborators/{login}/permission")
        roles[login] = (row["permission"], row["role_name"])
    assert roles == {WRITER: ("write", "write"), TRIAGER: ("read", "triage"), OUTSIDER: ("read", "read")}


def test_pull_requests_are_in_the_list_of_issues(wim: Person) -> None:
    first = wim.open("A title")
    pull = wim._ask("POST", "/pulls", {"title": "P", "head": "hub/1", "base": "main", "draft": True})[
        "number"
    ]
    rows = {row["number"]: "pull_request" in row for row in wim.see("/issues?state=all")}
    assert rows == {first: False, pull: True}
    wim.comment(pull, "on it")
    assert wim.comments(pull) == ["on it"]


def test_sub_issues_and_blockers_are_kept_and_have_a_limit(wim: Person) -> None:
    parent, child = wim.open("Parent"), wim.open("Child")
    key = wim.see(f"/issues/{child}")["id"]
    for kind, name in (("sub_issues", "sub_issue_id"), ("dependencies/blocked_by", "issue_id")):
        wim._ask("POST", f"/issues/{parent}/{kind}", {name: key})
        assert wim.status == 201
        assert [row["number"] for row in wim.see(f"/issues/{parent}/{kind}")] == [child]
        wim._ask("POST", f"/issues/{parent}/{kind}", {name: key})
        assert wim.status == 422
    assert wim.see(f"/issues/{child}/parent")["number"] == parent
    assert wim.see(f"/issues/{parent}")["sub_issues_summary"]["total"] == 1


def test_comments_of_the_whole_repository_are_told(wim: Person) -> None:
    for text in ("one", "two"):
        wim.comment(wim.open("A title"), text)
    assert [row["body"] for row in wim.see("/issues/comments")] == ["one", "two"]


def test_lists_come_in_pages(wim: Person) -> None:
    for n in range(5):
        wim.open(f"Title {n}")
    pages = [[row["number"] for row in wim.see(f"/issues?per_page=2&page={n}")] for n in (1, 2, 3, 4)]
    assert pages == [[5, 4], [3, 2], [1], []]


def test_the_hour_has_a_limit(github: Site, repo: str) -> None:
    github.world.tokens["poor"] = Token(login=HUB)
    github.world.limits["poor"].hourly = 2
    said = [get(github, f"/repos/{repo}", Authorization="token poor") for _ in range(3)]
    assert [(one.status, one.headers["X-RateLimit-Remaining"]) for one in said] == [
        (200, "1"),
        (200, "0"),
        (403, "0"),
    ]


def test_content_has_a_limit_of_its_own(github: Site, repo: str) -> None:
    github.world.tokens["busy"] = Token(login=WRITER)
    github.world.limits["busy"].content = 1
    busy = github.person("busy", repo)
    number = busy.open("A title")
    busy._ask("POST", f"/issues/{number}/comments", {"body": "x"})
    assert busy.status == 403


@pytest.mark.parametrize(("after", "opened"), [(False, 0), (True, 1)])
def test_a_fault_strikes_before_or_after_what_was_asked(
    github: Site, repo: str, wim: Person, after: bool, opened: int
) -> None:
    fault = github.fault("POST", rf"{repo}/issues$", status=502, after=after)
    wim._ask("POST", "/issues", {"title": "A title"})
    assert (wim.status, fault.happened, len(wim.see("/issues"))) == (502, 1, opened)


def test_a_reset_cuts_the_connection_after_what_was_asked(github: Site, repo: str, wim: Person) -> None:
    github.fault("POST", rf"{repo}/issues$", reset=True, after=True)
    with pytest.raises(ConnectionError):
        wim.open("A title")
    assert len(wim.see("/issues")) == 1


def test_moved_disabled_and_deleted_things_say_so(github: Site, repo: str, wim: Person) -> None:
    number = wim.open("A title")
    github.world.deleted.add((repo, number))
    assert get(github, f"/repos/{repo}/issues/{number}").status == 410
    assert wim.see("/issues") == []
    github.world.without_issues.add(repo)
    assert get(github, f"/repos/{repo}/issues").status == 410
    github.world.moved[repo] = github.repository()
    said = get(github, f"/repos/{repo}")
    assert (said.status, said.headers["Location"]) == (301, f"{github.url}/repos/{github.world.moved[repo]}")


def test_a_token_without_the_scope_is_told_which(github: Site, repo: str) -> None:
    github.world.tokens["fine"] = Token(login=HUB, scopes=None)
    fine = github.person("fine", repo)
    fine._ask("POST", "/issues", {"title": "A title"})
    assert fine.status == 403


def test_what_violates_the_description_is_seen(github: Site, wim: Person) -> None:
    wim.see("/issues?state=bogus")
    wim._ask("POST", "/issues", {"body": "no title"})
    seen, github.judge.violations = github.judge.violations, []
    assert [what.partition(" request")[0].partition("/repos")[0] for what in seen] == ["GET ", "POST "]
