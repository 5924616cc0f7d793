import pytest

from kernel import egress
from kernel.egress import Destination
from tests.unit.kernel.test_manifest import breaks, endpoint, parse


@pytest.mark.parametrize(
    "name",
    [
        "",
        "acme",
        "com.",
        ".com.acme",
        "com..acme",
        "Com.acme",
        "com.acme_x",
        "com.-a",
        "com.a-",
        "com.acme ",
        "com.ü",
        "com.a\n",
        "com." + "a" * 64,
        ".".join(["a"] * 65),
    ],
)
def test_names_that_are_refused(name: str) -> None:
    assert set(breaks(name=name)) == {"name"}


@pytest.mark.parametrize("name", ["a.b", "com.acme-inc.report2", "1.2", "com." + "a" * 63, ".".join(["a"] * 64)])
def test_names_that_are_accepted(name: str) -> None:
    assert parse(name=name).name == name


@pytest.mark.parametrize("publisher", ["", "-a", "a-", ".a", "A", "a_b", "a" * 65, "a\n"])
def test_publishers_that_are_refused(publisher: str) -> None:
    assert set(breaks(publisher=publisher)) == {"publisher"}


@pytest.mark.parametrize(
    "version",
    [
        "",
        "1",
        "1.2",
        "1.2.*",
        "01.2.3",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3+",
        "v1.2.3",
        "1.2.3 ",
        "1.2.3-a..b",
        "1.2.3\n",
        "1.2.٣",
        "1.2.3-" + "a" * 128,
        "1.2.3.4",
        "-1.2.3",
    ],
)
def test_versions_that_are_refused(version: str) -> None:
    assert set(breaks(version=version)) == {"version"}


@pytest.mark.parametrize("version", ["0.0.0", "1.2.3-beta.1+build.007", "1.0.0-0a", "1.0.0--", "10.20.30+exp-sha"])
def test_versions_that_are_accepted(version: str) -> None:
    assert parse(version=version).version == version


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.com",
        "*.",
        "a..b",
        "-a.com",
        "a_b.com",
        "https://",
        "ftp://a.com",
        "a.com:0",
        "a.com:65536",
        "a.com:x",
        "a.com:",
        "user@a.com",
        "a.com/a b",
        "a.com/?q",
        "a.com/#f",
        "a.com/%2e",
        "a.com/../x",
        "a.com/*",
        "a.com\n",
        "a.com/\n",
        "x.*.com",
        "127.1",
        "2130706433",
        "0x7f000001",
        "1.0x7f",
        "a.com:080",
        "a.com/\u00fc",
        "1.2.3.256",
        "0177.0.0.1",
        "*.1.2.3.4",
        "[::1]",
        "a" * 64 + ".com",
        ".".join(["a" * 60] * 5),
        "ü.com",
        "a.com/" + "x" * 512,
        "https:///x",
        "a.com.",
    ],
)
def test_egress_that_is_refused(text: str) -> None:
    assert set(breaks(egress=[text])) == {"egress[0]"}


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("API.example.com", Destination("api.example.com")),
        ("*.example.com", Destination("example.com", below=True)),
        ("localhost:8080", Destination("localhost", port=8080)),
        ("http://10.0.0.1/", Destination("10.0.0.1", scheme="http", path="/")),
        (
            "https://*.a.co.uk:8443/v1/",
            Destination("a.co.uk", below=True, scheme="https", port=8443, path="/v1/"),
        ),
    ],
)
def test_egress_that_is_accepted(text: str, pattern: Destination) -> None:
    assert egress.parse(text, "") == pattern
    assert parse(egress=[text]).egress == (str(pattern),)
    assert egress.parse(str(pattern), "") == pattern


@pytest.mark.parametrize(
    ("written", "path"),
    [("/", "/"), ("a", "/a"), ("/a/", "/a"), ("/a/:b_1/c.d", "/a/:b_1/c.d"), ("/a:b", "/a:b"), ("/\u00fc", "/\u00fc")],
)
def test_endpoint_paths_become_canonical(written: str, path: str) -> None:
    assert parse(api=endpoint(path=written)).endpoints[0].path == path
