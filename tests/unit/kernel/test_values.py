"""Digests, plain fields, pages, capabilities, request ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import capabilities, fields, telemetry
from kernel.digest import Digest
from kernel.errors import Fault, Reason

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize("text", [f"sha256:{HEX}", HEX, HEX.upper(), f"SHA256:{HEX}"])
def test_digest_is_read_in_all_its_spellings(text: str) -> None:
    assert str(Digest.parse(text)) == f"sha256:{HEX}"


@pytest.mark.parametrize("text", ["", HEX[:-1], HEX + "0", f"sha512:{HEX}", f"sha256:{HEX}\n", f"../{HEX[3:]}", "g" * 64])
def test_digest_refuses_everything_else(text: str) -> None:
    with pytest.raises(Fault, match="content_hash"):
        Digest.parse(text)


@pytest.mark.parametrize("name", ["http.fetch", " CAP:HTTP.Fetch ", "cap:http.fetch"])
def test_capability_spellings(name: str) -> None:
    assert capabilities.capability(name, "capabilities[0]") == "cap:http.fetch"


def test_unknown_capability_names_the_nearest() -> None:
    with pytest.raises(Fault) as caught:
        capabilities.capability("cap:htp.fetch", "capabilities[3]")
    assert caught.value.violations[0].field == "capabilities[3]"
    assert "cap:http.fetch" in caught.value.violations[0].rule


def test_every_interface_has_its_capability() -> None:
    for name, interfaces in capabilities.INTERFACES.items():
        for interface in interfaces:
            assert capabilities.for_interface(interface) == name
    assert capabilities.DEFAULTS <= capabilities.ALL


@pytest.mark.parametrize("bad", ["", "a" * 65, "a b", "a/b", "ä", "a\n"])
def test_tenant_ids(bad: str) -> None:
    assert fields.tenant_id("Acme_1.2-3") == "Acme_1.2-3"
    with pytest.raises(Fault, match="tenant_id"):
        fields.tenant_id(bad)


def test_pages() -> None:
    assert fields.page(0, "", 1) == fields.Page(fields.DEFAULT_PAGE)
    assert fields.page(7, fields.next_token("a", "b"), 2) == fields.Page(7, ("a", "b"))
    with pytest.raises(Fault, match="page_size"):
        fields.page(fields.MAX_PAGE + 1, "", 1)
    with pytest.raises(Fault, match="page_token"):
        fields.page(1, fields.next_token("a"), 2)


@given(st.text(max_size=60))
def test_no_page_token_raises_anything_else(token: str) -> None:
    try:
        fields.page(1, token, 1)
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT


@pytest.mark.parametrize(("shown", "kept"), [("abc-1", True), ("a" * 129, False), ("", False), (None, False), ("a\r\nb", False)])
def test_request_ids(shown: str | None, kept: bool) -> None:
    assert (telemetry.accepted_request_id(shown) == shown) is kept
