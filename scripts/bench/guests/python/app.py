"""The guest of the bench in Python; behaves as handler.js does."""

import json

import wit_world
from wit_world.imports.types import ExecuteRequest, ExecuteResponse


class WitWorld(wit_world.WitWorld):
    def handler(self, request: ExecuteRequest) -> ExecuteResponse:
        match request.http.url:
            case "/hello":
                return answer(json.dumps({"greeting": f"Hello, {request.context.tenant_id}!"}).encode())
            case "/echo":
                return answer(request.http.body)
            case "/work":
                return answer(str(primes_below(20_000)).encode())
        return ExecuteResponse(404, [], None)


def primes_below(limit: int) -> int:
    composite = bytearray(limit)
    found = 0
    for number in range(2, limit):
        if composite[number]:
            continue
        found += 1
        for multiple in range(number * number, limit, number):
            composite[multiple] = 1
    return found


def answer(body: bytes | None) -> ExecuteResponse:
    return ExecuteResponse(200, [], body)
