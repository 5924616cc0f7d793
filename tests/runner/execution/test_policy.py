"""The budget of a call: the smallest of what the grant, the caller and the runner allow; zero is the runner's default."""

from dataclasses import asdict, fields
from pathlib import Path

import pytest
from pydantic import ValidationError

from kernel.grants import Limits
from runner.policy import Ceiling
from runner.settings import RunnerSettings
from runner.values import Budget

FILES = ("registry_token_file", "gateway_token_file", "attestation_keys_file", "grant_keys_file", "cache_dir")
NAMES = [field.name for field in fields(Budget)]
CEILING = Ceiling(Budget(*range(10, 18)), Budget(*range(100, 108)))


def settings(tmp_path: Path, **more: int) -> RunnerSettings:
    return RunnerSettings(EXT_RUNNER_TRUST_BUNDLE="trust.pem", **{name: tmp_path / name for name in FILES}, **more)


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_wins(name: str) -> None:
    default, most = getattr(CEILING.default, name), getattr(CEILING.maximum, name)
    huge = 2**32 - 1
    # What the version says, what the tenant says, what holds.
    cases = (
        *((0, 0, default), (1, 0, 1), (most - 1, 0, most - 1), (huge, 0, most)),
        *((0, 1, 1), (0, default + 1, default), (0, huge, default)),
        *((50, 49, 49), (50, 51, 50), (huge, 50, 50), (huge, huge, most)),
    )
    for version, tenant, holds in cases:
        found = asdict(CEILING.budget(Limits(**{name: version}), Limits(**{name: tenant}), 0))
        assert found == asdict(CEILING.default) | {name: holds}, (version, tenant)


def test_a_caller_can_lower_its_time_and_never_raise_it() -> None:
    allowed = [CEILING.budget(Limits(timeout_ms=50), Limits(), asked).timeout_ms for asked in (0, 49, 51)]
    assert allowed == [50, 49, 50]


def test_a_grant_and_a_budget_have_the_same_limits() -> None:
    assert [field.name for field in fields(Limits)] == NAMES


def test_each_limit_has_a_default_and_a_maximum_in_the_settings(tmp_path: Path) -> None:
    ceiling = settings(tmp_path, default_log_lines=7, max_host_bytes=1 << 26).ceiling
    assert (ceiling.default.log_lines, ceiling.maximum.host_bytes) == (7, 1 << 26)
    assert ceiling.default.response_bytes == ceiling.maximum.response_bytes
    assert all(0 < getattr(ceiling.default, name) <= getattr(ceiling.maximum, name) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_default_above_its_maximum_is_refused_by_name(tmp_path: Path, name: str) -> None:
    least = 1 << 20 if name == "memory_bytes" else 1
    with pytest.raises(ValidationError, match=f"default_{name} must not be greater than its maximum, max_{name}"):
        settings(tmp_path, **{f"default_{name}": least + 1, f"max_{name}": least})
