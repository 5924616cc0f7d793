"""Changes to the structure of JSON documents, as strategies: any value in any place, keys lost, doubled and misspelt."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

Place = tuple[str | int, ...]
texts = (
    st.text(max_size=12)
    | st.text("./:*%\\ a-Z0\u202e\n\x00", max_size=12)
    | st.sampled_from(["x" * 600, "\ud800", "acme", "1.0.0"])
)
numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 1 << 63, 10**40, 1e308])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
kinds = st.sampled_from(["set", "set", "drop", "rename", "double", "wrap", "graft"])
Change = tuple[str, int, int, Any, str]
changes: st.SearchStrategy[list[Change]] = st.lists(
    st.tuples(kinds, st.integers(0, 200), st.integers(0, 200), values, texts), min_size=1, max_size=3
)


def places(value: Any, path: Place = ()) -> list[Place]:
    """Every place below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(place for key, item in items for place in places(item, (*path, key)))]


def changed(document: Any, edits: list[Change]) -> Any:
    """A copy of the document after some changes."""
    document = copy.deepcopy(document)
    for kind, first, second, value, name in edits:
        if not (known := places(document)):
            return value
        path, other = known[first % len(known)], known[second % len(known)]
        parent = at(document, path[:-1])
        _change(kind, parent, path[-1], at(document, other), value, name)
    return document


def at(document: Any, path: Place) -> Any:
    """The value in a place."""
    for step in path:
        document = document[step]
    return document


def _change(kind: str, parent: Any, key: Any, other: Any, value: Any, name: str) -> None:
    match kind:
        case "set":
            parent[key] = value
        case "drop":
            del parent[key]
        case "rename" if isinstance(parent, dict):
            parent[name] = parent.pop(key)
        case "double" if isinstance(parent, list):
            parent.insert(0, copy.deepcopy(parent[key]))
        case "wrap":
            parent[key] = [parent[key]]
        case "graft":  # what belongs elsewhere
            parent[key] = copy.deepcopy(other)


def dumped(document: Any) -> bytes:
    """JSON that may hold what JSON should not: NaN, lone surrogates."""
    return json.dumps(document).encode()
