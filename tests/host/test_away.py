"""While the registry does not answer: what asks it ends with the time of its call, and nothing of that is left for the next one."""

import pytest

from gen.alga.registry.v1 import extension_pb2
from tests.host.everything import Everything, installed
from tests.host.functions import ASKED
from tests.platform import Platform

OF_REGISTRY = [key for key in ASKED if key[0] in ("storage", "scheduler")]


@pytest.fixture(scope="module")
def hasty(host: Platform, version: extension_pb2.Version) -> Everything:
    return installed(host, version, "hasty", limits={"timeout_ms": 1_000})


@pytest.mark.parametrize(("interface", "function"), OF_REGISTRY)
def test_while_the_registry_does_not_answer(host: Platform, hasty: Everything, interface: str, function: str) -> None:
    arguments = ASKED[interface, function]
    assert hasty.ask("storage", "get", "tests", "none") == {"err": "missing"}
    with host.stopped("registry"):
        answer = hasty.run(interface, function, *arguments)
    told = answer.json()
    if answer.status != 504:  # the host call's time ended a moment before the guest's
        assert told.get("err") == "internal" or told["ok"]["success"] is False, told
    else:
        assert told["code"] == "guest_timed_out"
    assert hasty.ask("storage", "get", "tests", "none") == {"err": "missing"}
