"""Described types: the contract's own, and their JSON both ways for random values of every one."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.engine import world
from runner.engine.plain import NotOfType, checked, plain
from runner.engine.typed import typed
from runner.engine.types import Enumeration, Many, Number, Option, Outcome, Record, Text, Type
from runner.engine.values import U32, Enum, Some
from runner.engine.world import DESCRIBED, Described
from tests.runner.execution.contract import wit

FUNCTIONS = [(interface, one) for interface, functions in DESCRIBED.items() for one in functions]
IDS = [f"{interface}.{one.name}" for interface, one in FUNCTIONS]
TYPES = list({kind.wat: kind for _, one in FUNCTIONS for kind in (one.good, *(kind for _, kind in one.parameters))}.values())
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_PRIMITIVES = {"string": Text(), "u32": world.U32, "f64": world.F64, "bool": world.BOOL}


def _shape(shape: Any) -> Any:
    """A type of the contract as this code describes it."""
    if isinstance(shape, str):
        return _PRIMITIVES[shape]
    kind, name = wit()["types"][shape]["kind"], wit()["types"][shape]["name"]
    ((form, of),) = kind.items()
    match form:
        case "type":
            return _shape(of)
        case "option":
            return Option(_shape(of))
        case "list":
            return Many(_shape(of))
        case "enum":
            return Enumeration(name, tuple(case["name"] for case in of["cases"]))
        case "record":
            return Record(name, {field["name"]: _shape(field["type"]) for field in of["fields"]})
        case "result":
            return Outcome(_shape(of["ok"]), _shape(of["err"]))
    raise AssertionError(form)


@pytest.mark.parametrize("interface", DESCRIBED)
def test_the_description_is_the_contract(interface: str) -> None:
    (found,) = [item for item in wit()["interfaces"] if item["name"] == interface]
    contract = {
        one["name"]: (tuple((p["name"], _shape(p["type"])) for p in one["params"]), _shape(one["result"]))
        for one in found["functions"].values()
    }
    told = {one.name: (one.parameters, Outcome(one.good, one.bad) if one.bad else one.good) for one in DESCRIBED[interface]}
    assert told == contract
    for (_, left), (_, right) in zip(contract.values(), told.values(), strict=True):
        assert left.wat == right.wat  # the order of fields too, which equality of mappings does not see


def _lifted(kind: Type) -> st.SearchStrategy[Any]:
    """Values of a type as they are lifted from a guest."""
    match kind:
        case Number(wat="bool"):
            return st.booleans()
        case Number(wat="f64"):
            return st.floats(allow_nan=False, allow_infinity=False)
        case Number():
            return st.integers(0, 2 ** (8 * kind.size) - 1)
        case Enumeration():
            return st.sampled_from(kind.cases)
        case Option(item):
            return st.none() | _lifted(item)
        case Many(item):
            return st.lists(_lifted(item), max_size=3).map(lambda found: tuple(found) or b"")
        case Record():
            return st.fixed_dictionaries({name: _lifted(part) for name, part in kind.fields.items()})
    return texts


def _bare(value: Any) -> Any:
    """What `typed` makes, without what says its type; lists as they are lifted."""
    match value:
        case Some(inner) | U32(inner) | Enum(inner):
            return _bare(inner)
        case dict():
            return {name: _bare(part) for name, part in value.items()}
        case list():
            return tuple(_bare(part) for part in value) or b""
    return value


def _told(kind: Type, value: Any) -> bool:
    """Whether `typed` said the type wherever Python's own does not."""
    match kind:
        case Number(wat="f64"):
            return type(value) is float
        case Number(wat="u32"):
            return isinstance(value, U32)
        case Enumeration():
            return isinstance(value, Enum)
        case Option(item):
            return value is None or (isinstance(value, Some) and _told(item, value.value))
        case Many(item):
            return type(value) is list and all(_told(item, one) for one in value)
        case Record():
            return list(value) == list(kind.fields) and all(_told(part, value[name]) for name, part in kind.fields.items())
    return isinstance(value, str | bool)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.wat[:40])
@settings(max_examples=30)  # of each type
@given(data=st.data())
def test_a_value_survives_json(kind: Type, data: st.DataObject) -> None:
    value = data.draw(_lifted(kind))
    crossed = json.loads(json.dumps(plain(kind, value)))
    assert checked(kind, crossed) == crossed
    made = typed(kind, crossed)
    assert _bare(made) == value
    assert _told(kind, made)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**64, 10**400, -1, 0.5, float("nan"), float("inf"), "service", "fixed", "\ud800"])
    | st.floats()
    | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["items", "page", "client-id", "success", "id", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.wat[:40])
@settings(max_examples=30)  # of each type
@given(data=st.data())
def test_what_is_of_another_type_is_told_and_nothing_else_is_raised(kind: Type, data: st.DataObject) -> None:
    value = data.draw(_spoilt(kind) | anything)
    try:
        good = checked(kind, value)
    except NotOfType:
        return
    assert _told(kind, typed(kind, good))
    assert checked(kind, good) == good


def _spoilt(kind: Type) -> st.SearchStrategy[Any]:
    """Nearly values of the type, as JSON has them."""
    if isinstance(kind, Record):
        return st.fixed_dictionaries({name: _spoilt(part) for name, part in kind.fields.items()})
    if isinstance(kind, Many):
        return st.lists(_spoilt(kind.item), max_size=2)
    return _lifted(kind).map(lambda value: plain(kind, value)) | anything


@pytest.mark.parametrize(("interface", "function"), FUNCTIONS, ids=IDS)
def test_absent_members_are_null_and_unknown_ones_are_no_value(interface: str, function: Described) -> None:
    for _, kind in function.parameters:
        if isinstance(kind, Record):
            with pytest.raises(NotOfType):
                checked(kind, {"unknown": 1})
            optional = [name for name, part in kind.fields.items() if isinstance(part, Option)]
            if len(optional) == len(kind.fields):
                assert checked(kind, {}) == dict.fromkeys(optional)


@pytest.mark.parametrize("number", [10**400, -(10**400), float("inf"), float("nan"), True, "1", None])
def test_numbers_of_no_double_are_no_value(number: Any) -> None:
    with pytest.raises(NotOfType):
        checked(world.F64, number)


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(NotOfType):
        checked(world.TEXT, json.loads('"\\ud800"'))
