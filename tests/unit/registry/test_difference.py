"""The difference of two versions: exact, symmetric, empty only for what asks for the same."""

import json
from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from kernel.capabilities import DEFAULTS
from registry.catalog.pending import from_json, to_json
from registry.difference import difference
from registry.model import Difference, Endpoint, PendingUpdate, Version
from tests.contract import samples

BASE = samples.version(samples.extension())
texts = st.lists(st.text(max_size=4), max_size=6, unique=True).map(lambda items: tuple(sorted(items)))
endpoints = st.lists(
    st.builds(
        Endpoint, st.sampled_from(["GET", "POST"]), st.sampled_from(["/", "/a", "/:id"]), st.text(max_size=2), st.integers(0, 9)
    ),
    max_size=6,
    unique_by=lambda one: (one.method, one.path),
).map(tuple)
versions = st.builds(
    lambda capabilities, egress, answers: replace(BASE, capabilities=capabilities, egress=egress, endpoints=answers),
    texts,
    texts,
    endpoints,
)


def ways(version: Version) -> set[tuple[str, str]]:
    return {(one.method, one.path) for one in version.endpoints}


def asks(version: Version) -> tuple[object, ...]:
    return version.capabilities, version.egress, ways(version)


@given(versions, versions)
def test_it_is_empty_exactly_for_what_asks_for_the_same(old: Version, new: Version) -> None:
    assert (difference(old, new) == Difference()) == (asks(old) == asks(new))


@given(versions, versions)
def test_there_and_back_are_each_other_s_mirror(old: Version, new: Version) -> None:
    there, back = difference(old, new), difference(new, old)
    for field in fields(Difference):
        mirrored = field.name.replace("added", "was").replace("removed", "added").replace("was", "removed")
        assert getattr(there, field.name) == getattr(back, mirrored)


@given(versions, versions)
def test_it_leads_from_the_old_to_the_new_and_widens_exactly_when_something_is_added(old: Version, new: Version) -> None:
    found = difference(old, new)
    assert (set(old.capabilities) - set(found.removed_capabilities)) | set(found.added_capabilities) == set(new.capabilities)
    assert (set(old.egress) - set(found.removed_egress)) | set(found.added_egress) == set(new.egress)
    kept = [one for one in new.endpoints if one not in found.added_endpoints]
    assert {(one.method, one.path) for one in kept} <= ways(old)
    assert list(found.added_endpoints) == [one for one in new.endpoints if one in found.added_endpoints]
    more = not set(new.capabilities) <= set(old.capabilities)
    assert found.widens == (more or bool(set(new.egress) - set(old.egress)) or bool(ways(new) - ways(old)))


def test_to_ask_for_what_every_install_has_is_to_ask_for_nothing() -> None:
    more = replace(BASE, capabilities=tuple(sorted(DEFAULTS.union(BASE.capabilities))))
    less = replace(BASE, capabilities=tuple(sorted(set(BASE.capabilities) - DEFAULTS)))
    assert difference(less, more) == difference(more, less) == Difference()


@given(versions, versions)
def test_the_column_gives_back_what_it_got(old: Version, new: Version) -> None:
    pending = PendingUpdate("v", "1.0.0", BASE.content_hash, difference(old, new), samples.NOW)
    assert from_json(json.loads(json.dumps(to_json(pending)))) == pending
