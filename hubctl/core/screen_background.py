"""How many shells and agents a screen says are running behind a free composer or a dialog."""

from collections.abc import Sequence

from hubctl.core import screen_phrases as phrases
from hubctl.core.screen_parts import Composer, Entry, words


def background(composer: Composer, talk: Sequence[Entry], *, working: bool) -> int:
    """The footer counts shells, or all tasks, and lists agents; a turn's own agents are listed, but not behind it."""
    footer = words(composer.footer[:3])
    agents = [found[1] for found in (phrases.AGENT_ROW.match(row.text) for row in composer.footer) if found]
    behind = [agent for agent in agents if not (working and _in_foreground(agent, talk))]
    return max(_sum(phrases.TASKS.findall(footer)), _sum(phrases.SHELLS.findall(footer)) + len(behind))


def _in_foreground(agent: str, talk: Sequence[Entry]) -> bool:
    """An agent that the turn waits for shows its steps under its call; one sent behind says so there."""
    calls = [
        i for i, entry in enumerate(talk) if entry.mark in phrases.SPEAKERS and f"({agent})" in entry.text
    ]
    return bool(calls) and not any(
        phrases.BACKGROUNDED.match(entry.text) for entry in talk[calls[-1] + 1 :][:1]
    )


def left_running(talk: Sequence[Entry]) -> int:
    """A dialog hides the footer; what the last turn left running stands in the line that closed it."""
    closing = next(
        (entry for entry in reversed(talk) if entry.mark in phrases.SPEAKERS | phrases.SPINNER), None
    )
    if closing is None or closing.mark not in phrases.SPINNER:
        return 0
    return _sum(phrases.WAITS_FOR.findall(closing.text)) + _sum(phrases.STILL_RUNNING.findall(closing.text))


def _sum(counts: Sequence[str]) -> int:
    return sum(int(count) for count in counts)
