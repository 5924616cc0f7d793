"""`context`, `config` and `logging` from both guests: what the executor answers by itself."""

from tests.host.everything import Everything


def test_context_is_the_calls(granted: Everything, bare: Everything) -> None:
    mine, other = granted.ask("context", "get-context")["ok"], bare.ask("context", "get-context")["ok"]
    assert (mine["tenant-id"], other["tenant-id"]) == ("granted", "bare")
    assert mine["extension-id"] == other["extension-id"]
    assert mine["install-id"] != other["install-id"]
    assert all(mine.values())
    assert mine["request-id"] != granted.ask("context", "get-context")["ok"]["request-id"]


def test_configuration_is_the_installs(granted: Everything, bare: Everything) -> None:
    assert granted.ask("config", "list-keys") == {"ok": ["greeting"]}
    assert granted.ask("config", "get", "greeting") == {"ok": "Ahoy"}
    for key in ("other", "", "x" * 10_000, "\0"):
        assert granted.ask("config", "get", key) == {"ok": None}
    assert bare.ask("config", "list-keys") == {"ok": []}
    assert bare.ask("config", "get", "greeting") == {"ok": None}


def test_lines_are_taken_whatever_is_in_them(granted: Everything) -> None:
    for level in ("info", "warn", "error"):
        for line in ("a line", "", "two\nlines", '{"tenant": "forged"}', "\0\x1b[31m", "x" * 100_000):
            assert granted.ask("logging", f"log-{level}", line) == {"ok": None}
    assert granted.ask("logging", "log-info", "again", times=2_000) == {"ok": None}
