"""Destinations: what an entry of a list admits, to the segment; origins; no text but a Fault comes of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import egress
from kernel.egress import Destination, Origin
from kernel.errors import Fault, Reason

HTTPS = Origin("https", "api.example.com", 443)


@pytest.mark.parametrize(
    ("entry", "origin", "path"),
    [
        ("api.example.com", HTTPS, "/"),
        ("https://api.example.com", HTTPS, "/any/path"),
        ("api.example.com:443", HTTPS, "/"),
        ("http://api.example.com", Origin("http", "api.example.com", 80), "/"),
        ("http://api.example.com:443", Origin("http", "api.example.com", 443), "/"),
        ("api.example.com:8443", Origin("https", "api.example.com", 8443), "/"),
        ("*.example.com", HTTPS, "/"),
        ("*.example.com", Origin("https", "a.b.example.com", 443), "/"),
        ("api.example.com/v1", HTTPS, "/v1"),
        ("api.example.com/v1", HTTPS, "/v1/"),
        ("api.example.com/v1", HTTPS, "/v1/x"),
        ("api.example.com/v1/", HTTPS, "/v1/x"),
        ("API.Example.COM", HTTPS, "/"),
        ("192.0.2.7", Origin("https", "192.0.2.7", 443), "/"),
    ],
)
def test_admits(entry: str, origin: Origin, path: str) -> None:
    assert egress.parse(entry, "egress").admits(origin, path)


@pytest.mark.parametrize(
    ("entry", "origin", "path"),
    [
        ("api.example.com", Origin("http", "api.example.com", 80), "/"),
        ("api.example.com", Origin("http", "api.example.com", 443), "/"),
        ("api.example.com", Origin("https", "api.example.com", 8443), "/"),
        ("api.example.com", Origin("https", "api.example.com.evil.net", 443), "/"),
        ("api.example.com", Origin("https", "x.api.example.com", 443), "/"),
        ("http://api.example.com", HTTPS, "/"),
        ("api.example.com:8443", HTTPS, "/"),
        ("*.example.com", Origin("https", "example.com", 443), "/"),
        ("*.example.com", Origin("https", "evilexample.com", 443), "/"),
        ("*.example.com", Origin("https", "example.com.evil.net", 443), "/"),
        ("api.example.com/v1", HTTPS, "/"),
        ("api.example.com/v1", HTTPS, "/v10"),
        ("api.example.com/v1", HTTPS, "/V1"),
        ("api.example.com/v1", HTTPS, "//v1"),
        ("api.example.com/v1/", HTTPS, "/v1"),
        ("192.0.2.7", Origin("https", "[::ffff:c000:207]", 443), "/"),
    ],
)
def test_does_not_admit(entry: str, origin: Origin, path: str) -> None:
    assert not egress.parse(entry, "egress").admits(origin, path)


@pytest.mark.parametrize(
    ("text", "origin", "canonical"),
    [
        ("https://API.example.com", HTTPS, "https://api.example.com"),
        ("https://api.example.com:443", HTTPS, "https://api.example.com"),
        ("http://localhost:8080", Origin("http", "localhost", 8080), "http://localhost:8080"),
        ("http://10.0.0.1", Origin("http", "10.0.0.1", 80), "http://10.0.0.1"),
    ],
)
def test_origins(text: str, origin: Origin, canonical: str) -> None:
    assert egress.parse_origin(text, "origin") == origin
    assert str(origin) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "api.example.com", "https://", "https://a.b/", "https://a.b?x", "https://*.a.b", "ftp://a.b", "https://u@a.b",
     "https://a.b:0", "https://a.b:65536", "https://a.b:", "https://a.b\n", "https://127.1", "https://[::1]", "HTTPS://a.b",
     "https://\u212aelvin.example"],
)  # fmt: skip
def test_what_is_no_origin_is_refused_by_field(text: str) -> None:
    with pytest.raises(Fault) as caught:
        egress.parse_origin(text, "credentials[0].origin")
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert caught.value.violations[0].field == "credentials[0].origin"


TEXTS = st.text(max_size=40) | st.from_regex(r"(https?://)?(\*\.)?[a-z0-9.x-]{0,12}(:[0-9]{0,6})?(/[a-z./%]{0,8})?", fullmatch=True)


@given(TEXTS)
def test_any_text_is_a_destination_or_a_fault(text: str) -> None:
    try:
        found = egress.parse(text, "egress")
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
    else:
        assert egress.parse(str(found), "egress") == found
        assert isinstance(found, Destination)


@given(TEXTS)
def test_any_text_is_an_origin_or_a_fault(text: str) -> None:
    try:
        found = egress.parse_origin(text, "origin")
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
    else:
        assert egress.parse_origin(str(found), "origin") == found
