"""`secrets` and `ui-proxy` from both guests: values of the install, and routes of samples/host-app that its key opens."""

import base64
import json
from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2
from tests.host.everything import Everything, installed
from tests.host.functions import DENIED
from tests.host.product import Product
from tests.platform import Platform


def route(guest: Everything, path: str, payload: Any = None) -> Any:
    """The answer as JSON, or the error."""
    sent = None if payload is None else {"base64": base64.b64encode(json.dumps(payload).encode()).decode()}
    told = guest.ask("ui-proxy", "call-route", path, sent)
    return json.loads(base64.b64decode(told["ok"]["base64"])) if "ok" in told else told


def test_secrets_are_the_installs(granted: Everything, product: Product) -> None:
    assert granted.ask("secrets", "list-keys") == {"ok": ["api_key", "token"]}
    assert granted.ask("secrets", "get", "token") == {"ok": "not to be told"}
    assert granted.ask("secrets", "get", "api_key") == {"ok": product.keys["granted"]}


@pytest.mark.parametrize("name", ["other", "", "TOKEN", "token ", "a/b", "\0", "x" * 10_000])
def test_what_was_not_stored_is_missing(granted: Everything, name: str) -> None:
    assert granted.ask("secrets", "get", name) == {"err": "missing"}


def test_a_route_is_asked_with_the_installs_key(granted: Everything) -> None:
    assert route(granted, "greeting")["tenant"] == "Demo"
    number = route(granted, "/api/v1/tickets", {"title": "Printer"})["number"]
    assert route(granted, "/api/v1/tickets")["tickets"][number - 1]["title"] == "Printer"


@pytest.mark.parametrize(
    ("path", "payload", "error"),
    [
        ("/api/v1/no-such-route", None, "route-not-found"),
        ("/api/v1/tickets", {"title": ""}, "bad-request"),
        ("", None, "bad-request"),
        ("https://elsewhere.example.com/", None, "bad-request"),
        ("//elsewhere.example.com/", None, "bad-request"),
        ("../../greeting", None, "bad-request"),
        ("x" * 9_000, None, "bad-request"),
        ("/api/internal/ext-clients/install/x", {}, "denied"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_routes_that_are_not_there_or_not_for_guests(granted: Everything, path: str, payload: Any, error: str) -> None:
    assert route(granted, path, payload) == {"err": error}


def test_without_the_installs_key_the_host_application_says_no(host: Platform, version: extension_pb2.Version) -> None:
    keyless = installed(host, version, "keyless")
    assert route(keyless, "/api/v1/tickets") == DENIED
    assert keyless.ask("secrets", "get", "api_key") == {"err": "missing"}
    assert keyless.ask("secrets", "list-keys") == {"ok": []}


def test_while_the_host_application_is_away(granted: Everything, product: Product) -> None:
    with product.away():
        assert route(granted, "/api/v1/tickets") == route(granted, "/api/v1/tickets", {"title": "x"}) == {"err": "internal"}
    assert "tickets" in route(granted, "/api/v1/tickets")
