"""The default policy, judged by what it does with commands: nothing dangerous is ever allowed."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubctl.core.documents.policy import merge
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.permissions.judge import judge
from hubctl.permissions.judgement import Judgement, ToolCall
from hubctl.permissions.rules import Ruling, parse_rule, rules_of
from hubctl.permissions.shell_table import TABLE as KNOWN

ROOT = Path(__file__).parents[2]
POLICY = merge([parse_policy_text((ROOT / "policies" / "POLICY.md").read_text(), file="POLICY.md")])
PROOF = ("python -m pytest -q", "make lint && make check")
RULES = (
    *rules_of(POLICY, None, PROOF),
    parse_rule("Edit(/**)", Ruling.ALLOW, source="role `coder`"),
)
"""The shipped policy, and the right to write in the own worktree."""
WORKTREE = "/repo/.hubctl/worktrees/3-parse"
HOME = "/home/dev"
ALLOW, ASK, DENY = "allow", "ask", "deny"


def call(tool: str, given: Mapping[str, object], secrets: frozenset[str] | None = frozenset()) -> ToolCall:
    return ToolCall(tool=tool, input=given, cwd=WORKTREE, worktree=WORKTREE, home=HOME, secrets=secrets)


def said(command: str, *rules: str) -> Judgement:
    """What the default policy says, with more rules to allow."""
    more = tuple(parse_rule(rule, Ruling.ALLOW, source="role `x`") for rule in rules)
    return judge((*RULES, *more), call("Bash", {"command": command}))


TABLE: dict[str, list[tuple[str, str]]] = {
    "plain": [
        (ALLOW, "ls -la src"),
        (ALLOW, "cat README.md"),
        (ALLOW, "sed -n 1,20p README.md"),
        (ALLOW, "find . -name '*.py' -newer setup.py"),
        (ALLOW, "git status --short"),
        (ALLOW, "git log --oneline -5 main..HEAD -- src"),
        (ALLOW, "git add -A && git commit -qm 'Add a parser'"),
        (ALLOW, "hubctl done --summary 'It works; see `src`'"),
        (ALLOW, 'hubctl ask "Which one: a or b?"'),
        (ALLOW, "python -m pytest -q"),
        (ALLOW, "make lint && make check"),
        (ASK, "python -m pytest -q --rootdir=/"),
        (ASK, "make deploy"),
        (ASK, "rm -rf src"),
        (ASK, "mv a b"),
        (ASK, "hubctl approve 7"),
        (ASK, "./ls"),
        (ASK, "python -c 'import os'"),
        (DENY, "sudo ls"),
        (DENY, "/usr/bin/sudo -u root ls"),
    ],
    "lists and pipes": [
        (ALLOW, "python -m pytest -q 2>&1 | tail -20"),
        (ALLOW, "ls; pwd && git diff | head -5 || true"),
        (ASK, "for f in a b; do echo $f; done"),
        (ASK, "(cd src && ls) # look"),
        (ASK, "ls && curl x.org"),
        (ASK, "cat setup.sh | sh"),
        (DENY, "ls; git push"),
        (DENY, "ls & git push origin main &"),
        (DENY, "if true; then git push; fi"),
        (DENY, "! (git push)"),
        (DENY, "while :; do git push; done"),
        (ASK, "while true; do cat ../x; cd ..; done"),
    ],
    "substitutions": [
        (ASK, 'echo "today: $(date)"'),
        (ASK, 'git commit -m "$(git log -1 --format=%s)"'),
        (ASK, 'cat "$(echo .env)"'),
        (ASK, "$(echo git) push"),
        (ASK, "X=push; git $X"),
        (ASK, "git {push,origin}"),
        (ASK, "echo $((a[$(id)]))"),
        (ASK, "echo ${x:-$(curl x.org)}"),
        (ASK, "[[ a[$(id)] -eq 1 ]]"),
        (DENY, "echo `git push`"),
        (DENY, 'hubctl done --summary "$(git push)"'),
        (DENY, "diff <(git push) README.md"),
    ],
    "here-documents": [
        (ALLOW, "git commit -m \"$(cat <<'EOF'\nAdd it\n\nIt's `git push` that $(hurts).\nEOF\n)\""),
        (ASK, "cat > notes.txt <<'EOF'\n$(git push)\nEOF"),
        (DENY, "cat > notes.txt <<EOF\n$(git push)\nEOF"),
        (ASK, "sh <<'EOF'\ngit push\nEOF"),
        (ASK, "cat <<'EOF' | bash\ngit push\nEOF"),
        (DENY, "cat <<'EOF' && git push\nEOF\nEOF"),
        (DENY, "cat <<E\nE\ngit push\nE"),
        (DENY, "cat <<'E F'\nls\nE F\ngit push"),
    ],
    "shells in shells": [
        (ASK, "bash -c 'git status'"),
        (DENY, "bash -c 'git push'"),
        (DENY, "sh -ec \"bash -c 'git push'\""),
        (DENY, "eval git push"),
        (ASK, 'bash -c "$CMD"'),
        (ASK, "bash deploy.sh"),
        (ASK, "source deploy.sh"),
        (ASK, "echo Z2l0IHB1c2g= | base64 -d | sh"),
        (DENY, "trap 'git push' EXIT"),
        (DENY, 'set -- git push; "$@"'),
    ],
    "what stands before a command": [
        (ASK, "LANG=C git status"),
        (ALLOW, "timeout 60 python -m pytest -q"),
        (ASK, "env NO_COLOR=1 nice -n 5 ls"),
        (ASK, "PATH=.:$PATH ls"),
        (ASK, "GIT_SSH_COMMAND=./x git status"),
        (ASK, "env LD_PRELOAD=./x.so ls"),
        (DENY, "env -S 'git push'"),
        (ASK, "path=(./bin); ls"),
        (DENY, "env A=1 git push"),
        (DENY, "nohup timeout -k 1 5 git push &"),
        (DENY, "command git push"),
        (DENY, "exec git push"),
        (DENY, "time git push"),
        (DENY, "strace git push"),
    ],
    "aliases and functions": [
        (ASK, "alias ls='git push'; ls"),
        (ASK, "ls() { rm -rf src; }; ls"),
        (DENY, "f() { git push; }; f"),
        (DENY, r"g\it 'pu'sh"),
        (DENY, '"git" push'),
        (ASK, "$'git' push"),
    ],
    "find and xargs": [
        (ASK, "echo a b | xargs -n 1 echo"),
        (ASK, "find . -name '*.pyc' -delete"),
        (ASK, "find . -fprint out"),
        (ASK, "find . -exec cat {} +"),
        (ASK, "git ls-files | xargs cat"),
        (ASK, "echo push | xargs git"),
        (DENY, "find . -exec git push \\;"),
        (DENY, "find . -exec sh -c 'git push' \\;"),
        (DENY, "echo main | xargs -n1 git push origin"),
    ],
    "options of git": [
        (ALLOW, "git --no-pager log -3"),
        (ALLOW, "git -C src status"),
        (DENY, "git -C . push"),
        (DENY, "git -c user.name=x -C . push -f"),
        (DENY, "git --git-dir=.git push"),
        (ASK, "git -c alias.x='!git push' x"),
        (ASK, "git -c core.pager='sh -c x' log"),
        (ASK, "git -C ../4-other status"),
        (ASK, "git commit --amend --no-edit"),
        (ASK, "git commit --ame -m x"),
        (ASK, "git log --output=x"),
        (ASK, "git diff --ext-diff"),
        (ASK, "git grep -Oless foo"),
        (ASK, "git reset --hard HEAD~1"),
        (ASK, "git rebase main"),
        (ASK, "git branch -D main"),
        (ASK, "git stash"),
        (ASK, "git config user.name x"),
    ],
    "writing": [
        (ALLOW, "echo x > src/a.txt"),
        (ALLOW, "ls > /dev/null 2>&1"),
        (ASK, "echo x > ../4-other/a.txt"),
        (ASK, "echo x >> ~/.bashrc"),
        (ASK, "echo x > /etc/hosts"),
        (ASK, 'echo x > "$F"'),
        (ASK, "echo x >! /etc/hosts"),
        (ASK, "echo x > .git/hooks/pre-commit"),
        (ASK, "echo x > .claude/settings.json"),
        (ASK, "sort a -o b"),
        (ASK, "sort a > b -o c"),
        (ASK, "uniq a b"),
        (ASK, "sed -n 'w b' a"),
        (ASK, "echo x | tee b"),
        (DENY, "echo x > .env"),
    ],
    "secrets": [
        (DENY, "cat .env"),
        (DENY, "cat < .env"),
        (DENY, "grep -v x src/.env.local"),
        (DENY, 'cat .e"nv"'),
        (DENY, "cd src && cat ../.env"),
        (DENY, "git add .env"),
        (DENY, "cat ~/.ssh/id_ed25519"),
        (DENY, "tail -n 1 /home/dev/.aws/credentials"),
        (ASK, "cat {.env,README.md}"),
        (ASK, "git show HEAD:.env"),
        (ASK, "wc --files0-from=.env"),
        (ASK, "cat tests/server.pem"),
        (ASK, "env"),
        (ASK, "printenv HUBCTL_TOKEN"),
        (ASK, "echo $ANTHROPIC_API_KEY"),
    ],
    "elsewhere": [
        (ASK, "cat ../4-other/notes.txt"),
        (ASK, "cd ../4-other && ls"),
        (ASK, "cd && ls"),
        (ASK, "ls /repo"),
        (ASK, "cat /etc/passwd"),
        (ASK, "git worktree add ../x"),
        (ASK, "curl https://x.org"),
        (ASK, "git fetch"),
        (ASK, "gh pr create"),
        (ASK, "pip install x"),
        (ASK, "ssh x.org"),
        (ASK, "echo x > /dev/tcp/x.org/80"),
        (ASK, "tmux kill-server"),
    ],
    "not to be parsed": [
        (ASK, ""),
        (ASK, "# nothing"),
        (ASK, "echo 'open"),
        (ASK, "ls &&"),
        (ASK, "ls\r"),
        (ASK, "ls\x1b[2K"),
        (ASK, "ls\u00a0-la"),
        (ASK, "ls *(e:'id':)"),
        (ASK, "ls " + "a" * 40_000),
        (ASK, "(" * 60 + "ls" + ")" * 60),
        (ASK, "aa \n\\'"),
        (ASK, "ls -eq<<E\nE"),
    ],
}
ROWS = [(group, decision, command) for group, rows in TABLE.items() for decision, command in rows]


@pytest.mark.parametrize(
    ("group", "decision", "command"), ROWS, ids=[f"{row[0]}: {row[2][:40]!r}" for row in ROWS]
)
def test_the_default_policy(group: str, decision: str, command: str) -> None:
    judgement = said(command)
    assert judgement.decision.value == decision, judgement.why


def test_the_table_is_long() -> None:
    assert len(ROWS) >= 80


def test_what_the_shipped_policy_allows_by_a_pattern_is_in_the_table_of_commands() -> None:
    """Of a command that hubctl does not know, a rule allows every option."""
    patterns = [
        rule.removeprefix("Bash(").removesuffix(" *)")
        for rule in POLICY.permissions.allow
        if rule.endswith(" *)")
    ]
    strange = [
        pattern
        for pattern in patterns
        if pattern.removesuffix(" -n") not in KNOWN and pattern.split()[0] != "hubctl"
    ]
    assert strange == []


@pytest.mark.parametrize("rule", ["Bash(make *)", "Bash(git stash *)"])
def test_a_rule_for_a_command_that_is_in_no_table_allows_what_is_literal_and_in_the_worktree(
    rule: str,
) -> None:
    start = rule.removeprefix("Bash(").removesuffix(" *)")
    for rest in ("", " x --y=z src/a"):
        assert said(start + rest, rule).decision is Ruling.ALLOW
    for rest in (" ../x", " --into=/etc", " -I/etc", " .env", " $X", " *", " >../x", " && id", " HEAD:.env"):
        assert said(start + rest, rule).decision is not Ruling.ALLOW


# --- laws -----------------------------------------------------------------------------------------------------------

HALVES = "not to be parsed"
"""What stands around half a command may make a whole and harmless one of it."""
REFUSED = [
    command
    for group, decision, command in ROWS
    if decision != ALLOW and group != HALVES and len(command) < 99
]
WRAPPED = (
    *(
        "{}",
        "ls; {}",
        "ls && {}",
        "{} | cat",
        "( {} )",
        "{{ {} ; }}",
        "! {}",
        "{} &",
        "echo $( {} )",
        'echo "$( {} )"',
    ),
    *(
        "if true; then {} ; fi",
        "for i in 1 2; do {} ; done",
        "cat <( {} )",
        "cat <<E\n$( {} )\nE",
        "x=$( {} )",
    ),
    *(
        "while true; do {} ; done",
        "case a in a) {} ;; esac",
        "{} > out.txt",
        "f() {{ {} ; }}",
        "{}\nls",
        "ls\n{}",
    ),
)


@given(st.sampled_from(REFUSED), st.lists(st.sampled_from(WRAPPED), min_size=1, max_size=3))
@settings(max_examples=200)
def test_no_combinator_makes_a_refused_command_allowed(command: str, wrappers: list[str]) -> None:
    for wrapper in wrappers:
        command = wrapper.format(command)
    assert said(command).decision is not Ruling.ALLOW


SNIPPETS = (
    "git push",
    "ls",
    "'",
    '"',
    "\\",
    "$(",
    ")",
    "`",
    "<<E\n",
    "\nE\n",
    ";",
    "|",
    "&",
    "\n",
    " ",
    "{",
    "}",
    "#",
    "x=",
)


@given(st.text() | st.lists(st.sampled_from(SNIPPETS), max_size=12).map("".join))
@example("\ud800")
@example("aa >f bb")
@settings(max_examples=200)
def test_every_text_is_judged(text: str) -> None:
    assert said(text).why


@given(
    st.dictionaries(
        st.sampled_from(["file_path", "path", "url", "command", "pattern"]),
        st.none() | st.integers() | st.text(),
    )
)
@settings(max_examples=100)
def test_every_call_is_judged(given_input: dict[str, object]) -> None:
    for tool in ("Bash", "Read", "Write", "Grep", "Glob", "WebFetch", "mcp__a__b", "Nonsense"):
        judge(RULES, call(tool, given_input))


# --- how rules decide -----------------------------------------------------------------------------------------------


def test_a_judgement_names_the_rule_and_its_line() -> None:
    judgement = said("ls && git -C . push")
    assert judgement.rule
    assert judgement.rule.text == "Bash(git push *)"
    line = (
        (ROOT / "policies" / "POLICY.md")
        .read_text()
        .splitlines()[judgement.rule.place.line - 1 if judgement.rule.place else 0]
    )
    assert "Bash(git push *)" in line
    assert "`POLICY.md` line" in judgement.why


def test_the_most_specific_of_ask_and_allow_decides_and_deny_wins() -> None:
    rules = tuple(
        parse_rule(text, decision)
        for text, decision in (
            ("Bash", Ruling.ASK),
            ("Bash(make *)", Ruling.ALLOW),
            ("Bash(make deploy *)", Ruling.ASK),
            ("Bash(make deploy --dry)", Ruling.ALLOW),
            ("Bash(make deploy --dry --really)", Ruling.DENY),
        )
    )
    commands = ("ls", "make x", "make deploy", "make deploy --dry", "make deploy --dry --really")
    decided = [judge(rules, call("Bash", {"command": command})).decision.value for command in commands]
    assert decided == [ASK, ALLOW, ASK, ALLOW, DENY]


@pytest.mark.parametrize(
    ("command", "decision"),
    [
        ("rm -rf build && curl x.org", ALLOW),
        ("git push", DENY),
        ("ls | git -C . push", DENY),
        ("strace git push", DENY),
        ('git "$X"', ASK),
        ("cat .env", DENY),
        ("f() { ls; }", ASK),
        ("until [ -e x ]; do sleep 1; done", ALLOW),
        ("for f in a b; do echo $f; done && (cd src; make)", ALLOW),
        ("if test -e x; then rm x; else echo no >&2; fi", ALLOW),
        ('echo "at $(date)" | tee log', ALLOW),
        ("cat > notes.md <<'EOF'\ntext\nEOF", ALLOW),
        ("while true; do git push; done", DENY),
        ("for f in a; do cat .e*; done", ASK),
        ("for g in git; do $g push; done", ASK),
    ],
)
def test_bash_alone_allows_what_is_not_denied_as_far_as_that_is_known(command: str, decision: str) -> None:
    assert said(command, "Bash").decision.value == decision


def test_a_star_in_a_command_that_proves_the_work_is_only_a_star() -> None:
    rules = rules_of(POLICY, None, ["pytest tests/*"])
    assert judge(rules, call("Bash", {"command": "pytest tests/*"})).decision is Ruling.ALLOW
    assert judge(rules, call("Bash", {"command": "pytest tests/x; rm y"})).decision is Ruling.ASK


# --- folders that hold secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "secrets", "decision"),
    [
        ("grep -rn KEY .", frozenset(), ALLOW),
        ("grep -rn KEY .", frozenset({f"{WORKTREE}/a/.env"}), ASK),
        ("grep -rn KEY src", frozenset({f"{WORKTREE}/a/.env"}), ALLOW),
        ("rg -uu KEY", frozenset({f"{WORKTREE}/a/.env"}), ASK),
        ("git diff", frozenset({f"{WORKTREE}/a/.env"}), ASK),
        ("git grep KEY src", frozenset({f"{WORKTREE}/a/.env"}), ASK),
        ("git show HEAD", frozenset(), ALLOW),
    ],
)
def test_folders_are_read_whole_where_no_secret_lies(
    command: str, secrets: frozenset[str], decision: str
) -> None:
    assert judge(RULES, call("Bash", {"command": command}, secrets)).decision.value == decision


@pytest.mark.parametrize("command", ["grep -rn KEY .", "git diff"])
def test_where_nobody_looked_for_secrets_it_is_asked_and_says_so(command: str) -> None:
    judgement = judge(RULES, call("Bash", {"command": command}, None))
    assert (judgement.decision, judgement.wants_secrets) == (Ruling.ASK, True)


# --- the other tools ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "given_input", "decision"),
    [
        ("Read", {"file_path": f"{WORKTREE}/src/a.py"}, ALLOW),
        ("Read", {"file_path": f"{WORKTREE}/src/.env"}, DENY),
        ("Read", {"file_path": "/etc/passwd"}, ASK),
        ("Read", {"file_path": f"{WORKTREE}/../4-other/a.py"}, ASK),
        ("Grep", {"pattern": "x", "path": f"{WORKTREE}/src"}, ALLOW),
        ("Grep", {"pattern": "x"}, ALLOW),
        ("Glob", {"pattern": "**/*.py"}, ALLOW),
        ("Glob", {"pattern": "/etc/*"}, ASK),
        ("Write", {"file_path": f"{WORKTREE}/src/a.py"}, ALLOW),
        ("Edit", {"file_path": "/repo/hubctl.yaml"}, ASK),
        ("Edit", {"file_path": f"{WORKTREE}/.claude/settings.json"}, ASK),
        ("NotebookEdit", {"notebook_path": f"{WORKTREE}/a.ipynb"}, ALLOW),
        ("Edit", {"file_path": f"{WORKTREE}/.env"}, DENY),
        ("Edit", {}, ASK),
        ("WebFetch", {"url": "https://x.org/a"}, ASK),
        ("mcp__db__drop", {}, ASK),
        ("AskUserQuestion", {}, ASK),
    ],
)
def test_the_other_tools(tool: str, given_input: dict[str, object], decision: str) -> None:
    judgement = judge(RULES, call(tool, given_input))
    assert judgement.decision.value == decision, judgement.why


@pytest.mark.parametrize(
    ("rule", "tool", "url", "allowed"),
    [
        ("WebFetch(domain:x.org)", "WebFetch", "https://x.org/a", True),
        ("WebFetch(domain:x.org)", "WebFetch", "https://evil.org/x.org", False),
        ("WebFetch(domain:x.org)", "WebFetch", "https://x.org@evil.org/", False),
        ("WebFetch(domain:x.org)", "WebFetch", "https://a.x.org", False),
        ("WebFetch(domain:*.x.org)", "WebFetch", "https://a.x.org", True),
        ("WebFetch(nonsense)", "WebFetch", "https://x.org", False),
        ("mcp__db", "mcp__db__read", "", True),
        ("mcp__db__read", "mcp__db__read", "", True),
        ("mcp__db__read", "mcp__db__drop", "", False),
        ("mcp__db", "mcp__dbx__read", "", False),
        ("AskUserQuestion", "AskUserQuestion", "", False),
    ],
)
def test_domains_and_servers(rule: str, tool: str, url: str, allowed: bool) -> None:
    judgement = judge((parse_rule(rule, Ruling.ALLOW),), call(tool, {"url": url}))
    assert (judgement.decision is Ruling.ALLOW) is allowed
