"""Who may call a runner: gateways by their token, operators by keys that the registry knows, nobody else."""

from pathlib import Path

import pytest

from kernel.auth import Role
from kernel.errors import Reason
from kernel.rpc import connect
from runner.identity import MAX_KEPT, RegistryKeys
from tests.runner_service.conftest import Platform
from tests.runner_service.registry import CALLER_SECRET, OPERATOR_SECRET, RUNNER_TOKEN
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")


def keys(platform: Platform, token: str = RUNNER_TOKEN) -> RegistryKeys:
    return RegistryKeys(connect(platform.runner.settings.registry_address, token))


async def test_operator_calls_with_an_api_key_which_is_verified_once(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("hello"))
    operator = platform.runner.showing(OPERATOR_SECRET)
    before = platform.registry.verifications[OPERATOR_SECRET]
    for _ in range(3):
        assert (await operator.execute(grant)).status == 200
    assert platform.registry.verifications[OPERATOR_SECRET] <= before + 1


@pytest.mark.parametrize("token", ["", "wrong", RUNNER_TOKEN, "alga_" + "x" * 43, "alga_" + "x" * 5000])
async def test_unknown_caller_is_unauthenticated(platform: Platform, token: str) -> None:
    stranger = platform.runner.showing(token)
    content_hash = platform.publish("hello")
    assert (await failure(stranger.execute(platform.registry.grant(content_hash)))).reason is Reason.UNAUTHENTICATED
    assert (await failure(stranger.asset(platform.registry.asset_grant(content_hash)))).reason is Reason.UNAUTHENTICATED
    assert (await failure(stranger.warm(content_hash))).reason is Reason.UNAUTHENTICATED


async def test_key_of_another_role_may_not_call(platform: Platform) -> None:
    caller = platform.runner.showing(CALLER_SECRET)
    content_hash = platform.publish("hello")
    assert (await failure(caller.execute(platform.registry.grant(content_hash)))).reason is Reason.PERMISSION_DENIED


async def test_text_of_another_form_is_not_asked_about(platform: Platform) -> None:
    asked = sum(platform.registry.verifications.values())
    for secret in ("", "x", "alga_" + "x" * 1000):
        assert await keys(platform).authenticate(secret) is None
    assert sum(platform.registry.verifications.values()) == asked


async def test_remembered_keys_are_bounded(platform: Platform) -> None:
    authenticator = keys(platform)
    made = [f"alga_bounded{number}" for number in range(MAX_KEPT + 1)]
    platform.registry.keys.update(dict.fromkeys(made, 1))
    for secret in made:
        principal = await authenticator.authenticate(secret)
        assert principal is not None
        assert principal.role is Role.OPERATOR
    await authenticator.authenticate(made[-1])
    assert platform.registry.verifications[made[-1]] == 1
    await authenticator.authenticate(made[0])
    assert platform.registry.verifications[made[0]] == 2


async def test_registry_that_does_not_answer_makes_nobody_unauthenticated(own_root: Path) -> None:
    authenticator = RegistryKeys(connect(f"unix:{own_root}/nobody", RUNNER_TOKEN))
    assert (await failure(authenticator.authenticate(OPERATOR_SECRET))).reason is Reason.UNAVAILABLE
