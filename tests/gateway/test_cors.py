"""Pages of other origins: exact origins with credentials, or all without."""

import pytest

from tests.gateway.conftest import EXTENSION, KEY_A, Stack, Start, settings
from tests.gateway.fakes import HASH

APP = "https://app.example.com"
ASK = ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-api-key")


async def test_a_page_of_the_list_may_read_answers_and_problems(start: Start) -> None:
    async with start(cors_origins=(APP, "http://localhost:3000")) as stack:
        stack.runner.answers(200, (("x-ext-count", "1"), ("vary", "accept"), ("access-control-allow-origin", "*")))
        for got in (await stack.call("GET", "/items", ("origin", APP)), await stack.call("GET", "/items", ("origin", APP), key="")):
            assert (got["access-control-allow-origin"], got["access-control-allow-credentials"]) == (APP, "true")
            assert "origin" in got["vary"].split(", ")
            assert "x-request-id" in got["access-control-expose-headers"].split(", ")
        got = await stack.call("GET", "/items", ("origin", APP))
        assert got["vary"] == "accept, origin"
        assert {"x-ext-count", "ratelimit"} <= set(got["access-control-expose-headers"].split(", "))


@pytest.mark.parametrize(
    "origin", ["https://app.example.com.evil.example", "http://app.example.com", "https://app.example.com:8443", "null", "", "*"]
)
async def test_others_may_not_and_caches_are_told(start: Start, origin: str) -> None:
    async with start(cors_origins=(APP,)) as stack:
        for got in (
            await stack.call("GET", "/items", ("origin", origin)),
            await stack.call("GET", "/items"),
            await stack.call("OPTIONS", "/items", ("origin", origin), *ASK, key=""),
        ):
            assert got.status in {200, 204}
            assert not [name for name, _ in got.fields if name.startswith("access-control-")]
            assert "origin" in got["vary"].split(", ")


async def test_two_origins_are_none(start: Start) -> None:
    async with start(cors_origins=(APP,)) as stack:
        got = await stack.call("GET", "/items", ("origin", APP), ("origin", "https://evil.example"))
        assert not got.all("access-control-allow-origin")


async def test_a_browser_may_ask_before_without_credentials(start: Start) -> None:
    async with start(cors_origins=(APP,)) as stack:
        for path in (f"/api/ext/{EXTENSION}/items", f"/api/ext-proxy/{EXTENSION}/items", f"/api/v1/installs/{EXTENSION}/config"):
            got = await stack.ask("OPTIONS", path, ("origin", APP), *ASK)
            assert (got.status, got["access-control-allow-origin"], got.body) == (204, APP, b"")
            assert "PUT" in got["access-control-allow-methods"]
            assert {"authorization", "content-type"} <= set(got["access-control-allow-headers"].split(", "))
            assert got["access-control-max-age"] == "600"
            assert got["vary"] == "access-control-request-method, access-control-request-headers, origin"
        assert not stack.registry.verifies


async def test_all_origins_never_go_with_credentials(start: Start) -> None:
    async with start(cors_origins=("*",)) as stack:
        for got in (
            await stack.call("GET", "/items", ("origin", "https://any.example")),
            await stack.call("OPTIONS", "/items", ("origin", "https://any.example"), *ASK, key=""),
        ):
            assert got["access-control-allow-origin"] == "*"
            assert not got.all("access-control-allow-credentials")


async def test_without_a_list_nothing_is_said(stack: Stack) -> None:
    for got in (
        await stack.call("GET", "/items", ("origin", APP)),
        await stack.call("OPTIONS", "/items", ("origin", APP), *ASK, key=""),
    ):
        assert not [name for name, _ in got.fields if name.startswith("access-control-")]


async def test_uis_have_their_own_rule(start: Start) -> None:
    async with start(cors_origins=(APP,)) as stack:
        got = await stack.ask("GET", f"/ext-ui/{EXTENSION}/{HASH}/index.html", ("origin", APP), ("x-api-key", KEY_A))
        assert got["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("origins", [("*", APP), (f"{APP}/",), ("app.example.com",), ("https://App.example.com",), (f"{APP}:443",)])
def test_an_origin_that_no_browser_would_send_is_refused(run_directory: object, origins: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="cors_origins"):
        settings(run_directory, cors_origins=origins)  # type: ignore[arg-type]
