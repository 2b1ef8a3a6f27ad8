"""Files that a user named: found writable before the work begins, written whole or not at all, read within bounds."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from execbench.errors import BadInput

MAX_BYTES = 150_000_000
"""An artifact of 10,000 trials with 50 samples each has half of this; reading one takes a few times its size."""


def check_writable(path: Path, what: str) -> None:
    """Find out before the work, not after it, whether a file can be written.

    Raises:
        BadInput: it cannot.
    """
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder: give the {what} a file name")
        if _is_special(path):
            if not os.access(path, os.W_OK):
                raise PermissionError(13, "Permission denied")
            return
        target = _target(path)
        with tempfile.TemporaryFile(dir=target.parent) as probe:
            probe.write(b"{}")
            probe.flush()
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise BadInput(f"the {what} {path} cannot be written: {error.strerror}") from error


def refuse_same(one: Path, other: Path, why: str) -> None:
    """Refuse two names of one file, by links or on a disk that does not tell upper from lower case.

    Raises:
        BadInput: they are the same.
    """
    if _is_special(one):
        return
    if os.path.realpath(one).casefold() == os.path.realpath(other).casefold() or _is_same_file(one, other):
        raise BadInput(f"{one} and {other} are the same file: {why}")


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, so that a reader never meets half of one.

    A link is followed to what it names, and a file keeps its mode. What is no regular file, such as `/dev/stdout`, a
    fifo or a terminal, is written into as it is, never replaced.

    Raises:
        OSError: it cannot be written; what stood there before still stands.
    """
    data = content.encode() if isinstance(content, str) else content
    if _is_special(path):
        with path.open("wb", buffering=0) as file:
            _write_all(file.fileno(), data)
        return
    target = _target(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:50]}-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def rescue(content: bytes, suffix: str) -> Path:
    """Write what found no room where it was meant to go into the temporary folder, and return where.

    Raises:
        OSError: there is no room either.
    """
    handle, name = tempfile.mkstemp(prefix="execbench-rescued-", suffix=suffix)
    os.close(handle)
    try:
        write(Path(name), content)
    except OSError:
        os.unlink(name)
        raise
    return Path(name)


def read(path: Path) -> bytes:
    """Read a regular file of at most `MAX_BYTES`.

    Raises:
        BadInput: it cannot be read, is too large, or is no regular file; the message does not name it.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise BadInput("is a folder, and a file is needed")
        if not stat.S_ISREG(found.st_mode):
            raise BadInput("not a regular file")
        if found.st_size > MAX_BYTES:
            raise BadInput(f"{found.st_size / 1e6:,.0f} MB; files of more than {MAX_BYTES / 1e6:,.0f} MB are not read")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(str(error.strerror)) from error


def _is_same_file(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return False


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _target(path: Path) -> Path:
    """What a link names in the end, whether it is there or not."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _mode(path: Path) -> int:
    """The mode that a file has, or that a new one gets."""
    with suppress(FileNotFoundError):
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
