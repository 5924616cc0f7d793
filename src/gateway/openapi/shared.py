"""Answers that several operations have stand in the document once: programs that are generated from it have one type for each."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from gateway.openapi.parts import Json, ref


def shared(paths: Mapping[str, Mapping[str, Json]]) -> tuple[dict[str, Any], Json]:
    """The paths with references in place of answers that occur more than once, and these by name, e.g. `Answer404-2`."""
    times = Counter(_text(answer) for place in paths.values() for one in place.values() for answer in one["responses"].values())
    names: dict[str, str] = {}
    numbers: Counter[str] = Counter()
    common: Json = {}

    def said(status: str, answer: Json) -> Json:
        if times[text := _text(answer)] == 1:
            return answer
        if text not in names:
            numbers[status] += 1
            names[text] = f"Answer{status}-{numbers[status]}"
            common[names[text]] = answer
        return ref(names[text], "responses")

    found = {
        path: {
            method: {**one, "responses": {status: said(status, answer) for status, answer in one["responses"].items()}}
            for method, one in place.items()
        }
        for path, place in paths.items()
    }
    return found, common


def _text(answer: Json) -> str:
    return json.dumps(answer, sort_keys=True)
