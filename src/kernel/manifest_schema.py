"""The JSON Schema of manifest v2, for editors and other people's tools. The checks that decide are the model's own."""

from kernel.manifest import Manifest

# Where pydantic puts its name for a value of any form.
_ANY = "JsonValue"


def json_schema() -> dict[str, object]:
    """The schema (draft 2020-12): what can be said of single values; not the files, the uniqueness, the rules between fields."""
    schema = Manifest.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs")
    definitions.pop(_ANY, None)
    for part in (schema, *definitions.values()):
        _close(part)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Extension manifest v2",
        "$defs": definitions,
    }


def _close(part: dict[str, object]) -> None:
    """Say of an object that it has no keys but its own and `x-` ones."""
    part["additionalProperties"] = False
    part["patternProperties"] = {"^x-": {}}
