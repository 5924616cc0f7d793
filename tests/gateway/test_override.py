"""`__method`, whatever is sent: the method and the rest, or our `Fault`."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway import override
from kernel.errors import Fault

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary() | st.text().map(lambda text: f'{{"__method":{text}}}'.encode("utf-8", "surrogatepass")))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    try:
        method, left = override.of_body(body, "application/json")
    except Fault:
        return
    assert method is not None or left == body


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), st.integers(0, 4), st.sampled_from(sorted(override.METHODS)))
def test_the_rest_of_an_object_stays(rest: dict[str, Any], place: int, method: str) -> None:
    rest.pop("__method", None)
    items = list(rest.items())
    items.insert(place, ("__method", method.lower()))
    for indent in (None, 1):
        said, left = override.of_body(json.dumps(dict(items), indent=indent).encode(), "application/vnd.x+json; charset=utf-8")
        assert said == method
        assert (json.loads(left) if left is not None else {}) == rest


@given(st.text(alphabet="_methodPUTG=&%zé0 "))
def test_any_query_is_read_or_refused(query: str) -> None:
    try:
        method, left = override.of_query(query)
    except Fault:
        return
    assert method is not None or left == query
