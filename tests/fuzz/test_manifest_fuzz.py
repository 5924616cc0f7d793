"""Whatever bytes come as a manifest, the parser answers with a manifest in canonical form or with one fault."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import MAX_VIOLATIONS, Fault, Reason
from kernel.manifest import Manifest
from tests.fuzz.test_archive_fuzz import edited, edits
from tests.unit.kernel.test_manifest import FULL, MINIMAL

GOOD = json.dumps(FULL).encode()


def check(data: bytes) -> None:
    try:
        manifest = Manifest.parse(data)
    except Fault as fault:
        assert fault.reason is Reason.MANIFEST_INVALID
        assert 1 <= len(fault.violations) <= MAX_VIOLATIONS
        assert all(violation.field.isprintable() and violation.rule.isprintable() for violation in fault.violations)
        return
    written = manifest.model_dump_json(by_alias=True, exclude_unset=True).encode()
    assert Manifest.parse(written) == manifest


@given(st.binary(max_size=500))
def test_any_bytes(data: bytes) -> None:
    check(data)


@given(edits)
def test_edited_manifests(changes: list[tuple[int, bytes, int]]) -> None:
    check(edited(GOOD, changes))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(sorted(FULL)), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(sorted(FULL)) | st.text(max_size=8), values))
def test_any_values(changes: dict[str, Any]) -> None:
    check(json.dumps(MINIMAL | changes).encode())


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


@given(st.sampled_from(places(FULL)[1:]), values | st.text("./:*%\\ a-Z0\u202e\n", max_size=12))
def test_any_value_in_any_place(place: tuple[str | int, ...], value: Any) -> None:
    manifest = json.loads(GOOD)
    *parents, last = place
    target = manifest
    for key in parents:
        target = target[key]
    target[last] = value
    check(json.dumps(manifest).encode())
