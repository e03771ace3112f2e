"""The scripted model: which script decides, and which turn is next."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.scripted.blocks import ScriptedReply, StopReason, Text, ToolUse
from hubctl.scripted.reply import SUMMARY, reply_to
from hubctl.scripted.request import ApiMessage, Request, Sender
from hubctl.scripted.script import Script, parse_scripts
from hubctl.scripted.verbs import VERBS

SCRIPTS = parse_scripts(
    r"""
scripts:
  - when: 'hubctl thread \d+: Parse'
    steps: ['@say parse one', '@say parse two']
  - when: 'hubctl thread'
    steps: ['@say any one']
  - when: '^Go on\.$'
    steps: ['@say go one']
""",
    file="s.yaml",
)
IDLE = "I am idle: no directive found."
FINISHED = "All steps finished."
ANSWER = ApiMessage(role=Sender.ASSISTANT, texts=("an answer",))
RESULT = ApiMessage(role=Sender.USER)
"""A message that holds tool results alone."""


def said_by(*texts: str) -> ApiMessage:
    return ApiMessage(role=Sender.USER, texts=texts)


def replied(*messages: ApiMessage, scripts: tuple[Script, ...] = SCRIPTS) -> ScriptedReply:
    return reply_to(Request(messages=messages, tools=("Bash",)), scripts, now=0.0)


def words(*messages: ApiMessage) -> str:
    [block] = replied(*messages).blocks
    assert isinstance(block, Text)
    return block.words


def test_the_first_script_that_matches_is_played_turn_by_turn() -> None:
    prompt = said_by("Role\nYou work on hubctl thread 12: Parse words\nBody")
    assert words(prompt) == "parse one"
    assert words(prompt, ANSWER, RESULT) == "parse two"
    assert words(prompt, ANSWER, RESULT, ANSWER, RESULT) == FINISHED
    assert words(said_by("hubctl thread 2: Other")) == "any one"


def test_the_newest_text_that_decides_begins_anew() -> None:
    first = said_by("hubctl thread 1: Parse")
    assert words(first, ANSWER, said_by("Go on.")) == "go one"
    assert words(first, ANSWER, said_by("Go on."), ANSWER) == FINISHED


def test_a_text_that_scripts_nothing_lets_the_script_go_on() -> None:
    assert words(said_by("hubctl thread 1: Parse"), ANSWER, said_by("Are you there?")) == "parse two"


def test_own_lines_win_over_scripts_in_the_same_text_and_not_over_newer_ones() -> None:
    own = said_by("hubctl thread 1: Parse\n@say mine")
    assert words(own) == "mine"
    assert words(own, ANSWER, said_by("Go on.")) == "go one"
    assert words(said_by("hubctl thread 1: Parse"), ANSWER, said_by("@say mine")) == "mine"


def test_two_prompts_in_one_message_are_two_texts() -> None:
    assert words(said_by("@hold 30", "[Request interrupted by user]", "@say new\n@say newer")) == "new"
    assert words(said_by("@say old", "Go on.")) == "go one"


def test_lines_of_one_turn_are_blocks_of_one_answer() -> None:
    reply = replied(said_by("@say both\n@+bash a\n@+usage 7 and this"))
    assert [type(block) for block in reply.blocks] == [Text, ToolUse, Text]
    assert (reply.context_tokens, reply.stop_reason) == (7, StopReason.TOOL_USE)
    assert replied(said_by("@say a")).stop_reason is StopReason.END_TURN


def test_nothing_matches() -> None:
    assert words() == IDLE
    assert words(said_by("Hello."), ANSWER) == IDLE


@pytest.mark.parametrize(
    ("line", "told"), [("@frob x", "unknown directive frob"), ("@hold on", "`on` is no number")]
)
def test_a_mistake_in_a_prompt_is_told_in_the_answer(line: str, told: str) -> None:
    assert words(said_by(line)).startswith(told)


@pytest.mark.parametrize("tail", [(), ("hubctl thread 1: Parse\n@say x",)])
def test_a_compaction_gets_its_summary_alone_or_behind_the_prompt(tail: tuple[str, ...]) -> None:
    asked = (
        "CRITICAL: text only.\n\nYour task is to create a detailed summary of the conversation so far, paying"
    )
    assert words(said_by("@say x"), ANSWER, said_by(*tail, asked)) == SUMMARY


def test_a_prompt_about_summaries_is_no_compaction() -> None:
    assert words(said_by("Your task is to create a summary of README.md\n@say fine")) == "fine"


def side(prompt: str, *, topic: bool = False, **shape: str) -> str:
    request = Request(messages=(said_by(prompt),), shape=shape or None, asks_topic=topic)
    [block] = reply_to(request, SCRIPTS, now=0.0).blocks
    assert isinstance(block, Text)
    return block.words


def test_side_requests_carry_the_prompt_and_do_not_play_it() -> None:
    assert json.loads(side("@say x", title="string", tags="array")) == {"title": "Scripted title", "tags": []}
    assert json.loads(side("@say x", topic=True)) == {"isNewTopic": False, "title": None}
    assert side("Hello.") == "ok"


def test_json_answers_a_shape_that_has_its_names_and_no_other() -> None:
    assert side('@json {"issues": []}', goal="string", issues="array") == '{"issues": []}'
    assert json.loads(side('@json {"issues": []}', title="string")) == {"title": "Scripted title"}
    assert json.loads(side("@json none", title="string")) == {"title": "Scripted title"}


def test_a_request_with_tools_is_no_side_request() -> None:
    request = Request(messages=(said_by("@say x"),), tools=("Bash",), shape={"title": "string"})
    assert reply_to(request, now=0.0).blocks == (Text(words="x"),)


@given(st.lists(st.text(max_size=30).map(lambda text: f"@say {text}".splitlines()[0]), min_size=1), st.data())
def test_the_answers_given_say_which_turn_is_next(lines: list[str], data: st.DataObject) -> None:
    done = data.draw(st.integers(0, len(lines) - 1))
    expected = lines[done].removeprefix("@say ").replace("\\n", "\n").replace("\\t", "\t")
    assert words(said_by("\n".join(lines)), *[ANSWER, RESULT] * done) == expected


VERB = st.sampled_from(sorted(VERBS))


@given(st.lists(st.tuples(VERB, st.text(max_size=20))))
def test_no_prompt_makes_it_fail(directives: list[tuple[str, str]]) -> None:
    assert replied(said_by("\n".join(f"@{verb} {argument}" for verb, argument in directives)))
