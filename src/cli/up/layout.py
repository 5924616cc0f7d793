"""The data directory of a local platform: where what lies, who may read it, and who holds it now."""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.exits import ExitCode
from cli.problem import Problem

PUBLISHER: Final = "example"
TENANT: Final = "demo"
SECOND_TENANT: Final = "demo-two"  # where the host application has users of two
MAX_SOCKET_PATH: Final = 107  # bytes of sun_path without its end
_LONGEST_SOCKET: Final = "/runner-16.sock"
# Made before the services start; the two keys of the tenant are made by the registry afterwards.
SECRETS: Final = (
    "attestation.pem",
    "grant.pem",
    "secrets.pem",
    "publisher-example.pem",
    "registry-publish.pem",
    "gateway-at-registry.token",
    "gateway-at-runner.token",
    "runner-at-registry.token",
    "service.token",
    "host-app.password",
    "runner-at-host-app.token",
    "vendor.token",
    "operator.key",
)
PUBLIC: Final = ("attestation.pub", "grant.pub", "secrets.pub", "publisher-example.pub", "trust.pem")


@dataclass(frozen=True, slots=True)
class DataDir:
    """Paths of one data directory; `root` is absolute."""

    root: Path

    @property
    def keys(self) -> Path:
        """Keys, tokens, the trust bundle."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """One log for each process, and the one of its run before."""
        return self.root / "logs"

    @property
    def bundles(self) -> Path:
        """Bundles and envelopes of the samples."""
        return self.root / "bundles"

    @property
    def registry(self) -> Path:
        """The registry's own directory: database and blobs."""
        return self.root / "registry-data"

    @property
    def runner_cache(self) -> Path:
        """The runner's own directory; it can be made again."""
        return self.root / "runner-cache"

    @property
    def seed(self) -> Path:
        """What was published from which sources."""
        return self.root / "seed.json"

    def missing_keys(self) -> list[str]:
        """The keys that a first run has to make."""
        return [name for name in (*SECRETS, *PUBLIC) if not (self.keys / name).exists()]

    def make(self) -> None:
        """Make the directories, mode 0700. Raises Problem for a directory that is not ours, or that others can read."""
        try:
            if self.root.is_dir() and not (self.root / "lock").exists():
                if any(self.root.iterdir()):
                    raise Problem(
                        f"{self.root} holds other files", "name an empty or new directory with --data-dir", ExitCode.USAGE
                    )
                if self.root.stat().st_uid == os.getuid():
                    self.root.chmod(0o700)  # `mkdir` made it for us, open as it makes them
            for folder in (self.root, self.keys, self.logs, self.bundles, self.registry, self.runner_cache):
                private_folder(folder)
        except OSError as error:
            raise Problem(f"cannot make {self.root}: {error.strerror}", "name another directory with --data-dir") from error

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the directory for this process. Raises Problem when another one does."""
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
                raise Problem(
                    f"a platform already runs with the data directory {self.root}" + (f" (process {holder})" if holder else ""),
                    "use that one, stop it with Ctrl-C, or start a second one with another --data-dir and --port 0 "
                    "--registry-port 0 --runner-port 0",
                ) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
            os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)


def private_folder(folder: Path) -> None:
    """Make a folder with mode 0700, or accept one that is ours alone. Raises Problem and OSError."""
    folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Problem(f"{folder} is not a directory of this user", "remove it, or name another directory with --data-dir")
    if found.st_mode & 0o077:
        raise Problem(f"others can read {folder}, which holds keys", f"close it: chmod 700 {folder}")


def run_dir(root: Path) -> Path:
    """A private directory for the unix sockets of a data directory, whose path is short enough. Raises Problem."""
    name = f"alga-ext-{os.getuid()}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - the folder inside is private
        if not base or not os.access(base, os.W_OK | os.X_OK):
            continue
        folder = Path(base).absolute() / name
        if len(os.fsencode(folder)) + len(_LONGEST_SOCKET) <= MAX_SOCKET_PATH:
            private_folder(folder)
            return folder
    raise Problem("there is no short, writable directory for unix sockets", "set TMPDIR or XDG_RUNTIME_DIR to one")
