"""The table of verbs: it holds all that the overview needs, so that no verb's module is loaded for it."""

import gc
import importlib
from collections.abc import Mapping
from types import FunctionType
from typing import NamedTuple


class Verb(NamedTuple):
    """A verb's name and its line in the overview; its functions are in `hubctl.cli.<name>`."""

    name: str
    help: str
    words: tuple[str, ...] = ()
    """of a verb that is several: what may follow it, each a function of that name"""

    def functions(self) -> dict[str, FunctionType]:
        """By what is typed after the verb, nothing for most; what they need is loaded."""
        module = importlib.import_module(f"hubctl.cli.{self.name}")
        gc.freeze()  # what imports made lives for ever: never to be looked through
        gc.enable()
        return {word: getattr(module, word or self.name) for word in self.words or ("",)}


_VERBS = (
    Verb(name="init", help="Prepare a git repository: state, hubctl.yaml."),
    Verb(name="split", help="Plan a task: it becomes issues with roles, dependencies, validations."),
    Verb(name="run", help="The main job: plan, file, start workers, follow them to the end."),
    Verb(name="up", help="Start the hub, in the foreground or with --detach."),
    Verb(name="down", help="End the hub; workers stay alive unless --workers."),
    Verb(name="status", help="Who holds which ball since when, and what is late."),
    Verb(name="attach", help="Look into a worker's pane."),
    Verb(name="logs", help="The conversation of a thread's worker, or its screen."),
    Verb(name="events", help="The log of everything that happened."),
    Verb(name="alerts", help="The alerts that are open."),
    Verb(name="ack", help="You have seen an alert: it is not repeated."),
    Verb(name="inbox", help="All that workers wait on you for, in one place."),
    Verb(name="approve", help="Let what was asked for happen: a tool, a plan."),
    Verb(name="deny", help="Refuse it, and tell the worker why."),
    Verb(name="answer", help="Answer a worker's question."),
    Verb(name="send", help="Tell a worker something, and know that it arrived."),
    Verb(name="interrupt", help="Cut a worker's turn; the ball is yours then."),
    Verb(name="stop", help="Stop a thread: its worker is ended, its branch stays."),
    Verb(name="retry", help="Try a failed or canceled thread again."),
    Verb(name="trigger", help="Look at the board now: for cron and webhooks."),
    Verb(name="done", help="Worker's word: the issue is done and committed."),
    Verb(name="handoff", help="Worker's word: who must act next, and why."),
    Verb(name="ask", help="Worker's word: a question that a person must answer."),
    Verb(name="progress", help="Worker's word: where you stand."),
    Verb(name="trust", help="Accept, for this machine, the files that can order things."),
    Verb(name="check", help="Is all well? For cron and monitoring, with or without a hub."),
    Verb(
        name="cron",
        help="The line in your crontab that calls `hubctl check`.",
        words=("install", "remove", "show"),
    ),
    Verb(
        name="policy",
        help="The rules: show, check, explain and edit them.",
        words=("check", "show", "explain", "edit"),
    ),
    Verb(name="screen", help="How hubctl reads a screen: for bug reports."),
    Verb(name="completion", help="The script that completes verbs and threads in bash, zsh or fish."),
    Verb(name="doctor", help="Versions, login, tmux, anomalies, with the cure for each."),
)
VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _VERBS}
