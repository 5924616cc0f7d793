"""`up` as a person runs it: a whole platform in a new directory, twice, side by side, and with what goes wrong."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests import guests
from tests.guests.bundles import bundle_files
from tests.platform import ROOT, running

FREE = ("--port", "0", "--registry-port", "0", "--runner-port", "0", "--host-port", "0")
MAX_SUPERVISOR_KB = 35 << 10


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def up(data_dir: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", "up", "--data-dir", str(data_dir), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=170)


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    endpoints = [{"method": "GET", "path": "/hello", "handler": "hello"}]
    return write(tmp_path_factory.mktemp("hello"), bundle_files("hello", guests.component("hello"), endpoints=endpoints))


def pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def children(pid: int) -> dict[str, int]:
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found[Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[-2].decode()] = int(child)
    return found


def test_several_runners(tmp_path: Path, hello: Path) -> None:
    done = up(tmp_path / "d", "--runners", "2", "--empty", "--sample", str(hello), "--check", *FREE)
    assert done.returncode == 0, done.stderr
    assert "200 OK\nhello" in done.stdout
    for words in ("starting 2 runners and the gateway", "runner-2 serves on", "stopped"):
        assert words in done.stderr
    assert (tmp_path / "d" / "runner-cache-2" / "bundles").is_dir()


def test_check_twice_keeps_the_data(tmp_path: Path, hello: Path) -> None:
    first = up(tmp_path / "d", "--empty", "--sample", str(hello), "--check", *FREE)
    assert first.returncode == 0, first.stderr
    assert "200 OK\nhello" in first.stdout
    for words in ("making development keys", "starting the registry", "publishing com.example.hello 1.0.0", "ready", "stopped"):
        assert words in first.stderr
    kept = {name: (tmp_path / "d" / "keys" / name).read_bytes() for name in os.listdir(tmp_path / "d" / "keys")}
    second = up(tmp_path / "d", "--empty", "--sample", str(hello), "--check", "--json", *FREE)
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout)["check"]["status"] == 200
    assert "publishing com.example.hello 1.0.0" not in second.stderr
    assert "making development keys" not in second.stderr
    assert {name: (tmp_path / "d" / "keys" / name).read_bytes() for name in os.listdir(tmp_path / "d" / "keys")} == kept
    for path in (tmp_path / "d").rglob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.timeout(400)
def test_the_samples_of_the_checkout_answer(tmp_path: Path) -> None:
    ran = subprocess.run(
        [str(ROOT / "scripts" / "up"), "--check", *FREE], capture_output=True, text=True, check=False, timeout=390, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert '"greeting": "Hello, demo!"' in ran.stdout
    assert f"\nmenu: {'Agreements, ' if shutil.which('npm') else ''}Hello (Python)\n" in ran.stdout
    assert (tmp_path / ".alga" / "keys" / "operator.key").exists()


def test_a_new_version_updates_and_a_changed_old_one_only_warns(tmp_path: Path) -> None:
    folder = write(tmp_path / "ext", bundle_files("hello", guests.component("hello"), version="1.0.0"))

    def versions() -> tuple[str, str]:
        with running("--empty", "--sample", str(folder), data_dir=tmp_path) as platform:
            install = platform.resolve("com.example.hello").install
            assert ("cap:storage.kv" in install.granted_capabilities) == (install.version == "1.1.0")
            return install.version, platform.call("/api/ext/com.example.hello/run").body.decode()

    assert versions() == ("1.0.0", "hello")
    (folder / "ui" / "index.html").write_text("changed")
    assert versions() == ("1.0.0", "hello")
    # It asks for more, and whoever runs the platform is the tenant's admin who consents.
    write(folder, bundle_files("hello", guests.component("echo"), version="1.1.0", capabilities=["cap:storage.kv"]))
    installed, body = versions()
    assert installed == "1.1.0"
    assert body != "hello"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[dict[str, object]]]:
    base = tmp_path_factory.mktemp("two")
    (base / "a").mkdir()
    (base / "b").mkdir()
    with running("--empty", data_dir=base / "a") as one, running("--empty", data_dir=base / "b") as other:
        yield [{**dict(platform.told), "data": platform.data_dir, "process": platform.process} for platform in (one, other)]


def test_two_run_side_by_side(two: Sequence[dict[str, object]]) -> None:
    addresses = [told[name] for told in two for name in ("gateway", "registry", "runner", "registry_tcp", "runner_tcp")]
    assert len(set(addresses)) == 10


def test_a_second_one_on_the_same_directory_is_refused(two: Sequence[dict[str, object]]) -> None:
    ran = up(Path(str(two[0]["data"])), "--empty", *FREE)
    assert ran.returncode == 1
    assert f"a platform already runs with the data directory {two[0]['data']}" in ran.stderr
    assert str(two[0]["pid"]) in ran.stderr


@pytest.mark.parametrize("option", ["--port", "--registry-port", "--runner-port", "--host-port"])
def test_a_taken_port_names_its_option(tmp_path: Path, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = up(
            tmp_path / "d",
            "--empty",
            "--host-app",
            *(port if FREE[index - 1] == option else item for index, item in enumerate(FREE)),
        )
    assert ran.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken" in ran.stderr
    assert f"{option} 0" in ran.stderr


def test_the_supervisor_is_small(two: Sequence[dict[str, object]]) -> None:
    assert pss_kb(int(str(two[0]["pid"]))) <= MAX_SUPERVISOR_KB


def test_a_service_that_dies_stops_the_rest_and_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli", "up", "--empty", "--json", "--data-dir", str(tmp_path / "d"), *FREE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while (line := process.stdout.readline()) and line.rstrip() != "}":
            pass
        services = children(process.pid)
        assert set(services) == {"registry", "runner", "gateway"}
        os.kill(services["runner"], signal.SIGKILL)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the runner was killed by signal 9" in json.loads(out)["error"]["message"]
    assert "stopping gateway, runner, registry" in err
    for pid in services.values():
        assert not Path(f"/proc/{pid}").exists()
    assert not (tmp_path / "d" / "running.json").exists()


def test_a_sample_without_manifest_is_wrong_usage(tmp_path: Path) -> None:
    ran = up(tmp_path / "d", "--sample", str(tmp_path))
    assert ran.returncode == 2
    assert not (tmp_path / "d").exists()


def test_a_broken_sample_fails_with_its_reason(tmp_path: Path) -> None:
    folder = write(tmp_path / "ext", bundle_files("hello", b"\0asm\x0d\0\x01\0"))  # a component that exports nothing
    ran = up(tmp_path / "d", "--empty", "--sample", str(folder), "--check", *FREE)
    assert ran.returncode == 1
    assert "error: The component does not fit" in ran.stderr
    assert "next:  " in ran.stderr
