"""One worker's process, told step by step: what its hooks, session file, transcript and title say of each step."""

import json
import random

from msgspec.structs import replace

from support.stories.lives.words import FIRST, Beat

TOOLS = ("Bash", "Read", "Edit", "Grep", "Write")


class Life:
    """A story under construction; `now` is seconds after its anchor, and every step moves it on."""

    def __init__(self, chance: random.Random, now: float = 0.0) -> None:
        self.beats: list[Beat] = []
        self.now = now
        self._chance = chance
        self._turn = 0

    def done(self) -> tuple[Beat, ...]:
        """Its beats, oldest first."""
        return tuple(sorted(self.beats, key=lambda beat: beat.at))

    def _tell(self, what: str, word: str = "", text: str = "", *, late: float = 0.0) -> None:
        self.beats.append(Beat(at=self.now + late, what=what, word=word, text=text))

    def _hook(self, name: str, **payload: object) -> None:
        told = {"session_id": "{session}", "hook_event_name": name, "prompt_id": self._prompt_id, **payload}
        self._tell("hook", name, json.dumps(told), late=self._chance.uniform(0, 0.01))

    def _file(self, status: str, waits_for: str = "") -> None:
        late = self._chance.uniform(0.01, 0.06)
        self._tell("session", status, waits_for, late=late)
        self._tell("title", "busy" if status == "busy" else "still", late=late)

    @property
    def _prompt_id(self) -> str:
        return f"{{life}}-{self._turn}"

    # --- steps ----------------------------------------------------------------------------------------------------

    def passes(self, seconds: float) -> "Life":
        """Time in which nothing is seen."""
        self.now += seconds
        return self

    def boots(self, prompt: str = FIRST) -> "Life":
        """The process comes up and takes its first prompt; empty: it shows an empty composer."""
        self._hook("SessionStart", source="startup")
        self._file("idle")
        return self.passes(self._chance.uniform(0.8, 1.5)).takes(prompt) if prompt else self

    def takes(self, prompt: str) -> "Life":
        """A turn begins with this prompt."""
        self._turn += 1
        self._hook("UserPromptSubmit", prompt=prompt)
        self._tell("prompt", self._prompt_id, prompt, late=0.02)
        self._file("busy")
        return self

    def works(self, seconds: float, *, every: float = 20.0) -> "Life":
        """Tools run, and tokens are counted, at least `every` so many seconds."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + self._chance.uniform(0.2, 1) * every)
            tool = self._chance.choice(TOOLS)
            self._hook("PreToolUse", tool_name=tool, tool_input={})
            self._hook("PostToolUse", tool_name=tool, tool_input={}, duration_ms=90)
            self._tell("tokens", str(round(self.now * 40)))
        return self

    def makes(self, what: str) -> "Life":
        """A look at its checkout finds a commit, or changed files."""
        self._tell("work", what, f"looks-{round(self.now * 1000)}")
        return self.passes(0.5)

    def thinks(self, seconds: float) -> "Life":
        """No tool, no hook: the answer streams, and its tokens are counted."""
        for _ in range(int(seconds // 30)):
            self.now += 30
            self._tell("tokens", str(round(self.now * 40)))
        return self

    def runs_silently(self, seconds: float, limit: float) -> "Life":
        """One long command within its own limit."""
        command = {"command": "make all", "timeout": round(limit * 1000)}
        self._hook("PreToolUse", tool_name="Bash", tool_input=command, tool_use_id="t1")
        told = Beat(at=self.now, what="tokens", word=str(round(self.now * 40)), text="Bash", to=str(limit))
        self.beats.append(told)
        self.passes(seconds)
        self._hook("PostToolUse", tool_name="Bash", tool_input=command, tool_use_id="t1")
        return self

    def rests(self, background: int = 0) -> "Life":
        """The turn ends."""
        tasks = [{"id": f"b{number}", "status": "running"} for number in range(background)]
        self._hook("Stop", last_assistant_message="Next I will look at it.", background_tasks=tasks)
        self._file("shell" if background else "idle")
        return self

    def fails(self, error: str, message: str = "") -> "Life":
        """The turn ends by an API error."""
        self._hook("StopFailure", error=error, last_assistant_message=message)
        self._file("idle")
        return self

    def is_cut(self) -> "Life":
        """Escape: no hook tells of it."""
        self._file("idle")
        return self

    def is_asked(self, tool: str) -> "Life":
        """A permission dialog opens."""
        self._hook("PreToolUse", tool_name=tool, tool_input={})
        self._hook("PermissionRequest", tool_name=tool, tool_input={"command": "rm -rf build"})
        self._file("waiting", f"permission for {tool}")
        return self

    def asks_in_the_pane(self) -> "Life":
        """AskUserQuestion: the file knows of it."""
        self._hook("PreToolUse", tool_name="AskUserQuestion", tool_input={})
        self._file("waiting", "a question")
        return self

    def is_answered(self, tool: str = "Bash") -> "Life":
        self._file("busy")
        self._hook("PostToolUse", tool_name=tool, tool_input={})
        return self

    def delegates(self, seconds: float) -> "Life":
        """A subagent works; its hooks carry its id."""
        end = self.now + seconds
        while self.now < end:
            self.passes(self._chance.uniform(5, 40))
            self._hook("PostToolUse", tool_name="Read", agent_id="a1", agent_type="Explore")
            self._tell("tokens", str(round(self.now * 40)))
        self._hook("SubagentStop", agent_id="a1")
        return self

    def clears(self) -> "Life":
        """`/clear`: another session in the same process."""
        self._hook("SessionEnd", reason="clear")
        told = {"session_id": "cleared", "hook_event_name": "SessionStart", "source": "clear"}
        self._tell("hook", "SessionStart", json.dumps(told), late=0.1)
        return self

    def says(self, verb: str, text: str = "Because.", to: str = "") -> "Life":
        """`hubctl VERB` in its pane."""
        self.beats.append(Beat(at=self.now, what="says", word=verb, text=text, to=to))
        return self.passes(0.5)

    def claims(self) -> "Life":
        """Done is said, and the turn ends."""
        return self.says("done", "All of it.").passes(1).rests()

    def dies(self, how: str = "signal 9") -> "Life":
        self._tell("process", "dead", how)
        return self

    def shows(self, view: str, start: str = "") -> "Life":
        """Only the screen tells."""
        self._tell("screen", view, start)
        return self

    def drops(self, kind: str, *, at_once: bool = False, issue: str = "") -> "Life":
        """The truth: from here on the ball lies on the floor."""
        beat = Beat(at=self.now, what="dropped", word=kind, text="at once" if at_once else "")
        self.beats.append(replace(beat, issue=issue))
        return self

    def played(self, beats: tuple[Beat, ...]) -> "Life":
        """Recorded beats, from now on."""
        self.beats += [replace(beat, at=self.now + beat.at) for beat in beats]
        return self.passes(max((beat.at for beat in beats), default=0.0))
