"""A shell command as values: what would be run, as far as it can be known without running it.

Rule: whatever is not known for certain becomes a doubt or an unknown word, never a guess. `shell_syntax` makes these.
"""

from enum import StrEnum
from typing import Final

from hubctl.core.vocabulary.values import Struct


class Known(StrEnum):
    """How much of a word is known."""

    LITERAL = "literal"
    """all of it"""
    GLOB = "glob"
    """a pattern of file names"""
    UNKNOWN = "unknown"
    """it depends on a variable, or on what another command says"""


class Word(Struct, frozen=True, kw_only=True):
    """One argument without its quotes; `text` of an unknown one is as written."""

    text: str
    known: Known = Known.LITERAL

    @property
    def is_literal(self) -> bool:
        return self.known is Known.LITERAL


UNKNOWN: Final = Word(text="?", known=Known.UNKNOWN)


class Redirect(Struct, frozen=True, kw_only=True):
    """A file that a command's output goes to, or its input comes from."""

    target: Word
    writes: bool


class Command(Struct, frozen=True, kw_only=True):
    """One simple command. `assigned` are the variables set before it; `text` is as written.

    Without words it only assigns, or only redirects.
    """

    words: tuple[Word, ...] = ()
    assigned: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    text: str = ""

    @property
    def name(self) -> str:
        """The program as called; empty where there is none or it is not known."""
        return self.words[0].text if self.words and self.words[0].is_literal else ""

    @property
    def plain(self) -> str:
        """The words without quotes, one space between them."""
        return " ".join(word.text for word in self.words)


class Reading(Struct, frozen=True, kw_only=True):
    """A whole text: its commands in their order, and why it must be asked about whatever they are."""

    commands: tuple[Command, ...] = ()
    doubts: tuple[str, ...] = ()
    loops: bool = False
    """some of the commands may run more than once"""
