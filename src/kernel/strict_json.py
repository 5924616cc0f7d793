"""JSON of strangers, read so that it has one meaning: UTF-8, no duplicate keys, finite numbers, bounded size and depth."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable

from kernel.errors import MAX_VIOLATIONS, Fault, Reason, Violation

_TYPE_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
_BOM = b"\xef\xbb\xbf"
# Strings (closed or not) are stepped over as one token, so that brackets inside them do not count; no backtracking.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def read_object(data: bytes, *, name: str, reason: Reason, max_bytes: int, max_depth: int) -> dict[str, object]:
    """Read one JSON object. `name` stands for the document in violations.

    Raises `reason` for what `read_value` does, and for another value than an object.
    """
    value = read_value(data, name=name, reason=reason, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(value, dict):
        raise Fault.invalid(name, f"must be a JSON object, not {_TYPE_NAMES.get(type(value), 'a number')}", reason)
    return value


def read_value(data: bytes, *, name: str, reason: Reason, max_bytes: int, max_depth: int) -> object:
    """Read one JSON value. `name` stands for the document in violations.

    Raises `reason` for: too many bytes, a byte order mark, other bytes than UTF-8, nesting beyond `max_depth`, syntax, duplicate
    keys, NaN, infinite or oversized numbers, and lone surrogates.
    """

    def broken(rule: str) -> Fault:
        return Fault.invalid(name, rule, reason)

    if len(data) > max_bytes:  # memory: parsed JSON takes up to forty times its text
        raise broken(f"must have at most {max_bytes // 1024} KiB")
    if data.startswith(_BOM):
        raise broken("must not begin with a byte order mark")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise broken(f"must be UTF-8; byte {error.start} is not") from None
    if _depth(text) > max_depth:  # the parser is recursive
        raise broken(f"must not nest deeper than {max_depth} levels")
    value, doubles = _parse(text, broken)
    if doubles:
        shown = sorted(set(doubles))[:MAX_VIOLATIONS]
        raise Fault(reason, violations=tuple(Violation(key, "occurs twice in one object") for key in shown))
    return value


def _depth(text: str) -> int:
    deepest = depth = 0
    for match in _TOKEN.finditer(text):
        if match[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "]}":
            depth -= 1
    return deepest


def _parse(text: str, broken: Callable[[str], Fault]) -> tuple[object, list[str]]:
    doubles: list[str] = []

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        value = dict(pairs)
        if len(value) != len(pairs):
            doubles.extend(_visible(key) for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        return value

    def finite(digits: str) -> float:
        if not math.isfinite(number := float(digits)):
            raise broken("must not contain numbers beyond the range of a double")
        return number

    def constant(word: str) -> object:
        raise broken(f"must not contain {word}")

    try:
        value: object = json.loads(text, object_pairs_hook=unique, parse_float=finite, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise broken(f"must be JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:  # an integer of thousands of digits
        raise broken("must not contain numbers beyond the range of a double") from None
    if "\\u" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise broken("must not contain lone surrogates (\\ud800 to \\udfff)") from None
    return value, doubles


def _visible(key: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in key[:120]) or '""'
