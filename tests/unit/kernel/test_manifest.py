import json
from typing import Any

import pytest

from kernel import capabilities
from kernel.errors import MAX_VIOLATIONS, Fault, Reason
from kernel.manifest import MAX_BYTES, MAX_DEPTH, MAX_ENDPOINTS, Manifest

MINIMAL: dict[str, Any] = {"name": "com.acme.reports", "publisher": "acme", "version": "1.2.3", "runtime": "wasm-js@1"}
FULL: dict[str, Any] = MINIMAL | {
    "$schema": "https://example.com/manifest.v2.schema.json",
    "capabilities": ["http.fetch", " CAP:Storage.KV "],
    "ui": {
        "type": "iframe",
        "entry": "ui/dist/index.html",
        "hooks": {"appMenu": {"label": "Reports"}, "clientPortalMenu": {"label": "Rapporte"}, "dashboardTab": {"label": "R"}},
        "csp": {
            **{f"{kind}-src": ["https://api.example.com"] for kind in ("connect", "img", "font", "media", "style")},
            "script-src": ["'wasm-unsafe-eval'"],
        },
    },
    "api": {
        "endpoints": [
            {"method": "get", "path": "reports/:id/", "handler": "read"},
            {"method": "POST", "path": "/reports", "handler": "create", "schedulable": True, "timeout_ms": 500},
        ]
    },
    "events": [{"topic": "ticket.created", "handler": "onTicket"}],
    "egress": ["api.example.com", "https://*.Example.org:8443/v1/"],
    "limits": {"timeout_ms": 1000, "memory_mb": 64, "request_bytes": 1024, "response_bytes": 2048, "host_calls": 20},
    "entry": "dist/app.wasm",
    "precompiled": {"x86_64-linux": "precompiled/x86_64.cwasm"},
    "assets": ["ui/**/*.js"],
    "sbom": "sbom.spdx.json",
    "x-internal": {"anything": [1, None]},
}


def parse(**changes: object) -> Manifest:
    return Manifest.parse(json.dumps(MINIMAL | changes).encode())


def broken(data: bytes) -> dict[str, str]:
    with pytest.raises(Fault) as error:
        Manifest.parse(data)
    assert error.value.reason is Reason.MANIFEST_INVALID
    assert error.value.violations
    return {violation.field: violation.rule for violation in error.value.violations}


def breaks(**changes: object) -> dict[str, str]:
    return broken(json.dumps(MINIMAL | changes).encode())


def endpoint(**changes: object) -> dict[str, Any]:
    return {"endpoints": [{"method": "GET", "path": "/a", "handler": "h"} | changes]}


def test_a_minimal_manifest() -> None:
    manifest = parse()
    assert (manifest.entry, manifest.capabilities, list(manifest.endpoints), manifest.ui) == ("dist/main.wasm", (), [], None)


def test_a_full_manifest_becomes_canonical() -> None:
    manifest = Manifest.parse(json.dumps(FULL).encode())
    assert manifest.capabilities == ("cap:http.fetch", "cap:storage.kv")
    first, second = manifest.endpoints
    assert (first.method, first.path, first.handler, first.schedulable, first.timeout_ms) == (
        "GET",
        "/reports/:id",
        "read",
        False,
        None,
    )
    assert (second.schedulable, second.timeout_ms) == (True, 500)
    assert manifest.egress == ("api.example.com", "https://*.example.org:8443/v1/")
    assert manifest.ui is not None
    assert {name: hook.label for name, hook in manifest.ui.hooks.items()}["clientPortalMenu"] == "Rapporte"
    assert manifest.model_extra == {"x-internal": {"anything": [1, None]}}
    assert manifest.limits.memory_mb == 64
    assert (manifest.limits.host_calls, manifest.limits.log_bytes) == (20, None)


def test_a_manifest_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse().name = "com.acme.other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "must be JSON: Expecting value"),
        (b"{", "must be JSON"),
        (b"{} {}", "must be JSON: Extra data"),
        (b"{'a': 1}", "must be JSON"),
        (b"[]", "must be a JSON object, not a list"),
        (b'"text"', "must be a JSON object, not a string"),
        (b"17", "must be a JSON object, not a number"),
        (b"null", "must be a JSON object, not null"),
        (b"true", "must be a JSON object, not a boolean"),
        (b"\xef\xbb\xbf{}", "must not begin with a byte order mark"),
        (b'{"x-a": "\xff"}', "must be UTF-8; byte 9 is not"),
        (b'{"x-a": "\xed\xa0\x80"}', "must be UTF-8; byte 9 is not"),
        ("{}".encode("utf-16"), "must be UTF-8; byte 0 is not"),
        (b'{"x-a": NaN}', "must not contain NaN"),
        (b'{"x-a": -Infinity}', "must not contain -Infinity"),
        (b'{"x-a": 1e999}', "must not contain numbers beyond the range of a double"),
        (b'{"x-a": ' + b"9" * 5000 + b"}", "must not contain numbers beyond the range of a double"),
        (b'{"x-a": "\\ud800"}', "must not contain lone surrogates"),
        (b'{"x-\\udfff": 1}', "must not contain lone surrogates"),
        (b'{"x-a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "must not nest deeper than 32 levels"),
        (b"[" * (MAX_BYTES - 1), "must not nest deeper than 32 levels"),
        (b'"' + b'\\"' * (MAX_BYTES // 2 - 1), "must be JSON: Unterminated string"),
        (b" " * (MAX_BYTES + 1), "must have at most 256 KiB"),
    ],
)
def test_what_is_no_json_object_with_one_meaning(data: bytes, rule: str) -> None:
    assert broken(data)["manifest.json"].startswith(rule)


def test_size_and_depth_limits_are_inclusive() -> None:
    filler = json.dumps(MINIMAL | {"x-deep": "]["}).encode()
    deep = json.loads("[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1))
    assert parse(**{"x-deep": deep}).model_extra == {"x-deep": deep}
    assert Manifest.parse(filler + b" " * (MAX_BYTES - len(filler))).name == "com.acme.reports"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b'{"name": "a.b", "name": "c.d"}', "name"),
        (b'{"ui": {"entry": 1, "\\u0065ntry": 2}}', "entry"),
        (b'{"x-a": [{"b": {"c\\n": 1, "c\\n": 1}}]}', "c?"),
    ],
)
def test_duplicate_keys_are_refused_anywhere(data: bytes, key: str) -> None:
    assert broken(data) == {key: "occurs twice in one object"}


def test_required_keys() -> None:
    assert broken(b"{}") == dict.fromkeys(MINIMAL, "is required")


BAD: list[tuple[dict[str, Any], str, str]] = [
    # Unknown keys, with the nearest known one, at every level
    ({"capabilites": []}, "capabilites", "is not a known key; did you mean capabilities?"),
    ({"zzz": 1}, "zzz", "is not a known key"),
    ({"X-a": 1}, "X-a", "is not a known key"),
    ({"schema_uri": "x"}, "schema_uri", "is not a known key"),
    ({"ui": {"type": "iframe", "entry": "ui/a", "hook": {}}}, "ui.hook", "did you mean hooks?"),
    ({"ui": {"type": "iframe", "entry": "ui/a", "hooks": {"appMenu": {"lable": "x"}}}}, "ui.hooks.appMenu.lable", "mean label?"),
    ({"api": {"endpoint": []}}, "api.endpoint", "did you mean endpoints?"),
    ({"api": endpoint(timeoutms=3)}, "api.endpoints[0].timeoutms", "did you mean timeout_ms?"),
    ({"limits": {"memory": 1}}, "limits.memory", "did you mean memory_mb?"),
    ({"events": [{"topc": 1}]}, "events[0].topc", "did you mean topic?"),
    # Types are not converted
    ({"name": 1}, "name", "must be a string"),
    ({"api": []}, "api", "must be an object"),
    ({"api": {}}, "api.endpoints", "is required"),
    ({"api": {"endpoints": {}}}, "api.endpoints", "must be a list"),
    ({"api": {"endpoints": [1]}}, "api.endpoints[0]", "must be an object"),
    ({"api": endpoint(schedulable=1)}, "api.endpoints[0].schedulable", "must be true or false"),
    ({"api": endpoint(timeout_ms="5")}, "api.endpoints[0].timeout_ms", "must be a whole number"),
    ({"api": endpoint(timeout_ms=5.5)}, "api.endpoints[0].timeout_ms", "must be a whole number"),
    ({"api": endpoint(timeout_ms=True)}, "api.endpoints[0].timeout_ms", "must be a whole number"),
    ({"capabilities": "http.fetch"}, "capabilities", "must be a list"),
    ({"precompiled": []}, "precompiled", "must be an object"),
    ({"limits": None}, "limits", "must be an object"),
    # Numbers
    ({"api": endpoint(timeout_ms=0)}, "api.endpoints[0].timeout_ms", "must be at least 1"),
    ({"api": endpoint(timeout_ms=30_001)}, "api.endpoints[0].timeout_ms", "must be at most 30000"),
    ({"limits": {"timeout_ms": 30_001}}, "limits.timeout_ms", "must be at most 30000"),
    ({"limits": {"memory_mb": 0}}, "limits.memory_mb", "must be at least 1"),
    ({"limits": {"memory_mb": 1025}}, "limits.memory_mb", "must be at most 1024"),
    ({"limits": {"request_bytes": -1}}, "limits.request_bytes", "must be at least 1"),
    ({"limits": {"response_bytes": 10**30}}, "limits.response_bytes", "must be at most 10485760"),
    ({"limits": {"host_calls": 10_001}}, "limits.host_calls", "must be at most 10000"),
    ({"limits": {"host_bytes": (64 << 20) + 1}}, "limits.host_bytes", "must be at most 67108864"),
    ({"limits": {"log_lines": 0}}, "limits.log_lines", "must be at least 1"),
    ({"limits": {"log_lines": True}}, "limits.log_lines", "must be a whole number"),
    ({"limits": {"log_bytes": (16 << 20) + 1}}, "limits.log_bytes", "must be at most 16777216"),
    ({"limits": {"hostcalls": 1}}, "limits.hostcalls", "did you mean host_calls?"),
    # Choices
    ({"runtime": "wasm-js@2"}, "runtime", "must be 'wasm-js@1' or 'wasm-component@1'"),
    ({"ui": {"type": "page", "entry": "ui/a"}}, "ui.type", "must be 'iframe'"),
    ({"api": endpoint(method="HEAD")}, "api.endpoints[0].method", "must be 'GET', 'POST', 'PUT', 'PATCH' or 'DELETE'"),
    ({"api": endpoint(method=1)}, "api.endpoints[0].method", "must be 'GET'"),
    ({"api": endpoint(method="GET ")}, "api.endpoints[0].method", "must be 'GET'"),
    # Counts
    ({"capabilities": ["cap:log.emit"] * 33}, "capabilities", "must have at most 32 items"),
    ({"events": [{"topic": "a", "handler": "b"}] * 65}, "events", "must have at most 64 items"),
    ({"egress": [f"h{n}.example.com" for n in range(65)]}, "egress", "must have at most 64 items"),
    ({"assets": ["a"] * 65}, "assets", "must have at most 64 items"),
    ({"precompiled": {f"t{n}": "a" for n in range(17)}}, "precompiled", "must have at most 16 items"),
    ({"ui": {"type": "iframe", "entry": "ui/a", "hooks": {f"h{n}": {"label": "a"} for n in range(17)}}}, "ui.hooks", "at most 16"),
    ({"$schema": "x" * 513}, "$schema", "must have at most 512 characters"),
    # Capabilities
    ({"capabilities": ["http.fetc"]}, "capabilities[0]", "is not a known capability; did you mean cap:http.fetch?"),
    ({"capabilities": ["log.emit", "x" * 200]}, "capabilities[1]", "must have 1 to 128 characters"),
    ({"capabilities": ["log.emit", "cap:LOG.emit"]}, "capabilities", "has cap:log.emit twice"),
    # UI
    ({"ui": {"type": "iframe"}}, "ui.entry", "is required"),
    ({"ui": {"type": "iframe", "entry": "index.html"}}, "ui.entry", "must be a file below ui/"),
    ({"ui": {"type": "iframe", "entry": "ui/../dist/a"}}, "ui.entry", "must not have the segments . or .."),
    ({"ui": {"type": "iframe", "entry": "ui/"}}, "ui.entry", "must not have empty segments"),
    ({"ui": {"type": "iframe", "entry": "ui/a", "hooks": {"appMenu": {}}}}, "ui.hooks.appMenu.label", "is required"),
    ({"ui": {"type": "iframe", "entry": "ui/a", "hooks": {"appMenu": {"label": " "}}}}, "ui.hooks.appMenu.label", "visible"),
    ({"ui": {"type": "iframe", "entry": "ui/a", "hooks": {"a": {"label": "x" * 65}}}}, "ui.hooks.a.label", "1 to 64 characters"),
    ({"ui": {"type": "iframe", "entry": "ui/a", "hooks": {"a": {"label": "x\u202ey"}}}}, "ui.hooks.a.label", "visible"),
    (
        {"ui": {"type": "iframe", "entry": "ui/a", "hooks": {"App Menu": {"label": "x"}}}},
        "ui.hooks.App Menu",
        "must be a hook's name",
    ),
    ({"ui": {"type": "iframe", "entry": "ui/a", "hooks": {"\x1b": {"label": "x"}}}}, "ui.hooks.?", "must be a hook's name"),
    # Endpoints
    ({"api": endpoint(handler="")}, "api.endpoints[0].handler", "must have 1 to 128 characters"),
    ({"api": endpoint(handler="h" * 129)}, "api.endpoints[0].handler", "must have 1 to 128 characters"),
    ({"api": endpoint(handler="../h")}, "api.endpoints[0].handler", "must not contain .."),
    ({"api": endpoint(path="")}, "api.endpoints[0].path", "must have 1 to 512 characters"),
    ({"api": endpoint(path="/" + "a" * 512)}, "api.endpoints[0].path", "must have 1 to 512 characters"),
    ({"api": endpoint(path="/a" * 17)}, "api.endpoints[0].path", "must have at most 16 segments"),
    *[
        ({"api": endpoint(path=path)}, "api.endpoints[0].path", "must not have empty segments")
        for path in ("//", "//a", "/a//b", "/a//", "/../a", "/a/.", "/a/..")
    ],
    *[
        ({"api": endpoint(path=path)}, "api.endpoints[0].path", "a parameter must be")
        for path in ("/:", "/:1", "/a/:b-c", "/:a.b", "/:\u00fc")
    ],
    *[
        ({"api": endpoint(path=path)}, "api.endpoints[0].path", "must not contain white space")
        for path in ("/a b", "/a\t", "/a?b", "/a#b", "/%61", "/a\\b", "/*", "/a\x00", "/a\u200b", "/a\u00a0")
    ],
    # Events
    ({"events": [{"topic": "a b", "handler": "h"}]}, "events[0].topic", "must be 1 to 128 characters of"),
    ({"events": [{"topic": "a" * 129, "handler": "h"}]}, "events[0].topic", "must be 1 to 128 characters of"),
    ({"events": [{"topic": "a"}]}, "events[0].handler", "is required"),
    # Files
    ({"entry": "/dist/main.wasm"}, "entry", "the path must be relative"),
    ({"entry": "dist/.main.wasm"}, "entry", "must not have segments that begin with a dot"),
    ({"sbom": "a\\b"}, "sbom", "must not contain a backslash"),
    ({"precompiled": {"a": "../x"}}, "precompiled.a", "must not have the segments"),
    ({"precompiled": {"A B": "x"}}, "precompiled.A B", "must be a target of"),
    ({"assets": ["/ui/*"]}, "assets[0]", "must be a relative pattern"),
    ({"assets": ["ui/../*"]}, "assets[0]", "must be a relative pattern"),
    # Egress
    ({"egress": ["a.example.com", "A.example.com"]}, "egress", "has a.example.com twice"),
]


@pytest.mark.parametrize(("changes", "field", "rule"), BAD)
def test_a_broken_rule_is_named_with_its_field(changes: dict[str, Any], field: str, rule: str) -> None:
    found = breaks(**changes)
    assert field in found
    assert rule in found[field]


def two(*endpoints: tuple[str, str]) -> dict[str, Any]:
    return {"endpoints": [{"method": method, "path": path, "handler": "h"} for method, path in endpoints]}


@pytest.mark.parametrize(
    "second", [("GET", "/a/:x"), ("get", "/a/:x"), ("GET", "a/:y/"), ("GET", "/a/:longer")], ids=lambda pair: " ".join(pair)
)
def test_endpoints_that_cannot_be_told_apart(second: tuple[str, str]) -> None:
    found = breaks(api=two(("POST", "/a/:x"), ("GET", "/a/:x"), second))
    assert found == {"api.endpoints": "items 1 and 2 answer the same method and path"}


def test_endpoints_that_can() -> None:
    manifest = parse(api=two(("GET", "/a/:x"), ("POST", "/a/:x"), ("GET", "/a/b"), ("GET", "/:x/b"), ("GET", "/a")))
    assert len({item.shape for item in manifest.endpoints}) == 5


def test_endpoints_are_counted() -> None:
    many = [("GET", f"/{n}") for n in range(MAX_ENDPOINTS + 1)]
    assert breaks(api=two(*many)) == {"api.endpoints": "must have at most 256 items"}
    assert len(parse(api=two(*many[:-1])).endpoints) == MAX_ENDPOINTS


def test_every_problem_is_told_at_once_up_to_a_limit() -> None:
    found = breaks(name="X", version="1", capabilities=["nope"], api=endpoint(path="a b", handler=""), entry="..")
    assert list(found) == ["name", "version", "capabilities[0]", "api.endpoints[0].path", "api.endpoints[0].handler", "entry"]
    assert len(breaks(**{f"key{n}": 1 for n in range(100)})) == MAX_VIOLATIONS


def test_keys_of_strangers_are_shown_printable_and_cut() -> None:
    (field,) = breaks(**{"\x1b[2J" + "y" * 200: 1})
    assert field.isprintable()
    assert len(field) < 80


def test_every_known_capability_is_accepted() -> None:
    assert set(parse(capabilities=sorted(capabilities.ALL)).capabilities) == capabilities.ALL


@pytest.mark.parametrize(
    ("changes", "paths", "missing"),
    [
        ({}, set(), []),
        ({"ui": {"type": "iframe", "entry": "ui/a.html"}}, {"ui/a.html"}, []),
        ({"ui": {"type": "iframe", "entry": "ui/a.html"}}, {"ui/A.html"}, ["ui.entry"]),
        ({"api": {"endpoints": []}}, set(), []),
        ({"api": endpoint()}, {"dist/main.wasm"}, []),
        ({"api": endpoint()}, {"manifest.json"}, ["entry"]),
        ({"events": [{"topic": "a", "handler": "h"}]}, set(), ["entry"]),
        ({"entry": "dist/main.wasm"}, set(), ["entry"]),
        ({"precompiled": {"a": "p/a", "b": "p/b"}, "sbom": "sbom.json"}, {"p/a"}, ["precompiled.b", "sbom"]),
    ],
)
def test_referenced_files_must_exist(changes: dict[str, Any], paths: set[str], missing: list[str]) -> None:
    manifest = parse(**changes)
    if not missing:
        return manifest.check_files(paths)
    with pytest.raises(Fault) as error:
        manifest.check_files(paths)
    assert error.value.reason is Reason.MANIFEST_INVALID
    assert [violation.field for violation in error.value.violations] == missing


@pytest.mark.parametrize(("entry", "has"), [("dist/main.wasm", True), ("dist/other.wasm", False)])
def test_whether_there_is_a_server_side(entry: str, has: bool) -> None:
    assert parse(entry=entry).has_handler({"dist/main.wasm"}) is has
