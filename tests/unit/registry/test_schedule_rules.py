"""What strangers say of a schedule is a schedule's fields or a fault that names them; nothing else comes out."""

from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Fault, Reason
from registry.schedules.rules import Wanted, changes
from tests.contract.samples import extension, version

VERSION = version(extension())
TEXT = st.none() | st.text(max_size=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=9
)


@given(
    endpoint=TEXT | st.sampled_from(["/b", "GET /b", "get  /b", "POST /a/:id", " /b", "/b "]),
    cron=TEXT | st.sampled_from(["0 * * * *", "*/5 * * * *"]),
    timezone=TEXT | st.sampled_from(["UTC", "Europe/Berlin"]),
    name=TEXT,
    payload=TEXT | JSON.map(str) | st.sampled_from(["", "{}", "[1]", '{"a": "\\ud800"}', "[1e999]", "9" * 5_000]),
)
def test_anything_is_fields_or_a_fault_by_name(
    endpoint: str | None, cron: str | None, timezone: str | None, name: str | None, payload: str | None
) -> None:
    wanted = Wanted(endpoint, cron, timezone, None, name, payload)
    try:
        found = changes(wanted, VERSION)
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
        assert {one.field for one in fault.violations} <= {"endpoint", "cron", "timezone", "name", "payload"}
        return
    assert found.keys() <= {"method", "path", "cron", "timezone", "name", "payload"}
    assert found.get("method", "GET") == "GET"
    assert found.get("path", "/b") == "/b"
