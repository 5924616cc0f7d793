"""The commands that speak to a running platform, on a real one: an author's and a tenant's whole way, and what is refused."""

from pathlib import Path

import pytest

from tests import guests
from tests.guests.bundles import bundle_files
from tests.platform import Platform
from tests.unit.kernel.certificates import Authority

from .conftest import Run
from .test_up import write

NAME = "com.example.cli"


@pytest.fixture
def on(run: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALGA_EXT_DATA_DIR", str(platform.data_dir))
    return run


def make(on: Run, platform: Platform, folder: Path, version: str = "1.0.0", name: str = NAME, key: Path | None = None) -> Path:
    endpoints = [{"method": "GET", "path": "/run", "handler": "run"}]
    write(folder, bundle_files(name, guests.component("hello"), version=version, endpoints=endpoints))
    (folder / "ui" / "index.html").write_text(f"{name} {version}")
    assert on("build", folder).code == 0
    assert on("pack", folder).code == 0
    assert on("sign", folder, "--key", key or platform.data_dir / "keys" / "publisher-example.pem").code == 0
    return folder


def test_an_extension_s_life(on: Run, platform: Platform, tmp_path: Path) -> None:
    folder = make(on, platform, tmp_path / "ext")
    assert on("verify", folder).code == 0
    published = on("publish", folder, "--public", "--json")
    assert (published.code, published.json["existed"]) == (0, False)
    assert published.json["version"]["state"] == "active"
    assert isinstance(published.json["version"]["size_bytes"], int)
    assert on("publish", folder, "--json").json["existed"] is True
    assert NAME in [row["name"] for row in on("list", "--json").json["extensions"]]

    install = on("install", NAME, "-t", "demo", "--json").json
    assert install["enabled"] is True
    assert NAME in on("list", "-t", "demo").out
    called = on("call", NAME, "/run", "--json")
    assert (called.code, called.json["status"], called.json["body"]) == (0, 200, "hello")
    assert on("call", NAME, "/nope", "--json").json["status"] == 404

    assert on("disable", install["id"], "-t", "demo", "--json").json["enabled"] is False
    assert on("enable", NAME, "-t", "demo", "--json").json["enabled"] is True

    make(on, platform, folder, "1.1.0")
    assert on("publish", folder).code == 0
    assert on("update", NAME, "-t", "demo", "--json").json["version"] == "1.1.0"
    assert [row["version"] for row in on("list", NAME, "--json").json["versions"]] == ["1.1.0", "1.0.0"]

    assert on("yank", NAME, "1.0.0", "--json").json["state"] == "yanked"
    assert "withdrawn" in on("update", NAME, "-t", "demo", "--version", "1.0.0").err
    assert on("revoke", NAME, "1.0.0", "--yes", "--json").json["state"] == "revoked"
    assert on("uninstall", NAME, "-t", "demo", "--yes", "--json").json["id"] == install["id"]
    assert NAME not in on("list", "-t", "demo").out


def test_who_may_install_a_private_extension(on: Run, platform: Platform, tmp_path: Path) -> None:
    name = "com.example.cli-private"
    published = on("publish", make(on, platform, tmp_path / "ext", name=name))
    assert f"alga-ext visibility {name}" in published.err
    refused = on("install", name, "-t", "demo")
    assert refused.code == 1
    assert "alga-ext visibility" in refused.err
    assert on("visibility", name, "--json").json["error"]["next"].startswith("name one of")
    assert on("visibility", name, "-t", "demo", "--json").json["allowed_tenants"] == ["demo"]
    assert on("install", name, "-t", "demo").code == 0
    assert on("install", name, "-t", "other").code == 1
    assert on("visibility", name, "--public", "--json").json["visibility"] == "public"
    assert on("install", name, "-t", "other").code == 0
    assert on("visibility", name, "--private", "--json").json["visibility"] == "private"
    assert on("install", name, "-t", "third").code == 1
    assert on("deprecate", name, "use another", "--json").json["deprecation"] == "use another"


def test_what_publish_refuses(on: Run, platform: Platform, tmp_path: Path) -> None:
    folder = make(on, platform, tmp_path / "ext", name="com.example.cli-refused")
    envelope = folder / "dist" / "bundle.tar.zst.dsse.json"
    good = envelope.read_bytes()
    envelope.unlink()
    unsigned = on("publish", folder)
    assert unsigned.code == 1
    assert "not signed" in unsigned.err
    assert "alga-ext sign" in unsigned.err
    on("keygen", "mine.pem")
    on("sign", folder, "--key", "mine.pem")
    untrusted = on("publish", folder, "--json")
    assert untrusted.json["error"]["reason"] == "signer_untrusted"
    assert "publisher add-key" in untrusted.json["error"]["next"]
    (folder / "ui" / "index.html").write_text("altered")
    on("pack", folder)
    envelope.write_bytes(good)
    assert on("publish", folder, "--json").json["error"]["reason"] == "statement_mismatch"
    assert "com.example.cli-refused" not in on("list").out


def test_the_same_version_with_other_bytes(on: Run, platform: Platform, tmp_path: Path) -> None:
    folder = make(on, platform, tmp_path / "ext", name="com.example.cli-twice")
    assert on("publish", folder).code == 0
    (folder / "ui" / "index.html").write_text("other")
    on("pack", folder)
    on("sign", folder, "--key", platform.data_dir / "keys" / "publisher-example.pem")
    refused = on("publish", folder)
    assert refused.code == 1
    assert "raise `version` in manifest.json" in refused.err


def test_api_keys(on: Run, platform: Platform, tmp_path: Path) -> None:
    made = on(
        "api-key",
        "create",
        "--role",
        "tenant-admin",
        "-t",
        "acme",
        "--label",
        "ci",
        "--expires-in",
        "1h",
        "-o",
        "admin.key",
        "--json",
    )
    assert made.code == 0
    assert made.json["secret"] is None
    secret = tmp_path / "admin.key"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.read_text().startswith("alga_")
    assert on("list", "-t", "acme", "--api-key-file", secret).code == 0
    stranger = on("list", "-t", "demo", "--api-key-file", secret)
    assert stranger.code == 1
    refused = on("publisher", "show", "example", "--api-key-file", secret)
    assert refused.code == 1
    assert "do not allow" in refused.err
    rows = on("api-key", "list", "-t", "acme", "--json").json["keys"]
    assert [(row["role"], row["label"]) for row in rows] == [("tenant_admin", "ci")]
    assert secret.read_text().strip() not in str(rows)
    assert on("api-key", "revoke", made.json["key"]["id"], "--json").json["revoked_at"]
    assert "valid key" in on("list", "--api-key-file", secret).err


def test_api_keys_of_persons(on: Run) -> None:
    create = ("api-key", "create", "--role", "tenant-caller", "-t", "persons")
    person = ("--user-id", "u-1", "--user-email", "jo@x", "--user-name", "Jo", "--user-type", "client")
    company = ("--client-name", "Acme", "--client-id", "c-1", "--user-field", "locale=de", "--user-field", "a=b=c")
    made = on(*create, *person, *company, "--json")
    assert made.json["key"]["user"] == {
        "user_id": "u-1",
        "email": "jo@x",
        "name": "Jo",
        "type": "client",
        "client_name": "Acme",
        "client_id": "c-1",
        "additional_fields": {"a": "b=c", "locale": "de"},
    }
    assert "u-1" in on("api-key", "list", "-t", "persons").out
    assert "--user-id" in on(*create, "--user-email", "jo@x").err
    assert "NAME=VALUE" in on(*create, "--user-id", "u", "--user-field", "x").err
    assert "user.type" in on(*create, "--user-id", "u", "--user-type", "admin").err


def test_an_existing_file_never_loses_its_content_to_a_secret(on: Run, tmp_path: Path) -> None:
    (tmp_path / "k").write_text("mine")
    assert on("api-key", "create", "--role", "operator", "-o", "k").code == 1
    assert (tmp_path / "k").read_text() == "mine"


def test_no_file_stays_when_no_key_was_made(on: Run, tmp_path: Path) -> None:
    assert on("api-key", "create", "--role", "emperor", "-o", "k").code == 2
    assert on("api-key", "create", "--role", "tenant-caller", "-t", "no tenant", "-o", "k").code == 1
    assert not (tmp_path / "k").exists()


def test_publishers_and_keys(on: Run) -> None:
    on("keygen", "acme.pem", "--p256")
    assert on("publisher", "create", "acme", "--json").json["keys"] == []
    added = on("publisher", "add-key", "acme", "acme.pem.pub", "--json").json
    key_id = added["keys"][0]["key_id"]
    assert key_id in on("publisher", "show", "acme").out
    assert on("publisher", "revoke-key", "acme", key_id, "--yes", "--json").json["keys"][0]["revoked_at"]
    again = on("publisher", "add-key", "acme", "acme.pem.pub")
    assert again.code == 1
    assert on("publisher", "add-key", "acme", "acme.pem").code == 1  # a private key is not sent anywhere
    assert on("publisher", "show", "nobody").code == 1


def test_a_key_ends_in_good_order_or_for_good(on: Run, platform: Platform, tmp_path: Path) -> None:
    on("publisher", "create", "ending")
    on("keygen", "ending.pem")
    added = on("publisher", "add-key", "ending", "ending.pem.pub", "--not-after", "2100-01-01T00:00:00+01:00", "--json").json
    (key,) = added["keys"]
    assert (key["not_before"], key["not_after"], key["authority"]) == (None, "2099-12-31T23:00:00Z", False)
    assert (added["stored_bytes"], added["quota_bytes"]) == (0, 2 << 30)
    shown = on("publisher", "show", "ending").out
    assert "2099-12-31T23:00:00Z" in shown
    assert str(2 << 30) in shown
    assert "REVOKED AT" not in shown
    refused = on("publisher", "retire-key", "ending", key["key_id"], "--at", "2100-06-01T00:00:00Z", "--json")
    assert (refused.code, refused.json["error"]["reason"]) == (1, "invalid_argument")
    assert on("publisher", "retire-key", "ending", key["key_id"], "--at", "tomorrow").code == 2
    retired = on("publisher", "retire-key", "ending", key["key_id"], "--json").json
    assert retired["keys"][0]["not_after"] < "2099"
    told = on("publisher", "revoke-key", "ending", key["key_id"], "--compromised-since", "2020-01-01T00:00:00Z", "--yes").out
    assert "stopped versions: 0" in told
    assert "2020-01-01T00:00:00Z" in told


def test_a_certificate_is_added_and_bundles_of_keys_are_not(on: Run, tmp_path: Path) -> None:
    root = Authority.root()
    (tmp_path / "root.pem").write_bytes(root.pem)
    (tmp_path / "two.pem").write_bytes(root.pem + root.leaf().pem)
    on("publisher", "create", "certified")
    added = on("publisher", "add-key", "certified", "root.pem", "--json").json
    assert [(key["key_id"], key["authority"]) for key in added["keys"]] == [(root.key_id, True)]
    assert "AUTHORITY" in on("publisher", "show", "certified").out
    assert on("publisher", "add-key", "certified", "two.pem").code == 1


def test_capabilities_are_granted_only_when_named(on: Run, platform: Platform, tmp_path: Path) -> None:
    name = "com.example.cli-caps"
    files = bundle_files(name, guests.component("storage"), capabilities=["cap:storage.kv"])
    folder = write(tmp_path / "ext", files)
    on("pack", folder)
    on("sign", folder, "--key", platform.data_dir / "keys" / "publisher-example.pem")
    assert on("publish", folder, "--public").code == 0
    assert "cap:storage.kv" not in on("install", name, "-t", "demo", "--json").json["granted_capabilities"]
    assert "cap:storage.kv" in on("update", name, "-t", "demo", "--grant", "cap:storage.kv", "--json").json["granted_capabilities"]
    assert "cap:storage.kv" in on("update", name, "-t", "demo", "--json").json["granted_capabilities"]
    assert on("update", name, "-t", "demo", "--grant", "cap:http.fetch").code == 1
