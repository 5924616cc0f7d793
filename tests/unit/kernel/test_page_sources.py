"""`ui.csp`: what pages load from elsewhere, from hosts that the tenant reads of in `egress`."""

import json
from typing import Any

import pytest

from kernel import egress
from kernel.errors import Fault
from kernel.manifest import MAX_SOURCES_LENGTH, Manifest
from tests.unit.kernel.test_manifest import MINIMAL

HOSTS = ["api.example.com", "https://*.cdn.example.com:8443", "http://plain.example.com", "prefix.example.com/v1", "x.example.com/"]


def parse(csp: Any, hosts: list[str] = HOSTS) -> Manifest:
    ui = {"type": "iframe", "entry": "ui/index.html", "csp": csp}
    return Manifest.parse(json.dumps(MINIMAL | {"ui": ui, "egress": hosts}).encode())


def broken(csp: Any, hosts: list[str] = HOSTS) -> dict[str, str]:
    with pytest.raises(Fault) as caught:
        parse(csp, hosts)
    return {violation.field: violation.rule for violation in caught.value.violations}


def test_what_is_named_is_kept_in_one_form() -> None:
    said = {
        "connect-src": ["https://API.example.com", "wss://api.example.com", "https://x.example.com"],
        "img-src": [
            "https://*.cdn.example.com:8443",
            "https://a.cdn.example.com:8443",
            "https://*.b.cdn.example.com:8443",
            "blob:",
        ],
        "media-src": ["data:"],
        "script-src": ["'wasm-unsafe-eval'"],
        "x-note": "ours",
    }
    ui = parse(said).ui
    assert ui is not None
    assert ui.sources == {
        "connect-src": ("https://api.example.com", "wss://api.example.com", "https://x.example.com"),
        "img-src": tuple(said["img-src"]),
        "media-src": ("data:",),
        "script-src": ("'wasm-unsafe-eval'",),
    }
    assert parse({}).ui.sources == {}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "source",
    [
        *("https://elsewhere.example.com", "https://example.com", "https://*.example.com", "https://*.api.example.com"),
        *("https://api.example.com:8443", "https://cdn.example.com:8443", "https://a.cdn.example.com", "wss://a.cdn.example.com"),
        *("https://plain.example.com", "https://prefix.example.com", "https://evilapi.example.com"),
    ],
)
def test_hosts_beyond_egress_are_refused(source: str) -> None:
    assert broken({"img-src": ["blob:", source]}) == {"ui.csp.img-src[1]": "must be of a host that `egress` names without a prefix"}


@pytest.mark.parametrize(
    "source",
    [
        *("*", "https:", "https://*", "http://api.example.com", "//api.example.com", "api.example.com", "'self'", "'none'", ""),
        *("https://api.example.com/", "https://api.example.com/path", "https://api.example.com; script-src *"),
        *("https://api.example.com, x", "https://api.example.com x", "https://api.example.com\n", "https://user@api.example.com"),
        *(
            "'unsafe-inline'",
            "ws://api.example.com",
            "javascript:",
            "DATA:",
            "https://127.1",
            "https://api.example.com:99999",
            "https://*.com",
        ),
    ],
)
def test_what_is_no_source_is_refused(source: str) -> None:
    for directive in ("connect-src", "img-src", "font-src", "media-src", "style-src"):
        assert broken({directive: [source]}).keys() == {f"ui.csp.{directive}[0]"}


@pytest.mark.parametrize("source", ["https://api.example.com", "'unsafe-inline'", "'unsafe-eval'", "'self'", "blob:", "data:"])
def test_scripts_are_the_bundles_own(source: str) -> None:
    assert broken({"script-src": [source]}) == {"ui.csp.script-src[0]": "must be \"'wasm-unsafe-eval'\""}


@pytest.mark.parametrize(
    "directive", ["default-src", "frame-ancestors", "sandbox", "frame-src", "object-src", "script-src-elem", "connect"]
)
def test_other_directives_are_no_keys(directive: str) -> None:
    assert broken({directive: ["https://api.example.com"]})[f"ui.csp.{directive}"].startswith("is not a known key")


def test_there_are_few_and_they_are_short() -> None:
    assert broken({"img-src": ["data:"] * 17}) == {"ui.csp.img-src": "must have at most 16 items"}
    long = [f"https://{'a' * 60}.{'b' * 60}.{number}.example.com" for number in range(16)]
    hosts = [source.removeprefix("https://") for source in long]
    assert broken({"img-src": long}, hosts) == {"ui.csp": f"must have at most {MAX_SOURCES_LENGTH} characters in all"}
    assert parse({"img-src": long[:14]}, hosts).ui is not None


@pytest.mark.parametrize(
    ("one", "other", "contains"),
    [
        ("a.example", "https://a.example:443", True),
        ("http://a.example", "http://a.example:80", True),
        ("http://a.example", "a.example", False),
        ("*.a.example", "b.a.example", True),
        ("*.a.example", "*.a.example", True),
        ("*.a.example", "*.b.a.example", True),
        ("*.a.example", "a.example", False),
        ("a.example", "*.a.example", False),
        ("*.b.a.example", "*.a.example", False),
        ("a.example/v1", "a.example", False),
        ("a.example/", "a.example", True),
    ],
)
def test_which_destination_contains_which(one: str, other: str, contains: bool) -> None:
    assert egress.parse(one, "").contains(egress.parse(other, "")) is contains
