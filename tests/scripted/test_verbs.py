"""The verbs: what each makes of its argument."""

import pytest

from hubctl.errors import HubError
from hubctl.scripted import verbs
from hubctl.scripted.blocks import Refusal, ScriptedReply, StopReason, Text, Thinking, ToolUse
from hubctl.scripted.directives import turns_in
from hubctl.scripted.request import Request
from hubctl.scripted.verbs import VERBS, perform

PLAIN = Request()


def done(line: str, request: Request = PLAIN) -> ScriptedReply:
    [[directive]] = turns_in(line)
    return perform(directive, request, now=1000.0)


def call(line: str, *tools: str) -> ToolUse:
    [block] = done(line, Request(tools=tools)).blocks
    assert isinstance(block, ToolUse)
    return block


def test_the_text_that_explains_them_names_each_verb() -> None:
    named = {word.lstrip("@") for word in (verbs.__doc__ or "").replace("/@", " @").split() if word[0] == "@"}
    assert named == set(VERBS)


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        ("@bash git add -A", "Bash", {"command": "git add -A", "description": "scripted command"}),
        ("@bashto 500 a b", "Bash", {"command": "a b", "description": "scripted command", "timeout": 500}),
        (
            "@bashbg a b",
            "Bash",
            {"command": "a b", "description": "scripted command", "run_in_background": True},
        ),
        ("@read a b.txt", "Read", {"file_path": "a b.txt"}),
        ("@write a.txt one two\\n", "Write", {"file_path": "a.txt", "content": "one two\n"}),
        ("@write a.txt\\none\\n", "Write", {"file_path": "a.txt", "content": "one\n"}),
        ("@edit a.txt x y|||z", "Edit", {"file_path": "a.txt", "old_string": "x y", "new_string": "z"}),
        ("@plan Do it.", "ExitPlanMode", {"plan": "Do it."}),
        ("@fetch https://x.test/", "WebFetch", {"url": "https://x.test/", "prompt": "summarise"}),
        ('@tool Grep {"pattern": "a\\nb"}', "Grep", {"pattern": "a\nb"}),
        ("@tool ListAll", "ListAll", {}),
    ],
)
def test_a_tool_call(line: str, name: str, arguments: dict[str, object]) -> None:
    assert call(line) == ToolUse(name=name, arguments=arguments)


def test_a_question_has_two_options_and_the_second_of_two_many_answers() -> None:
    assert [len(call(line).arguments["questions"]) for line in ("@ask Go?", "@asks Go?")] == [1, 2]  # type: ignore[arg-type]
    questions = call("@asks Go?").arguments["questions"]
    assert isinstance(questions, list)
    assert [(q["question"], q["multiSelect"]) for q in questions] == [("Go?", False), ("Which parts?", True)]
    assert [option["label"] for option in questions[0]["options"]] == ["Yes", "No"]


@pytest.mark.parametrize(("tools", "name"), [(("Agent", "Task"), "Agent"), (("Task",), "Task")])
def test_a_subagent_by_the_name_that_the_tool_has(tools: tuple[str, ...], name: str) -> None:
    made = call("@taskbg @say Hello.", *tools)
    assert (made.name, made.arguments["prompt"]) == (name, "@say Hello.")
    assert made.arguments["run_in_background"] is True
    assert call("@task x", *tools).arguments["run_in_background"] is False


def test_a_todo_list_is_one_call_where_there_is_a_list_tool_and_else_one_an_item() -> None:
    [listed] = done("@todo a; b", Request(tools=("TodoWrite",))).blocks
    assert isinstance(listed, ToolUse)
    assert listed.arguments["todos"] == [
        {"content": "a", "activeForm": "Doing a", "status": "in_progress"},
        {"content": "b", "activeForm": "Doing b", "status": "pending"},
    ]
    assert [b.name for b in done("@todo a; b").blocks if isinstance(b, ToolUse)] == ["TaskCreate"] * 2


def test_the_plan_file_is_the_one_that_the_request_names() -> None:
    [block] = done("@planfile Steps", Request(plan_file="/h/.claude/plans/a.md")).blocks
    assert block == ToolUse(
        name="Write", arguments={"file_path": "/h/.claude/plans/a.md", "content": "Steps"}
    )
    assert done("@planfile Steps").blocks == (Text(words="(no plan file named)"),)


def test_json_is_a_call_where_the_answer_tool_is_and_else_a_text() -> None:
    made = call('@json {"a": 1}', "StructuredOutput")
    assert (made.name, made.arguments) == ("StructuredOutput", {"a": 1})
    assert done('@json {"a": 1}').blocks == (Text(words='{"a": 1}'),)


@pytest.mark.parametrize(
    ("line", "block"),
    [
        ("@say Hello  you.", Text(words="Hello  you.")),
        ("@slow 1.5 a b", Text(words="a b", seconds=1.5)),
        ("@thinking 2 a b", Thinking(words="a b", seconds=2.0)),
        ("@think 3", Text(words="Done thinking.", ping_seconds=3.0)),
        ("@stall 4", Text(words="stalling now ", silent_seconds=4.0)),
        ("@long 2", Text(words="line 00000 of the output\nline 00001 of the output", seconds=1.0)),
    ],
)
def test_words_with_their_pace(line: str, block: Text | Thinking) -> None:
    assert done(line) == ScriptedReply(blocks=(block,))


def test_long_has_two_hundred_lines_by_itself() -> None:
    [block] = done("@long").blocks
    assert isinstance(block, Text)
    assert len(block.words.splitlines()) == 200


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("@hold 5", ScriptedReply(blocks=(Text(words="Held."),), hold_seconds=5.0)),
        ("@drop", ScriptedReply(blocks=(Text(words="cut here"),), cut=True)),
        ("@usage 9 a b", ScriptedReply(blocks=(Text(words="a b"),), context_tokens=9)),
        ("@usage 9", ScriptedReply(blocks=(Text(words="usage 9"),), context_tokens=9)),
        ("@maxtok a b", ScriptedReply(blocks=(Text(words="a b"),), stop=StopReason.MAX_TOKENS)),
        ("@refusal", ScriptedReply(blocks=(Text(words="refusal"),), stop=StopReason.REFUSAL)),
        ("@pause", ScriptedReply(blocks=(Text(words="pause_turn"),), stop=StopReason.PAUSE_TURN)),
        ("@error 529 over loaded", ScriptedReply(refusal=Refusal(status=529, message="over loaded"))),
        (
            "@errorn 2 500 oh no",
            ScriptedReply(
                refusal=Refusal(status=500, message="oh no", times=2), blocks=(Text(words="Recovered."),)
            ),
        ),
    ],
)
def test_the_whole_answer(line: str, reply: ScriptedReply) -> None:
    assert done(line) == reply


def test_too_long_is_a_refusal_that_says_so() -> None:
    refusal = done("@toolong").refusal
    assert refusal is not None
    assert (refusal.status, refusal.message[:18]) == (400, "prompt is too long")


def test_a_limit_names_its_window_and_the_time_of_its_reset() -> None:
    reply = done("@limit seven_day 60")
    assert reply.refusal is not None
    assert reply.refusal.status == 429
    named = {name.removeprefix("anthropic-ratelimit-unified-"): text for name, text in reply.headers.items()}
    assert (named["status"], named["representative-claim"], named["reset"]) == (
        "rejected",
        "seven_day",
        "1060",
    )
    assert (named["7d-status"], named["5h-status"]) == ("rejected", "allowed")
    assert (named["7d-utilization"], named["5h-utilization"]) == ("1.02", "0.2")
    assert "7d-surpassed-threshold" in named
    assert "5h-surpassed-threshold" not in named


def test_a_limit_is_for_five_hours_and_an_hour_by_itself() -> None:
    headers = done("@limit").headers
    assert headers["anthropic-ratelimit-unified-representative-claim"] == "five_hour"
    assert headers["anthropic-ratelimit-unified-reset"] == "4600"


def test_a_warning_is_an_answer_with_headers() -> None:
    reply = done("@warn five_hour 0.91 60 Careful now.")
    assert (reply.refusal, reply.blocks) == (None, (Text(words="Careful now."),))
    assert reply.headers["anthropic-ratelimit-unified-status"] == "allowed_warning"
    assert reply.headers["anthropic-ratelimit-unified-5h-utilization"] == "0.91"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("@frob x", "unknown directive frob"),
        ("@slow soon x", "`soon`"),
        ("@hold nan", "`nan`"),
        ("@hold -1", "`-1`"),
        ("@hold", "``"),
        ("@long many", "`many`"),
        ("@usage 1.5", "`1.5`"),
        ("@error 200 fine", "`200`"),
        ("@errorn x 500 y", "`x`"),
        ("@limit monthly 5", "`monthly`"),
        ("@tool Bash {", "`{`"),
        ("@tool Bash []", "`[]`"),
    ],
)
def test_a_mistake_is_named(line: str, named: str) -> None:
    with pytest.raises(HubError) as caught:
        done(line)
    assert named in caught.value.message
    assert caught.value.cure
