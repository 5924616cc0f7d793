"""What pydantic found wrong with a manifest, in words for its author."""

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kernel.archive.rules import printable
from kernel.errors import MAX_VIOLATIONS, Violation

# Words for pydantic's error types; `{}` fields come from the error's context.
_WORDS = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "literal_error": "must be {expected}",
    "too_long": "must have at most {max_length} items",
    "string_too_long": "must have at most {max_length} characters",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


class UnknownKeyError(ValueError):
    """A key that the manifest does not define and that does not begin with `x-`."""


def violations(model: type[BaseModel], error: ValidationError) -> tuple[Violation, ...]:
    """The first violations of a manifest, in its own order."""
    found = error.errors(include_url=False, include_input=False)
    return tuple(Violation(_field(detail["loc"]), _rule(model, detail)) for detail in found[:MAX_VIOLATIONS])


def _field(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part != "[key]":  # pydantic's mark for the key of a map
            text += ("." if text else "") + (printable(part, 60) or '""')
    return text or "manifest.json"


def _rule(model: type[BaseModel], detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, UnknownKeyError):
        near = difflib.get_close_matches(str(detail["loc"][-1])[:64], list(_known(model, detail["loc"][:-1])), n=1, cutoff=0.5)
        return "is not a known key" + (f"; did you mean {near[0]}?" if near else "")
    if isinstance(cause, ValueError):
        return str(cause)
    return _WORDS.get(detail["type"], "is not valid").format(**context)


def _known(model: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[str]:
    """The keys of the object at `loc`."""
    for part in loc:
        for name, field in model.model_fields.items():
            if part == (field.alias or name):
                model = next(_models(field.annotation), model)
                break
    for name, field in model.model_fields.items():
        yield field.alias or name


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
