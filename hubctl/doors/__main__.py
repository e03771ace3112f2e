"""`python -m hubctl.doors STATE`: the process that serves all cells. Started by `hubctl.doors.process`."""

import asyncio
import os
import sys
from pathlib import Path

from hubctl.doors.serve import raise_limit, serve


def main(words: list[str]) -> int:
    raise_limit()
    os.umask(0o077)
    asyncio.run(serve(Path(words[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
