"""`storage` from both guests: what it answers, what it refuses, and that writers lose nothing."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.host.everything import Everything
from tests.host.functions import DENIED


def entry(key: str, value: bytes = b"v", revision: int | None = None, namespace: str = "tests") -> dict[str, Any]:
    return {"namespace": namespace, "key": key, "value": {"base64": base64.b64encode(value).decode()}, "revision": revision}


def test_entries_are_written_read_listed_and_removed(granted: Everything) -> None:
    assert granted.ask("storage", "get", "tests", "whole") == {"err": "missing"}
    first, second = entry("whole", bytes(range(256))), entry("whole", b"", 1)
    assert granted.ask("storage", "put", first) == {"ok": {**first, "revision": 1}}
    assert granted.ask("storage", "get", "tests", "whole") == {"ok": {**first, "revision": 1}}
    assert granted.ask("storage", "put", second) == {"ok": {**second, "revision": 2}}
    assert granted.ask("storage", "list-entries", "tests", "whol") == {"ok": [{**second, "revision": 2}]}
    assert granted.ask("storage", "list-entries", "tests", "whole") == {"ok": []}
    assert granted.ask("storage", "delete", "tests", "whole") == {"ok": None}
    assert granted.ask("storage", "delete", "tests", "whole") == {"err": "missing"}


def test_revisions_conflict(granted: Everything) -> None:
    assert granted.ask("storage", "put", entry("cas", revision=1)) == {"err": "conflict"}
    assert "ok" in granted.ask("storage", "put", entry("cas", revision=0))
    assert granted.ask("storage", "put", entry("cas", revision=0)) == {"err": "conflict"}
    assert granted.ask("storage", "put", entry("cas", revision=2**53)) == {"err": "conflict"}
    assert granted.ask("storage", "put", entry("cas", revision=1))["ok"]["revision"] == 2


def test_sixteen_callers_lose_nothing(granted: Everything) -> None:
    """Read, add one, write what was read: through gateway, runner and registry, each until it succeeds."""
    assert "ok" in granted.ask("storage", "put", entry("count", b"0"))

    def add(_: int) -> None:
        while True:
            found = granted.ask("storage", "get", "tests", "count")["ok"]
            value = int(base64.b64decode(found["value"]["base64"])) + 1
            told = granted.ask("storage", "put", entry("count", str(value).encode(), found["revision"]))
            if "ok" in told:
                return
            assert told == {"err": "conflict"}

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(add, range(16)))
    found = granted.ask("storage", "get", "tests", "count")["ok"]
    assert (base64.b64decode(found["value"]["base64"]), found["revision"]) == (b"16", 17)


@pytest.mark.parametrize(
    ("namespace", "key"),
    [("", "k"), ("n" * 129, "k"), ("n\0", "k"), ("n", ""), ("n", "k" * 257), ("n", "a/b"), ("n", "\x7f"), ("n", "k\n")],
)
def test_what_is_no_name_is_denied(granted: Everything, namespace: str, key: str) -> None:
    assert granted.ask("storage", "get", namespace, key) == DENIED
    assert granted.ask("storage", "put", entry(key, namespace=namespace)) == DENIED
    assert granted.ask("storage", "delete", namespace, key) == DENIED
    if key != "k":
        assert granted.ask("storage", "list-entries", namespace, key) in (DENIED, {"ok": []})
    else:
        assert granted.ask("storage", "list-entries", namespace, None) == DENIED


def test_the_largest_value_fits_and_no_larger_one(granted: Everything) -> None:
    assert granted.ask("storage", "put", entry("ü" * 256, bytes(64 << 10)))["ok"]["revision"] == 1
    assert granted.ask("storage", "put", entry("large", bytes((64 << 10) + 1))) == DENIED
    assert granted.ask("storage", "get", "tests", "large") == {"err": "missing"}


@pytest.mark.parametrize(
    "arguments", [(1, "k"), (["n"], "k"), ({"x": 1}, "k"), ("\ud800", "k")], ids=["number", "list", "record", "half-a-pair"]
)
def test_what_the_bindings_refuse_reaches_no_host(granted: Everything, arguments: tuple[Any, ...]) -> None:
    """A guest's own mistake is its own exception, or a trap; the next call is answered."""
    answer = granted.run("storage", "get", *arguments)
    assert answer.status in (200, 502)
    if answer.status == 200:
        assert "ok" not in answer.json()
    assert granted.ask("storage", "get", "tests", "none") == {"err": "missing"}


def test_tenants_do_not_share_entries(granted: Everything, frugal: Everything) -> None:
    assert "ok" in granted.ask("storage", "put", entry("mine"))
    assert frugal.ask("storage", "get", "tests", "mine") == {"err": "missing"}
