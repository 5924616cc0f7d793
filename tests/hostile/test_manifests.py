"""Manifests that are wrong in one way, published in rightly signed bundles: field, rule and nearest known key are told.

The ways come from the published schema, one for each rule that it states of each field; what it cannot state is written by hand.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel.archive import pack_tar
from kernel.errors import Reason
from tests.hostile.publishing import refused, tarred
from tests.registry.bundles import NAME, PUBLISHER
from tests.registry.stack import Stack
from tests.unit.kernel.test_manifest import BAD, FULL, MINIMAL

pytestmark = pytest.mark.asyncio(loop_scope="session")
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "manifest.v2.schema.json").read_text())
WORDS = {
    "string": "must be a string",
    "integer": "must be a whole number",
    "boolean": "must be true or false",
    "array": "must be a list",
    "object": "must be an object",
}
SAMPLES: dict[str, Any] = {"string": "x", "integer": 1, "boolean": True, "array": [], "object": {}, "null": None, "number": 1.5}
FILES = {"entry", "sbom", "x86_64-linux"}
PAGES = {f"ui.csp.{kind}-src[0]" for kind in ("connect", "img", "font", "media", "style")}
FORMS = {"publisher", "events[0].topic", "egress[0]", *PAGES}  # their rule is one sentence, length and form together
Steps = tuple[str | int, ...]
# What the rules below know how to break; a keyword that is new in the schema has to be told here.
BROKEN = {"type", "minLength", "maxLength", "pattern", "enum", "const", "minimum", "maximum", "maxItems", "maxProperties"}
BROKEN |= {"required", "properties", "additionalProperties", "items", "$ref", "anyOf", "patternProperties"}
SILENT = {"title", "description", "default", "examples", "$schema", "$defs"}


def resolved(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema behind references, and whether null is allowed beside it."""
    options = schema.get("anyOf", [schema])
    (found,) = [option for option in options if option.get("type") != "null"]
    if "$ref" in found:
        found = SCHEMA["$defs"][found["$ref"].rpartition("/")[2]]
    return found, len(options) > 1


def text(place: Steps) -> str:
    """A place as violations name it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def put(place: Steps, value: Any) -> dict[str, Any]:
    """A full manifest with one value changed; `...` removes it."""
    document = copy.deepcopy(FULL)
    target: Any = document
    for step in place[:-1]:
        target = target[step]
    if value is ...:
        del target[place[-1]]
    else:
        target[place[-1]] = value
    return document


Case = tuple[str, dict[str, Any], str, str]  # which rule, the document, the field that is named, a part of the rule's words


def cases(schema: dict[str, Any], place: Steps) -> Iterator[Case]:
    """Every rule of one value, broken."""
    found, nullable = resolved(schema)
    assert set(found) <= BROKEN | SILENT, f"{text(place)}: {set(found) - BROKEN - SILENT}"
    yield from wrong_types(found, place, nullable=nullable)
    kind = found["type"]
    if kind == "string":
        yield from wrong_texts(found, place)
    elif kind == "integer":
        yield "minimum", put(place, found["minimum"] - 1), text(place), f"at least {found['minimum']}"
        yield "maximum", put(place, found["maximum"] + 1), text(place), f"at most {found['maximum']}"
        yield "far too great", put(place, 10**30), text(place), f"at most {found['maximum']}"
    elif kind == "array":
        yield "maxItems", put(place, [value_of(place)[0]] * (found["maxItems"] + 1)), text(place), f"at most {found['maxItems']}"
        yield from cases(found["items"], (*place, 0))
    elif kind == "object":
        yield from wrong_objects(found, place)


def wrong_types(found: dict[str, Any], place: Steps, *, nullable: bool) -> Iterator[Case]:
    closed = found.get("enum") or ([found["const"]] if "const" in found else [])
    word = f"must be {closed[0]!r}" if closed else WORDS[found["type"]]
    for kind, value in SAMPLES.items():
        if kind != found["type"] and not (kind == "null" and nullable):
            yield f"a {kind}", put(place, value), text(place), word


def wrong_texts(found: dict[str, Any], place: Steps) -> Iterator[Case]:
    if "enum" in found or "const" in found:
        for value in ("", "other", "\x00"):
            yield (
                f"not of the list: {value!r}",
                put(place, value),
                text(place),
                f"must be {(found.get('enum') or [found['const']])[0]!r}",
            )
        return
    if "maxLength" in found:
        yield "too long", put(place, "a" * (found["maxLength"] + 1)), text(place), str(found["maxLength"])
    if found.get("minLength"):
        rule = "has an empty path" if place[-1] in FILES else "must be" if text(place) in FORMS else "must have 1 to"
        yield "empty", put(place, ""), text(place), rule
    if "pattern" in found:
        yield "pattern", put(place, "\u00fc \x00"), text(place), "must "


def wrong_objects(found: dict[str, Any], place: Steps) -> Iterator[Case]:
    for key in found.get("required", ()):
        yield f"without {key}", put((*place, key), ...), text((*place, key)), "is required"
    known = found.get("properties", {})
    if found.get("additionalProperties") is False:
        for key in known:
            near = f"{key}s" if key.endswith(("e", "h")) else key[:-1] + key[-1] * 2
            yield f"{near} for {key}", put((*place, near), 1), text((*place, near)), f"is not a known key; did you mean {key}?"
        yield "a key near none", put((*place, "qqqqqqqq"), 1), text((*place, "qqqqqqqq")), "is not a known key"
    else:
        most = {f"k{number}": next(iter(value_of(place).values())) for number in range(found["maxProperties"] + 1)}
        yield "maxProperties", put(place, most), text(place), f"at most {found['maxProperties']}"
        key = next(iter(value_of(place)))
        yield from cases(found["additionalProperties"], (*place, key))
        yield "a key that cannot be one", put((*place, "A B"), value_of(place)[key]), text((*place, "A B")), "must be "
    for key, value in known.items():
        yield from cases(value, (*place, key))


def value_of(place: Steps) -> Any:
    """What the full manifest has there."""
    value: Any = FULL
    for step in place:
        value = value[step]
    return value


BY_SCHEMA = list(wrong_objects(SCHEMA, ()))
BY_HAND = [(f"{field}: {rule[:40]}", MINIMAL | changes, field, rule) for changes, field, rule in BAD]
RAW = {
    "no JSON": (b"{", "manifest.json", "must be JSON"),
    "a list": (b"[]", "manifest.json", "must be a JSON object, not a list"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "manifest.json", "must not begin with a byte order mark"),
    "no UTF-8": (b'{"x-a": "\xff"}', "manifest.json", "must be UTF-8; byte 9 is not"),
    "UTF-16": ("{}".encode("utf-16"), "manifest.json", "must be UTF-8"),
    "not a number": (b'{"x-a": NaN}', "manifest.json", "must not contain NaN"),
    "a number beyond all": (b'{"x-a": 1e999}', "manifest.json", "numbers beyond the range"),
    "a lone surrogate": (b'{"x-a": "\\ud800"}', "manifest.json", "lone surrogates"),
    "too deep": (b'{"x-a": ' + b"[" * 100_000, "manifest.json", "must not nest deeper than 32 levels"),
    "too long": (b" " * (257 << 10), "manifest.json", "must have at most 256 KiB"),
    "a key twice": (b'{"name": "a.b", "name": "c.d"}', "name", "occurs twice in one object"),
    "a key twice, escaped": (b'{"ui": {"entry": 1, "\\u0065ntry": 2}}', "entry", "occurs twice in one object"),
    "empty": (b"", "manifest.json", "must be JSON"),
}


def bundled(stack: Stack, manifest: bytes) -> Any:
    """The manifest with every file that the full one names, signed as what it should have been."""
    names = ("ui/dist/index.html", "dist/app.wasm", "precompiled/x86_64.cwasm", "sbom.spdx.json")
    return tarred(stack, pack_tar({"manifest.json": manifest, **dict.fromkeys(names, b"")}))


async def told(stack: Stack, manifest: bytes) -> dict[str, str]:
    """The broken rules by field."""
    fault = await refused(stack, stack.clients["acme"].publish(bundled(stack, manifest)))
    assert fault.reason is Reason.MANIFEST_INVALID
    assert all(violation.field.isprintable() and violation.rule.isprintable() for violation in fault.violations)
    return {violation.field: violation.rule for violation in fault.violations}


@pytest.mark.parametrize(
    ("document", "field", "rule"),
    [case[1:] for case in BY_SCHEMA],
    ids=[f"{case[2]}: {case[0]}" for case in BY_SCHEMA],
)
async def test_every_rule_of_the_schema(shared: Stack, document: dict[str, Any], field: str, rule: str) -> None:
    found = await told(shared, json.dumps(document).encode())
    assert field in found
    assert rule in found[field]


@pytest.mark.parametrize(("document", "field", "rule"), [case[1:] for case in BY_HAND], ids=[case[0] for case in BY_HAND])
async def test_rules_that_the_schema_cannot_state(shared: Stack, document: dict[str, Any], field: str, rule: str) -> None:
    found = await told(shared, json.dumps(document).encode())
    assert field in found
    assert rule in found[field]


@pytest.mark.parametrize(("data", "field", "rule"), RAW.values(), ids=RAW)
async def test_files_that_are_no_object_with_one_meaning(shared: Stack, data: bytes, field: str, rule: str) -> None:
    found = await told(shared, data)
    assert field in found
    assert rule in found[field]


async def test_everything_is_told_at_once(shared: Stack) -> None:
    found = await told(shared, json.dumps(MINIMAL | {"capabilites": [], "version": "1", "limits": {"memory": 1}}).encode())
    assert set(found) == {"capabilites", "version", "limits.memory"}


async def test_thousands_of_mistakes_are_told_in_part(shared: Stack) -> None:
    found = await told(shared, json.dumps(MINIMAL | {f"k{number}": 1 for number in range(5_000)}).encode())
    assert 1 <= len(found) <= 32


async def test_without_its_broken_rule_each_one_would_get_past_its_manifest(shared: Stack) -> None:
    fault = await refused(shared, shared.clients["acme"].publish(bundled(shared, json.dumps(FULL).encode())))
    assert fault.reason is Reason.STATEMENT_MISMATCH  # the version; all else of the statement is the manifest's
    assert (FULL["name"], FULL["publisher"], len(BY_SCHEMA) > 250) == (NAME, PUBLISHER, True)
