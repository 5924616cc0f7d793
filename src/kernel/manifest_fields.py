"""The field types of a manifest: each a string with a rule, whose words name the limit."""

import re
from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr, ValidationInfo

from kernel import capabilities, egress, fields
from kernel.archive import ArchiveLimits, check_path
from kernel.errors import Fault

MAX_NAME: Final = 128
MAX_VERSION: Final = 128
MAX_HANDLER: Final = 128
MAX_LABEL: Final = 64
MAX_PATH: Final = 512  # characters of an endpoint's path
MAX_SEGMENTS: Final = 16

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NUMBER = r"(?:0|[1-9][0-9]*)"
_NAME = rf"{_LABEL}(?:\.{_LABEL})+"
_PRERELEASE = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PRERELEASE}(?:\.{_PRERELEASE})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_TOPIC = r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}"
_TRIPLE = r"[a-z0-9][a-z0-9_.-]{0,63}"
_PARAM = re.compile(r":[A-Za-z_][A-Za-z0-9_]*")
_VERSION = re.compile(_SEMVER)
NEXT: Final = re.compile(rf"({_NUMBER})\.({_NUMBER})\.\*")  # the next patch of two numbers
NEXT_PATCH: Final = "next patch"  # the context in which it may stand for a version
LOCAL_SOURCES: Final = ("data:", "blob:")
MAX_SOURCES: Final = 16  # of one directive: all of them travel with every page
_SOURCE_RULE: Final = (
    "must be https://host[:port], wss://host[:port], data: or blob:, with host as in cdn.example.com or *.example.com, "
    f"of at most {egress.MAX_DESTINATION} characters"
)
_DEFAULT_LIMITS = ArchiveLimits()


def _pattern(pattern: str, rule: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(rule)
        return text

    return AfterValidator(check)


def _length(text: str, most: int) -> None:
    if not 1 <= len(text) <= most:
        raise ValueError(f"must have 1 to {most} characters")


def _name(text: str) -> str:
    _length(text, MAX_NAME)
    return text


def _version(text: str, info: ValidationInfo) -> str:
    _length(text, MAX_VERSION)  # before the patterns: they never meet longer text
    if not _VERSION.fullmatch(text) and not (info.context == NEXT_PATCH and NEXT.fullmatch(text)):
        raise ValueError("must be a semantic version as in 1.2.3 or 1.2.3-beta.1")
    return text


def _field(check: Callable[[str], str]) -> AfterValidator:
    """A rule that requests have too."""

    def checked(text: str) -> str:
        try:
            return check(text)
        except Fault as fault:
            raise ValueError(fault.violations[0].rule) from None

    return AfterValidator(checked)


_FILE: Final = _field(lambda text: check_path(text, _DEFAULT_LIMITS))


def _below_ui(text: str) -> str:
    if not text.startswith("ui/"):
        raise ValueError("must be a file below ui/")
    return text


def _visible(text: str, most: int) -> str:
    _length(text, most)
    if not text.isprintable() or not text.strip():
        raise ValueError("must consist of visible characters and spaces")
    return text


def _label(text: str) -> str:
    return _visible(text, MAX_LABEL)


def _handler(text: str) -> str:
    if ".." in _visible(text, MAX_HANDLER):
        raise ValueError("must not contain ..")
    return text


def _method(value: object) -> object:
    return value.upper() if isinstance(value, str) and value.isascii() else value


def _endpoint_path(text: str) -> str:
    """The canonical path: one leading slash, none at the end. Segments are literal or `:name`."""
    _length(text, MAX_PATH)
    if text == "/":
        return text
    path = text.removeprefix("/").removesuffix("/")
    segments = path.split("/")
    if len(segments) > MAX_SEGMENTS:  # work of the endpoint match, per call
        raise ValueError(f"must have at most {MAX_SEGMENTS} segments")
    for segment in segments:
        if not segment or segment in (".", ".."):
            raise ValueError("must not have empty segments, '.' or '..'")
        if segment.startswith(":"):
            if not _PARAM.fullmatch(segment):
                raise ValueError("a parameter must be ':' and a name of [A-Za-z_][A-Za-z0-9_]*")
        elif not segment.isprintable() or any(char.isspace() or char in "?#%\\*" for char in segment):
            # Paths are compared after one percent-decoding: a literal is written as it is meant.
            raise ValueError("must not contain white space, control characters, '?', '#', '%', '*' or a backslash")
    return "/" + path


def _glob(text: str) -> str:
    _visible(text, 255)
    if text.startswith("/") or "\\" in text or any(part in ("", ".", "..") for part in text.split("/")):
        raise ValueError("must be a relative pattern without empty segments, '.', '..' or backslash")
    return text


def page_source(text: str) -> egress.Destination:
    """The host that a source of pages names; `wss:` is where `https:` is. Raises ValueError for what names none."""
    scheme, mark, host = text.partition("://")
    if not mark or scheme not in ("https", "wss") or "/" in host:
        raise ValueError(_SOURCE_RULE)
    try:
        return egress.parse(f"https://{host}", "")
    except Fault as fault:
        raise ValueError(fault.violations[0].rule) from None


def _source(text: str) -> str:
    return text if text in LOCAL_SOURCES else f"{text.partition(':')[0]}://{str(page_source(text)).removeprefix('https://')}"


def _described(pattern: str, most: int) -> dict[str, object]:
    """What the exported JSON Schema says of a string; the checks themselves have words of their own."""
    return {"pattern": f"^{pattern}$", "minLength": 1, "maxLength": most}


_NAME_RULE = "must be a reverse-domain name: two or more segments of lower-case letters, digits and inner hyphens"
Name = Annotated[
    StrictStr, AfterValidator(_name), _pattern(_NAME, _NAME_RULE), Field(json_schema_extra=_described(_NAME, MAX_NAME))
]
Publisher = Annotated[StrictStr, _field(fields.publisher_name), Field(json_schema_extra={"minLength": 1, "maxLength": 64})]
Version = Annotated[
    StrictStr,
    AfterValidator(_version),
    Field(json_schema_extra=_described(_SEMVER, MAX_VERSION)),
]
Capability = Annotated[
    StrictStr,
    AfterValidator(_name),  # first: the search for the nearest name is slow for long text
    _field(lambda text: capabilities.capability(text, "")),
    Field(json_schema_extra={"examples": sorted(capabilities.ALL)}),
]
BundleFile = Annotated[StrictStr, _FILE, Field(json_schema_extra={"minLength": 1, "maxLength": 255})]
UiFile = Annotated[StrictStr, _FILE, AfterValidator(_below_ui), Field(json_schema_extra={"pattern": "^ui/", "maxLength": 255})]
Label = Annotated[StrictStr, AfterValidator(_label), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_LABEL})]
HookName = Annotated[StrictStr, _field(fields.hook_name)]
Triple = Annotated[StrictStr, _pattern(_TRIPLE, "must be a target of 1 to 64 characters of [a-z0-9_.-]")]
Method = Annotated[Literal["GET", "POST", "PUT", "PATCH", "DELETE"], BeforeValidator(_method)]
EndpointPath = Annotated[
    StrictStr, AfterValidator(_endpoint_path), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_PATH})
]
Handler = Annotated[StrictStr, AfterValidator(_handler), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_HANDLER})]
Topic = Annotated[
    StrictStr,
    _pattern(_TOPIC, "must be 1 to 128 characters of [A-Za-z0-9._:/-], with a letter or digit first"),
    Field(json_schema_extra=_described(_TOPIC, 128)),
]
Egress = Annotated[
    StrictStr,
    _field(lambda text: str(egress.parse(text, ""))),
    Field(json_schema_extra={"minLength": 1, "maxLength": egress.MAX_DESTINATION}),
]
Glob = Annotated[StrictStr, AfterValidator(_glob), Field(json_schema_extra={"minLength": 1, "maxLength": 255})]
Source = Annotated[
    StrictStr, AfterValidator(_source), Field(json_schema_extra={"minLength": 1, "maxLength": egress.MAX_DESTINATION})
]
Sources = Annotated[tuple[Source, ...], Field(max_length=MAX_SOURCES)]
