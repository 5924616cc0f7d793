"""The process: start, lock, restart, bad settings, drain; and the database's migrations."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.errors import Fault, Reason
from registry import catalog
from registry.app import serve
from registry.catalog.migrate import HEAD, PREFIX, migrate
from registry.catalog.tables import METADATA
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Stack, eventually, started


async def test_a_second_registry_on_the_same_data_is_refused(stack: Stack) -> None:
    with pytest.raises(Fault) as caught:
        async with serve(stack.settings(listen=(f"unix:{stack.folder}/other",))):
            pass
    assert (caught.value.reason, caught.value.violations[0].field) == (Reason.INVALID_ARGUMENT, "data_dir")
    # The first one's socket was not touched.
    assert (await stack.clients["acme"].publish(bundle(stack.publisher_key))).version.name == NAME


async def test_a_restart_keeps_everything(fresh: Stack) -> None:
    async with fresh.running():
        await fresh.publisher("acme", fresh.publisher_key)
        signed = bundle(fresh.publisher_key)
        await fresh.clients["acme"].publish(signed)
        install = await fresh.operator.install("a", NAME)
    leave_upload(fresh.data / "uploads")
    async with fresh.running():
        resolved = await fresh.clients["gateway"].resolve("a", NAME)
        assert (resolved.install, resolved.registry_revision) == (install, 1)
        assert (await fresh.clients["runner"].read_bundle(str(signed.digest)))[1] == signed.archive
        assert fresh.left()["uploads"] == 0


def leave_upload(folder: Path) -> None:
    (folder / "crashed").mkdir()
    (folder / "crashed" / "bundle.tar.zst").write_bytes(b"half")


async def test_a_stop_in_the_middle_of_watches_does_not_wait_for_them() -> None:
    async with started() as stack:
        stream = stack.clients["gateway"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
        await anext(stream)
        async with asyncio.timeout(5):
            await stack.app.drain(60)
        assert [message.WhichOneof("event") async for message in stream] in ([], ["heartbeat"])


class Process:
    """`python -m registry` with a stack's settings."""

    def __init__(self, stack: Stack, **changes: str) -> None:
        settings = stack.settings()
        self.ready = stack.folder / "ready"
        files = ("attestation_key_file", "grant_key_file", "gateway_token_file", "runner_token_file", "bootstrap_operator_key_file")
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SIGNING_TRUST_BUNDLE": settings.trust_bundle,
            "EXT_REGISTRY_DATA_DIR": str(stack.data),
            "EXT_REGISTRY_LISTEN": json.dumps([stack.address, "127.0.0.1:0"]),
            "EXT_REGISTRY_READY_FILE": str(self.ready),
            **{f"EXT_REGISTRY_{name.upper()}": str(stack.folder / name) for name in files},
        } | changes

    async def start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(sys.executable, "-m", "registry", env=self.environment, stderr=pipe)

    async def refused(self) -> str:
        """What a process that does not come up says."""
        process = await self.start()
        _, errors = await process.communicate()
        assert process.returncode == 2
        return errors.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_says_when_it_serves_and_stops_when_told(fresh: Stack, number: signal.Signals) -> None:
    program = Process(fresh)
    process = await program.start()
    await eventually(program.ready.exists)
    addresses = json.loads(program.ready.read_text())["addresses"]
    assert addresses[0] == fresh.address
    assert int(addresses[1].rpartition(":")[2]) > 0
    assert "is in use by another process" in await program.refused()
    process.send_signal(number)
    _, errors = await process.communicate()
    assert process.returncode == 0
    for line in errors.decode().splitlines():
        assert json.loads(line)["process"] == "registry"
    assert (fresh.data.stat().st_mode & 0o777) == 0o700


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"EXT_REGISTRY_SURPRISE": "1"}, "unknown setting EXT_REGISTRY_SURPRISE"),
        ({"EXT_REGISTRY_LISTEN": '["0.0.0.0:0"]'}, "needs tls_cert_file"),
        ({"EXT_REGISTRY_GRANT_KEY_FILE": "/nowhere"}, "grant_key_file: cannot be read"),
        ({"EXT_REGISTRY_GATEWAY_TOKEN_FILE": "/dev/null"}, "gateway_token_file: must hold one token of at least 32"),
        ({"EXT_REGISTRY_BOOTSTRAP_OPERATOR_KEY_FILE": "{folder}/gateway_token_file"}, "bootstrap_operator_key_file: must hold"),
        ({"SIGNING_TRUST_BUNDLE": "/nowhere"}, "trust_bundle: cannot be read"),
        ({"SIGNING_TRUST_BUNDLE": "-----BEGIN PUBLIC KEY-----"}, "trust_bundle: holds a broken PEM block"),
        ({"EXT_REGISTRY_DATABASE_URL": "postgresql://x"}, "DATABASE_URL"),
        ({"EXT_REGISTRY_DATABASE_URL": "sqlite+aiosqlite:////nowhere/at/all.db"}, "database_url: must be a SQLite file"),
        ({"EXT_REGISTRY_DATA_DIR": "/proc/nowhere"}, "data_dir: cannot be used"),
    ],
)
async def test_bad_settings_end_with_two(fresh: Stack, changes: dict[str, str], text: str) -> None:
    filled = {name: value.replace("{folder}", str(fresh.folder)) for name, value in changes.items()}
    errors = await Process(fresh, **filled).refused()
    assert text in errors
    assert len(errors.splitlines()) <= 2  # one line, and the log's line about the new database


def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    migrate(f"{PREFIX}{tmp_path / 'migrated.db'}")
    METADATA.create_all(create_engine(f"sqlite:///{tmp_path / 'made.db'}"))
    assert schema(tmp_path / "migrated.db") == schema(tmp_path / "made.db")


def schema(path: Path) -> dict[str, object]:
    """Tables with columns, keys, indexes and foreign keys, as SQLite tells them."""
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found: dict[str, object] = {}
    for name in sorted(set(names) - {"alembic_version", "sqlite_sequence"}):
        columns = sorted(row[1:] for row in connection.execute(f"PRAGMA table_info({name})"))  # in any order
        foreign = sorted(row[2:5] for row in connection.execute(f"PRAGMA foreign_key_list({name})"))
        indexes = sorted(
            (row[2], tuple(column[2] for column in connection.execute(f"PRAGMA index_info({row[1]})")))
            for row in connection.execute(f"PRAGMA index_list({name})")
        )
        found[name] = (columns, foreign, indexes)
    connection.close()
    return found


def test_the_newest_migration_is_the_one_that_the_program_knows() -> None:
    versions = Path(catalog.__file__).parent / "migrations" / "versions"
    assert max(path.name[:4] for path in versions.glob("[0-9]*.py")) == HEAD


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    url = f"{PREFIX}{tmp_path / 'registry.db'}"
    migrate(url)
    connection = sqlite3.connect(tmp_path / "registry.db")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Fault) as caught:
        migrate(url)
    assert caught.value.violations[0].field == "database_url"


def test_migrating_twice_imports_nothing_heavy(tmp_path: Path) -> None:
    """Memory of a process that starts on an existing database."""
    url = f"{PREFIX}{tmp_path / 'registry.db'}"
    migrate(url)
    program = f"import sys; from registry.catalog.migrate import migrate; migrate({url!r}); sys.exit('alembic' in sys.modules)"
    assert os.spawnve(os.P_WAIT, sys.executable, [sys.executable, "-c", program], {"PYTHONPATH": os.pathsep.join(sys.path)}) == 0
