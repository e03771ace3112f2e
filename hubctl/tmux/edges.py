"""Edges found inside tmux: a title that turns renames its window, and tmux tells the rename to the control connection.

A spinner's frame costs the hub nothing: a hook of tmux compares the window's name with the one its title asks for, and
renames it only when they differ (docs/facts/tmux.md#edges). People read the same in their window list: `3-parser`
rests, `3-parser+` is busy, `3-parser (dead)` has ended. Only panes with `@hubctl_name` take part, so a pane that a
person splits off does not. The hooks stay in tmux when the hub ends: the names go on telling the truth.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import View
from hubctl.ports.worker import Pane, RuntimeUnavailable
from hubctl.tmux.control import ControlClient
from hubctl.tmux.syntax import LIST_FORMAT, check_id, parse_panes, quote

Told = Callable[[str, View], None]
"""A pane's id and BUSY, UNKNOWN (its title rests) or GONE; an empty id: list the panes again."""

# Not `*` or `-`: tmux's own status line puts those behind a name.
BUSY_MARK, DEAD_MARK = "+", " (dead)"

# The worker CLI's titles begin with a glyph: `✳` at rest, others from version to version while it works. A title that
# begins in ASCII is none of its own: the host's name, a leaked terminal query.
_BUSY = "#{?#{||:#{m:✳*,#{pane_title}},#{m:[ -~]*,#{pane_title}}},0,1}"
_NAMED = "#{!=:#{@hubctl_name},}"  # not `#{@hubctl_name}` alone: a value that begins with 0 counts as false
_NAME = "#{@hubctl_name}#{?pane_dead," + DEAD_MARK + ",#{?" + _BUSY + "," + BUSY_MARK + ",}}"
# A rename inside a hook is not announced; `run-shell -b -C` steps out of it and forks nothing. `##` leaves the name to be
# worked out when the rename runs: one worked out in the hook may be old by then, and no quote in it becomes a command.
_RENAME = "rename-window -t '#{pane_id}' '" + _NAME.replace("#{", "##{") + "'"
_ON_EDGE = (
    f"if -F '#{{&&:{_NAMED},#{{!=:#{{window_name}},{_NAME}}}}}' {{ run-shell -b -C \\\"{_RENAME}\\\" }}"
)
# An index of our own leaves a person's hooks alone.
HOOKS = tuple(f"set-hook -g '{hook}[77]' \"{_ON_EDGE}\"" for hook in ("pane-title-changed", "pane-died"))
_LIST = "list-panes -a -F " + quote(f"{LIST_FORMAT}\t{_BUSY}\t#{{window_activity}}\t#{{@hubctl_name}}")
_RENAMED = ("%window-renamed", "%unlinked-window-renamed")
_CLOSED = ("%window-close", "%unlinked-window-close")
_DOUBTFUL = (*_RENAMED, *_CLOSED, "%window-add", "%unlinked-window-add", "%sessions-changed")


class TmuxEdges:
    """The `Edges` port on one tmux server: `ControlClient` with the hooks in place."""

    def __init__(self, *, socket: str, session: str) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, tuple[str, str]] = {}
        """by window: the pane's id and its plain name"""
        self._reset: set[str] = set()
        """panes whose window this connection has named"""
        self._told: Told = lambda _pane, _view: None
        self.client = ControlClient(
            socket=socket, session=session, told=self._notified, turned=self._turned, greeting=HOOKS
        )

    def start(self, told: Told) -> None:
        self._told = told
        self.client.start()

    def close(self) -> None:
        self.client.close()

    def panes(self) -> tuple[Pane, ...]:
        """All panes; the first list of a connection names their windows anew, which tells the state of each.

        What the last hub left in a name would swallow the first edge.
        """
        found = tuple(_parse(self.client.run(_LIST)))
        if any(pane.dead and pane.status is None and pane.signal is None for pane, _ in found):
            self.client.run("run-shell -b true")  # a quiet server reaps at the end of its next child
        with self._lock:
            self._names = {pane.window: (pane.id, name) for pane, name in found if name}
            new = [pane.id for pane, name in found if name and pane.id not in self._reset]
            self._reset = {pane.id for pane, _ in found if pane.id in self._reset} | set(new)
        with suppress(RuntimeUnavailable):  # a pane may have gone in between
            self.client.run(*(f"rename-window -t {pane} '{_NAME}'" for pane in new))
        return tuple(pane for pane, _ in found)

    def capture(self, pane: str) -> str:
        return "\n".join(self.client.run(f"capture-pane -e -p -t {check_id(pane)}"))

    def _turned(self) -> None:
        with self._lock:
            self._reset.clear()
        self._told("", View.UNKNOWN)

    def _notified(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        window, _, name = rest.partition(" ")
        with self._lock:
            pane, plain = self._names.get(window, ("", ""))
        if pane and word in _RENAMED and name in (plain, plain + BUSY_MARK):
            self._told(pane, View.UNKNOWN if name == plain else View.BUSY)
        elif pane and (word in _CLOSED or (word in _RENAMED and name == plain + DEAD_MARK)):
            self._told(pane, View.GONE)
        elif word in _DOUBTFUL:
            self._told("", View.UNKNOWN)  # a new window, or a name that a person gave


def _parse(lines: Iterable[str]) -> Iterable[tuple[Pane, str]]:
    """Each pane with its plain name, empty where it has none."""
    for line in lines:
        *start, busy, printed, name = line.split("\t")
        for pane in parse_panes(["\t".join(start)]):
            yield replace(pane, busy=busy == "1", printed=int(printed) if printed.isdecimal() else 0), name
