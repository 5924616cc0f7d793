"""The types of the guest contract (`kernel/wit/extension.wit`) that pass through codecs of our own, described once."""

from dataclasses import dataclass
from typing import Final

from runner.engine.types import Bytes, Enumeration, Many, Number, Option, Outcome, Record, Text, Type

U16: Final = Number("u16", "H", 2)
U64: Final = Number("u64", "Q", 8, "i64")
TEXT: Final = Text()
BYTES: Final = Bytes()

CONTEXT_DATA: Final = Record(
    "context-data",
    {
        "request-id": Option(TEXT),
        "tenant-id": TEXT,
        "extension-id": TEXT,
        "install-id": Option(TEXT),
        "version-id": Option(TEXT),
    },
)
HTTP_HEADER: Final = Record("http-header", {"name": TEXT, "value": TEXT})
HTTP_REQUEST: Final = Record("http-request", {"method": TEXT, "url": TEXT, "headers": Many(HTTP_HEADER), "body": Option(BYTES)})
HTTP_RESPONSE: Final = Record("http-response", {"status": U16, "headers": Many(HTTP_HEADER), "body": Option(BYTES)})
EXECUTE_REQUEST: Final = Record("execute-request", {"context": CONTEXT_DATA, "http": HTTP_REQUEST})
EXECUTE_RESPONSE: Final = Record("execute-response", HTTP_RESPONSE.fields)
HTTP_ERROR: Final = Enumeration("http-error", ("invalid-url", "not-allowed", "transport", "internal"))
STORAGE_ERROR: Final = Enumeration("storage-error", ("missing", "conflict", "denied", "internal"))
STORAGE_ENTRY: Final = Record("storage-entry", {"namespace": TEXT, "key": TEXT, "value": BYTES, "revision": Option(U64)})


@dataclass(frozen=True)
class Function:
    """A function of the host that answers with a result."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    answer: Outcome

    @property
    def flat(self) -> tuple[str, ...]:
        """Its parameters as core values; at most `types.MAX_FLAT_PARAMETERS`."""
        return tuple(part for _, kind in self.parameters for part in kind.flat)


# What carries bodies: these interfaces take the byte lane.
LANES: Final = {
    "alga:extension/http": (Function("fetch", (("request", HTTP_REQUEST),), Outcome(HTTP_RESPONSE, HTTP_ERROR)),),
    "alga:extension/storage": (
        Function("get", (("namespace", TEXT), ("key", TEXT)), Outcome(STORAGE_ENTRY, STORAGE_ERROR)),
        Function("put", (("entry", STORAGE_ENTRY),), Outcome(STORAGE_ENTRY, STORAGE_ERROR)),
        Function("delete", (("namespace", TEXT), ("key", TEXT)), Outcome(None, STORAGE_ERROR)),
        Function("list-entries", (("namespace", TEXT), ("cursor", Option(TEXT))), Outcome(Many(STORAGE_ENTRY), STORAGE_ERROR)),
    ),
}
