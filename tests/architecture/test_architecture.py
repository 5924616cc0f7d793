"""The tree keeps its shape: packages, boundaries, file sizes, principals, names that must not leak into the product."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pool

from gen.alga.registry.v1 import (  # noqa: F401 - importing registers the services
    execution_log_service_pb2,
    idempotency_service_pb2,
    identity_service_pb2,
    install_service_pb2,
    maintenance_service_pb2,
    publisher_service_pb2,
    registry_service_pb2,
    schedule_service_pb2,
    secret_service_pb2,
    staging_service_pb2,
    storage_admin_service_pb2,
    storage_service_pb2,
)
from gen.alga.runner.v1 import asset_service_pb2, execute_service_pb2, ops_service_pb2  # noqa: F401
from kernel import auth

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for path in (ROOT / "src").rglob("*.py") if "gen" not in path.relative_to(ROOT / "src").parts]
MAX_LINES = 400
SERVICES = [
    "alga.registry.v1.RegistryService", "alga.registry.v1.InstallService", "alga.registry.v1.StorageService",
    "alga.registry.v1.IdentityService", "alga.registry.v1.PublisherService", "alga.registry.v1.MaintenanceService",
    "alga.registry.v1.StorageAdminService",
    "alga.registry.v1.ExecutionLogService",
    "alga.registry.v1.ScheduleService", "alga.registry.v1.SecretService", "alga.registry.v1.IdempotencyService",
    "alga.registry.v1.StagingService",
    "alga.runner.v1.ExecuteService", "alga.runner.v1.AssetService", "alga.runner.v1.OpsService",
]  # fmt: skip


def test_every_test_folder_is_a_package() -> None:
    """A `tests/registry` without packages above it would shadow the real `registry`."""
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts}
    folders = {folder for folder in folders if not (folder / "manifest.json").exists()}  # the sources of a guest
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_kernel_stays_small() -> None:
    heavy = ("sqlalchemy", "aiohttp", "wasmtime", "typer", "rich", "alembic", "obstore")
    modules = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for path in SOURCES
        if path.relative_to(ROOT / "src").parts[0] == "kernel" and path.name != "__init__.py"
    ]
    code = f"import sys, {', '.join(modules)}; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_runner_process_does_not_load_the_engine() -> None:
    """Machine code of strangers is mapped in executors only."""
    code = "import sys, runner.app; print('wasmtime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_read_at_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES


def test_the_table_of_principals_covers_exactly_our_methods() -> None:
    pool = descriptor_pool.Default()
    methods = {f"/{name}/{method.name}" for name in SERVICES for method in pool.FindServiceByName(name).methods}
    ours = {method for method in auth.RULES if method.startswith("/alga.")}
    assert ours == methods
    assert [method for method in ours if auth.RULES[method].roles is None] == []


def test_the_list_of_services_is_complete() -> None:
    declared = {
        f"{match[1]}.{service}"
        for path in (ROOT / "proto").rglob("*.proto")
        for text in [path.read_text()]
        for match in [re.search(r"^package ([\w.]+);", text, re.M)]
        if match
        for service in re.findall(r"^service (\w+) ", text, re.M)
    }
    assert declared == set(SERVICES)


def test_importing_a_package_does_nothing() -> None:
    for path in SOURCES:
        if path.name == "__init__.py":
            body = re.sub(r'""".*?"""', "", path.read_text(), flags=re.S)
            assert "open(" not in body, path
