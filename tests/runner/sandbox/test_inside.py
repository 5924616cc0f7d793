"""Inside a live executor and a live compile child: what is refused, by which layer, as root and as an unprivileged user."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from wasmtime.component import Component

from runner.engine.config import new_engine
from runner.sandbox import landlock
from runner.sandbox.isolation import Isolation
from tests.guests import component
from tests.runner.sandbox.probes import PROBES

ROOT = Path(__file__).parents[3]
NOBODY = 65_534
# Where tests run without root, both are whoever runs them.
USERS = {"root": os.getuid(), "unprivileged": NOBODY if os.getuid() == 0 else os.getuid()}
LACKING = (("landlock",), ("namespaces",), ("seccomp",), ("namespaces", "seccomp"), ("landlock", "seccomp"))

# Which layers refuse it, each of them alone. "always": so does every machine.
LAYERS: dict[str, set[str]] = {
    "read a file": {"landlock"},
    "read its own program": {"landlock"},
    "list a folder": {"landlock"},
    "list the artifacts": {"landlock"},
    "write an artifact": {"landlock"},
    "make a file": {"landlock"},
    "remove a file": {"landlock", "seccomp"},
    "change a mode": {"seccomp"},
    "open a device": {"landlock"},
    "read the runner's environment": {"landlock", "namespaces"},
    "read the runner's memory as a file": {"landlock", "namespaces"},
    "read the runner's memory": {"landlock", "namespaces", "seccomp"},
    "trace the runner": {"landlock", "namespaces", "seccomp"},
    "ask for the runner's existence": {"landlock 6", "seccomp"},
    "interrupt the runner": {"landlock 6", "seccomp"},
    "hold the runner": {"seccomp"},
    "connect over TCP": {"landlock 4", "namespaces", "seccomp"},
    "send over UDP": {"namespaces", "seccomp"},
    "connect to a socket file": {"seccomp"},
    "connect to an abstract socket": {"landlock 6", "namespaces", "seccomp"},
    "make a user namespace": {"seccomp"},
    "mount": {"always"},
    "change its user": {"always"},
    "raise a limit": {"always"},
    "take all memory": {"executor"},
    "start a thread": {"seccomp"},
    "fork": {"seccomp"},
    "execute": {"landlock", "seccomp"},
}


@dataclass(frozen=True)
class Seen:
    """What a run of `inside` told."""

    isolation: Isolation | None
    descriptors: list[int]
    tried: dict[str, str]
    status: int | None

    def refused(self) -> set[str]:
        return {name for name, result in self.tried.items() if result != "done"}

    def promised(self, child: str) -> set[str]:
        """What must be refused where this holds."""
        assert self.isolation is not None
        holds = {"always", child}
        holds |= (
            {"landlock", *(f"landlock {n}" for n in range(1, self.isolation.landlock + 1))} if self.isolation.landlock else set()
        )
        holds |= {part for part in ("namespaces", "seccomp") if getattr(self.isolation, part)}
        return {name for name, layers in LAYERS.items() if layers & holds}


@pytest.fixture(scope="module")
def hello() -> bytes:
    return bytes(Component(new_engine(), component("hello")).serialize())


@pytest.fixture
def folder(hello: bytes) -> Iterator[Path]:
    """What lies around a runner, for any user."""
    folder = Path(tempfile.mkdtemp(prefix="in", dir="/tmp"))
    (folder / "artifacts").mkdir()
    (folder / "artifacts" / "hello.cwasm").write_bytes(hello)
    (folder / "hello.wasm").write_bytes(component("hello"))
    yield folder
    shutil.rmtree(folder)


def run(child: str, user: str, folder: Path, *lacking: str) -> Seen:
    uid = USERS[user]
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, -1)
    command = [sys.executable, "-m", "tests.runner.sandbox.inside", child, str(uid), str(folder), *lacking]
    environment = {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))), "EXT_SECRET": "x", "RAYON_NUM_THREADS": "2"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        told |= json.loads(line) if line.startswith("{") else {}
    isolation = Isolation.load(told["isolation"]) if told["isolation"] else None
    return Seen(isolation, told["descriptors"], told["tried"], told.get("status"))


@pytest.mark.parametrize("user", USERS)
def test_nothing_around_an_executor_is_within_reach(user: str, folder: Path) -> None:
    seen = run("executor", user, folder)
    assert seen.refused() >= seen.promised("executor")
    if seen.isolation == Isolation(landlock.version(), True, True) and landlock.version() >= 6:
        assert seen.refused() == PROBES.keys()  # a machine that allows everything to be refused
    assert seen.status == 200  # and it does its work


@pytest.mark.parametrize("user", USERS)
def test_nothing_around_the_compiler_is_within_reach(user: str, folder: Path) -> None:
    seen = run("compiler", user, folder)
    assert seen.refused() >= seen.promised("compiler")
    assert (folder / "compiled").stat().st_size > 0


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("lacking", LACKING, ids="+".join)
def test_each_layer_holds_without_the_others(lacking: tuple[str, ...], user: str, folder: Path) -> None:
    seen = run("executor", user, folder, *lacking)
    assert seen.isolation is not None
    assert [part for part in lacking if getattr(seen.isolation, part)] == []
    assert seen.promised("executor") - seen.refused() == set()
    assert seen.status == 200


@pytest.mark.parametrize("user", USERS)
def test_the_probes_do_what_they_say_where_nothing_refuses_them(user: str, folder: Path) -> None:
    seen = run("free", user, folder)
    needs_root = {"mount", "raise a limit"}
    guarded_by_yama = {"read the runner's memory as a file", "read the runner's memory", "trace the runner"}
    assert seen.refused() <= needs_root | guarded_by_yama


def test_an_executor_keeps_its_standard_descriptors_its_lanes_and_the_memory_map(folder: Path) -> None:
    seen = run("executor", "root", folder)
    assert seen.descriptors[:3] == [0, 1, 2]
    assert len(seen.descriptors) in (5, 6)  # the lane may have the artifact open already


def test_the_compiler_keeps_its_standard_descriptors_and_two_files(folder: Path) -> None:
    seen = run("compiler", "root", folder)
    assert seen.descriptors[:3] == [0, 1, 2]
    assert len(seen.descriptors) == 5


def test_every_probe_has_its_layers() -> None:
    assert LAYERS.keys() == PROBES.keys()
