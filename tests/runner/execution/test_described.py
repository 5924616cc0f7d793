"""Described calls as an executor that was taken over could write them: its runner raises Fault and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.alga.runner.v1.executor_pb2 import DescribedCall
from kernel.errors import Fault, Reason
from runner.backends import described
from runner.engine.world import DESCRIBED

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def refused(call: DescribedCall) -> Reason:
    with pytest.raises(Fault) as caught:
        described.arguments(call)
    return caught.value.reason


@pytest.mark.parametrize(
    ("interface", "function"), [("", ""), ("clients", "get-service"), ("storage", "get"), ("clients", "x" * 100_000)]
)
def test_functions_of_no_description(interface: str, function: str) -> None:
    call = DescribedCall(interface=interface, function=function, arguments='{"client-id":"x"}')
    assert refused(call) is Reason.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        "{}",
        '{"client-id":null}',
        '{"client-id":7}',
        '{"client-id":["x"]}',
        '{"client-id":"\\ud800"}',
        "[" * 200_000,
        '{"client-id":' * 100_000,
        "1" * 10_000,
    ],
    ids=range(13),
)
def test_arguments_of_another_type(arguments: str) -> None:
    assert refused(DescribedCall(interface="clients", function="get-client", arguments=arguments)) is Reason.INVALID_ARGUMENT


def test_arguments_have_a_limit() -> None:
    said = json.dumps({"client-id": "x" * described.MAX_ARGUMENTS})
    assert refused(DescribedCall(interface="clients", function="get-client", arguments=said)) is Reason.PAYLOAD_TOO_LARGE


@given(st.sampled_from([(name, one.name) for name, found in DESCRIBED.items() for one in found]), texts | st.from_regex(r"\{.*\}"))
def test_whatever_arrives_is_read_or_refused(function: tuple[str, str], text: str) -> None:
    call = DescribedCall(interface=function[0], function=function[1], arguments=text.encode(errors="replace").decode())
    try:
        found, arguments = described.arguments(call)
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
        return
    assert set(arguments) == {name for name, _ in found.parameters}


@pytest.mark.parametrize("value", [None, {}, {"items": []}, {"items": [1], "total-count": 0, "page": 1, "page-size": 1}, "x"])
def test_an_answer_of_another_type_is_the_hosts_failure(value: Any) -> None:
    (function,) = [one for one in DESCRIBED["clients"] if one.name == "list-clients"]
    with pytest.raises(Fault) as caught:
        described.result(function, value)
    assert caught.value.reason is Reason.HOST_FAILED
