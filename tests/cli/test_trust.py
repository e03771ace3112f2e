"""`hubctl trust` and `hubctl policy check` as people and scripts meet them."""

import pytest

from support.shell import Shell


def test_trust_prints_each_file_and_never_asks(prepared: Shell) -> None:
    assert prepared.told("trust") == "There is no file here that could order things.\n"
    prepared.write("hubctl.yaml", "")
    prepared.write(".claude/odd\x1b]0;x\x07.md", "")
    assert prepared.told("trust", "--show") == (
        "NOT trusted (new): hubctl.yaml\nNOT trusted (new): .claude/odd\\x1b]0;x\\x07.md\n"
    )
    before = prepared.files()
    shown = prepared.json("trust", "--show")
    assert prepared.files() == before
    assert [each["was"] for each in shown] == ["new", "new"]
    assert prepared.told("trust").startswith("trusted: hubctl.yaml (new)\n")
    prepared.write("hubctl.yaml", "poll_seconds: 5\n")
    assert [each["was"] for each in prepared.json("trust", "--show")] == ["changed", "trusted"]
    assert [each["was"] for each in prepared.json("trust")] == ["changed", "trusted"]
    assert [each["was"] for each in prepared.json("trust", "--show")] == ["trusted", "trusted"]


def test_a_torn_record_means_that_nothing_is_trusted(prepared: Shell) -> None:
    prepared.write("hubctl.yaml", "")
    prepared.place.trusted.write_bytes(b"{\xff")
    message, cure = prepared.refused("up")
    assert "`hubctl.yaml` (new)" in message
    assert cure == "Read them, then run `hubctl trust`."
    prepared.told("trust")
    assert prepared.told("trust", "--show") == "trusted: hubctl.yaml\n"


# --- policy check -------------------------------------------------------------------------------------------------


def block(text: str) -> str:
    return f"# Ours\n\n```yaml hubctl\n{text}\n```\n"


def test_the_shipped_policy(prepared: Shell) -> None:
    assert "the shipped default" in prepared.told("policy", "check")
    document = prepared.json("policy", "check")
    assert set(document) == {"files", "findings"}
    assert len(document["files"]) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rulez: {}", "`POLICY.md` line 4: `rulez`"),
        ("rules: {idle-no-handof: {}}", "`idle-no-handof`"),
        ("limits: [", "is no valid YAML"),
    ],
)
def test_a_wrong_word_is_named_with_file_and_line(prepared: Shell, text: str, said: str) -> None:
    prepared.write("POLICY.md", block(text))
    message, cure = prepared.refused("policy", "check")
    assert said in message
    assert cure


def test_a_file_of_ones_choice(prepared: Shell) -> None:
    prepared.write("draft.md", block("limits: {workers: 2}"))
    assert prepared.told("policy", "check", "draft.md").endswith("draft.md: the rules can be read.\n")
    message, cure = prepared.refused("policy", "check", "missing.md")
    assert message.startswith("`missing.md` cannot be read")
    assert cure
