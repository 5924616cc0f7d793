"""Calls any function of the world: POST /run/<interface>/<function> with its arguments as a JSON list, in the names of the WIT.

Answers {"ok": …}, {"err": case}, or {"thrown": text} for what the bindings refuse. Bytes are {"base64": …}; no option is null.
GET /examples/<name> runs an example of docs/host-api.md; POST /tick, which schedules call, stores what it is sent.
"""

import base64
import dataclasses
import enum
import json
import types
import typing
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import examples
import wit_world
from componentize_py_types import Err
from wit_world.imports import (
    clients,
    config,
    context,
    http,
    invoicing,
    logging,
    scheduler,
    secrets,
    services,
    storage,
    ui_proxy,
    user,
    user_v2,
)
from wit_world.imports.types import ExecuteRequest, ExecuteResponse, HttpHeader, StorageEntry

MODULES = (clients, config, context, http, invoicing, logging, scheduler, secrets, services, storage, ui_proxy, user, user_v2)
INTERFACES = {module.__name__.rpartition(".")[2].replace("_", "-"): module for module in MODULES}


class WitWorld(wit_world.WitWorld):
    def handler(self, request: ExecuteRequest) -> ExecuteResponse:
        path, _, query = request.http.url.partition("?")
        what, *names = path.strip("/").split("/")
        if what == "examples":
            return answer(attempt(lambda: examples.EXAMPLES[names[0]](request)))
        if what == "tick":
            return answer({"ok": to_json(storage.put(StorageEntry("ticks", "last", request.http.body or b"", revision=None)))})
        run = getattr(INTERFACES.get(names[0]), names[1].replace("-", "_"), None)
        if run is None:
            return answer({"thrown": "no such function"}, 404)
        said = json.loads(request.http.body or b"[]")
        told = None
        for _ in range(int(parse_qs(query).get("times", ["1"])[0])):
            told = attempt(lambda: run(*arguments(run, said)))
        return answer(told)


def attempt(step: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"ok": to_json(step())}
    except Err as error:
        return {"err": to_json(error.value)}
    except Exception as error:  # noqa: BLE001 - whatever the bindings say of a value
        return {"thrown": f"{type(error).__name__}: {error}"}


def arguments(run: Callable[..., Any], said: list[Any]) -> list[Any]:
    hints = typing.get_type_hints(run)
    hints.pop("return", None)
    return [from_json(kind, value) for kind, value in zip(hints.values(), said, strict=True)]


def from_json(kind: Any, value: Any) -> Any:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kind = next(one for one in typing.get_args(kind) if one is not type(None))
    if value is None:
        return None
    if isinstance(value, dict) and "base64" in value:
        return base64.b64decode(value["base64"])
    if isinstance(value, list):
        return [from_json(typing.get_args(kind)[0], one) for one in value]
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: from_json(hint, value.get(name.replace("_", "-"))) for name, hint in hints.items()})
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind[value.upper().replace("-", "_")]
    return value


def to_json(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.name.lower().replace("_", "-")
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, list | tuple):
        return [to_json(one) for one in value]
    if dataclasses.is_dataclass(value):
        return {field.name.replace("_", "-"): to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: to_json(one) for name, one in value.items()}
    return value


def answer(value: Any, status: int = 200) -> ExecuteResponse:
    return ExecuteResponse(status, [HttpHeader("content-type", "application/json")], json.dumps(value).encode())
