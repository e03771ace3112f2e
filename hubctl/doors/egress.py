"""The door to other hosts: CONNECT by name, for the hosts that a worker's rules list.

Rules: a name that no line lists is refused before anybody is asked where it leads, for a question to a name server
tells its owner something, too. What is connected to is the address that was looked at, never the name once more.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeAlias

from hubctl.core.vocabulary.hosts import Host, is_address, target_of
from hubctl.doors.log import Told, Use, Why

HEAD_SECONDS, CONNECT_SECONDS = 20.0, 20.0
LARGEST_HEAD: Final = 65536
CHUNK: Final = 65536
MOST: Final = 256
"""Connections of one worker at once; more would take the doors from the other workers."""
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
SAID: Final = {
    Why.UNLISTED: (
        "the host is not listed, and a person has been asked, once, whether this thread may reach it: "
        "go on with something else, or end your turn. You will be told; what was denied stays closed"
    ),
    Why.ADDRESS: "it is an address and no name: only a line under `doors` in POLICY.md opens it",
    Why.PRIVATE: "its address is not public, and no line of POLICY.md says `private` for it",
    Why.PLAIN: "https alone passes, by CONNECT",
    Why.MALFORMED: "no such host can be",
    Why.CROWDED: "too many connections at once",
    Why.UNREACHABLE: "the host does not answer",
}
UNASKED: Final = (
    "the host is not listed, and a setup command asks for none: a person lists it under `doors` in POLICY.md"
)
Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


class Shut(Exception):
    """A refusal on its way to the worker."""

    def __init__(self, why: Why) -> None:
        self.why = why


class Egress:
    """Serves the connections of one worker's socket; `hosts` are its lines as they are now.

    `asks`: a person is asked for a host that none of them lists.
    """

    def __init__(self, hosts: Callable[[], tuple[Host, ...]], told: Told, *, asks: bool) -> None:
        self._hosts, self._told, self._asks = hosts, told, asks
        self.running = 0

    async def meet(self, reader: Reader, writer: Writer) -> None:
        """One connection, from its first line to its end; the log has its line in any case."""
        self.running += 1
        what = "?"
        try:
            method, what = await _asked(reader)
            theirs, ours = await self._opened(method, what)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            sent, received = await asyncio.gather(_pump(reader, ours), _pump(theirs, writer))
            ours.close()
            self._told(Use(what=what, sent=sent, received=received))
        except Shut as shut:
            await self._refuse(writer, what, shut.why)
        finally:
            self.running -= 1
            writer.close()

    async def _opened(self, method: str, what: str) -> tuple[Reader, Writer]:
        if method != "CONNECT":
            raise Shut(Why.PLAIN)
        target = target_of(what)
        if target is None:
            raise Shut(Why.PRIVATE if what.startswith("[") else Why.MALFORMED)
        if self.running > MOST:
            raise Shut(Why.CROWDED)
        line = next((one for one in self._hosts() if one.covers(target.name, target.port)), None)
        if line is None:
            raise Shut(_unlisted(target.name))
        return await _connect(target.name, target.port, private=line.private)

    async def _refuse(self, writer: Writer, what: str, why: Why) -> None:
        status = 502 if why is Why.UNREACHABLE else 403
        self._told(Use(what=what, why=why, status=status))
        because = UNASKED if why is Why.UNLISTED and not self._asks else SAID[why]
        said = f"hubctl: {what[:300]} is closed: {because}".encode("ascii", "replace")
        head = b"HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s\n"
        with suppress(OSError):
            writer.write(head % (status, said, len(said) + 1, said))
            await writer.drain()


async def _asked(reader: Reader) -> tuple[str, str]:
    """The method, and what it is about without a query. Raises Shut."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
        method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    except (ValueError, OSError, EOFError, asyncio.LimitOverrunError, TimeoutError):
        raise Shut(Why.MALFORMED) from None
    what = target.lower() if method == "CONNECT" else f"{method} {target.partition('?')[0]}"
    return method, what if what.isprintable() else "?"


async def _connect(host: str, port: int, *, private: bool) -> tuple[Reader, Writer]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise Shut(Why.UNREACHABLE) from None
    fit = list(dict.fromkeys(str(at[0]) for *_, at in found if private or is_public(str(at[0]))))
    if not fit:
        raise Shut(Why.PRIVATE)
    for address in fit:
        with suppress(OSError, TimeoutError):
            return await asyncio.wait_for(
                asyncio.open_connection(address, port, limit=CHUNK), CONNECT_SECONDS / len(fit)
            )
    raise Shut(Why.UNREACHABLE)


def _unlisted(name: str) -> Why:
    """Of a name a person is asked, but for this machine's own; of an address, such as `2130706433`, nobody."""
    if not is_address(name):
        return Why.PRIVATE if name.rpartition(".")[2] == "localhost" else Why.UNLISTED
    try:
        return Why.ADDRESS if is_public(str(ipaddress.ip_address(name))) else Why.PRIVATE
    except ValueError:
        return Why.PRIVATE


def is_public(text: str) -> bool:
    """Whether the address lies in the world, and not in this machine or its networks, however it is wrapped."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
        inner = address.ipv4_mapped or address.sixtofour or translated
        if inner:
            return is_public(str(inner))
        if address.teredo:
            return False
    return address.is_global and not address.is_multicast and not _is_own(str(address))


def _is_own(address: str) -> bool:
    """Whether it is an address of this machine: the kernel binds to no other."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


async def _pump(reader: Reader, writer: Writer) -> int:
    """One direction; the bytes that passed."""
    passed = 0
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
            passed += len(data)
        writer.write_eof()
        return passed
    writer.close()
    return passed
