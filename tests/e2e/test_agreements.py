"""`samples/agreements` on a whole platform: lists from storage, synchronises from a vendor, and says what went wrong."""

import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2
from tests.agreements import Agreements, Answer, Vendor, administer, agreement, installed, published, settings
from tests.e2e.test_configuration import eventually
from tests.platform import HttpAnswer, Platform, running

pytestmark = pytest.mark.needs("npm")
MANY = [agreement(number) for number in range(1, 231)]  # three pages of the vendor's
_numbers = itertools.count()


@dataclass(frozen=True)
class World:
    """A platform with the sample published for a vendor, which all tests share; each has tenants of its own."""

    platform: Platform
    version: extension_pb2.Version
    vendor: Vendor
    origin: str

    def install(self, url: str | None = "", **more: Any) -> Agreements:
        """For a tenant that nobody had before, with this address of the vendor: the right one, or None."""
        return installed(self.platform, self.version, f"tenant-{next(_numbers)}", self.origin if url == "" else url, **more)

    def synced(self, agreements: list[dict[str, Any]]) -> Agreements:
        """The same, and it has these agreements."""
        self.vendor.agreements, self.vendor.answer = agreements, self.vendor.page
        made = self.install()
        assert made.sync().status == 200
        return made


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    vendor = Vendor()
    with vendor.running() as origin, running("--empty", settings=settings(origin)) as platform:
        yield World(platform, published(platform, origin), vendor, origin)


@pytest.fixture(scope="module")
def few(world: World) -> Agreements:
    """An install with the agreements of SORTED."""
    return world.synced(SORTED)


@pytest.fixture(scope="module")
def many(world: World) -> Agreements:
    """An install with those of MANY."""
    return world.synced(MANY)


@pytest.fixture
def vendor(world: World) -> Vendor:
    """The vendor, which has MANY and answers well."""
    world.vendor.agreements, world.vendor.answer = MANY, world.vendor.page
    world.vendor.asked.clear()
    return world.vendor


@pytest.fixture
def agreements(world: World, vendor: Vendor) -> Agreements:
    """An install that was never synchronised."""
    return world.install()


def problem(answer: HttpAnswer) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/json", answer.body
    told = answer.json()
    assert told["status"] == answer.status
    return answer.status, told["code"]


def test_nothing_is_there_before_the_first_sync(agreements: Agreements) -> None:
    assert agreements.list()["data"] == []
    meta = agreements.list()["meta"]
    assert (meta["total"], meta["page"], meta["pageSize"], meta["syncedAt"]) == (0, 1, 25, None)
    assert problem(agreements.call("/A-1")) == (404, "no_such_agreement")


def test_all_that_the_vendor_has_is_stored_and_listed(agreements: Agreements, vendor: Vendor) -> None:
    answer = agreements.sync()
    assert answer.status == 200, answer.body
    told = answer.json()
    assert (told["added"], told["changed"], told["removed"], told["total"]) == (230, 0, 0, 230)
    assert len(vendor.asked) == 3
    pages = [agreements.list(f"?page={page}&pageSize=100") for page in (1, 2, 3, 4)]
    assert [len(page["data"]) for page in pages] == [100, 100, 30, 0]
    assert {page["meta"]["total"] for page in pages} == {230}
    assert {page["meta"]["syncedAt"] for page in pages} == {told["syncedAt"]}
    assert [one for page in pages for one in page["data"]] == MANY
    assert agreements.call("/A-17").json() == MANY[16]
    for stranger in ("/A-0", "/sync", "/%41-999", "/%zz", "/..%2fA-1", "/__proto__"):
        assert agreements.call(stranger).status in (400, 404), stranger


def test_a_list_of_many_and_one_of_them_cost_one_call_of_storage_each(world: World, many: Agreements) -> None:
    assert len(many.list("?pageSize=100")["data"]) == 100
    assert many.call("/A-7").status == 200
    lines = (world.platform.data_dir / "logs" / "runner.log").read_text().splitlines()
    executed = [json.loads(line) for line in lines if '"executed"' in line]
    assert [line["host_calls"] for line in executed if line["tenant"] == many.tenant][-2:] == [1, 1]


def test_a_second_sync_changes_nothing_but_the_time(agreements: Agreements) -> None:
    first = agreements.sync().json()
    again = agreements.sync().json()
    assert (again["added"], again["changed"], again["removed"], again["total"]) == (0, 0, 0, 230)
    assert again["syncedAt"] >= first["syncedAt"]
    assert agreements.list("?pageSize=100")["data"] == MANY[:100]


def test_a_sync_brings_what_changed(agreements: Agreements, vendor: Vendor) -> None:
    agreements.sync()
    vendor.agreements = [agreement(2, status="expired", endsOn="2026-02-28", extra=1), *MANY[2:], agreement(999)]
    told = agreements.sync().json()
    assert (told["added"], told["changed"], told["removed"], told["total"]) == (1, 1, 1, 230)
    assert agreements.call("/A-1").status == 404
    assert agreements.call("/A-2").json() == agreement(2, status="expired", endsOn="2026-02-28")
    assert agreements.call("/A-999").status == 200
    vendor.agreements = []
    assert agreements.sync().json()["removed"] == 230
    assert agreements.list()["meta"]["total"] == 0


SORTED = [
    agreement(1, name="beta", endsOn="2027-01-01", monthlyFee=1000),
    agreement(2, name="Alpha", endsOn=None, monthlyFee=20),
    agreement(3, name="Gamma", client="Green Garden", endsOn="2026-12-31", monthlyFee=300, status="draft"),
    agreement(4, name="alpha", client="Café Zürich", endsOn="2027-01-01", monthlyFee=4),
]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", "2 4 1 3"),  # by name, whatever the case; equal ones by id
        ("?order=desc", "3 1 2 4"),
        ("?sort=monthlyFee", "4 2 3 1"),
        ("?sort=monthlyFee&order=desc", "1 3 2 4"),
        ("?sort=endsOn", "3 1 4 2"),  # without an end: last, both ways
        ("?sort=endsOn&order=desc", "1 4 3 2"),
        ("?sort=id&pageSize=3", "1 2 3"),
        ("?sort=id&pageSize=3&page=2", "4"),
        ("?sort=id&pageSize=3&page=10000", ""),
        ("?sort=id&filter=ALPHA", "2 4"),
        ("?sort=id&filter=a-3", "3"),
        ("?sort=id&filter=+garden+", "3"),
        ("?sort=id&filter=z%C3%BCr", "4"),
        ("?sort=id&filter=draft", "3"),
        ("?sort=id&filter=%25", ""),
        ("?sort=id&filter=" + "x" * 100, ""),
        ("?sort=id&filter=", "1 2 3 4"),
    ],
)
def test_sorts_filters_and_pages(few: Agreements, query: str, wanted: str) -> None:
    assert [one["id"] for one in few.list(query)["data"]] == [f"A-{number}" for number in wanted.split()]


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("page=0", "page", "must be a whole number from 1 to 10000"),
        ("page=10001", "page", "must be a whole number from 1 to 10000"),
        ("page=1e3", "page", "must be a whole number from 1 to 10000"),
        ("page=", "page", "must be a whole number from 1 to 10000"),
        ("pageSize=101", "pageSize", "must be a whole number from 1 to 100"),
        ("pageSize=-1", "pageSize", "must be a whole number from 1 to 100"),
        ("pageSize=99999999999999999999", "pageSize", "must be a whole number from 1 to 100"),
        ("sort=fee", "sort", "must be one of id, name, client, status, startsOn, endsOn, monthlyFee, currency"),
        ("sort=__proto__", "sort", "must be one of id, name, client, status, startsOn, endsOn, monthlyFee, currency"),
        ("order=up", "order", "must be one of asc, desc"),
        ("filter=" + "x" * 101, "filter", "must have at most 100 characters"),
        ("page=1&page=2", "page", "must be given once"),
        ("limit=5", "limit", "is unknown: known are page, pageSize, sort, order, filter"),
        ("__proto__=5", "__proto__", "is unknown: known are page, pageSize, sort, order, filter"),
    ],
)
def test_a_bad_parameter_is_named_with_its_rule(few: Agreements, query: str, field: str, rule: str) -> None:
    answer = few.call(f"?{query}")
    assert problem(answer) == (400, "invalid_query")
    assert answer.json()["violations"] == [{"field": field, "rule": rule}]
    assert answer.json()["detail"] == f"{field} {rule}"


def test_all_bad_parameters_are_named_at_once(agreements: Agreements) -> None:
    told = agreements.call("?page=x&pageSize=1000&sort=name").json()
    assert [one["field"] for one in told["violations"]] == ["page", "pageSize"]


def said(status: int, body: bytes) -> Callable[[int, int], Answer]:
    return lambda _page, _size: (status, body)


def items(*found: Any, total: Any = None) -> Callable[[int, int], Answer]:
    return said(200, json.dumps({"items": found, "total": len(found) if total is None else total}).encode())


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (lambda _page, _size: None, "vendor_unreachable", "does not answer"),
        (said(500, b"Traceback: secret"), "vendor_failed", "status 500"),
        (said(302, b""), "vendor_failed", "status 302"),
        (said(403, b""), "vendor_refused", "refused our token"),
        (said(200, b""), "vendor_malformed", "page 1 must be a JSON object"),
        (said(200, b"<html>"), "vendor_malformed", "page 1 must be a JSON object"),
        (said(200, b"\xff"), "vendor_malformed", "page 1 must be a JSON object"),
        (said(200, b"[]"), "vendor_malformed", "items must be a list"),
        (items(None), "vendor_malformed", "items[0] must be an object"),
        (items(agreement(1), agreement(2, startsOn="2026-02-30")), "vendor_malformed", "items[1].startsOn must be a date"),
        (items(agreement(1, id="../x")), "vendor_malformed", "items[0].id must be 1 to 64"),
        (items(agreement(1, name="\ud800")), "vendor_malformed", "items[0].name must be text"),
        (items(agreement(1, monthlyFee=1.5)), "vendor_malformed", "items[0].monthlyFee must be a whole number"),
        (items(agreement(1), total=2), "vendor_malformed", "there are 2 agreements, and has 1"),
        (items(agreement(1), agreement(1)), "vendor_malformed", "there are 2 agreements, and has 1"),
        (items(total="1"), "vendor_malformed", "total must be a whole number"),
        (items(*MANY[:101]), "vendor_malformed", "items must be a list of at most 100"),
        (items(total=5001), "vendor_too_large", "at most 5000"),
    ],
)
def test_a_vendor_that_fails_is_told_and_changes_nothing(
    many: Agreements, vendor: Vendor, answer: Callable[[int, int], Answer], code: str, words: str
) -> None:
    vendor.answer = answer
    failed = many.sync()
    assert problem(failed) == (502, code)
    assert words in failed.json()["detail"]
    assert b"secret" not in failed.body
    assert many.list()["meta"]["total"] == 230


def test_agreements_that_do_not_fit_are_told_before_any_is_stored(agreements: Agreements, vendor: Vendor) -> None:
    long = "ü" * 120
    vendor.agreements = [agreement(number, name=long, client=long) for number in range(1, 3_001)]
    assert problem(agreements.sync()) == (502, "vendor_too_large")
    assert agreements.list()["meta"]["total"] == 0


def test_a_wrong_token_is_told(world: World, vendor: Vendor) -> None:
    agreements = world.install(token="wrong-" + "w" * 32)
    assert problem(agreements.sync()) == (502, "vendor_refused")
    assert vendor.asked == ["Bearer wrong-" + "w" * 32]  # added by the platform: the extension has no capability to read it


def test_what_is_not_set_up_is_told(world: World, vendor: Vendor) -> None:
    for url, wanted in {
        None: (503, "not_configured"),
        "not an address": (503, "not_configured"),
        "http://127.0.0.1:1": (502, "vendor_not_allowed"),
    }.items():
        assert problem(world.install(url, token=None).sync()) == wanted
    assert vendor.asked == []


def test_nothing_is_sent_when_the_secret_is_gone(world: World, agreements: Agreements, vendor: Vendor) -> None:
    administer(world.platform, lambda client: client.secrets.remove(agreements.tenant, agreements.version.name, ["vendor_token"]))
    eventually(agreements.sync, lambda answer: answer.status == 502)
    vendor.asked.clear()
    assert problem(agreements.sync()) == (502, "vendor_not_allowed")
    assert vendor.asked == []


def test_ten_syncs_at_once_end_as_one(agreements: Agreements) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: agreements.sync(), range(10)))
    assert [answer.status for answer in answers] == [200] * 10, [answer.body for answer in answers]
    assert {answer.json()["total"] for answer in answers} == {230}
    assert sum(answer.json()["added"] for answer in answers) == 230  # each was added by one of them
    pages = [agreements.list(f"?page={page}&pageSize=100") for page in (1, 2, 3)]
    assert [one for page in pages for one in page["data"]] == MANY


def test_a_sync_that_another_overtook_does_not_bring_old_agreements_back(agreements: Agreements, vendor: Vendor) -> None:
    overtaken: list[int] = []

    def answer(page: int, size: int) -> Answer:
        told = vendor.page(page, size)
        if page == 3 and not overtaken:  # this sync has all pages, and is about to store them
            overtaken.append(page)
            vendor.agreements = [agreement(number, status="cancelled") for number in range(1, 231)]
            assert agreements.sync().json()["total"] == 230
        return told

    vendor.answer = answer
    assert agreements.sync().status == 200
    assert {one["status"] for one in agreements.list("?pageSize=100")["data"]} == {"cancelled"}
    assert len(vendor.asked) == 9  # the first one, the one that overtook it, and the first one again


def test_tenants_have_agreements_of_their_own(many: Agreements, agreements: Agreements) -> None:
    assert (many.list()["meta"]["total"], agreements.list()["meta"]["total"]) == (230, 0)


def test_without_storage_it_says_so(world: World, agreements: Agreements) -> None:
    administer(
        world.platform, lambda client: client.installs.set_grants(agreements.tenant, agreements.version.name, ["cap:http.fetch"])
    )
    eventually(agreements.call, lambda answer: answer.status == 403)
    assert problem(agreements.call()) == (403, "storage_denied")
