"""The command's entry: expected errors become a sentence and its cure, bugs a crash log, Ctrl-C exit 130."""

import errno
import gc
import os
import sys
from io import TextIOWrapper

from hubctl.errors import HubError, UsageError

FULL = (errno.ENOSPC, errno.EDQUOT)
BUG, INTERRUPTED = 3, 130


def main() -> None:
    """Runs the command line and exits with the contract's codes: 0, 1 expected, 2 usage, 3 a bug, 130 interrupted."""
    gc.disable()  # until the verb's module is there: what imports make lives for ever, and to look through it costs 10 %
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a title may hold what a terminal's encoding lacks
    from hubctl.cli import run

    try:
        run(sys.argv[1:])
    except HubError as error:
        _print_error(error)
        raise SystemExit(2 if isinstance(error, UsageError) else 1) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except EOFError:
        print("Aborted!", file=sys.stderr)  # noqa: T201 -- a question to nobody
        raise SystemExit(1) from None
    except Exception as error:  # noqa: BLE001 -- the border: whatever is not expected is a bug, and gets a log
        raise SystemExit(_take_in(error)) from None
    finally:
        gc.freeze()  # all ends now: Python would look through everything once more, which costs another 10 %


def _print_error(error: HubError) -> None:
    """A worker chooses the names of its files, and an error may name them: no control characters."""
    from hubctl.cli.shared import printable

    print(f"hubctl: {printable(str(error))}", file=sys.stderr)  # noqa: T201 -- the one place that prints errors


def _take_in(error: Exception) -> int:
    """The exit code. A full disk meets every write, the printing of the answer too, and is no bug; nor is a reader of
    the answer that has seen enough.
    """
    match error:
        case OSError(errno=number) if number in FULL:
            where = error.filename or "the output"
            _print_error(HubError(f"`{where}`: {error.strerror}.", "Free some space: `df -h`."))
        case BrokenPipeError():
            pass
        case _:
            _report_bug()
            return BUG
    # What stdout still holds would fail, and be complained of, once more at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1


def _report_bug() -> None:
    import tempfile
    import traceback

    from hubctl import __version__

    text = traceback.format_exc()
    last = text.strip().splitlines()[-1]
    try:
        with tempfile.NamedTemporaryFile("w", prefix="hubctl-crash-", suffix=".log", delete=False) as file:
            file.write(f"hubctl {__version__}, Python {sys.version}\n{sys.argv}\n\n{text}")
        told = f"What happened is written to `{file.name}`."
    except OSError:
        told = text
    print(f"hubctl: a bug: {last}\n{told}", file=sys.stderr)  # noqa: T201 -- the same


if __name__ == "__main__":
    main()
