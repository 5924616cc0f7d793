"""Manifest v2: what an extension says of itself in `manifest.json`, with every broken rule told at once."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from kernel import egress
from kernel.errors import MAX_VIOLATIONS, Fault, Reason, Violation
from kernel.grants import MOST
from kernel.manifest_errors import UnknownKeyError, violations
from kernel.manifest_fields import (
    NEXT,
    NEXT_PATCH,
    BundleFile,
    Capability,
    Egress,
    EndpointPath,
    Glob,
    Handler,
    HookName,
    Label,
    Method,
    Name,
    Publisher,
    Sources,
    Topic,
    Triple,
    UiFile,
    Version,
    page_source,
)
from kernel.strict_json import read_object

MAX_BYTES: Final = 256 * 1024  # the parsed tree of a larger one costs megabytes, and every resolve carries its endpoints
MAX_DEPTH: Final = 32
MAX_ENDPOINTS: Final = 256
MAX_SOURCES_LENGTH: Final = 2_048  # of what pages load from elsewhere: it is in a header field of each of them


def _extension_key(key: str) -> str:
    if not key.startswith("x-"):
        raise UnknownKeyError
    return key


class _Object(BaseModel):
    """An object of the manifest: its own keys, and `x-` keys, which are kept as they are."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", validate_by_name=False, validate_by_alias=True)
    __pydantic_extra__: dict[Annotated[str, AfterValidator(_extension_key)], JsonValue]


class Hook(_Object):
    """A place in the host's own UI where the extension appears."""

    label: Label


class Csp(_Object):
    """What pages load from elsewhere than their bundle, by directive of Content-Security-Policy; every host is one of `egress`."""

    connect: Sources = Field(default=(), alias="connect-src")
    img: Sources = Field(default=(), alias="img-src")
    font: Sources = Field(default=(), alias="font-src")
    media: Sources = Field(default=(), alias="media-src")
    style: Sources = Field(default=(), alias="style-src")
    script: Annotated[tuple[Literal["'wasm-unsafe-eval'"], ...], Field(max_length=1)] = Field(default=(), alias="script-src")


class Ui(_Object):
    """The extension's pages, which are shown in a sandboxed frame."""

    type: Literal["iframe"]
    entry: UiFile
    hooks: dict[HookName, Hook] = Field(default_factory=dict, max_length=16)
    csp: Csp = Csp()

    @property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """What pages load from elsewhere, by directive; without those that say nothing."""
        said = {field.alias or name: getattr(self.csp, name) for name, field in Csp.model_fields.items()}
        return {directive: sources for directive, sources in said.items() if sources}


class Endpoint(_Object):
    """A method and path that the handler answers. `timeout_ms` is wall-clock milliseconds, None = the version's."""

    method: Method
    path: EndpointPath
    handler: Handler
    schedulable: bool = False
    timeout_ms: int | None = Field(default=None, ge=1, le=MOST.timeout_ms)

    @property
    def shape(self) -> tuple[str, str]:
        """Method and path with the names of parameters erased: two endpoints of one shape cannot be told apart."""
        return self.method, "/".join(":" if part.startswith(":") else part for part in self.path.split("/"))


def _distinct(endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    seen: dict[tuple[str, str], int] = {}
    for index, endpoint in enumerate(endpoints):
        if (first := seen.setdefault(endpoint.shape, index)) != index:
            raise ValueError(f"items {first} and {index} answer the same method and path")
    return endpoints


class Api(_Object):
    """What the extension answers."""

    endpoints: Annotated[tuple[Endpoint, ...], Field(max_length=MAX_ENDPOINTS), AfterValidator(_distinct)]


class Event(_Object):
    """A topic of the host that the extension listens to."""

    topic: Topic
    handler: Handler


class Limits(_Object):
    """What one call of this version may use at most, as docs/limits.md says; its tenant's and the runner's limits hold as well."""

    timeout_ms: int | None = Field(default=None, ge=1, le=MOST.timeout_ms)
    memory_mb: int | None = Field(default=None, ge=1, le=MOST.memory_bytes >> 20)
    request_bytes: int | None = Field(default=None, ge=1, le=MOST.request_bytes)
    response_bytes: int | None = Field(default=None, ge=1, le=MOST.response_bytes)
    host_calls: int | None = Field(default=None, ge=1, le=MOST.host_calls)
    host_bytes: int | None = Field(default=None, ge=1, le=MOST.host_bytes)
    log_lines: int | None = Field(default=None, ge=1, le=MOST.log_lines)
    log_bytes: int | None = Field(default=None, ge=1, le=MOST.log_bytes)


def _no_duplicates(items: tuple[str, ...]) -> tuple[str, ...]:
    if doubles := [item for item, times in Counter(items).items() if times > 1]:
        raise ValueError(f"has {doubles[0]} twice")
    return items


class Manifest(_Object):
    """A manifest v2. Values are canonical: capabilities with `cap:`, methods in upper case, paths with one leading slash."""

    schema_uri: str | None = Field(default=None, alias="$schema", max_length=512, description="For editors; not read.")
    name: Name
    publisher: Publisher
    version: Version
    runtime: Literal["wasm-js@1", "wasm-component@1"]
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=32), AfterValidator(_no_duplicates)] = ()
    ui: Ui | None = None
    api: Api | None = None
    events: Annotated[tuple[Event, ...], Field(max_length=64)] = ()
    egress: Annotated[tuple[Egress, ...], Field(max_length=64), AfterValidator(_no_duplicates)] = ()
    limits: Limits = Limits()
    entry: BundleFile = "dist/main.wasm"
    precompiled: dict[Triple, BundleFile] = Field(default_factory=dict, max_length=16)
    assets: Annotated[tuple[Glob, ...], Field(max_length=64)] = ()
    sbom: BundleFile | None = None

    @classmethod
    def parse(cls, data: bytes, *, next_patch: bool = False) -> Self:
        """Read `manifest.json`; with `next_patch` its version may be `X.Y.*`, which stands for the one that the registry chose.

        Raises MANIFEST_INVALID with up to 32 violations, fields named as in `api.endpoints[0].path`.
        """
        read_object(data, name="manifest.json", reason=Reason.MANIFEST_INVALID, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
        try:
            found = cls.model_validate_json(data, context=NEXT_PATCH if next_patch else None)
        except ValidationError as error:
            raise Fault(Reason.MANIFEST_INVALID, violations=violations(cls, error)) from None
        if broken := tuple(found._page_sources_broken()):
            raise Fault(Reason.MANIFEST_INVALID, violations=broken[:MAX_VIOLATIONS])
        return found

    def _page_sources_broken(self) -> Iterator[Violation]:
        """Too many for a header field, and hosts that only pages name: `egress` is what people read before they consent."""
        named = self.ui.sources if self.ui else {}
        if sum(len(source) for sources in named.values() for source in sources) > MAX_SOURCES_LENGTH:
            yield Violation("ui.csp", f"must have at most {MAX_SOURCES_LENGTH} characters in all")
        destinations = [egress.parse(text, "egress") for text in self.egress]
        for directive, sources in named.items():
            for index, source in enumerate(sources):
                if "://" in source and not any(one.contains(page_source(source)) for one in destinations):
                    rule = "must be of a host that `egress` names without a prefix"
                    yield Violation(f"ui.csp.{directive}[{index}]", rule)

    @property
    def series(self) -> str | None:
        """What all versions begin with that `X.Y.*` may stand for, e.g. `0.1.`; None for a version of its own."""
        return self.version.removesuffix("*") if NEXT.fullmatch(self.version) else None

    def stands_for(self, version: str) -> bool:
        """Whether a bundle with this manifest can be that version."""
        if self.series is None:
            return version == self.version
        return version.startswith(self.series) and version.removeprefix(self.series).isdecimal()

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """What the extension answers; empty without an `api`."""
        return self.api.endpoints if self.api else ()

    def has_handler(self, paths: Collection[str]) -> bool:
        """Whether a bundle of these files has a server side."""
        return self.entry in paths

    def check_files(self, paths: Collection[str]) -> None:
        """Raise MANIFEST_INVALID when a file that the manifest refers to is not among the bundle's `paths`.

        A bundle without the component is fine when nothing calls it: neither endpoints nor events.
        """
        wanted = {f"precompiled.{triple}": path for triple, path in self.precompiled.items()}
        if self.ui:
            wanted["ui.entry"] = self.ui.entry
        if self.sbom:
            wanted["sbom"] = self.sbom
        if self.endpoints or self.events or "entry" in self.model_fields_set:
            wanted["entry"] = self.entry
        missing = [Violation(field, f"the bundle has no file {path}") for field, path in wanted.items() if path not in paths]
        if missing:
            raise Fault(Reason.MANIFEST_INVALID, violations=tuple(sorted(missing, key=lambda violation: violation.field)))
