"""The user's files: checked before the work begins, written whole or not at all, read up to a limit, locked."""

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from errno import EINVAL
from io import FileIO
from pathlib import Path

from execbench.errors import BadInput

try:
    import fcntl
except ImportError:  # not on every system
    fcntl = None  # type: ignore[assignment]

MAX_BYTES = 150_000_000
"""Twice what an artifact of 10,000 trials with 50 samples each takes. Reading one takes a few times its size."""


def check_writable(path: Path, what: str) -> None:
    """Raise BadInput if a file cannot be written, so that the user learns it before the work and not after."""
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder: give the {what} a file name")
        if not _is_special(path):
            with tempfile.TemporaryFile(dir=_target(path).parent) as probe:
                probe.write(b"{}")
                probe.flush()
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise BadInput(f"the {what} {path} cannot be written: {error.strerror}") from error


def refuse_same(one: Path, other: Path, why: str) -> None:
    """Raise BadInput if two paths name the same file, through links or on a disk that ignores case."""
    if _is_special(one):
        return
    same = os.path.realpath(one).casefold() == os.path.realpath(other).casefold()
    with suppress(OSError):
        same = same or one.samefile(other)
    if same:
        raise BadInput(f"{one} and {other} are the same file: {why}")


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, so that no reader sees half of one.

    Symbolic links are followed, and an existing file keeps its mode. Anything but a regular file, such as
    `/dev/stdout`, a fifo or a terminal, is written to directly, never replaced.

    Raises:
        OSError: the file cannot be written; an existing one is unchanged.
    """
    data = content.encode() if isinstance(content, str) else content
    if _is_special(path):
        path.write_bytes(data)
        return
    target = _target(path)
    _write_beside(target, data, lambda temporary: temporary.replace(target))


def create(path: Path, content: bytes) -> None:
    """Write a new file whole or not at all; FileExistsError if there is one of this name."""
    _write_beside(path, content, lambda temporary: _give_new_name(temporary, path))


def _write_beside(target: Path, data: bytes, rename: Callable[[Path], object]) -> None:
    """Write a temporary file and rename it."""
    temporary = target.with_name(f".{target.name[:50]}-{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            with suppress(FileNotFoundError):
                shutil.copymode(target, temporary)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        rename(temporary)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _give_new_name(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        path.open("xb").close()
        temporary.replace(path)


def rescue(content: bytes, suffix: str) -> Path:
    """Save content that could not go where the user wanted it in the temporary folder, and return its path."""
    handle, name = tempfile.mkstemp(prefix="execbench-rescued-", suffix=suffix)
    os.close(handle)
    try:
        write(Path(name), content)
    except OSError:
        os.unlink(name)
        raise
    return Path(name)


def read(path: Path) -> bytes:
    """Read a regular file of at most `MAX_BYTES`; the message of a BadInput does not name the file."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise BadInput("is a folder, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise BadInput("not a regular file")
        if status.st_size > MAX_BYTES:
            raise BadInput(f"{status.st_size / 1e6:,.0f} MB is too large: the limit is {MAX_BYTES / 1e6:,.0f} MB")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(str(error.strerror)) from error


def lock(path: Path, *, create: bool) -> FileIO:
    """Open a file to read and append, locked until it is closed or this process ends; its children do not inherit it.

    Where the system or the file system has no locks, the file is just opened.

    Raises:
        BlockingIOError: it is locked.
        OSError: it cannot be opened, or is not a regular file.
    """
    while True:
        file = FileIO(os.open(path, os.O_RDWR | os.O_APPEND | (create and os.O_CREAT), 0o666), "r+")
        try:
            _lock(file)
            if is_at(file, path):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # whoever had locked it has renamed or removed it since


def is_at(file: FileIO, path: Path) -> bool:
    """Return whether a path still names an open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: FileIO) -> None:
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        raise OSError(EINVAL, "not a regular file")
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a file system without locks
        pass


def digest(path: str) -> str:
    """Return the digest of a file's content; an empty text if it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _target(path: Path) -> Path:
    """Follow a symbolic link to its end, whether or not a file exists there."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path
