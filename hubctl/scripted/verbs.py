"""The verbs of directives: each turns its argument into a part of the answer.

@say TEXT                 plain text                     @slow S TEXT     text spread over S seconds
@thinking S TEXT          a thinking block over S s      @think S         only pings for S seconds
@hold S                   not even headers for S s       @long N          N lines of output
@bash CMD                 Bash tool                      @bashbg CMD      Bash, run_in_background
@bashto MS CMD            Bash with a timeout            @read PATH
@write PATH TEXT          Write tool                     @edit PATH OLD|||NEW
@ask TEXT                 AskUserQuestion, Yes/No        @asks TEXT       two questions, the second multi-select
@planfile TEXT            writes the plan file           @plan TEXT       ExitPlanMode
@task PROMPT              subagent (PROMPT may script)   @taskbg PROMPT   the same in the background
@todo A;B;C               the todo tool                  @fetch URL       WebFetch
@tool NAME {JSON}         any tool                       @json {JSON}     answers a JSON schema
@error CODE MSG           refused for ever               @errorn N CODE MSG  refused N times, then an answer
@limit CLAIM S            429 + unified headers, reset in S seconds (CLAIM: five_hour, seven_day)
@warn CLAIM UTIL S TEXT   200 + allowed_warning headers  @toolong         400, prompt is too long
@drop TEXT                cut in mid message             @stall S         a few words, then silence
@usage N TEXT             pretend N context tokens       @maxtok/@refusal/@pause TEXT   other stop reasons
"""

from collections.abc import Callable, Mapping
from typing import Final

from hubctl.errors import HubError
from hubctl.scripted.blocks import Block, Refusal, ScriptedReply, StopReason, Text, Thinking, ToolUse
from hubctl.scripted.call import Call, read_object, read_seconds, read_status, read_whole
from hubctl.scripted.directives import Directive
from hubctl.scripted.request import Request

WINDOWS: Final = {"5h": "five_hour", "7d": "seven_day"}
ANSWER_TOOL: Final = "StructuredOutput"
"""The tool by which the worker CLI takes the answer to its `--json-schema`."""
Verb = Callable[[Call], ScriptedReply]


def perform(directive: Directive, request: Request, *, now: float) -> ScriptedReply:
    """Raises HubError for an unknown verb, and for an argument that cannot be read."""
    verb = VERBS.get(directive.verb)
    if verb is None:
        raise HubError(f"unknown directive {directive.verb}", f"Write one of: {' '.join(sorted(VERBS))}.")
    return verb(Call(argument=directive.argument, request=request, now=now))


def _block(make: Callable[[Call], Block]) -> Verb:
    return lambda call: ScriptedReply(blocks=(make(call),))


def _tool(name: str, **arguments: object) -> ToolUse:
    return ToolUse(name=name, arguments=arguments)


def _bash(command: str, **more: object) -> ToolUse:
    return _tool("Bash", command=command, description="scripted command", **more)


def _bash_with_timeout(call: Call) -> Block:
    milliseconds, command = call.split()
    return _bash(command, timeout=read_whole(milliseconds))


def _write(call: Call) -> Block:
    path, content = call.split()
    return _tool("Write", file_path=path, content=content)


def _edit(call: Call) -> Block:
    path, change = call.split()
    old, _, new = change.partition("|||")
    return _tool("Edit", file_path=path, old_string=old, new_string=new)


def _question(words: str, header: str, *labels: str, many: bool = False) -> Mapping[str, object]:
    options = [{"label": label, "description": label.lower()} for label in labels]
    return {"question": words, "header": header, "options": options, "multiSelect": many}


def _ask(call: Call) -> Block:
    return _tool("AskUserQuestion", questions=[_question(call.argument, "Choice", "Yes", "No")])


def _ask_two(call: Call) -> Block:
    first = _question(call.argument, "First", "Yes", "No")
    second = _question("Which parts?", "Second", "API", "Docs", many=True)
    return _tool("AskUserQuestion", questions=[first, second])


def _plan_file(call: Call) -> Block:
    path = call.request.plan_file
    if path is None:
        return Text(words="(no plan file named)")
    return _tool("Write", file_path=path, content=call.argument)


def _subagent(call: Call, *, background: bool) -> Block:
    """2.0.x calls the tool Task, later ones Agent."""
    return _tool(
        "Agent" if "Agent" in call.request.tools else "Task",
        description="scripted subagent",
        prompt=call.argument,
        subagent_type="general-purpose",
        run_in_background=background,
    )


def _todo(call: Call) -> ScriptedReply:
    """One list of all in 2.0.x, later one call for each."""
    items = [item.strip() for item in call.argument.split(";")]
    if "TodoWrite" not in call.request.tools:
        calls = (_tool("TaskCreate", subject=i, description=i, activeForm=f"Doing {i}") for i in items)
        return ScriptedReply(blocks=tuple(calls))
    states = ["in_progress", *["pending"] * len(items)]
    todos = [
        {"content": item, "activeForm": f"Doing {item}", "status": state}
        for item, state in zip(items, states, strict=False)
    ]
    return ScriptedReply(blocks=(_tool("TodoWrite", todos=todos),))


def _any_tool(call: Call) -> Block:
    name, arguments = call.split()
    return ToolUse(name=name, arguments=read_object(arguments))


def _json(call: Call) -> Block:
    if ANSWER_TOOL not in call.request.tools:
        return Text(words=call.argument)
    return ToolUse(name=ANSWER_TOOL, arguments=read_object(call.argument))


def _error(call: Call) -> ScriptedReply:
    status, message = call.split()
    return ScriptedReply(refusal=Refusal(status=read_status(status), message=message))


def _error_some(call: Call) -> ScriptedReply:
    times, status, message = call.split(3)
    refusal = Refusal(status=read_status(status), message=message, times=read_whole(times))
    return ScriptedReply(refusal=refusal, blocks=(Text(words="Recovered."),))


def _too_long(_: Call) -> ScriptedReply:
    message = "prompt is too long: 250000 tokens > 200000 maximum"
    return ScriptedReply(refusal=Refusal(status=400, message=message))


def _unified(claim: str, reset: float, *, status: str, utilization: str) -> Mapping[str, str]:
    """The headers of a subscription: with an API key the worker CLI ignores them."""
    if claim not in WINDOWS.values():
        raise HubError(f"`{claim}` is no limit", f"Write one of: {' '.join(WINDOWS.values())}.")
    headers = {
        "status": status,
        "reset": f"{reset:.0f}",
        "representative-claim": claim,
        "overage-status": "rejected",
        "overage-disabled-reason": "org_level_disabled",
        "fallback-percentage": "0.5",
    }
    for window, name in WINDOWS.items():
        headers[f"{window}-status"] = status if name == claim else "allowed"
        headers[f"{window}-reset"] = f"{reset:.0f}"
        headers[f"{window}-utilization"] = utilization if name == claim else "0.2"
        if name == claim:
            headers[f"{window}-surpassed-threshold"] = "0.9"
    return {f"anthropic-ratelimit-unified-{name}": value for name, value in headers.items()}


def _limit(call: Call) -> ScriptedReply:
    claim, seconds = call.split()
    reset = call.now + read_seconds(seconds or "3600")
    message = "This request would exceed your account's rate limit. Please try again later."
    headers = _unified(claim or "five_hour", reset, status="rejected", utilization="1.02")
    return ScriptedReply(refusal=Refusal(status=429, message=message), headers=headers)


def _warn(call: Call) -> ScriptedReply:
    claim, utilization, seconds, words = call.split(4)
    reset = call.now + read_seconds(seconds)
    headers = _unified(claim, reset, status="allowed_warning", utilization=utilization)
    return ScriptedReply(blocks=(Text(words=words or "Warned."),), headers=headers)


def _usage(call: Call) -> ScriptedReply:
    tokens, words = call.split()
    return ScriptedReply(blocks=(Text(words=words or f"usage {tokens}"),), context_tokens=read_whole(tokens))


def _stopped(reason: StopReason) -> Verb:
    return lambda call: ScriptedReply(blocks=(Text(words=call.argument or reason),), stop=reason)


def _slow(call: Call) -> Block:
    seconds, words = call.split()
    return Text(words=words, seconds=read_seconds(seconds))


def _thinking(call: Call) -> Block:
    seconds, words = call.split()
    return Thinking(words=words, seconds=read_seconds(seconds))


def _long(call: Call) -> Block:
    lines = (f"line {number:05d} of the output" for number in range(read_whole(call.argument or "200")))
    return Text(words="\n".join(lines), seconds=1.0)


def _hold(call: Call) -> ScriptedReply:
    return ScriptedReply(blocks=(Text(words="Held."),), hold_seconds=read_seconds(call.argument))


VERBS: Final[Mapping[str, Verb]] = {
    "say": _block(lambda call: Text(words=call.argument)),
    "slow": _block(_slow),
    "thinking": _block(_thinking),
    "think": _block(lambda call: Text(words="Done thinking.", ping_seconds=read_seconds(call.argument))),
    "stall": _block(lambda call: Text(words="stalling now ", silent_seconds=read_seconds(call.argument))),
    "long": _block(_long),
    "hold": _hold,
    "bash": _block(lambda call: _bash(call.argument)),
    "bashbg": _block(lambda call: _bash(call.argument, run_in_background=True)),
    "bashto": _block(_bash_with_timeout),
    "read": _block(lambda call: _tool("Read", file_path=call.argument)),
    "write": _block(_write),
    "edit": _block(_edit),
    "ask": _block(_ask),
    "asks": _block(_ask_two),
    "planfile": _block(_plan_file),
    "plan": _block(lambda call: _tool("ExitPlanMode", plan=call.argument)),
    "task": _block(lambda call: _subagent(call, background=False)),
    "taskbg": _block(lambda call: _subagent(call, background=True)),
    "todo": _todo,
    "fetch": _block(lambda call: _tool("WebFetch", url=call.argument, prompt="summarise")),
    "tool": _block(_any_tool),
    "json": _block(_json),
    "error": _error,
    "errorn": _error_some,
    "toolong": _too_long,
    "limit": _limit,
    "warn": _warn,
    "usage": _usage,
    "drop": lambda call: ScriptedReply(blocks=(Text(words=call.argument or "cut here"),), cut=True),
    "maxtok": _stopped(StopReason.MAX_TOKENS),
    "refusal": _stopped(StopReason.REFUSAL),
    "pause": _stopped(StopReason.PAUSE_TURN),
}
