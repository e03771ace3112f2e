"""What tmux reads and what it prints, as text: quoting for its command files, and the lines of its pane list."""

import re
from collections.abc import Iterable, Sequence

from hubctl.errors import HubError
from hubctl.ports.worker import Pane

TAGS = ("thread", "start", "worker")
"""What the hub writes on a pane, as pane options `@hubctl_<tag>`."""
KEY_NAME = re.compile(r"C-[a-z]|[0-9a-z]|Enter|Escape|Tab|BTab|Space|BSpace|Up|Down|Left|Right")
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Tilde too: tmux expands a leading one inside double quotes. Control characters because a newline inside quotes
# makes tmux drop the blanks and the comment that follow it.
_ESCAPED = re.compile(r'[\\"$~\x01-\x1f\x7f]')
# C1 as well: U+009B is ESC [ in one character.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def quote(word: str) -> str:
    """The word as tmux reads it in a command file; any text but NUL and lone surrogates."""
    return '"' + _ESCAPED.sub(_escape, word) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return f"\\{char}" if char.isprintable() else f"\\{ord(char):03o}"


def command_file(*commands: Iterable[str]) -> bytes:
    """Commands as one line: tmux runs a line's commands in one go, and drops the rest when one of them fails."""
    line = " ; ".join(" ".join(quote(word) for word in command) for command in commands)
    if "\0" in line:
        raise HubError("a word or variable for the worker holds a NUL, which no process can be given")
    try:
        return line.encode(errors="surrogateescape") + b"\n"
    except UnicodeEncodeError:
        # Not the error's own text: it quotes what it could not encode, which may be a secret.
        raise HubError(
            "a word or variable for the worker holds a character that is not Unicode text"
        ) from None


def env_words(env: Iterable[tuple[str, str]]) -> list[str]:
    """The `-e NAME=VALUE` words of a new window, for a command file only: their values may be secrets."""
    words: list[str] = []
    for name, value in env:
        if not ENV_NAME.fullmatch(name):
            raise HubError(f"`{name}` is no name for a variable of the worker's environment", "rename it")
        words += ["-e", f"{name}={value}"]
    return words


def exec_words(command: Sequence[str]) -> Sequence[str]:
    """Words that tmux executes without a shell: a single one it would hand to a shell to parse."""
    if not command:
        raise HubError("the worker's command is empty", "set `worker: {command: [claude]}` in hubctl.yaml")
    return command if len(command) > 1 else ["/bin/sh", "-c", 'exec "$0"', *command]


def tag_option(tag: str, value: str) -> tuple[str, str]:
    """The pane option of a tag and its value; HubError for what would not be read back as it was."""
    if tag not in TAGS:
        raise HubError(f"`{tag}` is no tag of a pane; the tags are {', '.join(TAGS)}")
    if not value or _UNPRINTABLE.search(value):
        raise HubError(f"the value of the pane's tag `{tag}` is empty or holds a control character")
    return f"@hubctl_{tag}", value


def check_id(given: str) -> str:
    """The id itself; raises HubError for a name, which could be the beginning of another's, or a command."""
    if not re.fullmatch(r"[%@]\d+", given):
        raise HubError(f"`{given}` is no id of a pane or window such as `%5` or `@5`")
    return given


def plain_name(name: str) -> str:
    """A window name that tmux keeps as it is: no format, no style, no control character, no word separator."""
    return re.sub(r"[^\w.+()-]+", "-", name) or "worker"


def pasteable(text: str) -> str:
    """The text with plain line ends.

    Raises HubError where it holds a control character: it would act as a key, and ESC could end a bracketed paste.
    """
    text = text.replace("\r\n", "\n")
    if found := _CONTROL.search(text):
        raise HubError(
            f"the text for the worker holds the control character U+{ord(found[0]):04X}, which would act as a key",
            "remove it, or write the text to a file and send the file's name",
        )
    return text


def _printed(variable: str) -> str:
    # Line ends and tabs become blanks inside tmux: a title with a newline must not look like a second pane.
    return "#{s/[\t\r\n]/ /:" + variable + "}"


LIST_FORMAT = "\t".join(
    [
        *("#{pane_id}", "#{window_id}", "#{pane_pid}", "#{pane_dead}", "#{pane_dead_status}"),
        *("#{pane_dead_signal}", "#{pane_in_mode}", _printed("window_name"), _printed("pane_title")),
        *(_printed(f"@hubctl_{tag}") for tag in TAGS),
    ]
)
"""For `list-panes -F`; read by `parse_panes`."""


def parse_panes(lines: Iterable[str]) -> tuple[Pane, ...]:
    """The panes of a list; a line that does not fit is skipped, a pane in two sessions comes once."""
    panes = {pane.id: pane for line in lines if (pane := _parse_pane(line))}
    return tuple(panes.values())


def _parse_pane(line: str) -> Pane | None:
    try:
        pane, window, pid, dead, status, signal, mode, name, title, *tags = line.split("\t")
        return Pane(
            id=check_id(pane),
            window=check_id(window),
            name=name,
            pid=int(pid),
            dead=dead == "1",
            status=int(status) if status else None,
            signal=int(signal) if signal else None,
            title=title,
            in_mode=mode not in ("", "0"),
            tags={tag: value for tag, value in zip(TAGS, tags, strict=True) if value},
        )
    except (ValueError, HubError):
        return None


DEAD = "pane-is-dead"
"""What tmux prints instead of running a command of `if_alive`."""


def if_alive(pane: str, command: str) -> list[str]:
    """The command, unless the pane is dead, decided by tmux at the moment it runs.

    tmux 3.3a dies of a paste into a dead pane, and every worker with it (docs/facts/tmux.md#deaths).
    """
    return ["if-shell", "-F", "-t", check_id(pane), "#{pane_dead}", f"display-message -p {DEAD}", command]
