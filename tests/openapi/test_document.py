"""The committed document: it describes every route, and nothing is open."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import jsonschema_rs
import pytest

import gateway.openapi
from gateway.handlers import document as served
from gateway.openapi.document import document
from gateway.reply import PROBLEM
from gateway.table import table
from kernel.errors import TABLE, Fault

FILE = Path(gateway.openapi.__file__).with_name(served.FILE)
DOCUMENT = json.loads(FILE.read_text())
ROWS = table(MagicMock())
OPERATIONS = [
    pytest.param(operation, id=operation["operationId"]) for place in DOCUMENT["paths"].values() for operation in place.values()
]


def resolved(said: dict[str, Any]) -> dict[str, Any]:
    """An answer, wherever in the document it stands."""
    if "$ref" not in said:
        return said
    found: dict[str, Any] = DOCUMENT["components"]["responses"][said["$ref"].rpartition("/")[2]]
    return found


def test_it_is_what_the_code_says() -> None:
    assert json.loads(json.dumps(document(ROWS))) == DOCUMENT, "run scripts/gen_openapi"


def test_every_route_and_method_is_there_and_nothing_else() -> None:
    told = {(method.upper(), path) for path, place in DOCUMENT["paths"].items() for method in place}
    assert told == {(method, row.pattern.replace("*}", "}")) for row in ROWS for method in row.methods}


def test_names_are_unique() -> None:
    names = [place["operationId"] for path in DOCUMENT["paths"].values() for place in path.values()]
    assert len(set(names)) == len(names)


def test_it_is_open_api() -> None:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({"$schema": dialect, **schema}), name
    assert DOCUMENT["openapi"].startswith("3.1.")


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """All schemas of objects in it."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for part in node.values():
            yield from schemas(part)
    elif isinstance(node, list):
        for part in node:
            yield from schemas(part)


def test_every_shape_is_closed() -> None:
    found = list(schemas(DOCUMENT["components"]["schemas"]))
    assert len(found) > 20
    for schema in found:
        # No other members, or a map of a told kind.
        assert schema["additionalProperties"] is False or "type" in schema["additionalProperties"], schema


def test_no_answer_stands_twice() -> None:
    operations = [one for place in DOCUMENT["paths"].values() for one in place.values()]
    said = [json.dumps(answer) for one in operations for answer in one["responses"].values()]
    common = DOCUMENT["components"]["responses"]
    whole = [text for text in said if "$ref" not in json.loads(text)] + [json.dumps(one) for one in common.values()]
    assert len(set(whole)) == len(whole)
    assert all(said.count(json.dumps({"$ref": f"#/components/responses/{name}"})) > 1 for name in common)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_failure_is_a_problem_with_the_codes_of_its_status(operation: dict[str, Any]) -> None:
    for status, said in operation["responses"].items():
        for media_type, content in resolved(said).get("content", {}).items():
            if media_type != PROBLEM:
                assert status in {"200", "201", "202", "206", "default"} or operation["operationId"].startswith("readyz")
                continue
            if "anyOf" in content["schema"]:  # in the shape that the reference's command line reads
                assert operation["operationId"].startswith("compat_")
                continue
            base, narrow = content["schema"]["allOf"]
            assert base == {"$ref": "#/components/schemas/Problem"}
            codes = {Fault.row_code(reason) for reason, row in TABLE.items() if row.http == int(status)}
            assert narrow["properties"]["status"] == {"const": int(status)}
            assert 0 < len(narrow["properties"]["code"]["enum"]) == len(codes & set(narrow["properties"]["code"]["enum"]))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_examples_are_what_they_are_examples_of(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        if "example" in parameter:
            assert jsonschema_rs.is_valid(parameter["schema"], parameter["example"]), parameter["name"]
        assert parameter["description"]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "example" in content:
            assert jsonschema_rs.is_valid(content["schema"], content["example"])
