"""The simulator's own words: what happens in a story, as plain data, and how the world answers a hub's orders.

Rule: nothing of hubctl is imported in this folder. Who simulates with the code that is judged finds what it believes.
"""

from collections.abc import Mapping

from msgspec import Struct, field

FIRST, TASK = "{first}", "{task}"
"""Stand for prompts of the hub, whose words the simulator does not know: the one that a process is started with, and
the issue's. `{nudge}`, `{message}`, `{feedback}` and `{wake}` are the others."""


class Beat(Struct, frozen=True, kw_only=True):
    """Something that happens `at` so many seconds after its anchor: the story's, a process', an order's.

    | what | word | text |
    | --- | --- | --- |
    | process | `dead` | how it ended |
    | session | the session file's status | its `waitingFor` |
    | hook | the event's name | the payload as the worker CLI writes it |
    | prompt | the turn's id | the prompt as it stands in the transcript |
    | tokens | how many in all | the tool that runs; `to` is its own limit in seconds |
    | title | `busy` or `still` | |
    | screen | the view | the start dialog's name |
    | work | `commit` or `files` | how its checkout looks then |
    | says, person | the verb | its text; `to` is the other holder |
    | trust | | the files that changed |
    | restart | | the hub dies and starts |
    | slept | seconds | the machine sleeps |
    | dropped | the kind | `at once` where the fact itself is the drop, else the rule's `after` runs from here |
    """

    at: float
    what: str
    word: str = ""
    text: str = ""
    to: str = ""
    issue: str = ""
    """whom it happens to, where that is not the anchor's own; `hub` is nobody's"""


class Answer(Struct, frozen=True, kw_only=True):
    """What comes of an order: after `takes` seconds (None: never), with this error or verdict; `beats` follow its begin."""

    takes: float | None = 1.0
    error: str = ""
    why: str = ""
    """a claim's rejection; of a look at a screen: the seconds until the API retry that stands there"""
    beats: tuple[Beat, ...] = ()


class Story(Struct, frozen=True, kw_only=True):
    """Issues are numbered from 1 in plan order. An order that has no answer of its own left succeeds in a second."""

    name: str
    seconds: float
    after: tuple[tuple[str, ...], ...] = ((),)
    """for each issue the issues that it waits for"""
    lives: Mapping[str, tuple[tuple[Beat, ...], ...]] = field(default_factory=dict)
    """by issue: the life of each of its processes, from the moment it was started"""
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    """by `order issue`, a deliver's with its purpose: `deliver nudge 1`"""
    beats: tuple[Beat, ...] = ()
    """what happens by the story's own clock"""
    lane: bool = False
    """one standing worker takes all issues"""
    also: frozenset[str] = frozenset()
    """kinds that are another name for what was dropped here: neither right nor wrong"""
