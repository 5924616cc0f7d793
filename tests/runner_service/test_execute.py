"""Execute: what a guest gets, what its caller gets, and that one bad guest does not spoil the next call."""

import asyncio

import pytest

from kernel.errors import Fault, Reason
from kernel.grants import Limits
from tests.runner_service.conftest import Platform

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def failure(awaitable) -> Fault:
    with pytest.raises(Fault) as caught:
        await awaitable
    return caught.value


async def test_guest_gets_method_url_and_body_and_its_answer_comes_back(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("echo"))
    answer = await platform.runner.execute(grant, "POST", "/run/1?a=b&a=c", body=b"\x00\xff")
    headers = {header.name: header.value for header in answer.headers}
    assert (answer.status, answer.body) == (200, b"\x00\xff")
    assert (headers["x-ext-method"], headers["x-ext-url"]) == ("POST", "/run/1?a=b&a=c")
    assert answer.usage.handler_us > 0


async def test_usage_is_told_with_the_answer(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("echo"))
    usage = (await platform.runner.execute(grant, "POST", body=b"\x00\xff")).usage
    assert (usage.request_bytes, usage.response_bytes, usage.host_calls, usage.log_lines) == (2, 2, 0, 0)
    stored = platform.registry.grant(platform.publish("storage"), install_id="used")
    usage = (await platform.runner.execute(stored, "POST", "/run/k", body=b"value")).usage
    assert (usage.host_calls, usage.request_bytes, usage.response_bytes) == (1, 5, 5)
    assert usage.host_bytes > 2 * len("testkvalue")
    assert 0 < usage.host_wait_us <= usage.handler_us
    logged = (await platform.runner.execute(platform.registry.grant(platform.publish("log")))).usage
    assert (logged.log_lines, logged.log_bytes) == (3, len("/run" + "a warning" + "an error"))
    platform.registry.entries.clear()


async def test_absent_and_empty_body_are_told_apart(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("echo"))
    assert not (await platform.runner.execute(grant)).HasField("body")
    assert (await platform.runner.execute(grant, "POST", body=b"")).HasField("body")


async def test_identity_comes_from_the_grant_alone(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("context"), tenant_id="tenant-of-grant")
    answer = await platform.runner.execute(grant, headers={"x-alga-tenant": "somebody-else"}, context={"request_id": "r-1"})
    assert answer.body.decode().splitlines() == ["tenant-of-grant", "r-1"] * 2


async def test_configuration_comes_from_the_grant(platform: Platform) -> None:
    content_hash = platform.publish("config")
    told = {f"{number:02}{'k' * 62}": "v" * 192 for number in range(62)} | {"greeting": "Gr\u00fc\u00df dich", "empty": ""}
    granted = frozenset({"cap:config.read"})
    grant = platform.registry.grant(content_hash, capabilities=granted, configuration=told)
    assert (await platform.runner.execute(grant)).body.decode().splitlines() == sorted(told)
    for key, value in (("greeting", "Gr\u00fc\u00df dich"), ("empty", ""), ("00" + "k" * 62, "v" * 192)):
        answer = await platform.runner.execute(grant, url=f"/run/{key}")
        assert (answer.status, answer.body.decode()) == (200, value)
    assert (await platform.runner.execute(grant, url="/run/missing")).status == 404
    other = platform.registry.grant(content_hash, capabilities=granted, configuration={"greeting": "Hi"}, install_revision=2)
    assert (await platform.runner.execute(other, url="/run/greeting")).body == b"Hi"


async def test_an_install_without_the_capability_reads_no_configuration(platform: Platform) -> None:
    # As of installs that were made before the capability was one of the defaults.
    grant = platform.registry.grant(
        platform.publish("config"), capabilities=frozenset({"cap:context.read"}), configuration={"greeting": "Hi"}
    )
    answer = await platform.runner.execute(grant)
    assert (answer.status, answer.body) == (200, b"")
    assert (await platform.runner.execute(grant, url="/run/greeting")).status == 404


@pytest.mark.parametrize(
    ("guest", "reason"),
    [
        ("trap", Reason.GUEST_TRAPPED),
        ("recurse", Reason.GUEST_TRAPPED),
        ("badstatus", Reason.GUEST_RESPONSE_INVALID),
        ("badheader", Reason.GUEST_RESPONSE_INVALID),
        ("manyheaders", Reason.GUEST_RESPONSE_INVALID),
        ("bigbody", Reason.GUEST_RESPONSE_TOO_LARGE),
        ("spin", Reason.GUEST_TIMED_OUT),
        ("wasisleep", Reason.GUEST_TIMED_OUT),
    ],
)
async def test_bad_guest_fails_with_its_reason_and_the_next_call_works(platform: Platform, guest: str, reason: Reason) -> None:
    limits = Limits(timeout_ms=300, response_bytes=1024)
    fault = await failure(platform.runner.execute(platform.registry.grant(platform.publish(guest), limits=limits)))
    assert fault.reason is reason
    good = platform.registry.grant(platform.publish("hello"))
    assert (await platform.runner.execute(good)).status == 200


async def test_guest_that_grows_memory_ends_with_a_guest_reason(platform: Platform) -> None:
    limits = Limits(timeout_ms=5_000, memory_bytes=4 << 20)
    fault = await failure(platform.runner.execute(platform.registry.grant(platform.publish("grow"), limits=limits)))
    assert fault.reason in {Reason.GUEST_MEMORY_EXCEEDED, Reason.GUEST_TRAPPED}


async def test_instances_are_fresh(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("poison"))
    first, second = [await platform.runner.execute(grant) for _ in range(2)]
    assert first.body == second.body


async def test_timeout_of_the_request_lowers_the_grants_and_never_raises_it(platform: Platform) -> None:
    content_hash = platform.publish("spin")
    grant = platform.registry.grant(content_hash, limits=Limits(timeout_ms=200))
    for asked in (100, 20_000):
        fault = await failure(platform.runner.execute(grant, timeout_ms=asked))
        assert (fault.reason, fault.facts["limit_ms"]) == (Reason.GUEST_TIMED_OUT, str(min(asked, 200)))


async def test_call_ends_with_its_grant(platform: Platform) -> None:
    content_hash = platform.publish("spin")
    await platform.runner.warm(content_hash)
    grant = platform.registry.grant(content_hash, age=29.5, limits=Limits(timeout_ms=20_000))
    fault = await failure(platform.runner.execute(grant, rpc_timeout=10))
    assert fault.reason is Reason.GUEST_TIMED_OUT
    assert int(fault.facts["limit_ms"]) <= 500


async def test_caller_without_time_for_the_guest_hears_so(platform: Platform) -> None:
    content_hash = platform.publish("spin")
    await platform.runner.warm(content_hash)
    fault = await failure(platform.runner.execute(platform.registry.grant(content_hash), rpc_timeout=0.3))
    assert fault.reason in {Reason.GUEST_TIMED_OUT, Reason.DEADLINE_EXCEEDED}


async def test_sixteen_first_calls_share_one_download_and_one_compilation(platform: Platform) -> None:
    content_hash = platform.publish("hello")
    grant = platform.registry.grant(content_hash)
    answers = await asyncio.gather(*(platform.runner.execute(grant) for _ in range(16)))
    assert [answer.status for answer in answers] == [200] * 16
    assert platform.registry.reads[content_hash] == 1
    artifacts = platform.runner.settings.cache_dir / "artifacts" / "code"
    assert len(list(artifacts.glob(f"{content_hash.hex}*.cwasm"))) == 1


async def test_warm_compiles_once(platform: Platform) -> None:
    content_hash = platform.publish("hello")
    assert await platform.runner.warm(content_hash)
    assert not await platform.runner.warm(content_hash)
    assert not await platform.runner.warm(content_hash.hex.upper())


async def test_warm_of_what_nobody_published_is_not_found(platform: Platform) -> None:
    assert (await failure(platform.runner.warm("ab" * 32))).reason is Reason.NOT_FOUND
    assert (await failure(platform.runner.warm("nonsense"))).reason is Reason.INVALID_ARGUMENT


async def test_bundle_without_server_side_has_no_endpoint(platform: Platform) -> None:
    files = {"manifest.json": b'{"name":"com.example.ui","publisher":"example","version":"1.0.0","runtime":"wasm-js@1"}'}
    content_hash = platform.registry.publish(files, "com.example.ui")
    fault = await failure(platform.runner.execute(platform.registry.grant(content_hash)))
    assert fault.reason is Reason.ENDPOINT_NOT_FOUND
    assert not await platform.runner.warm(content_hash)


async def test_component_that_does_not_compile_is_not_runnable(platform: Platform) -> None:
    content_hash = platform.publish("hello", files={"dist/main.wasm": b"\0asm\x0d\0\x01\0 and then rubbish"})
    fault = await failure(platform.runner.execute(platform.registry.grant(content_hash)))
    assert fault.reason is Reason.GUEST_NOT_RUNNABLE
