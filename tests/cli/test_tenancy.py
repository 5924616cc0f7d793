"""A tenant's ways with what it runs, on a real platform: consent, grants, configuration."""

from pathlib import Path
from typing import Any

import pytest

from cli.client.installs import Installs
from cli.commands import confirm
from tests import guests
from tests.guests.bundles import bundle_files
from tests.platform import Platform

from .conftest import Run
from .test_up import write

KV, FETCH = "cap:storage.kv", "cap:http.fetch"
WIDER = {
    "capabilities": [KV, FETCH],
    "egress": ["https://api.example.com"],
    "endpoints": [{"method": "GET", "path": "/other", "handler": "run"}],
}
BASE = {
    "capabilities": [KV],
    "egress": ["https://old.example.com"],
    "endpoints": [{"method": "GET", "path": "/run", "handler": "run"}],
}


@pytest.fixture
def on(run: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALGA_EXT_DATA_DIR", str(platform.data_dir))
    return run


def publish(on: Run, platform: Platform, folder: Path, name: str, version: str = "1.0.0", **changes: Any) -> None:
    files = bundle_files(name, guests.component("hello"), version=version, **(BASE | changes))
    folder = write(folder / version, files)
    assert on("pack", folder).code == 0
    assert on("sign", folder, "--key", platform.data_dir / "keys" / "publisher-example.pem").code == 0
    assert on("publish", folder, "--public").code == 0


def waits(on: Run, platform: Platform, folder: Path, name: str, tenant: str = "demo") -> None:
    publish(on, platform, folder, name)
    publish(on, platform, folder, name, "1.1.0", **WIDER)
    assert on("install", name, "-t", tenant, "--version", "1.0.0", "--grant-all").code == 0


def test_an_update_waits_shows_the_difference_and_is_consented_to(on: Run, platform: Platform, tmp_path: Path) -> None:
    name = "com.example.consent"
    waits(on, platform, tmp_path, name)
    ran = on("update", name, "-t", "demo", "--grant-all")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "nothing changed yet"
    assert lines[lines.index("version 1.1.0 asks for more than 1.0.0 and waits for the tenant's consent:") + 1 :][:5] == [
        f"  + capability  {FETCH}",
        "  + egress      https://api.example.com",
        "  + endpoint    GET /other",
        "  - egress      https://old.example.com",
        "  - endpoint    GET /run",
    ]
    assert f"alga-ext consent {name} --tenant demo" in ran.out
    assert "1.1.0 waits for consent" in on("list", "-t", "demo").out
    listed = [row for row in on("list", "-t", "demo", "--json").json["installs"] if row["extension_name"] == name]
    assert listed[0]["pending_update"]["difference"]["added_capabilities"] == [FETCH]
    assert on("call", name, "/run").code == 0

    assert "--yes" in on("consent", name, "-t", "demo").err
    moved = on("consent", name, "-t", "demo", "--yes")
    assert moved.code == 0
    assert f"  + capability  {FETCH}" in moved.err
    assert moved.out.startswith("updated\n")
    assert FETCH not in moved.out
    assert KV in moved.out
    assert on("call", name, "/other").code == 0

    assert on("update", name, "-t", "demo", "--version", "1.0.0", "--json").json["pending_update"] is not None
    assert on("decline", name, "-t", "demo", "--json").json["pending_update"] is None
    none = on("consent", name, "-t", "demo", "--yes", "--json")
    assert (none.code, none.json["error"]["reason"]) == (1, "update_not_pending")


def test_granting_with_consent(on: Run, platform: Platform, tmp_path: Path) -> None:
    name = "com.example.consent-grant"
    waits(on, platform, tmp_path, name)
    assert on("update", name, "-t", "demo", "--json").json["version"] == "1.0.0"
    assert on("consent", name, "-t", "demo", "--yes", "--grant", FETCH, "--grant-all").code == 2
    moved = on("consent", name, "-t", "demo", "--yes", "--grant", FETCH, "--json").json
    assert (moved["version"], FETCH in moved["granted_capabilities"], KV in moved["granted_capabilities"]) == ("1.1.0", True, False)


def test_a_person_is_asked_and_may_say_no(on: Run, platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "com.example.consent-no"
    waits(on, platform, tmp_path, name)
    on("update", name, "-t", "demo")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked: list[str] = []

    def no(question: str, **_: object) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr(confirm.typer, "confirm", no)
    ran = on("consent", name, "-t", "demo")
    assert (ran.code, asked) == (1, [f"Update {name} from 1.0.0 to 1.1.0 for tenant demo?"])
    assert "nothing was done" in ran.err
    assert on("list", "-t", "demo", "--json").json["installs"] != []
    assert "1.1.0 waits for consent" in on("list", "-t", "demo").out


def test_an_operator_cannot_consent_and_is_told_who_can(on: Run, platform: Platform, tmp_path: Path) -> None:
    name, tenant = "com.example.consent-operator", "elsewhere"
    waits(on, platform, tmp_path, name, tenant)
    on("update", name, "-t", tenant)
    refused = on("consent", name, "-t", tenant, "--yes")
    assert refused.code == 1
    assert "operators neither" in refused.err
    command = f"alga-ext api-key create --role tenant-admin --tenant {tenant} -o admin.key"
    assert command in refused.err
    assert on(*command.split()[1:]).code == 0
    moved = on("consent", name, "-t", tenant, "--yes", "--api-key-file", "admin.key", "--json")
    assert (moved.code, moved.json["version"]) == (0, "1.1.0")


def test_grants_are_shown_and_set(on: Run, platform: Platform, tmp_path: Path) -> None:
    name = "com.example.grants"
    publish(on, platform, tmp_path, name, capabilities=[KV, FETCH])
    on("install", name, "-t", "demo", "--grant", KV)
    shown = on("grants", "show", name, "-t", "demo", "--json").json
    assert (KV in shown["granted"], shown["denied"]) == (True, [FETCH])
    assert [line.split() for line in on("grants", "show", name, "-t", "demo").out.splitlines() if "http" in line] == [[FETCH, "no"]]
    changed = on("grants", "set", name, "-t", "demo", "--grant", FETCH, "--json").json["granted_capabilities"]
    assert (FETCH in changed, KV in changed) == (True, False)
    assert on("grants", "set", name, "-t", "demo", "--none", "--json").json["revision"] == 3
    assert on("grants", "show", name, "-t", "demo", "--json").json["denied"] == [FETCH, KV]
    assert on("grants", "set", name, "-t", "demo", "--grant-all").out.startswith("granted\n")
    for wrong in ((), ("--none", "--grant-all"), ("--grant", KV, "--none")):
        assert on("grants", "set", name, "-t", "demo", *wrong).code == 2
    refused = on("grants", "set", name, "-t", "demo", "--grant", "cap:client.read", "--json").json["error"]
    assert refused["violations"][0]["field"] == "capabilities.names"


def test_configuration_is_set_key_by_key(on: Run, platform: Platform, tmp_path: Path) -> None:
    name = "com.example.config-set"
    publish(on, platform, tmp_path, name)
    on("install", name, "-t", "demo")
    assert "nothing is set" in on("config", "get", name, "-t", "demo").out
    assert on("config", "set", name, "b=1=2", "a=gr\u00fcn", "-t", "demo", "--json").json["configuration"] == {
        "a": "gr\u00fcn",
        "b": "1=2",
    }
    assert on("config", "set", name, "c=", "a=x", "-t", "demo", "--json").json["revision"] == 3
    assert on("config", "get", name, "-t", "demo", "--json").json["configuration"] == {"a": "x", "b": "1=2", "c": ""}
    assert on("config", "get", name, "b", "-t", "demo").out == "1=2\n"
    assert on("config", "unset", name, "a", "c", "nothing", "-t", "demo", "--json").json["configuration"] == {"b": "1=2"}
    assert on("config", "get", name, "a", "-t", "demo").code == 1
    for wrong in ("novalue", "=x", "a=\udcff"):
        assert on("config", "set", name, wrong, "-t", "demo").code == 2
    refused = on("config", "set", name, "a b=1", "-t", "demo", "--json").json["error"]
    assert refused["violations"][0]["field"] == "configuration[a b]"
    assert "configuration[k]" in on("config", "set", name, "k=" + "x" * 5000, "-t", "demo").err


def test_access_is_shown_and_set_as_a_whole(on: Run, platform: Platform, tmp_path: Path) -> None:
    name = "com.example.access"
    publish(on, platform, tmp_path, name)
    on("install", name, "-t", "demo")
    assert "the tenant says nothing" in on("access", "show", name, "-t", "demo").out
    set_ = on("access", "set", name, "clerk=read+write", "tenant_caller=read", "a=b=none", "--only", "-t", "demo")
    assert [line.split() for line in set_.out.splitlines() if "yes" in line] == [
        ["clerk", "yes", "yes"],
        ["tenant_caller", "yes", "no"],
    ]
    told = on("access", "show", name, "-t", "demo", "--json").json
    assert [one["role"] for one in told["access"]["roles"]] == ["a=b", "clerk", "tenant_caller"]
    assert (told["access"]["only_listed"], told["revision"]) == (True, 2)
    for wrong in ("clerk", "=read", "clerk=", "clerk=admin", "a,b=read"):
        assert on("access", "set", name, wrong, "-t", "demo").code == 2
    assert on("access", "clear", name, "-t", "demo", "--json").json["access"] is None


def test_limits_are_shown_and_set_one_by_one(on: Run, platform: Platform, tmp_path: Path) -> None:
    name = "com.example.limits"
    publish(on, platform, tmp_path, name, limits={"timeout_ms": 3000})
    on("install", name, "-t", "demo")
    shown = on("limits", "show", name, "-t", "demo").out.splitlines()
    assert [line.split() for line in shown if line.startswith(("timeout_ms", "log_lines"))] == [
        ["timeout_ms", "3000"],
        ["log_lines"],
    ]
    assert on("limits", "set", name, "timeout_ms=2000", "log_lines=5", "-t", "demo", "--json").json["revision"] == 2
    told = on("limits", "set", name, "log_lines=0", "-t", "demo", "--json").json
    assert (told["limits"]["timeout_ms"], told["tenant_limits"]["timeout_ms"], told["tenant_limits"]["log_lines"]) == (
        3000,
        2000,
        0,
    )
    assert ["timeout_ms", "3000", "2000"] in [line.split() for line in on("limits", "show", name, "-t", "demo").out.splitlines()]
    told = on("limits", "set", name, "egress_bytes_per_day=10737418240", "calls_at_once=2", "-t", "demo", "--json").json
    assert (told["caller_limits"]["egress_bytes_per_day"], told["caller_limits"]["calls_at_once"]) == (10 << 30, 2)
    told = on("limits", "set", name, "calls_at_once=0", "timeout_ms=1900", "-t", "demo", "--json").json
    assert (told["caller_limits"]["egress_bytes_per_day"], told["caller_limits"]["calls_at_once"]) == (10 << 30, 0)
    shown = on("limits", "show", name, "-t", "demo").out.splitlines()
    assert ["egress_bytes_per_day", "10737418240"] in [line.split() for line in shown]
    assert ["timeout_ms", "3000", "1900"] in [line.split() for line in shown]
    for wrong in ("timeout_ms", "timeout_ms=", "timeout_ms=-1", "timeout_ms=1s", "fuel=1", "timeout_ms=9999999999"):
        assert on("limits", "set", name, wrong, "-t", "demo").code == 2
    told = on("limits", "set", name, "memory_bytes=1073741824", "-t", "demo", "--json").json  # the most that is allowed
    assert told["tenant_limits"]["memory_bytes"] == 1 << 30
    refused = on("limits", "set", name, "timeout_ms=30001", "-t", "demo", "--json").json["error"]
    assert refused["violations"][0] == {"field": "limits.timeout_ms", "rule": "must be at most 30000"}


@pytest.mark.parametrize(("times", "code"), [(1, 0), (2, 1)])
def test_a_change_in_between_is_read_again_once(
    on: Run, platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, code: int
) -> None:
    name = f"com.example.config-race{times}"
    publish(on, platform, tmp_path, name)
    on("install", name, "-t", "demo")
    read, raced = Installs.get, []

    async def get(self: Installs, tenant: str, install: str) -> dict[str, Any]:
        found = await read(self, tenant, install)
        if len(raced) < times:
            raced.append(found["revision"])
            other = Installs(self._peer)
            monkeypatch.setattr(Installs, "get", read)
            await other.configure(tenant, install, lambda before: before | {f"other{len(raced)}": "1"})
            monkeypatch.setattr(Installs, "get", get)
        return found

    monkeypatch.setattr(Installs, "get", get)
    ran = on("config", "set", name, "mine=1", "-t", "demo", "--json")
    assert ran.code == code
    monkeypatch.setattr(Installs, "get", read)
    kept = on("config", "get", name, "-t", "demo", "--json").json["configuration"]
    assert kept == {f"other{number}": "1" for number in range(1, times + 1)} | ({} if code else {"mine": "1"})
    if code:
        assert ran.json["error"]["reason"] == "revision_conflict"
