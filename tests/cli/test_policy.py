"""`hubctl policy` as people and scripts meet it, and the rules of a hub that runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hubctl.core.documents.policy import merge
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.core.documents.policy_lint import lint
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import View
from hubctl.project import shipped as data
from support.core.builders import SHIPPED
from support.shell import AT, Shell, opened, working
from support.waiting import PATIENCE, wait_until


def block(text: str) -> str:
    return f"Be kind.\n\n```yaml hubctl\n{text}\n```\n"


OWN = """\
rules: {idle-no-handoff: {after: 2m}}
overrides:
  - for: {role: coder}
    rules: {idle-no-handoff: {after: 30s}}
permissions: {deny: [WebFetch]}"""


@pytest.fixture
def own(prepared: Shell) -> Shell:
    prepared.write("POLICY.md", block(OWN))
    prepared.trust()
    return prepared


# --- show ---------------------------------------------------------------------------------------------------------


def test_show_tells_where_each_value_comes_from(own: Shell) -> None:
    document = own.json("policy", "show")
    found = {each["key"]: each for each in document["values"] if each["key"] != "permissions.deny"}
    assert found["rules.idle-no-handoff.after"] == {
        "key": "rules.idle-no-handoff.after",
        "value": "2m",
        "from": "POLICY.md:4",
        "file": "POLICY.md",
        "line": 4,
    }
    assert (found["limits.workers"]["value"], found["limits.workers"]["from"]) == (4, "shipped")
    denied = {each["value"]: each["from"] for each in document["values"] if each["key"] == "permissions.deny"}
    assert (denied["WebFetch"], denied["Bash(sudo *)"]) == ("POLICY.md:8", "shipped")
    (override,) = document["overrides"]
    assert (override["role"], override["label"], override["values"][0]["from"]) == (
        "coder",
        None,
        "POLICY.md:7",
    )
    assert document["prose"] == "Be kind."
    lines = [line.split() for line in own.told("policy", "show").splitlines()]
    assert ["rules.idle-no-handoff.after", "2m", "POLICY.md:4"] in lines
    assert ["overrides", "(role", "coder)", "idle-no-handoff.after", "30s", "POLICY.md:7"] in lines


def test_show_goes_by_what_is_trusted_and_says_so(own: Shell) -> None:
    own.write("POLICY.md", block("limits: {workers: 9}"))
    ended = own.hubctl("policy", "show")
    assert "`POLICY.md` (changed) is not trusted as it is" in ended.stderr
    assert "2m" in ended.stdout
    assert "workers   9" not in " ".join(ended.stdout.split())
    own.trust()
    ended = own.hubctl("policy", "show")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ["limits.workers", "9", "POLICY.md:4"] in [line.split() for line in ended.stdout.splitlines()]


# --- explain ------------------------------------------------------------------------------------------------------


def test_explain_names_the_rules_of_a_thread_and_what_fires_next(own: Shell) -> None:
    idle = e.ViewChanged(at=AT, thread=opened().thread, view=View.IDLE, source="session")
    own.log(opened(), *working(1, own.checkout, "c"), idle)
    document = own.json("policy", "explain", "1")
    assert document["next"]["rule"] == "idle-no-handoff"
    held = {each["rule"]: each for each in document["rules"]}
    after = next(each for each in held["idle-no-handoff"]["values"] if each["key"] == "after")
    assert (after["value"], after["from"]) == ("30s", "POLICY.md:7")
    assert held["idle-no-handoff"]["acts"]
    said = own.told("policy", "explain", "#1")
    assert said.startswith("Thread 1 (Issue 1): working, role coder.\nBall: worker,")
    assert "Next: idle-no-handoff: deliver (nudge) at " in said
    assert "after 30s (POLICY.md:7), nudges 1 (shipped)" in said
    message, _ = own.refused("policy", "explain", "7", code=2)
    assert message == "There is no thread `7`."


# --- edit ---------------------------------------------------------------------------------------------------------


def editor(shell: Shell, text: str) -> dict[str, str]:
    """An editor that writes this into the file."""
    shell.write("../draft", text)
    program = shell.program("editor", f'#!/bin/sh\ncat "{shell.root / "draft"}" > "$1"\n')
    return {"EDITOR": str(program)}


def trusted(shell: Shell) -> dict[str, str]:
    return {each["file"]: each["was"] for each in shell.json("trust", "--show")}


def test_edit_trusts_what_can_be_read(own: Shell) -> None:
    said = own.told("policy", "edit", env=editor(own, block("limits: {workers: 3}")))
    assert "the rules can be read, and are trusted" in said
    assert trusted(own) == {"POLICY.md": "trusted"}
    found = {each["key"]: each["value"] for each in own.json("policy", "show")["values"]}
    assert found["limits.workers"] == 3


def test_what_cannot_be_read_stays_untrusted(own: Shell) -> None:
    message, cure = own.refused("policy", "edit", env=editor(own, block("limit: {workers: 3}")))
    assert message.startswith("`POLICY.md` line 4: `limit` is no key")
    assert "hubctl policy edit" in cure
    assert trusted(own) == {"POLICY.md": "changed"}
    assert own.json("policy", "show")["prose"] == "Be kind."


def test_edit_begins_with_a_stub_and_leaves_none(prepared: Shell) -> None:
    seen = prepared.root / "seen"
    look = {"VISUAL": str(prepared.program("look", f'#!/bin/sh\ncp "$1" "{seen}"\n')), "EDITOR": "false"}
    assert "Nothing was written" in prepared.told("policy", "edit", env=look)
    assert parse_policy_text(seen.read_text(), file="stub").settings == {}
    assert not (prepared.checkout / "POLICY.md").exists()
    prepared.told("policy", "edit", env=editor(prepared, block("limits: {workers: 3}")))
    assert trusted(prepared) == {"POLICY.md": "trusted"}


@pytest.mark.parametrize(
    ("named", "said"), [("no-such-editor", "is not there"), ("false", "ended with exit 1")]
)
def test_an_editor_that_fails_trusts_nothing(own: Shell, named: str, said: str) -> None:
    own.write("POLICY.md", block("limits: {workers: 9}"))
    assert said in own.refused("policy", "edit", env={"EDITOR": named})[0]
    assert trusted(own) == {"POLICY.md": "changed"}


def test_a_worker_edits_no_policy(prepared: Shell, pane: dict[str, str]) -> None:
    before = prepared.files()
    assert "is for people" in prepared.refused("policy", "edit", env={**pane, "EDITOR": "true"})[0]
    assert prepared.files() == before


# --- shipped ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["strict", "night"])
def test_a_shipped_policy_is_whole_and_wise(shell: Shell, name: str) -> None:
    text = (data.policies() / f"{name}.md").read_text()
    patch = parse_policy_text(text, file=name)
    assert lint(merge([SHIPPED, patch])) == ()
    assert {key[1] for key in patch.settings if key[0] == "rules"} == {
        key[1] for key in SHIPPED.settings if key[0] == "rules"
    }
    assert "```" not in patch.prose
    shell.told("init", "--policy", name)
    assert (shell.checkout / "POLICY.md").read_text() == text
    assert set(trusted(shell).values()) == {"trusted"}


@pytest.mark.parametrize("words", [["--policy", "."], [".", "--policy"], ["--policy=default"], ["--policy"]])
def test_policy_alone_is_the_default(shell: Shell, words: list[str]) -> None:
    shell.told("init", *words)
    assert (shell.checkout / "POLICY.md").read_text() == (data.policies() / "POLICY.md").read_text()


def test_a_policy_that_is_not_shipped(shell: Shell) -> None:
    message, cure = shell.refused("init", "--policy=lax", code=2)
    assert "`--policy lax`" in message
    assert cure == "Write one of: default, night, strict."


# --- a hub that runs ----------------------------------------------------------------------------------------------


@contextmanager
def running(shell: Shell) -> Iterator[None]:
    with shell.start("up") as hub:
        try:
            wait_until(
                lambda: shell.beats() == hub.pid or hub.poll() is not None, PATIENCE, "the hub's heart"
            )
            assert hub.poll() is None, hub.communicate()[0]
            yield
            shell.told("down")
            hub.communicate(timeout=PATIENCE)
        finally:
            hub.kill()


def raised(shell: Shell, part: str) -> e.AlertRaised:
    """The alert whose text says this; waits for it."""

    def found() -> list[e.AlertRaised]:
        alerts = (event for event in shell.events() if isinstance(event, e.AlertRaised))
        return [event for event in alerts if part in event.text]

    return wait_until(found, PATIENCE, f"the alert `{part}`")[0]


def loaded(shell: Shell) -> int:
    return sum(isinstance(event, e.PolicyLoaded) for event in shell.events())


def test_a_trusted_change_holds_at_once_and_a_broken_one_does_not(ready: Shell) -> None:
    with running(ready):
        wait_until(lambda: loaded(ready) == 1, PATIENCE, "the rules of the start")
        ready.write("POLICY.md", block("rules: {undispatched: {severity: critical}}"))
        before = raised(ready, "`POLICY.md` changed since")
        assert before.severity == "warning"
        ready.told("trust")
        wait_until(lambda: loaded(ready) == 2, PATIENCE, "the new rules")

        ready.write("POLICY.md", block("rules: {undispatched: {severty: warning}}"))
        held = raised(ready, "the trusted version holds")
        assert (held.severity, held.because) == ("critical", "trust")
        ready.told("trust")
        broken = raised(ready, "cannot be read")
        assert "`POLICY.md` line 4: `severty` is no key" in broken.text
        assert (broken.severity, broken.because) == ("critical", "policy"), "by the rules before"
        ended = ready.hubctl("policy", "show")
        assert "these are the last good ones" in ended.stderr
        assert "critical" in ended.stdout

        ready.write("POLICY.md", block("rules: {undispatched: {severity: warning}}"))
        ready.told("trust")
        wait_until(lambda: loaded(ready) == 3, PATIENCE, "the mended rules")
        wait_until(lambda: ready.json("alerts") == [], PATIENCE, "the end of all alerts")


def test_a_hook_that_appears_during_a_run_is_an_alert(ready: Shell) -> None:
    with running(ready):
        wait_until(lambda: loaded(ready) == 1, PATIENCE, "the first look")
        ready.write(".git/hooks/post-checkout", "#!/bin/sh\n")
        alert = raised(ready, "`.git/hooks/post-checkout`")
        assert (alert.severity, alert.because) == ("critical", "git")


def test_explain_says_what_a_worker_may_do_and_by_which_rule(own: Shell) -> None:
    own.log(opened(), *working(1, own.checkout, "c"))
    denied = own.json("policy", "explain", "1", "ls | git -C . push", "--tool", "Bash")
    assert (denied["decision"], denied["rule"]) == ("deny", "Bash(git push *)")
    assert denied["line"] > 0
    said = own.told("policy", "explain", "1", "cat README.md > /etc/x", "--tool", "Bash")
    assert said.startswith("ask: `Edit` of `/etc/x`: no rule allows it")
    assert own.told("policy", "explain", "1", "https://x.org", "--tool", "WebFetch").startswith("deny: ")
