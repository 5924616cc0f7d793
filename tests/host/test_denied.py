"""Every function says no where it is not granted, and where a call has used up what it may ask; the guest goes on."""

import pytest

from runner.host import INTERFACES
from tests.host.everything import Everything
from tests.host.functions import ASKED, DEFAULT, arguments, is_denial

USED_UP = {"err": "quota-exceeded"}  # of functions that have such a case
READS = ("list-schedules", "get-schedule", "get-endpoints")


def test_no_function_of_the_world_is_left_out() -> None:
    world = {(interface.name, function.name) for interface in INTERFACES for function in interface.functions}
    assert set(ASKED) | set(DEFAULT) == world


@pytest.mark.parametrize(("interface", "function"), ASKED)
def test_without_its_capability_a_function_denies(bare: Everything, server: str, interface: str, function: str) -> None:
    told = bare.ask(interface, function, *arguments(interface, function, server))
    assert is_denial(interface, function, told), told


@pytest.mark.parametrize(("interface", "function"), ASKED)
def test_beyond_the_budget_of_a_call_a_function_denies(frugal: Everything, server: str, interface: str, function: str) -> None:
    asked = arguments(interface, function, server)
    first, second = (frugal.ask(interface, function, *asked, times=times) for times in (1, 2))
    assert not is_denial(interface, function, first), first
    assert second == USED_UP if function in READS else is_denial(interface, function, second), second


@pytest.mark.parametrize(("interface", "function"), DEFAULT)
def test_what_is_answered_beside_the_guest_is_bounded_by_number(granted: Everything, interface: str, function: str) -> None:
    """The runner does not count these; 10,000 is what the executor serves."""
    answer = granted.run(interface, function, *DEFAULT[interface, function], times=10_001)
    assert (answer.status, answer.json()["code"]) == (502, "guest_trapped")
    assert granted.run(interface, function, *DEFAULT[interface, function]).status == 200
