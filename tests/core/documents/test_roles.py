"""Roles: what is read, what is refused with which line, and what the shipped ones say."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hubctl.core.documents.roles import (
    Commits,
    Lifetime,
    Loosened,
    PermissionMode,
    Role,
    WorkspaceChoice,
    WorkspaceKind,
    parse_role,
)
from hubctl.core.vocabulary.hosts import Host
from hubctl.errors import HubError

SHIPPED = Path(__file__).parents[3] / "templates" / "roles"


def parse(front: str, prompt: str = "Work.\n", name: str = "tester") -> Role:
    return parse_role(f"---\n{front}---\n{prompt}", name=name, file="tester.md")


def with_description(front: str) -> Role:
    return parse(f"description: Tests\n{front}")


def refusal(text: str, name: str = "tester") -> list[str]:
    with pytest.raises(HubError) as caught:
        parse_role(text, name=name, file="tester.md")
    assert caught.value.cure
    return caught.value.message.splitlines()


def test_a_description_and_a_prompt_are_enough() -> None:
    made = with_description("")
    assert made == Role(name="tester", description="Tests", prompt="Work.", version=made.version)
    assert (made.permission_mode, made.commits) == (PermissionMode.DEFAULT, Commits.REQUIRED)
    assert made.warnings == ()


def test_every_field_is_read() -> None:
    made = with_description("""\
model: opus
permission_mode: acceptEdits
allow: [Bash, "Edit(/**)"]
ask: [WebFetch]
deny: ["Bash(git push *)", mcp__db__drop]
setup: [make deps]
link: [.venv, data/big/]
env: {MODE: test, EMPTY: ""}
mcp: tools/mcp.json
workspace: {directory: ../other repo}
lifetime: standing
validate: make check
commits: none
stop_hook: on
""")
    assert made == Role(
        name="tester",
        description="Tests",
        model="opus",
        permission_mode=PermissionMode.ACCEPT_EDITS,
        allow=("Bash", "Edit(/**)"),
        ask=("WebFetch",),
        deny=("Bash(git push *)", "mcp__db__drop"),
        setup=("make deps",),
        link=(".venv", "data/big"),
        env={"MODE": "test", "EMPTY": ""},
        mcp="tools/mcp.json",
        workspace=WorkspaceChoice(kind=WorkspaceKind.DIRECTORY, path="../other repo"),
        lifetime=Lifetime.STANDING,
        validate="make check",
        commits=Commits.NONE,
        stop_hook=True,
        prompt="Work.",
        version=made.version,
    )


def test_the_version_changes_with_every_byte() -> None:
    made = with_description("")
    assert len(made.version) == 12
    assert made.version == with_description("").version
    assert made.version != parse("description: Tests\n", "Work!\n").version
    assert made.version != parse("description: Tests\n# a comment\n").version


def test_a_rule_in_the_prompt_is_prose() -> None:
    assert parse("description: Tests\n", "One.\n\n---\n\nTwo.\n").prompt == "One.\n\n---\n\nTwo."


def test_a_file_of_another_editor_is_read_the_same() -> None:
    made = parse_role(
        "\ufeff---\r\ndescription: Tests\r\n---\r\nOne.\r\nTwo.\r\n", name="tester", file="tester.md"
    )
    assert (made.description, made.prompt) == ("Tests", "One.\nTwo.")


def test_a_cell_is_loosened_by_name() -> None:
    made = with_description(
        'cell: {hosts: ["a.example:8443 private"], show: [.env.test], rw: [~/data, /srv/x]}\n'
    )
    host = Host(name="a.example", port=8443, private=True)
    assert made.cell == Loosened(hosts=(host,), show=(".env.test",), rw=("~/data", "/srv/x"))


def test_where_nothing_can_be_written_no_commit_is_asked_for() -> None:
    assert with_description("workspace: read-only\n").commits is Commits.NONE


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("permission_mode: auto", "nobody was asked"),
        ("permission_mode: bypassPermissions", "refuses to start with it as root"),
        ("allow: [Edit]", "`Edit(/**)` does"),
        ("allow: ['Write(./**)']", "`Edit(/**)` does"),
    ],
)
def test_what_is_allowed_and_unwise_is_a_warning(front: str, words: str) -> None:
    (only,) = with_description(f"{front}\n").warnings
    assert words in only


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("modell: opus", "`modell` is no key of a role: write `model` (known: `allow`,"),
        ("permission_mode: acceptedits", "cannot be `acceptedits`: write `acceptEdits`"),
        ("allow: Bash", "a list is wanted: write `[Bash]`"),
        ("allow: [bash]", "`bash` in `allow` is no permission rule"),
        ("deny: ['Bash(git push']", "is no permission rule"),
        ("setup: make", "a list is wanted: write `[make]`"),
        ("link: [/etc]", "`link` cannot be `/etc`"),
        ("link: [a/../../b]", "`link` cannot be `a/../../b`"),
        ("link: [~/x]", "`link` cannot be `~/x`"),
        ("link: [.]", "`link` cannot be `.`"),
        ("link: [.git/config]", "which is not shared"),
        ("link: [./.hubctl]", "which is not shared"),
        ("mcp: /mcp.json", "`mcp` cannot be `/mcp.json`"),
        ("mcp: ../mcp.json", "`mcp` cannot be `../mcp.json`"),
        ("env: {1A: x}", "`1A` in `env` is no name of a variable"),
        ("env: {A-B: x}", "`A-B` in `env` is no name of a variable"),
        ("env: {HUBCTL_TOKEN: x}", "`HUBCTL_TOKEN` in `env` is for hubctl alone"),
        ("env: {A: 1}", "`env.A` is the number `1`, and text is wanted: put it in quotes"),
        ("env: [A]", "`env` is a list"),
        ("workspace: directory", "write `workspace: {directory: PATH}`"),
        ("workspace: {directory: }", "write `{directory: PATH}`"),
        ("cell: {host: [a.example]}", "`host` is no key of `cell`: write `hosts`"),
        ("cell: {hosts: [http://a.example]}", "in `cell.hosts` is no host"),
        ("cell: {show: [../.env]}", "`cell.show` cannot be `../.env`"),
        ("cell: {show: [.git/config]}", "`cell.show` cannot be `.git/config`"),
        ("cell: {rw: [data]}", "`cell.rw` cannot be `data`: write a path that begins"),
        ("cell: {rw: [/]}", "`cell.rw` cannot be `/`"),
        ("cell: {rw: ['~']}", "`cell.rw` cannot be `~`"),
        ("cell: {rw: [~/a/../..]}", "`cell.rw` cannot be `~/a/../..`"),
        ("workspace: tree", "`workspace` cannot be `tree`: write"),
        ("lifetime: forever", "`lifetime` cannot be `forever`: write `standing` or `thread`"),
        ("commits: nil", "`commits` cannot be `nil`: write"),
        (
            "{workspace: read-only, commits: required, description: x}",
            "cannot be met in a `read-only` workspace",
        ),
    ],
)
def test_a_problem_names_its_line_and_the_right_words(front: str, words: str) -> None:
    description = "" if front.startswith("{") else "description: Tests\n"
    (only,) = refusal(f"---\n{description}{front}\n---\nWork.\n")
    assert only.startswith(f"`tester.md` line {2 + bool(description)}: ")
    assert words in only


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "a role begins with a line `---`"),
        ("You are a tester.\n---\n", 1, "a role begins with a line `---`"),
        ("---\ndescription: x\n", 1, "do not end"),
        ("---\n---\nWork.\n", 2, "no `description`"),
        ("---\ndescription: x\n---\n\n", 4, "the role has no prompt"),
        ("---\ndescription: x\n---\nWork.\nNow\x00.\n", 5, "the prompt holds the character `\\x00`"),
        ("---\ndescription: [\n---\nWork.\n", 2, "is no valid YAML"),
    ],
)
def test_a_file_that_is_no_role_is_refused(text: str, line: int, words: str) -> None:
    (only,) = refusal(text)
    assert only.startswith(f"`tester.md` line {line}")
    assert words in only


@pytest.mark.parametrize("name", ["", "Tester", "a b", "../x", "-x"])
def test_a_name_that_cannot_be_typed_is_refused(name: str) -> None:
    (only,) = refusal("---\ndescription: x\n---\nWork.\n", name=name)
    assert "is no name of a role" in only


def test_all_problems_are_named_at_once() -> None:
    assert len(refusal("---\nmodell: x\nallow: bash\nlifetime: x\n---\n")) == 5


def check_refusal(error: HubError) -> None:
    assert error.message
    assert all(line.isprintable() for line in error.message.splitlines() if "YAML" not in error.message)


@given(st.text())
def test_any_text_is_a_role_or_refused(text: str) -> None:
    with pytest.raises(HubError) as caught:
        parse_role(text, name="tester", file="tester.md")
    check_refusal(caught.value)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
WORDS = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(), SCALARS, max_size=3)
KEYS = [
    "description",
    "model",
    "permission_mode",
    "allow",
    "link",
    "env",
    "mcp",
    "workspace",
    "lifetime",
    "commits",
]


@given(st.dictionaries(st.sampled_from(KEYS), WORDS), st.text())
@example({"description": "x", "workspace": {"directory": "\x00"}}, "\ud800")
def test_any_data_in_the_shape_of_a_role_is_a_role_or_refused(data: object, prompt: str) -> None:
    try:
        made = parse(yaml.safe_dump(data), prompt)
    except HubError as error:
        check_refusal(error)
    else:
        assert made.prompt.encode()


def shipped(name: str) -> Role:
    return parse_role((SHIPPED / f"{name}.md").read_text(encoding="utf-8"), name=name, file=f"{name}.md")


def test_these_roles_are_shipped() -> None:
    assert sorted(path.stem for path in SHIPPED.glob("*.md")) == ["coder", "planner", "reviewer"]


@pytest.mark.parametrize("name", ["coder", "planner", "reviewer"])
def test_a_shipped_role_teaches_the_words_and_forbids_the_ways_out(name: str) -> None:
    role = shipped(name)
    assert role.warnings == ()
    assert {"Bash(git push *)", "Bash(gh *)", "Bash(tmux *)", "Bash(sudo *)", "Read(**/.env*)"} <= set(
        role.deny
    )
    for words in ("hubctl progress", "hubctl done --summary", "drop the ball", "ever push"):
        assert words in role.prompt


def test_the_coder_edits_and_commits() -> None:
    role = shipped("coder")
    assert (role.permission_mode, role.commits) == (PermissionMode.DEFAULT, Commits.REQUIRED)
    assert role.allow == ("Edit(/**)", "Bash(mkdir *)", "Bash(touch *)")
    assert "Edit(**/.env*)" in role.deny


@pytest.mark.parametrize("name", ["planner", "reviewer"])
def test_the_readers_cannot_write(name: str) -> None:
    role = shipped(name)
    assert (role.permission_mode, role.commits) == (PermissionMode.DEFAULT, Commits.NONE)
    assert role.workspace.kind is WorkspaceKind.READ_ONLY
    assert all(rule.startswith("Bash(hubctl ") for rule in role.allow)
