"""The face: one verb one file, each loaded when it is called."""

import os
from collections.abc import Sequence

from hubctl.cli.options import read
from hubctl.cli.verbs import VERBS

COMPLETING = "_HUBCTL_COMPLETE"
"""Set by the scripts of `hubctl completion`: the words stand before the cursor, the last one unfinished."""


def run(words: Sequence[str]) -> None:
    """Calls the verb that the words name: at once where they are plain, else through the parser, which knows the rest."""
    if os.environ.get(COMPLETING):
        from hubctl.cli.parser import complete

        complete(words)
    elif not _called(words):
        from hubctl.cli.parser import app

        app(args=list(words), prog_name="hubctl")  # not `python -m hubctl`, as a worker's shim calls it


def _called(words: Sequence[str]) -> bool:
    """Whether the call was plain, and is done."""
    verb = VERBS.get(words[0]) if words else None
    if verb is None:
        return False
    functions = verb.functions()
    word = words[1] if verb.words and len(words) > 1 else ""
    function = functions.get(word)
    values = read(function, words[2 if word else 1 :]) if function else None
    if function is None or values is None:
        return False
    function(**values)
    return True
