"""The command line: `python -m hubctl.scripted --script FILE.yaml` prints its URL and serves until it is told to end."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hubctl.errors import HubError
from hubctl.scripted.server import start

ENDS: Final = (signal.SIGTERM, signal.SIGINT)


def main(words: Sequence[str] | None = None) -> int:
    """Exit code 0 after SIGTERM or SIGINT, 1 for a script, a file or a port that cannot be used."""
    # Blocked before any thread starts, then waited for: no handler runs in the middle of anything.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    options = _parser().parse_args(words)
    try:
        with start(options.script, log=options.log, port=options.port, dump=options.dump) as server:
            _announce(server.url, options.ready)
            signal.sigwait(ENDS)
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hubctl.scripted",
        description="A Messages API on loopback that plays a script: the worker CLI runs against it with any dummy key.",
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--script", type=Path, metavar="FILE", help="which prompts are played how (YAML)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="gets one JSON line a request")
    parser.add_argument("--ready", type=Path, metavar="FILE", help="gets the URL when the port listens")
    parser.add_argument("--dump", type=Path, metavar="DIR", help="gets whole request bodies")
    return parser


def _announce(url: str, ready: Path | None) -> None:
    """The ready file appears whole: it is renamed into its place."""
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    if ready is None:
        return
    try:
        unfinished = ready.with_name(f"{ready.name}.unfinished")
        unfinished.write_text(f"{url}\n", encoding="utf-8")
        unfinished.replace(ready)
    except OSError as error:
        raise HubError(
            f"The ready file `{ready}` cannot be written: {error}.", "Give `--ready` another path."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
