"""What the processes of a cell hold: their memory, their words and their environment, searched from outside."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PAGE = os.sysconf("SC_PAGESIZE")
CHUNK = 256 * PAGE


def processes_of(mark: bytes) -> list[int]:
    """Those whose environment holds the mark."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


def holders(needle: bytes, pids: Iterable[int]) -> list[int]:
    """The processes in whose memory, words or environment these bytes are."""
    return [pid for pid in pids if _holds(pid, needle)]


def _holds(pid: int, needle: bytes) -> bool:
    """A process that ends meanwhile holds nothing any more."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return any(needle in part for part in _parts(pid, len(needle)))
    return False


def _parts(pid: int, overlap: int) -> Iterator[bytes]:
    """All that it may have written, in parts that overlap: what cannot be changed is a file's."""
    folder = Path("/proc") / str(pid)
    for name in ("environ", "cmdline"):
        with suppress(OSError):
            yield (folder / name).read_bytes()
    regions = [line.split()[:2] for line in (folder / "maps").read_text().splitlines()]
    with (
        (folder / "mem").open("rb", buffering=0) as memory,
        (folder / "pagemap").open("rb", buffering=0) as map,
    ):
        for span, rights in regions:
            if rights.startswith("rw"):
                begin, end = (int(address, 16) for address in span.split("-"))
                for at in range(begin, end, CHUNK):
                    if _is_there(map.fileno(), at, min(at + CHUNK, end)):
                        with suppress(OSError):  # a page of a device, or one that has gone
                            yield os.pread(memory.fileno(), CHUNK + overlap, at)


def _is_there(map: int, begin: int, end: int) -> bool:
    """Whether any page was ever written: the bits 63 and 62 say that one is in memory, or swapped out."""
    told = os.pread(map, (end - begin) // PAGE * 8, begin // PAGE * 8)
    return max(memoryview(told).cast("Q"), default=0) >= 1 << 62
