import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kernel.manifest import Manifest
from kernel.manifest_schema import json_schema

ROOT = Path(__file__).resolve().parents[3]


def objects(part: Any) -> list[dict[str, Any]]:
    found = [part] if isinstance(part, dict) and "properties" in part else []
    children = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return found + [item for child in children for item in objects(child)]


def test_the_committed_schema_is_current() -> None:
    done = subprocess.run([sys.executable, "scripts/gen_schema", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert os.access(ROOT / "scripts" / "gen_schema", os.X_OK)


def test_every_object_is_closed_but_for_x_keys() -> None:
    found = objects(json_schema())
    assert len(found) == 8
    assert all(part["additionalProperties"] is False and part["patternProperties"] == {"^x-": {}} for part in found)


def test_the_schema_names_the_keys_of_the_model() -> None:
    schema = json.loads((ROOT / "docs" / "manifest.v2.schema.json").read_text())
    assert set(schema["properties"]) == {field.alias or name for name, field in Manifest.model_fields.items()}
    assert schema["required"] == ["name", "publisher", "version", "runtime"]


def test_every_reference_has_its_definition() -> None:
    schema = json_schema()
    text = json.dumps(schema)
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    used = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
    assert used == set(definitions)


@pytest.mark.parametrize("sample", sorted((ROOT / "samples").glob("*/manifest.json")), ids=lambda path: path.parent.name)
def test_the_samples_are_valid(sample: Path) -> None:
    Manifest.parse(sample.read_bytes())
