"""What is recorded: how the worker CLI is brought to each screen, and what the screen is meant to show."""

import json

from hubctl.core.vocabulary.values import Struct


class Scenario(Struct, frozen=True, kw_only=True):
    """`status` is what the session file says when the screen is due (empty: nobody asks it), `requests` how many the
    model got by then. `then` is done after it, until the status is `after`: a word is typed, `<Escape Escape>` are
    keys pressed at once, `<kill -9>` kills the worker. `files` are the project's, with their contents."""

    name: str
    view: str
    prompt: str = ""
    status: str = "idle"
    requests: int = 1
    mode: str = "default"
    allowed: str = ""
    files: tuple[tuple[str, str], ...] = ()
    trusted: bool = True
    approved: bool = True
    login: str = "key"
    """`key`, `plan` (a subscription, made up) or `none`."""
    retries: int = 2
    columns: int = 120
    then: tuple[str, ...] = ()
    after: str = ""
    draft: str | None = None
    background: int | None = 0
    """None: versions differ in whether a subagent runs behind the turn."""


def _start(name: str, **files: str) -> Scenario:
    """A dialog of the start: there is no session file yet."""
    named = tuple((path.replace("__", "/"), content) for path, content in files.items())
    return Scenario(name=f"dialog_{name}", view="dialog", status="", requests=0, files=named)


def _open(name: str, *then: str, view: str = "dialog") -> Scenario:
    """A dialog that a person opens from an idle composer."""
    return Scenario(name=name, view=view, prompt="@say Ready.", then=then)


def _draft(name: str, text: str) -> Scenario:
    return Scenario(name=name, view="idle", prompt="@say Ready.", then=(text,), draft=text)


def _error(name: str, told: str, view: str = "error") -> Scenario:
    return Scenario(name=name, view=view, prompt=told)


def _waiting(name: str, view: str, prompt: str, columns: int = 120) -> Scenario:
    return Scenario(name=name, view=view, prompt=prompt, status="waiting", columns=columns)


SLOW = "@slow 90 A long answer that goes on and on."
LISTED = "1. Do it\\n2. Test it\\n\\nEnter to confirm · Esc to cancel"
NOTES = (
    "The dialog says:\\n Do you want to proceed?\\n ❯ 1. Yes\\n   2. No\\n\\n Esc to cancel · Tab to amend"
)
SERVER = json.dumps({"mcpServers": {"words": {"command": "cat", "args": []}}})
BAD_HOOK = json.dumps({"hooks": {"NoSuchEvent": [{"hooks": [{"type": "command", "command": "true"}]}]}})
WIDE = "a few words that do not fit into one row of the composer " * 4

STARTS = (
    Scenario(name="dialog_trust", view="dialog", status="", requests=0, trusted=False),
    Scenario(name="dialog_api_key", view="dialog", status="", requests=0, approved=False),
    Scenario(name="dialog_bypass", view="dialog", status="", requests=0, mode="bypassPermissions"),
    _start("mcp", **{".mcp.json": SERVER}),
    _start("settings", **{".claude__settings.json": BAD_HOOK}),
    _start("broken_settings", **{".claude__settings.json": "{"}),
    _start("import", **{"CLAUDE.md": "@../outside.md\n", "..__outside.md": "From outside.\n"}),
    Scenario(name="no_login", view="login", prompt="@say Ready.", requests=0, login="none"),
)

TURNS = (
    Scenario(name="busy_waiting", view="busy", prompt="@hold 90", status="busy"),
    Scenario(name="busy_thinking", view="busy", prompt="@thinking 90 A long thought.", status="busy"),
    Scenario(name="busy_streaming", view="busy", prompt=SLOW, status="busy"),
    Scenario(name="busy_tool", view="busy", prompt="@bash tail -f /dev/null", status="busy", allowed="Bash"),
    Scenario(name="busy_narrow", view="busy", prompt=SLOW, status="busy", columns=60),
    Scenario(name="busy_todo", view="busy", prompt=f"@todo One;Two;Three\n{SLOW}", status="busy", requests=2),
    Scenario(name="busy_queued", view="busy", prompt=SLOW, status="busy", then=("and then this", "<Enter>")),
    Scenario(
        name="busy_draft",
        view="busy",
        prompt=SLOW,
        status="busy",
        then=("not yet sent",),
        draft="not yet sent",
    ),
    Scenario(
        name="compacting",
        view="busy",
        prompt="@bash true\n@bash true\n@say Ready.",
        allowed="Bash",
        requests=3,
        then=("/compact", "<Enter>"),
        after="busy",
    ),
    Scenario(
        name="retrying",
        view="retrying",
        prompt="@error 529 Overloaded",
        status="busy",
        requests=4,
        retries=10,
    ),
    Scenario(
        name="retrying_limit",
        view="retrying",
        prompt="@error 429 This request would exceed your rate limit",
        status="busy",
        requests=4,
        retries=10,
    ),
)

ENDS = (
    Scenario(name="fresh", view="idle", requests=0),
    Scenario(name="idle", view="idle", prompt="@say Ready."),
    Scenario(name="idle_narrow", view="idle", prompt="@say Ready.", columns=60),
    Scenario(name="idle_lies", view="idle", prompt=f"@say {NOTES}"),
    Scenario(name="idle_long", view="idle", prompt="@long 100"),
    Scenario(
        name="idle_tools", view="idle", prompt="@bash ls; false\n@say It failed.", requests=2, allowed="Bash"
    ),
    Scenario(name="after_esc", view="idle", prompt=SLOW, status="busy", then=("<Escape>",), after="idle"),
    Scenario(name="cut_answer", view="idle", prompt="@maxtok The answer is"),
    _draft("draft", "a draft"),
    _draft("draft_wide", WIDE.strip()),
    _draft("draft_slash", "/mo"),
    Scenario(
        name="background_shell",
        view="idle",
        prompt="@bashbg sleep 200\n@say It runs.",
        status="shell",
        requests=2,
        allowed="Bash",
        background=1,
    ),
    Scenario(
        name="background_agent",
        view="idle",
        prompt="@taskbg @slow 90 I go on.\n@say It runs.",
        status="",
        requests=3,
        background=1,
    ),
    _error("api_error", "@error 400 This cannot be answered"),
    _error("api_credit", "@error 400 Your credit balance is too low to access the Anthropic API."),
    _error("api_model", "@error 404 model: no-such-model"),
    _error("api_overloaded", "@error 529 Overloaded"),
    _error("context_full", "@toolong"),
    _error("refused", "@refusal I will not.\n@refusal I still will not."),
    _error("api_401", "@error 401 invalid x-api-key", view="login"),
    Scenario(name="limit_5h", view="limit", prompt="@limit five_hour 7200", status="", login="plan"),
    Scenario(name="limit_week", view="limit", prompt="@limit seven_day 80000", status="", login="plan"),
    Scenario(name="killed", view="gone", prompt=SLOW, status="busy", then=("<kill -9>",)),
    _open("exited", "/exit", "<Enter>", view="gone"),
)

ASKS = (
    _waiting("perm_bash", "permission", "@bash rm -rf ./x"),
    _waiting(
        "perm_narrow", "permission", "@bash rm -rf ./x && echo one && echo two && echo three", columns=60
    ),
    _waiting("perm_write", "permission", f"@write a.txt {LISTED}"),
    _waiting("perm_edit", "permission", "@read CLAUDE.md\n@edit CLAUDE.md one|||two"),
    _waiting("perm_fetch", "permission", "@fetch https://example.invalid/"),
    _waiting("perm_two", "permission", "@bash rm -rf ./x\n@+bash rm -rf ./y"),
    Scenario(
        name="perm_agent",
        view="permission",
        prompt="@task @bash rm -rf ./x",
        status="",
        requests=2,
        background=None,
    ),
    _waiting("question", "question", "@ask Shall I go on?"),
    _waiting("question_many", "question", "@asks Shall I go on?"),
    Scenario(
        name="question_second",
        view="question",
        prompt="@asks Shall I go on?",
        status="waiting",
        then=("<Enter>",),
    ),
    Scenario(
        name="question_submit",
        view="question",
        prompt="@asks Shall I go on?",
        status="waiting",
        then=("<Enter>", "<Tab>"),
    ),
    Scenario(
        name="plan",
        view="plan",
        prompt="@planfile 1. Do it\n@plan 1. Do it",
        status="waiting",
        mode="plan",
        requests=2,
    ),
    Scenario(name="plan_empty", view="plan", prompt="@plan ", status="waiting", mode="plan"),
    _open("rewind", "<Escape Escape>"),
    _open("models", "/model", "<Enter>"),
    _open("settings", "/config", "<Enter>"),
    _open("memory", "/memory", "<Enter>"),
    _open("logins", "/login", "<Enter>", view="login"),
)

SCENARIOS = STARTS + TURNS + ENDS + ASKS
