"""One registry per data folder. A second gRPC server would take over a live unix socket without a word."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel.errors import Fault


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder (mode 0700) and hold it; the lock goes with the process. Raises INVALID_ARGUMENT that names `data_dir`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Fault.invalid("data_dir", f"cannot be used: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Fault.invalid("data_dir", "is in use by another registry") from error
        yield
    finally:
        os.close(descriptor)
