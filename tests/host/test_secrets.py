"""`secrets` on a real platform: set by the command line, read by a guest, seen by nobody else."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc
from kernel.sealing import SealingKey
from tests.platform import HttpAnswer, Platform, running

VALUE = "v4lue-that-nobody-may-see"
NAME = "com.example.secrets"


@pytest.fixture(scope="module")
def own() -> Iterator[Platform]:
    with running("--empty") as platform:
        yield platform


@pytest.fixture(scope="module")
def path(own: Platform) -> str:
    return own.guest("secrets")


def cli(platform: Platform, *arguments: str, given: str = "", code: int = 0) -> Any:
    """The answer of `alga-ext … --json`."""
    command = [sys.executable, "-m", "cli", *arguments, "--json", "--data-dir", str(platform.data_dir), "--tenant", "demo"]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def put(platform: Platform, name: str, value: str, *more: str) -> Any:
    return cli(platform, "secrets", "set", NAME, name, "--stdin", *more, given=value)


def eventually(call: Callable[[], HttpAnswer], wanted: tuple[int, bytes]) -> None:
    """A change is effective within a second; twenty are given to a busy machine."""
    ends = time.monotonic() + 20
    while ((answer := call()).status, answer.body) != wanted:
        assert time.monotonic() < ends, (answer.status, answer.body)


def test_a_secret_is_read_by_its_guest_and_by_nobody_else(own: Platform, path: str) -> None:
    def read(name: str) -> HttpAnswer:
        return own.call(f"{path}/run/{name}")

    assert (read("token").status, read("token").body) == (403, b"0")
    told = [put(own, "token", f"{VALUE}-1"), put(own, "other", VALUE)]
    eventually(lambda: read("token"), (200, f"{VALUE}-1".encode()))
    eventually(lambda: own.call(f"{path}/run"), (200, b"other\ntoken\n"))
    told.append(put(own, "token", f"{VALUE}-2"))
    eventually(lambda: read("token"), (200, f"{VALUE}-2".encode()))
    told.append(cli(own, "secrets", "list", NAME))
    assert [one["name"] for one in told[-1]["secrets"]] == ["other", "token"]
    told.append(cli(own, "secrets", "remove", NAME, "other"))
    eventually(lambda: read("other"), (403, b"0"))
    for name in ("x" * 500, "a%20b", "TOKEN"):
        assert own.call(f"{path}/run/{name}").body == b"0"

    # Another tenant's install of the same version has secrets of its own.
    own.guest("secrets", tenant="stranger")
    assert own.call(f"{path}/run/token", key=own.caller("stranger")).body == b"0"

    # A call for it failed as well, and nothing that anybody wrote or answered has the value.
    told += [own.call(f"{path}/run/token", key=None).body.decode(), cli(own, "list")]
    assert VALUE not in json.dumps(told)
    written = [file for file in own.data_dir.rglob("*") if file.is_file()]
    assert any(file.parent.name == "logs" for file in written)
    assert [str(file) for file in written if VALUE.encode() in file.read_bytes()] == []


def test_an_expired_secret_says_so(own: Platform, path: str) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=2)
    put(own, "short", "x", "--expires", ends.isoformat())
    put(own, "past", "x", "--expires", "2020-01-01T00:00:00.123456Z")
    eventually(lambda: own.call(f"{path}/run/past"), (403, b"2"))
    eventually(lambda: own.call(f"{path}/run/short"), (403, b"2"))
    assert b"short\n" in own.call(f"{path}/run").body


def test_without_the_capability_it_is_denied(own: Platform, path: str) -> None:
    put(own, "kept", "x")
    eventually(lambda: own.call(f"{path}/run/kept"), (200, b"x"))
    _grant(own, [])
    eventually(lambda: own.call(f"{path}/run/kept"), (403, b"1"))
    assert own.call(f"{path}/run").body == b""
    _grant(own, ["cap:secrets.get"])
    eventually(lambda: own.call(f"{path}/run/kept"), (200, b"x"))


def _grant(platform: Platform, names: list[str]) -> None:
    with platform.channel("registry") as channel:
        stub = install_service_pb2_grpc.InstallServiceStub(channel)
        grant = install_service_pb2.CapabilityGrant(names=names)
        request = install_service_pb2.SetGrantsRequest(tenant_id="demo", install=NAME, capabilities=grant)
        stub.SetGrants(request, metadata=platform.metadata())


def replace_file(path: Path, content: bytes) -> None:
    """As an operator's tool does: whole, and private from its first moment."""
    beside = path.with_name("new")
    beside.touch(mode=0o600)
    beside.write_bytes(content)
    beside.rename(path)


def test_the_key_changes_while_secrets_are_read(own: Platform, path: str) -> None:
    private, public = (own.data_dir / "keys" / name for name in ("secrets.pem", "secrets.pub"))
    old, new = SealingKey.parse(private.read_bytes(), "old"), SealingKey.generate()
    put(own, "rotating", "1")
    eventually(lambda: own.call(f"{path}/run/rotating"), (200, b"1"))

    def sealed_to(value: str) -> set[str]:
        found = put(own, "rotating", value)
        return {key for one in found["secrets"] if one["name"] == "rotating" for key in one["key_ids"]}

    def until(keys: set[str]) -> None:
        ends = time.monotonic() + 30
        while sealed_to("2") != keys:
            assert time.monotonic() < ends
        eventually(lambda: own.call(f"{path}/run/rotating"), (200, b"2"))

    # 1 runners hold both, 2 new seals go to both, 3 all were set again, 4 the old one goes
    replace_file(private, old.pem + new.pem)
    replace_file(public, old.public.pem + new.public.pem)
    until({old.public.key_id, new.public.key_id})
    replace_file(public, new.public.pem)
    until({new.public.key_id})
    replace_file(private, new.pem)
    ends = time.monotonic() + 20
    while own.call(f"{path}/run/kept").body != b"3":  # it was never set again: nobody can open it any more
        assert time.monotonic() < ends
    assert own.call(f"{path}/run/rotating").body == b"2"


def test_a_key_that_others_can_read_is_not_taken(own: Platform, path: str) -> None:
    private = own.data_dir / "keys" / "secrets.pem"
    os.chmod(private, 0o644)
    try:
        log = own.data_dir / "logs" / "runner.log"
        ends = time.monotonic() + 20
        while "must be readable by its owner alone" not in log.read_text():
            assert time.monotonic() < ends
    finally:
        os.chmod(private, 0o600)
    assert own.call(f"{path}/run/rotating").body == b"2"
