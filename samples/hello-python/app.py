"""An extension in Python: greets, stores notes and reads them back."""

import json
import secrets
from typing import Any

import wit_world
from componentize_py_types import Err
from wit_world.imports import config, storage
from wit_world.imports.types import ExecuteRequest, ExecuteResponse, HttpHeader, StorageEntry, StorageError

NAMESPACE = "notes"
MAX_TEXT_LENGTH = 2000
STORAGE_FAILURES = {
    StorageError.MISSING: (404, "no such note"),
    StorageError.CONFLICT: (409, "the note was changed meanwhile"),
    StorageError.DENIED: (403, "storage is not granted to this install"),
    StorageError.INTERNAL: (503, "storage is not available"),
}


class WitWorld(wit_world.WitWorld):
    def handler(self, request: ExecuteRequest) -> ExecuteResponse:
        """Called once per instance: nothing that is kept in a variable survives to the next call."""
        try:
            return route(request)
        except Err as error:
            if error.value not in STORAGE_FAILURES:
                raise
            return failure(*STORAGE_FAILURES[error.value])


def route(request: ExecuteRequest) -> ExecuteResponse:
    segments = request.http.url.partition("?")[0].strip("/").split("/")
    match request.http.method, segments:
        case "GET", ["hello"]:
            return hello(request)
        case "POST", ["notes"]:
            return create_note(request)
        case "GET", ["notes", note_id]:
            return read_note(note_id)
    return failure(404, "no such endpoint")


def hello(request: ExecuteRequest) -> ExecuteResponse:
    context = request.context
    greeting = f"{config.get('greeting') or 'Hello'}, {context.tenant_id}!"
    return answer(200, {"greeting": greeting, "tenant": context.tenant_id, "request_id": context.request_id})


def create_note(request: ExecuteRequest) -> ExecuteResponse:
    try:
        body = json.loads(request.http.body or b"")
    except ValueError:
        return failure(400, "the body must be JSON")
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT_LENGTH:
        return failure(400, f"text must be a string of 1 to {MAX_TEXT_LENGTH} characters")
    note_id = secrets.token_hex(8)
    try:
        value = text.encode()
    except UnicodeEncodeError:  # JSON can spell half of a surrogate pair
        return failure(400, "text must be Unicode")
    entry = storage.put(StorageEntry(NAMESPACE, note_id, value, revision=None))
    return answer(201, {"id": note_id, "text": text, "revision": entry.revision}, HttpHeader("location", f"notes/{note_id}"))


def read_note(note_id: str) -> ExecuteResponse:
    entry = storage.get(NAMESPACE, note_id)
    return answer(200, {"id": note_id, "text": entry.value.decode(), "revision": entry.revision})


def answer(status: int, value: dict[str, Any], *headers: HttpHeader) -> ExecuteResponse:
    return ExecuteResponse(status, [HttpHeader("content-type", "application/json"), *headers], json.dumps(value).encode())


def failure(status: int, message: str) -> ExecuteResponse:
    return answer(status, {"error": message})
