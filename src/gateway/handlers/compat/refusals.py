"""Failures in the shapes that the reference's tools read, with the members of our own problems beside."""

import json
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from gateway.reply import Reply, problem
from gateway.routes import Handler
from gateway.target import Target
from kernel.errors import TABLE, Blame, Fault, Reason

_log = logging.getLogger(__name__)
_R: Final = Reason
_CODES: Final[Mapping[Reason, str]] = {
    _R.UNAUTHENTICATED: "UNAUTHORIZED",
    _R.PERMISSION_DENIED: "RBAC_FORBIDDEN",
    _R.TENANT_MISMATCH: "RBAC_FORBIDDEN",
    _R.NAME_TAKEN: "RBAC_FORBIDDEN",
    _R.QUOTA_EXCEEDED: "RATE_LIMIT",
    _R.INVALID_ARGUMENT: "BAD_REQUEST",
    _R.PAYLOAD_TOO_LARGE: "BAD_REQUEST",
    _R.BUNDLE_SIZE_MISMATCH: "BAD_REQUEST",
    _R.BUNDLE_DIGEST_MISMATCH: "HASH_MISMATCH",
    _R.MANIFEST_INVALID: "INVALID_MANIFEST",
    _R.NOT_FOUND: "STAGING_NOT_FOUND",
    _R.ENVELOPE_MISSING: "SIGNATURE_REQUIRED",
    _R.VERSION_CONFLICT: "EXTENSION_VERSION_ALREADY_EXISTS",
}
Shape = Callable[[Fault, dict[str, Any]], dict[str, Any]]


def shaped(handler: Handler, shape: Shape) -> Handler:
    """The handler, whose failures look as `shape` says: it gets the fault and our problem, and answers what replaces it."""

    async def answer(request: web.BaseRequest, at: Target) -> Reply:
        try:
            return await handler(request, at)
        except Fault as fault:
            if fault.row.blame is Blame.HOST:
                _log.warning("request failed", extra={"reason": fault.reason.name, "why": str(fault)})
            reply = problem(fault)
            document = shape(fault, json.loads(reply.body or b"{}"))
            reply.status, reply.body = document["status"], json.dumps(document).encode()
            if fault.log:
                reply.notes["why"] = fault.log
            return reply

    return answer


def bundle_code(reason: Reason) -> str:
    """The reference's word, of the routes for bundles."""
    return _CODES.get(reason, "INTERNAL_ERROR" if TABLE[reason].http >= HTTPStatus.INTERNAL_SERVER_ERROR else install_code(reason))


def bundle_status(reason: Reason) -> int:
    """The status there: an upload that is not there is a mistake of the request."""
    return HTTPStatus.BAD_REQUEST if reason is Reason.NOT_FOUND else TABLE[reason].http


def install_code(reason: Reason) -> str:
    """The reference's word, of the routes for installs."""
    return Fault.row_code(reason).upper()


def bundles(fault: Fault, told: dict[str, Any]) -> dict[str, Any]:
    """`{error, code, details?}` of the routes for bundles; `{success, error: {message, code}}` for a version that exists."""
    code = bundle_code(fault.reason)
    told |= {"reason": fault.code, "error": sentence(fault), "code": code}
    if (status := bundle_status(fault.reason)) != fault.row.http:
        told |= {"status": status, "title": HTTPStatus(status).phrase}
    elif fault.reason is Reason.VERSION_CONFLICT:
        told |= {"success": False, "error": {"message": told["error"], "code": code}}
    elif fault.reason is Reason.MANIFEST_INVALID:
        told["details"] = {"issues": [{"path": item.field, "message": item.rule} for item in fault.violations]}
    elif fault.reason is Reason.BUNDLE_DIGEST_MISMATCH:
        told["details"] = {"declared": fault.facts.get("expected"), "computed": fault.facts.get("actual")}
    return told


def extensions(fault: Fault, told: dict[str, Any]) -> dict[str, Any]:
    """`{error: {message, code}}` of the routes for installs."""
    return told | {"error": {"message": sentence(fault), "code": install_code(fault.reason)}}


def sentence(fault: Fault) -> str:
    """What a person is told: the failure, and what is wrong with which field."""
    wrong = "; ".join(f"{item.field} {item.rule}" for item in fault.violations)
    return f"{fault.row.public} {wrong}".strip()
