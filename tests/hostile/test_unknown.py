"""What is not there, what is not installed and what is another tenant's look the same to the byte; only the owner hears more."""

import pytest

from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc, registry_service_pb2, registry_service_pb2_grpc
from tests.hostile.calls import PREFIX, Gate, seen
from tests.platform import Platform

STRANGER, OTHER = "hostile-stranger", "hostile-other"  # tenants: one without any install, one with another
SAME = ("x-request-id", "same")
NOWHERE = "sha256:" + "0" * 64


@pytest.fixture(autouse=True, scope="module")
def _other_has_something_else(gate: Gate) -> None:
    gate.deploy("unknown-other", "hello", tenant=OTHER)


def references(platform: Platform, name: str) -> dict[str, str]:
    """Every way to name an installed extension of tenant `demo`, and names that nobody has."""
    install = platform.resolve(name).install
    return {
        "name": name,
        "name in capitals": name.upper(),
        "publisher and name": f"example.{name}",
        "install id": install.id,
        "extension id": install.extension_id,
        "version id": install.version_id,
        "content hash": install.content_hash,
        "unknown name of the same length": "x" * len(name),
        "unknown id": "00000000-0000-4000-8000-000000000000",
        "unknown name": "com.example.nobody-has-this",
    }


NAMES = ("name", "name in capitals", "publisher and name", "install id", "extension id")


def test_its_owner_calls_it_by_all_its_names_and_by_no_other(gate: Gate) -> None:
    name = gate.deploy("unknown-owned", "hello")
    for what, reference in references(gate.platform, name).items():
        for lane in (PREFIX, "/api/ext-proxy/"):
            got = gate.demo("GET", f"{lane}{reference}/run")
            assert got.status == (200 if what in NAMES else 404), what


IMPOSSIBLE = ["%zz", "%ff", "a%2fb", "%00", "a b".replace(" ", "%20"), "x" * 201, "%2e%2e", "'or'1'='1", "*", "~"]


def told(gate: Gate, reference: str, tenant: str, method: str = "GET") -> tuple[object, ...]:
    body = b"x" if method in {"POST", "PUT"} else None
    return seen(gate.ask(method, f"{PREFIX}{reference}/run", SAME, body=body, key=gate.platform.caller(tenant)))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("tenant", [STRANGER, OTHER])
def test_not_installed_is_unknown(gate: Gate, tenant: str, method: str) -> None:
    name = gate.deploy("unknown-owned", "hello")
    texts = [*references(gate.platform, name).values(), *IMPOSSIBLE]
    answers = {reference: told(gate, reference, tenant, method) for reference in texts}
    assert len(set(answers.values())) == 1, answers
    status, _, body = answers[name]
    assert status == 404
    assert b'"code": "extension_not_available"' in body or method == "HEAD"  # type: ignore[operator]
    assert gate.demo("GET", f"{PREFIX}{name}/run").status == 200


def state(gate: Gate, name: str, what: str) -> None:
    """Disable demo's install, or revoke its version."""
    platform = gate.platform
    with platform.channel("registry") as channel:
        if what == "disabled":
            stub = install_service_pb2_grpc.InstallServiceStub(channel)
            request = install_service_pb2.DisableRequest(tenant_id="demo", install=name)
            stub.Disable(request, metadata=platform.metadata())
        else:
            registry = registry_service_pb2_grpc.RegistryServiceStub(channel)
            revoke = registry_service_pb2.RevokeVersionRequest(extension=name, version="1.0.0")
            registry.RevokeVersion(revoke, metadata=platform.metadata())


@pytest.mark.parametrize("what", ["disabled", "revoked"])
def test_the_state_of_an_install_is_told_to_its_owner_alone(gate: Gate, what: str) -> None:
    name = gate.deploy(f"unknown-{what}", "hello")
    known = references(gate.platform, name)
    page = f"/ext-ui/{known['extension id']}/{known['content hash']}/index.html"
    before = [told(gate, reference, STRANGER) for reference in known.values()]
    assert gate.ask("GET", page).status == 200
    state(gate, name, what)
    gate.eventually(lambda: gate.demo("GET", f"{PREFIX}{name}/run").status == 404)
    for way in ("name", "name in capitals", "install id", "extension id"):
        got = gate.demo("GET", f"{PREFIX}{known[way]}/run")
        assert (got.status, got.code) == (404, f"extension_{what}")
    for tenant in (STRANGER, OTHER):
        assert [told(gate, reference, tenant) for reference in known.values()] == before
    gate.eventually(lambda: gate.ask("GET", page).status == 404)
    # Nobody is told of UI files: frames carry no credentials.
    unknown = seen(gate.ask("GET", f"/ext-ui/com.example.nobody/{NOWHERE}/index.html", SAME))
    for query in ("", "?tenant=demo", f"?tenant={STRANGER}", f"?tenant={OTHER}"):
        assert seen(gate.ask("GET", f"{page}{query}", SAME)) == unknown


def test_another_tenants_ui_files(gate: Gate) -> None:
    name = gate.deploy("unknown-ui", "hello")
    known = references(gate.platform, name)
    content_hash = known["content hash"]
    unknown = seen(gate.ask("GET", f"/ext-ui/com.example.nobody/{NOWHERE}/index.html", SAME))
    assert unknown[0] == 404
    page = f"/ext-ui/{name}/{content_hash}/index.html"
    assert gate.ask("GET", page).status == 200
    assert gate.ask("GET", f"{page}?tenant=demo").status == 200
    targets = [f"{page}?tenant={tenant}" for tenant in (STRANGER, OTHER, "nobody")]
    targets += [f"/ext-ui/{reference}/{content_hash}/index.html" for reference in ("com.example.unknown-other", "x", "%zz", "*")]
    targets += [f"/ext-ui/{name}/{NOWHERE}/index.html", f"/ext-ui/{known['version id']}/{content_hash}/index.html"]
    assert {seen(gate.ask("GET", target, SAME)) for target in targets} == {unknown}


def test_a_key_does_not_open_the_files_of_another_tenant(gate: Gate) -> None:
    """Credentials mean nothing to the route of UI files; what it serves is no tenant's secret."""
    name = gate.deploy("unknown-ui", "hello")
    page = f"/ext-ui/{name}/{gate.platform.resolve(name).install.content_hash}/index.html"
    for tenant in (STRANGER, OTHER):
        shown = gate.platform.caller(tenant)
        assert gate.ask("GET", page, key=shown).status == 200
        assert gate.ask("GET", f"{page}?tenant={tenant}", key=shown).status == 404
