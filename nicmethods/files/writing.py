"""Writing what must not be lost: one at a time, and whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["locked", "remove_halves", "write_atomically"]

_LONGEST_WRITE_S = 60


@contextmanager
def locked(folder: Path, *, name: str = ".lock", wait: bool = True) -> Iterator[Any]:
    """Hold a folder for oneself, and give the open lock file; the system lets go even if the process is killed.

    Raises
    ------
    BlockingIOError
        If another holds it and ``wait`` is false.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a+b") as file:
        if os.name == "nt":
            import msvcrt

            # Its own way of waiting gives up after ten seconds.
            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
                    break
                except PermissionError:
                    if not wait:
                        raise BlockingIOError from None
                    time.sleep(0.02)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file


def remove_halves(folder: Path) -> None:
    """Take away what somebody who was killed left half-written, once nobody can be writing it any more."""
    for path in folder.rglob(".*.part"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _LONGEST_WRITE_S:
                path.unlink()


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file whole and wait until it is on the disk: a crash leaves the old file or the new one."""
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, half)
        half.replace(path)
    except OSError:
        with suppress(OSError):
            half.unlink()
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
