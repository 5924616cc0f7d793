"""`scheduler` from both guests: schedules that are made, read, changed, refused and removed; tests/e2e/test_schedules.py fires one.

An install may change its schedules ten times a minute, so each of the longer tests has one of its own.
"""

import json
from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2
from tests.host.everything import Everything, installed
from tests.host.functions import SCHEDULE, UPDATE
from tests.platform import Platform

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def scheduling(host: Platform, version: extension_pb2.Version) -> Everything:
    return installed(host, version, "scheduling")


@pytest.fixture(scope="module")
def refusing(host: Platform, version: extension_pb2.Version) -> Everything:
    return installed(host, version, "refusing")


def schedule(**changes: Any) -> dict[str, Any]:
    return {**SCHEDULE, **changes}


def test_a_schedule_is_made_read_changed_and_removed(scheduling: Everything) -> None:
    made = scheduling.ask("scheduler", "create-schedule", schedule(name="n", payload='{"a":1}', timezone="Asia/Tokyo"))["ok"]
    assert (made["success"], made["error"], made["field-errors"]) == (True, None, None)
    found = scheduling.ask("scheduler", "get-schedule", made["schedule-id"])["ok"]
    assert (found["endpoint-method"], found["endpoint-path"], found["cron"]) == ("POST", "/tick", "0 * * * *")
    assert (found["timezone"], found["enabled"], found["name"], found["payload"]) == ("Asia/Tokyo", True, "n", '{"a":1}')
    assert found["last-run-at"] is found["last-run-status"] is found["last-error"] is None
    again = scheduling.ask("scheduler", "create-schedule", schedule(name="n"))["ok"]
    assert (again["success"], again["schedule-id"]) == (False, None)
    change = {**UPDATE, "enabled": False, "payload": "", "cron": "5 4 * * *"}
    assert scheduling.ask("scheduler", "update-schedule", made["schedule-id"], change)["ok"]["success"] is True
    (listed,) = scheduling.ask("scheduler", "list-schedules")["ok"]
    assert listed == {**found, "enabled": False, "payload": None, "cron": "5 4 * * *"}
    assert scheduling.ask("scheduler", "delete-schedule", made["schedule-id"]) == {"ok": {"success": True, "error": None}}
    assert scheduling.ask("scheduler", "get-schedule", made["schedule-id"]) == {"ok": None}
    assert scheduling.ask("scheduler", "delete-schedule", made["schedule-id"])["ok"]["success"] is False


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cron": ""}, "cron"),
        ({"cron": "* * * * *"}, "cron"),
        ({"cron": "0 0 31 2 *; rm"}, "cron"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"endpoint": "/run/:interface/:function"}, "endpoint"),
        ({"endpoint": "DELETE /tick"}, "endpoint"),
        ({"name": "n" * 129}, "name"),
        ({"payload": "{"}, "payload"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_breaks_a_rule_is_told_by_field(refusing: Everything, changes: dict[str, Any], field: str) -> None:
    told = refusing.ask("scheduler", "create-schedule", schedule(**changes))["ok"]
    assert (told["success"], told["schedule-id"]) == (False, None)
    assert list(json.loads(told["field-errors"])) == [field]


def test_another_tenants_schedules_are_not_there(granted: Everything, frugal: Everything) -> None:
    theirs = frugal.ask("scheduler", "create-schedule", schedule(name="theirs"))["ok"]["schedule-id"]
    assert theirs
    for schedule_id in (theirs, NOBODY, "", "x" * 1000):
        assert granted.ask("scheduler", "get-schedule", schedule_id) == {"ok": None}
        assert granted.ask("scheduler", "delete-schedule", schedule_id)["ok"]["success"] is False
    assert granted.ask("scheduler", "list-schedules") == {"ok": []}
