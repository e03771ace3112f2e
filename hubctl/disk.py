"""A disk's refusals in our words, and files inside of a folder that a worker can write.

Rules of those: each part of a name is opened from its folder's descriptor, and a link in it is refused, so that no worker
leads the hub elsewhere; what is written is a new file in the place of whatever was there; what is read is a plain file, so
that no pipe holds the hub.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final

from hubctl.errors import HubError

FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
PLAIN: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an operating system's refusal to write below `path` into a HubError."""
    try:
        yield
    except OSError as error:
        # Relative to a descriptor it says little.
        named = error.filename if str(error.filename).startswith("/") else path
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(Path(os.fsdecode(named))) from error
        raise HubError(
            f"`{named}` cannot be written: {error.strerror}.", f"Look at it with `ls -ld '{named}'`."
        ) from error


def _full(path: Path) -> HubError:
    return HubError(f"The disk that holds `{path}` is full; nothing was kept.", "Free some space: `df -h`.")


def write_inside(root: Path, name: str, content: bytes, *, mode: int = 0o644) -> None:
    """Makes the file anew, and the folders that it needs. Raises HubError."""
    with writing(root / name), _folder(root, name, make=True) as (folder, last):
        _clear(folder, last)
        with os.fdopen(os.open(last, NEW, mode, dir_fd=folder), "wb") as file:
            file.write(content)


def link_inside(root: Path, name: str, target: Path) -> None:
    """Makes a link to `target`, and the folders that it needs; nothing may stand there. Raises HubError."""
    with writing(root / name), _folder(root, name, make=True) as (folder, last):
        os.symlink(target, last, dir_fd=folder)


def make_folder_inside(root: Path, name: str) -> None:
    """Makes the folder, and those that it needs. Raises HubError."""
    with writing(root / name), _folder(root, f"{name}/x", make=True):
        pass


def read_inside(root: Path, name: str, *, most: int) -> bytes:
    """The first `most` bytes of a plain file; anything else is EINVAL. Raises OSError."""
    with _folder(root, name, make=False) as (folder, last):
        descriptor = os.open(last, PLAIN, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(root / name))
            return file.read(most)


def stands_inside(root: Path, name: str) -> bool:
    """Whether anything has that name, a link that leads nowhere, too. Raises HubError for a link on the way."""
    with writing(root / name), suppress(FileNotFoundError), _folder(root, name, make=False) as (folder, last):
        os.stat(last, dir_fd=folder, follow_symlinks=False)
        return True
    return False


@contextmanager
def _folder(root: Path, name: str, *, make: bool) -> Iterator[tuple[int, str]]:
    """The descriptor of the folder that holds `name`, and its last part."""
    *folders, last = PurePosixPath(name).parts
    if PurePosixPath(name).is_absolute() or ".." in (*folders, last):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), name)
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=here)
            there = _opened(here, part, root / name)
            os.close(here)
            here = there
        yield here, last
    finally:
        os.close(here)


def _opened(here: int, part: str, path: Path) -> int:
    try:
        return os.open(part, FOLDER, dir_fd=here)
    except NotADirectoryError as error:  # what the kernel says of a link, too
        raise OSError(
            error.errno, f"`{part}` is a link or a file, where a folder must be", str(path)
        ) from None


def _clear(folder: int, last: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(last, dir_fd=folder)
