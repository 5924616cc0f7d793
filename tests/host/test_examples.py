"""docs/host-api.md is right: it has all functions, and its examples answer in both languages what it says."""

import json

import pytest

from gen.alga.registry.v1 import extension_pb2
from runner.host import INTERFACES
from tests.host import examples
from tests.host.everything import Everything, installed, person
from tests.host.product import Product
from tests.platform import Platform

NAMES = list(examples.blocks("json"))
CONFIGURATION = {"greeting": "Ahoy", "storage.ttl.cache": "3600"}


@pytest.fixture(scope="module")
def ada(host: Platform) -> str:
    """The key of a person who may do everything in the host application."""
    fields = {"floor": "3"}
    return person(host, "examples", "u-admin", email="ada@example.com", name="Ada Admin", additional_fields=fields)


@pytest.fixture(scope="module")
def guest(host: Platform, version: extension_pb2.Version, server: str, product: Product) -> Everything:
    configuration = {**CONFIGURATION, "rates": f"{server}/rates"}
    secrets = {"token": "twelve-signs", "api_key": product.keys["examples"]}
    return installed(host, version, "examples", configuration=configuration, secrets=secrets)


def test_each_example_is_there_in_both_languages_with_its_answer() -> None:
    assert NAMES
    assert list(examples.blocks("js")) == list(examples.blocks("python")) == NAMES


def test_the_page_has_every_function_of_the_world_below_its_interface() -> None:
    sections = examples.sections()
    missing = [
        f"{interface.name}.{function.name}"
        for interface in INTERFACES
        for function in interface.functions
        if f"{function.name}(" not in sections[interface.name]
    ]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_an_example_answers_what_the_page_says(guest: Everything, ada: str, name: str) -> None:
    told = guest.example(name, ada)
    assert examples.same(told, {"ok": json.loads(examples.blocks("json")[name])}), told
