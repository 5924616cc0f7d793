"""`services` through a real guest; what it shares with `clients` is tested there."""

from typing import Any

import pytest

from kernel.grants import Limits
from runner.engine.values import Enum, Err, Ok
from tests.guests.typed import described
from tests.host.host_app.conftest import Host
from tests.host.host_app.site import breaks_off

pytestmark = pytest.mark.asyncio(loop_scope="session")
LIST, GET = described("services", "list-services"), described("services", "get-service")
ID = "0b5e8c1a-93b7-4f1e-8f59-64e0f1a2b3c4"
NOTHING = {"search": None, "item-kind": None, "is-active": None, "billing-method": None, "page": None, "page-size": None}
TOLD = {
    "serviceId": ID,
    "serviceName": "On-site",
    "itemKind": "service",
    "billingMethod": "hourly",
    "serviceTypeId": None,
    "serviceTypeName": "Labour",
    "defaultRate": 12000,
    "unitOfMeasure": "hour",
    "unitCode": "HUR",
    "isActive": True,
    "sku": "S-1",
}
SERVICE = {
    "service-id": ID,
    "service-name": "On-site",
    "item-kind": "service",
    "billing-method": "hourly",
    "service-type-id": None,
    "service-type-name": "Labour",
    "default-rate": 12000.0,
    "unit-of-measure": "hour",
    "is-active": True,
    "sku": "S-1",
}
NOT_ALLOWED, INVALID, INTERNAL = (Err(Enum(case)) for case in ("not-allowed", "invalid-input", "internal"))


async def test_a_list_is_asked_for_as_the_contract_says_and_lifted(host: Host) -> None:
    host.site.says(200, {"items": [TOLD, TOLD], "totalCount": 7, "page": 1, "pageSize": 2})
    asked = {"search": "x", "item-kind": "product", "is-active": False, "billing-method": "usage", "page": 1, "page-size": 2}
    answer = await host.call(LIST, asked)
    assert answer == Ok({"items": (SERVICE, SERVICE), "total-count": 7, "page": 1, "page-size": 2})
    (seen,) = host.site.seen
    assert seen.target == "/api/internal/ext-services/install/i1"
    said = {"search": "x", "itemKind": "product", "isActive": False, "billingMethod": "usage", "page": 1, "pageSize": 2}
    assert seen.json() == {"operation": "list", "input": said}


async def test_one_service_and_none(host: Host) -> None:
    host.site.says(200, {"item": TOLD})
    assert await host.call(GET, ID) == Ok(SERVICE)
    assert host.site.seen[0].json() == {"operation": "get", "input": {"serviceId": ID}}
    host.site.says(200, {})
    assert await host.call(GET, ID) == Ok(None)


async def test_denied_and_over_budget_nothing_is_asked(host: Host) -> None:
    for function, argument in ((LIST, NOTHING), (GET, ID)):
        assert await host.call(function, argument, capabilities=frozenset({"cap:client.read"})) == NOT_ALLOWED
        assert await host.call(function, argument, limits=Limits(timeout_ms=5_000, host_bytes=10)) == NOT_ALLOWED
    assert host.site.seen == []


@pytest.mark.parametrize("changes", [{"search": "x" * 201}, {"page": 0}, {"page-size": 101}], ids=str)
async def test_input_beyond_the_contract_is_refused_here(host: Host, changes: dict[str, Any]) -> None:
    assert await host.call(LIST, NOTHING | changes) == INVALID
    assert await host.call(GET, "no-uuid") == INVALID
    assert host.site.seen == []


@pytest.mark.parametrize(("status", "told"), [(400, INVALID), (403, NOT_ALLOWED), (429, INTERNAL), (500, INTERNAL)])
async def test_refusals_of_the_host(host: Host, status: int, told: Err) -> None:
    host.site.says(status, {})
    assert await host.call(GET, ID) == told


@pytest.mark.parametrize(
    "changes",
    [{"itemKind": "thing"}, {"billingMethod": None}, {"defaultRate": "12"}, {"defaultRate": True}, {"isActive": 1}],
    ids=str,
)
async def test_answers_that_the_contract_does_not_have(host: Host, changes: dict[str, Any]) -> None:
    host.site.says(200, {"item": TOLD | changes})
    assert await host.call(GET, ID) == INTERNAL


async def test_a_rate_beyond_a_double(host: Host) -> None:
    host.site.says(
        200,
        b'{"item":'
        + repr(TOLD).encode().replace(b"'", b'"').replace(b"None", b"null").replace(b"True", b"true").replace(b"12000", b"1" * 400)
        + b"}",
    )
    assert await host.call(GET, ID) == INTERNAL


async def test_a_host_that_breaks_off(host: Host) -> None:
    host.site.answer = breaks_off
    assert await host.call(GET, ID) == INTERNAL
