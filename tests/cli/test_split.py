"""`hubctl split`: wrong plans ask for nothing, a dry run asks for nothing, an accepted plan waits for its hub."""

import json

import pytest

from support.shell import Shell

SOUND = """\
goal: Count words
issues:
  - key: parser
    title: Parse words
  - key: counter
    title: Count words
    after: [parser]
    validate: "true"
"""
RING = "issues: [{key: a, title: A, after: [b]}, {key: b, title: B, after: [a]}]"

WRONG = {
    "ring": (RING.encode(), "`plan.yaml` line 1"),
    "role": (b"issues:\n- key: a\n  title: A\n  role: codr\n", "line 4: there is no role `codr`"),
    "twins": (b"issues:\n- {key: a, title: A}\n- {key: a, title: B}\n", "`key` `a` is taken"),
    "no-issues": (b"issues: []\n", "the plan has no issues"),
    "zero-bytes": (b"", "the plan has no issues"),
    "1-MB": (b"issues:\n- key: a\n  title: A\n  body: " + b"x" * 1024 * 1024, "is larger than 1 MB"),
    "not-UTF-8": (b"goal: \xff\xfe\n", "is no UTF-8 text (byte 6)"),
    "no-YAML": (b"issues: [", "is no valid YAML"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_plan_is_named_and_asks_for_nothing(prepared: Shell, name: str) -> None:
    content, said = WRONG[name]
    (prepared.checkout / "plan.yaml").write_bytes(content)
    before = prepared.files()
    message, cure = prepared.refused("split", "--planner", "file", "--plan", "plan.yaml")
    assert "`plan.yaml`" in message
    assert said in message
    assert cure
    assert prepared.files() == before
    assert prepared.requests() == ()


@pytest.mark.parametrize("name", ["missing.yaml", ".git"])
def test_a_plan_that_cannot_be_read(prepared: Shell, name: str) -> None:
    message, cure = prepared.refused("split", "--plan", name)
    assert message.startswith(f"`{name}` cannot be read: ")
    assert cure


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["--planner", "file"], 2, "`--planner file` needs the file"),
        (["Do it", "--planner", "file", "--plan", "plan.yaml"], 2, "With `--planner file`"),
        (["Do it", "--planner", "oracle"], 2, "`--planner oracle`"),
        (["Do it", "--planner", "claude", "--plan", "plan.yaml"], 2, "belongs to `--planner file`"),
    ],
    ids=str,
)
def test_wrong_words(prepared: Shell, words: list[str], code: int, named: str) -> None:
    message, cure = prepared.refused("split", *words, code=code)
    assert named in message
    assert cure


@pytest.mark.parametrize(
    ("stdin", "said"), [(b"goal: \xff\n", "is no UTF-8 text"), (b"#" * 1024 * 1025, "is larger than 1 MB")]
)
def test_a_wrong_plan_from_standard_input(prepared: Shell, stdin: bytes, said: str) -> None:
    message, cure = prepared.refused("split", "--plan", "-", stdin=stdin)
    assert message.startswith(f"`standard input` {said}")
    assert cure


def test_a_dry_run_only_shows_the_plan(prepared: Shell) -> None:
    before = prepared.files()
    said = prepared.told("split", "--plan", "-", "--dry-run", stdin=SOUND.encode())
    assert "Count words" in said
    assert "parser" in said
    document = prepared.json("split", "--plan", "-", "--dry-run", stdin=SOUND.encode())
    assert document["goal"] == "Count words"
    assert [(issue["key"], issue["after"]) for issue in document["issues"]] == [
        ("parser", []),
        ("counter", ["parser"]),
    ]
    assert prepared.files() == before


def test_an_accepted_plan_waits_for_a_hub_and_a_dirty_checkout_is_only_named(prepared: Shell) -> None:
    prepared.write("README.md", "changed\n")
    ended = prepared.hubctl("split", "--plan", "-", stdin=SOUND.encode())
    assert ended.returncode == 0
    assert f"1 uncommitted changes in `{prepared.checkout}`" in ended.stderr
    assert ended.stdout.endswith("2 issues are accepted; no hub runs: `hubctl up` files and starts them.\n")
    (request,) = prepared.requests()
    assert (request.verb, request.by) == ("plan", "human")
    assert request.words["base"] == prepared.git("rev-parse", "HEAD")
    document = prepared.json("split", "--plan", "-", stdin=SOUND.encode())
    assert document == {
        "plan": prepared.requests()[1].words["plan"],
        "issues": 2,
        "hub": False,
    }
    assert prepared.json("status")["threads"] == []


def test_an_untrusted_repository_asks_for_nothing(prepared: Shell) -> None:
    prepared.write("hubctl.yaml", "poll_seconds: 5\n")
    message, cure = prepared.refused("split", "--plan", "-", stdin=SOUND.encode())
    assert "`hubctl.yaml` (new)" in message
    assert "hubctl trust" in cure
    assert prepared.requests() == ()


def test_a_title_drives_no_terminal(prepared: Shell) -> None:
    plan = {"issues": [{"key": "a", "title": "A \x1b]0;owned\x07", "body": "b"}]}
    message, _ = prepared.refused("split", "--plan", "-", "--dry-run", stdin=json.dumps(plan).encode())
    assert "`title` holds" in message
    assert "\x1b" not in message
