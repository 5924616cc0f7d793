"""Cron expressions: what is accepted, and when they fire, compared with a search minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Fault, Reason
from registry.schedules import cron

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moments(first: str, last: str) -> st.SearchStrategy[datetime]:
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days
    return st.integers(0, days * 86_400_000).map(lambda ms: at(f"{first}T00:00Z") + timedelta(milliseconds=ms))


def fires(expression: str, timezone: str, begin: datetime, count: int) -> list[datetime]:
    found: list[datetime] = []
    while len(found) < count and (one := cron.after(expression, timezone, found[-1] if found else begin)) is not None:
        found.append(one)
    return found


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("*/5 * * * *", "*/5 * * * *"),
        ("  0   9 * *  1-5 ", "0 9 * * 1-5"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("0,5,55 * * * *", "0,5,55 * * * *"),
        ("58 23 * * 0,7", "58 23 * * 0,7"),
        ("2-59/5 * * * *", "2-59/5 * * * *"),
    ],
)
def test_good_expressions_are_kept_with_one_space(text: str, kept: str) -> None:
    assert cron.normal(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "* * * *", "0 0 * * * *", "@daily", "a * * * *", "0 0 * JAN *", "0 0 L * *", "0 0 * * 1#2", "0 0 ? * *"),
        *("60 * * * *", "0 24 * * *", "0 0 0 * *", "0 0 * 13 *", "0 0 * * 8", "5-1 0 * * *", "*/0 0 * * *", "0,,5 0 * * *"),
        *("1-2-3 0 * * *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 1 * 1", "0 0 1-31 * 0-7", "0\u0660 0 * * *"),
        "0 0 " + "1," * 60 + "1 * *",
    ],
)
def test_bad_expressions_are_refused_by_field(text: str) -> None:
    with pytest.raises(Fault) as caught:
        cron.normal(text)
    assert [(found.field, caught.value.reason) for found in caught.value.violations] == [("cron", Reason.INVALID_ARGUMENT)]


@pytest.mark.parametrize(
    "text",
    [
        *("* * * * *", "*/1 * * * *", "*/4 * * * *", "*/4 0-23 * * *", "0-59 * * * *", "0,4 9 * * *", "0,59 * * * *"),
        *("*/7 * * * *", "0,58 0,23 * * *", "58,2 23,0 1 1 *", "10-13 3 29 2 *", "0/1 * * * *", "0-59/3 5 * * 1"),
    ],
)
def test_more_often_than_every_five_minutes_is_refused_however_it_is_spelled(text: str) -> None:
    with pytest.raises(Fault) as caught:
        cron.normal(text)
    assert "every 5 minutes" in caught.value.violations[0].rule


@given(st.text(max_size=140) | st.text("0123456789*/,- ", max_size=140))
def test_any_text_is_an_expression_or_a_fault(text: str) -> None:
    try:
        kept = cron.normal(text)
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
        return
    assert cron.normal(kept) == kept
    assert cron.after(kept, "Europe/Berlin", NOW) is not None


@given(st.text(max_size=70))
def test_any_text_is_a_time_zone_or_a_fault(text: str) -> None:
    with pytest.raises(Fault):
        cron.zone(text + "/")


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Asia/Kathmandu"])
def test_time_zones(name: str) -> None:
    assert cron.after("0 0 * * *", name, NOW) is not None


@pytest.mark.parametrize(
    "name", ["", "utc", "Europe", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\x00", "Mars/Olympus", "a" * 65]
)
def test_what_is_no_time_zone(name: str) -> None:
    with pytest.raises(Fault) as caught:
        cron.zone(name)
    assert caught.value.violations[0].field == "timezone"


def _matches(field: str, value: int, low: int, high: int) -> bool:
    for term in field.split(","):
        span, _, step = term.partition("/")
        begin, _, end = span.partition("-")
        first = low if begin == "*" else int(begin)
        last = high if begin == "*" or (step and not end) else int(end or begin)
        if value in range(first, last + 1, int(step or 1)):
            return True
    return False


def oracle(expression: str, moment: datetime) -> bool:
    """Whether an expression names a minute, read from its text alone."""
    minute, hour, day, month, weekday = expression.split()
    sunday_is_zero = (moment.weekday() + 1) % 7
    return (
        _matches(minute, moment.minute, 0, 59)
        and _matches(hour, moment.hour, 0, 23)
        and _matches(day, moment.day, 1, 31)
        and _matches(month, moment.month, 1, 12)
        and (_matches(weekday, sunday_is_zero, 0, 7) or (sunday_is_zero == 0 and _matches(weekday, 7, 0, 7)))
    )


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    stepped = st.tuples(st.just("*") | span | number.map(str), st.integers(1, 12)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.lists(number.map(str) | span | stepped, min_size=1, max_size=3).map(",".join) | st.just("*")


DAYS = st.tuples(field(1, 31), st.just("*")) | st.tuples(st.just("*"), field(0, 7))
EXPRESSIONS = st.builds(
    lambda minute, hour, days, month: f"{minute} {hour} {days[0]} {month} {days[1]}",
    field(0, 59),
    field(0, 23),
    DAYS,
    field(1, 12),
)


def accepted(expression: str) -> bool:
    try:
        cron.normal(expression)
    except Fault:
        return False
    return True


@given(
    EXPRESSIONS.filter(accepted),
    moments("2023-12-01", "2028-03-01"),  # year ends and a leap day
)
def test_in_utc_it_fires_when_a_search_by_the_minute_says(expression: str, begin: datetime) -> None:
    end = begin + timedelta(hours=30)
    first = begin.replace(second=0, microsecond=0) + MINUTE
    expected = [moment for step in range(1800) if oracle(expression, moment := first + step * MINUTE) and moment <= end]
    assert [one for one in fires(expression, "UTC", begin, len(expected) + 1) if one <= end] == expected
    assert cron.latest(expression, "UTC", first, end, 500) == expected[::-1]


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Antarctica/Troll"]
CHANGES = [
    "2026-03-08",
    "2026-03-29",
    "2026-04-05",
    "2026-04-24",
    "2026-09-06",
    "2026-10-04",
    "2026-10-25",
    "2026-10-29",
    "2026-11-01",
]


@given(
    EXPRESSIONS.map(lambda text: " ".join(["*/15", *text.split()[1:]])).filter(accepted),
    st.sampled_from(ZONES),
    st.sampled_from(CHANGES),
    st.integers(0, 2880),
)
def test_by_real_time_it_fires_whenever_clocks_show_what_it_names(expression: str, timezone: str, day: str, minute: int) -> None:
    zone = ZoneInfo(timezone)
    begin = at(f"{day}T00:00Z") - timedelta(days=1) + minute * MINUTE
    moments = [begin + step * MINUTE for step in range(1, 601)]
    expected = [moment for moment in moments if oracle(expression, moment.astimezone(zone))]
    assert [one for one in fires(expression, timezone, begin, len(expected) + 1) if one <= moments[-1]] == expected
    assert cron.latest(expression, timezone, moments[0], moments[-1], 500) == expected[::-1]


@given(
    EXPRESSIONS.filter(accepted),
    st.sampled_from(ZONES),
    moments("2026-01-01", "2027-01-01"),
)
def test_backwards_it_says_what_it_says_forwards(expression: str, timezone: str, begin: datetime) -> None:
    forwards = fires(expression, timezone, begin, 40)
    assert forwards == sorted(set(forwards))
    assert forwards[0] > begin
    assert cron.latest(expression, timezone, forwards[0], forwards[-1], 40) == forwards[::-1]


@given(
    st.integers(0, 1439),
    st.sampled_from(ZONES),
    st.sampled_from([2024, 2026]),
)
def test_a_time_of_day_fires_once_for_each_day_of_the_year_in_any_zone(time: int, timezone: str, year: int) -> None:
    zone = ZoneInfo(timezone)
    begin = datetime(year, 1, 1, tzinfo=zone) - MINUTE
    days = 366 if year == 2024 else 365
    found = fires(f"{time % 60} {time // 60} * * *", timezone, begin, days + 1)
    local = [one.astimezone(zone) for one in found]
    assert [one.date() for one in local[:-1]] == [date(year, 1, 1) + timedelta(days=day) for day in range(days)]
    moved = [one for one in local if one.hour * 60 + one.minute != time]
    assert len(moved) <= 1  # the day on which that time is skipped


@pytest.mark.parametrize(
    ("expression", "timezone", "begin", "expected"),
    [
        # Clocks go from 02:00 to 03:00: what was to be in between comes at its end, once.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]),
        ("0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T00:30Z"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T01:00Z"]),
        # Clocks go from 03:00 to 02:00: the first of the two.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30Z", ["2026-10-26T01:30Z"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", ["2026-10-26T01:30Z"]),
        # Every hour and every half hour go by real time, also through both nights.
        ("30 * * * *", "Europe/Berlin", "2026-10-24T23:40Z", ["2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-25T02:30Z"]),
        ("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:10Z", ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"]),
        # Leap days, year ends, the last days of months.
        ("0 0 29 2 *", "UTC", "2024-02-29T00:00Z", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]),
        ("0 0 29 2 *", "UTC", "2096-03-01T00:00Z", ["2104-02-29T00:00Z"]),
        ("55 23 31 12 *", "UTC", "2026-12-31T23:55Z", ["2027-12-31T23:55Z"]),
        ("0 0 1 1 *", "Asia/Tokyo", "2026-12-31T12:00Z", ["2026-12-31T15:00Z", "2027-12-31T15:00Z"]),
        ("0 12 31 * *", "UTC", "2026-01-31T12:00Z", ["2026-03-31T12:00Z", "2026-05-31T12:00Z"]),
        ("0 12 * * 7", "UTC", "2026-03-01T12:00Z", ["2026-03-08T12:00Z"]),
    ],
)
def test_where_clocks_change_and_years_end(expression: str, timezone: str, begin: str, expected: list[str]) -> None:
    assert fires(expression, timezone, at(begin), len(expected)) == [at(one) for one in expected]


def test_what_passed_is_bounded() -> None:
    end = at("2026-03-01T12:02:30.5Z")
    found = cron.latest("*/5 * * * *", "UTC", at("2016-01-01T00:00Z"), end, 3)
    assert found == [at("2026-03-01T12:00Z"), at("2026-03-01T11:55Z"), at("2026-03-01T11:50Z")]
    assert cron.latest("0 12 * * *", "UTC", at("2026-03-01T12:00Z"), at("2026-03-01T12:00Z"), 3) == [at("2026-03-01T12:00Z")]
    assert cron.latest("0 12 * * *", "Europe/Berlin", at("2026-10-25T00:00Z"), at("2026-10-25T01:00Z"), 3) == []
