"""What the operations of the document are put together from: problems, parameters, header fields, bodies."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
# Of one that shows an API key.
HOLDER: Final = (*ANY, Reason.UNAUTHENTICATED, Reason.PERMISSION_DENIED, Reason.TENANT_MISMATCH)
# Of one that says in any way who asks.
CALLER: Final = (
    *(*HOLDER, Reason.MIXED_AUTH, Reason.INVALID_SERVICE_AUTH, Reason.MISSING_TENANT),
    Reason.ACCESS_POLICY_UNAVAILABLE,
)
# Of one about something that may be another tenant's, or nobody's.
OWNED: Final = (*CALLER, Reason.NOT_FOUND)
# Of one with a body.
BODY: Final = (Reason.PAYLOAD_TOO_LARGE, Reason.REQUEST_TIMED_OUT)
EXTENSION: Final = "com.acme.reports"  # of all examples
# What every answer has; from the fourth on only where the gateway's settings let pages of other origins read it (CORS).
EVERY: Final = (
    *("X-Request-Id", "X-Content-Type-Options", "Content-Security-Policy"),
    *("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers", "Vary"),
)
RATES: Final = ("RateLimit", "RateLimit-Policy")
BY_KEY: Final[tuple[Json, ...]] = ({"ApiKey": []}, {"Bearer": []})


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
    found: Json = {"description": text, "headers": headers(*fields), **more}
    if schema is not None:
        found["content"] = {media_type: {"schema": dict(schema)}}
    return found


def headers(*names: str, maybe: Iterable[str] = ()) -> Json:
    """References to the header fields that all answers have, to those named, and to those that may be there."""
    found = {name: ref(name, "headers") for name in (*EVERY, *names)}
    return found | {name: ref(f"Optional-{name}", "headers") for name in maybe}


def by_status(reasons: Iterable[Reason], status: Callable[[Reason], int]) -> dict[int, list[Reason]]:
    """What may go wrong, for each status."""
    found: dict[int, list[Reason]] = {}
    for reason in sorted(set(reasons)):
        found.setdefault(status(reason), []).append(reason)
    return dict(sorted(found.items()))


def problems(reasons: Iterable[Reason]) -> Json:
    """The answers for what may go wrong: one a status, with the codes that it may have."""
    return {str(status): _problem(status, found) for status, found in by_status(reasons, lambda one: TABLE[one].http).items()}


def problem_headers(status: int, reasons: Sequence[Reason]) -> Json:
    """The header fields of a problem."""
    fields = ["Cache-Control"]
    maybe: list[str] = []
    if status == HTTPStatus.UNAUTHORIZED:
        fields.append("WWW-Authenticate")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        fields.append("Allow")
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        fields.append("Content-Range")
    retryable = [TABLE[reason].retryable for reason in reasons]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        fields += ["Retry-After", *RATES]
    elif any(retryable):
        (fields if all(retryable) else maybe).append("Retry-After")
    return headers(*fields, maybe=maybe)


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
    return {
        "description": text,
        "headers": problem_headers(status, reasons),
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
