"""What the operations of the document are put together from: problems, parameters, header fields, bodies."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from gateway.reference_codes import reference_code
from gateway.reply import PROBLEM
from kernel.errors import TABLE, Fault, Reason

Json = dict[str, Any]
JSON: Final = "application/json"
# Of any request that counts as one at work: the process is busy, stops or errs, or the header fields are too many.
ANY: Final = (
    *(Reason.INVALID_ARGUMENT, Reason.HEADERS_TOO_LARGE, Reason.OVERLOADED, Reason.UNAVAILABLE, Reason.INTERNAL),
    Reason.RATE_LIMITED,  # of the address that it comes from
)
# Of one that says who asks.
CALLER: Final = (*ANY, Reason.UNAUTHENTICATED, Reason.PERMISSION_DENIED, Reason.TENANT_MISMATCH)
# Of one about something that may be another tenant's, or nobody's.
OWNED: Final = (*CALLER, Reason.NOT_FOUND)
# Of one with a body.
BODY: Final = (Reason.PAYLOAD_TOO_LARGE, Reason.REQUEST_TIMED_OUT)
EXTENSION: Final = "com.acme.reports"  # of all examples


def ref(name: str, kind: str = "schemas") -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def closed(properties: Mapping[str, Any], *optional: str, text: str = "") -> Json:
    """An object with these members and no others; all are there but the optional ones."""
    found: Json = {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
    return {"description": text, **found} if text else found


def string(text: str = "", **rules: Any) -> Json:
    """A text."""
    return {"type": "string", **({"description": text} if text else {}), **rules}


def whole(text: str, most: int | None = None, least: int = 0) -> Json:
    """A whole number."""
    return {"type": "integer", "description": text, "minimum": least, **({} if most is None else {"maximum": most})}


def nullable(schema: Mapping[str, Any]) -> Json:
    """The same, or null."""
    found = dict(schema)
    if "$ref" in found:
        return {"anyOf": [found, {"type": "null"}]}
    found["type"] = [found["type"], "null"]
    if "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found


def listed(items: Mapping[str, Any], most: int, text: str = "", **rules: Any) -> Json:
    """A list of at most so many."""
    return {"type": "array", "items": dict(items), "maxItems": most, **({"description": text} if text else {}), **rules}


def in_path(name: str, text: str, example: str, **rules: Any) -> Json:
    """A parameter of the path."""
    return {"name": name, "in": "path", "required": True, "description": text, "schema": string(**rules), "example": example}


def in_query(name: str, text: str, schema: Mapping[str, Any], **more: Any) -> Json:
    """A parameter of the query; any other name is refused."""
    return {"name": name, "in": "query", "required": False, "description": text, "schema": dict(schema), **more}


def in_header(name: str, text: str, schema: Mapping[str, Any], **more: Any) -> Json:
    """A header field of the request."""
    return {"name": name, "in": "header", "required": False, "description": text, "schema": dict(schema), **more}


def body(schema: Mapping[str, Any], example: Any, text: str, media_type: str = JSON) -> Json:
    """A body that must be there."""
    return {"description": text, "required": True, "content": {media_type: {"schema": dict(schema), "example": example}}}


def answer(
    text: str, schema: Mapping[str, Any] | None = None, *, media_type: str = JSON, fields: Iterable[str] = (), **more: Any
) -> Json:
    """One answer with the header fields that all have, and those named."""
    found: Json = {"description": text, "headers": headers("X-Request-Id", *fields), **more}
    if schema is not None:
        found["content"] = {media_type: {"schema": dict(schema)}}
    return found


def headers(*names: str) -> Json:
    """References to header fields."""
    return {name: ref(name, "headers") for name in names}


def problems(reasons: Iterable[Reason]) -> Json:
    """The answers for what may go wrong: one a status, with the codes that it may have."""
    by_status: dict[int, list[Reason]] = {}
    for reason in sorted(set(reasons)):
        by_status.setdefault(TABLE[reason].http, []).append(reason)
    return {str(status): _problem(status, found) for status, found in sorted(by_status.items())}


def _problem(status: int, reasons: Sequence[Reason]) -> Json:
    text = "  \n".join(f"`{Fault.row_code(reason)}`: {TABLE[reason].public}" for reason in reasons)
    codes = [Fault.row_code(reason) for reason in reasons]
    narrow = {
        "properties": {
            "status": {"const": status},
            "code": {"enum": codes},
            "error": {"enum": sorted({reference_code(reason) for reason in reasons})},
        }
    }
    fields = ["X-Request-Id"]
    if status == HTTPStatus.UNAUTHORIZED:
        fields.append("WWW-Authenticate")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        fields.append("Allow")
    if status == HTTPStatus.TOO_MANY_REQUESTS or all(TABLE[reason].retryable for reason in reasons):
        fields.append("Retry-After")
    return {
        "description": text,
        "headers": headers(*fields),
        "content": {PROBLEM: {"schema": {"allOf": [ref("Problem"), narrow]}}},
    }


def operation(
    summary: str,
    tag: str,
    answers: Mapping[str, Json],
    reasons: Iterable[Reason],
    *,
    parameters: Sequence[Json] = (),
    security: Sequence[Json] | None = None,
    **more: Any,
) -> Json:
    """One operation. `security`: None = the document's own; empty = anybody."""
    wrong = problems(reasons)
    found: Json = {"summary": summary, "tags": [tag], "parameters": list(parameters), **more}
    if security is not None:
        found["security"] = list(security)
    found["responses"] = {**answers, **{status: said for status, said in wrong.items() if status not in answers}}
    return found
