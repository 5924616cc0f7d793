"""The types of the guest contract (`kernel/wit/extension.wit`) that pass through codecs of our own, described once."""

from dataclasses import dataclass
from typing import Final

from runner.engine.types import Bytes, Enumeration, Many, Number, Option, Outcome, Record, Text, Type

U16: Final = Number("u16", "H", 2)
U32: Final = Number("u32", "I", 4)
U64: Final = Number("u64", "Q", 8, "i64")
F64: Final = Number("f64", "d", 8, "f64")
BOOL: Final = Number("bool", "?", 1)
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
PROXY_ERROR: Final = Enumeration("proxy-error", ("route-not-found", "denied", "bad-request", "internal"))
STORAGE_ENTRY: Final = Record("storage-entry", {"namespace": TEXT, "key": TEXT, "value": BYTES, "revision": Option(U64)})
DISCOUNT_TYPE: Final = Enumeration("discount-type", ("percentage", "fixed"))
MANUAL_INVOICE_ITEM_INPUT: Final = Record(
    "manual-invoice-item-input",
    {
        "service-id": TEXT,
        "quantity": F64,
        "description": TEXT,
        "rate": F64,
        "is-discount": Option(BOOL),
        "discount-type": Option(DISCOUNT_TYPE),
        "applies-to-item-id": Option(TEXT),
        "applies-to-service-id": Option(TEXT),
    },
)
CREATE_MANUAL_INVOICE_INPUT: Final = Record(
    "create-manual-invoice-input",
    {
        "client-id": TEXT,
        "items": Many(MANUAL_INVOICE_ITEM_INPUT),
        "invoice-date": Option(TEXT),
        "due-date": Option(TEXT),
        "po-number": Option(TEXT),
    },
)
CREATE_MANUAL_INVOICE_RESULT: Final = Record(
    "create-manual-invoice-result",
    {
        "success": BOOL,
        "invoice-id": Option(TEXT),
        "invoice-number": Option(TEXT),
        "status": Option(TEXT),
        "subtotal": Option(F64),
        "tax": Option(F64),
        "total": Option(F64),
        "error": Option(TEXT),
        "field-errors": Option(TEXT),
    },
)
CLIENT_READ_ERROR: Final = Enumeration("client-read-error", ("not-allowed", "invalid-input", "internal"))
CLIENT_SUMMARY: Final = Record(
    "client-summary",
    {
        "client-id": TEXT,
        "client-name": TEXT,
        "client-type": Option(TEXT),
        "is-inactive": BOOL,
        "default-currency-code": Option(TEXT),
        "account-manager-id": Option(TEXT),
        "account-manager-name": Option(TEXT),
        "billing-email": Option(TEXT),
    },
)
CLIENTS_LIST_INPUT: Final = Record(
    "clients-list-input",
    {"search": Option(TEXT), "include-inactive": Option(BOOL), "page": Option(U32), "page-size": Option(U32)},
)
CLIENTS_LIST_RESULT: Final = Record(
    "clients-list-result", {"items": Many(CLIENT_SUMMARY), "total-count": U32, "page": U32, "page-size": U32}
)
SERVICE_READ_ERROR: Final = Enumeration("service-read-error", ("not-allowed", "invalid-input", "internal"))
SERVICE_ITEM_KIND: Final = Enumeration("service-item-kind", ("service", "product"))
SERVICE_BILLING_METHOD: Final = Enumeration("service-billing-method", ("fixed", "hourly", "usage"))
SERVICE_SUMMARY: Final = Record(
    "service-summary",
    {
        "service-id": TEXT,
        "service-name": TEXT,
        "item-kind": SERVICE_ITEM_KIND,
        "billing-method": SERVICE_BILLING_METHOD,
        "service-type-id": Option(TEXT),
        "service-type-name": Option(TEXT),
        "default-rate": F64,
        "unit-of-measure": TEXT,
        "is-active": BOOL,
        "sku": Option(TEXT),
    },
)
SERVICES_LIST_INPUT: Final = Record(
    "services-list-input",
    {
        "search": Option(TEXT),
        "item-kind": Option(SERVICE_ITEM_KIND),
        "is-active": Option(BOOL),
        "billing-method": Option(SERVICE_BILLING_METHOD),
        "page": Option(U32),
        "page-size": Option(U32),
    },
)
SERVICES_LIST_RESULT: Final = Record(
    "services-list-result", {"items": Many(SERVICE_SUMMARY), "total-count": U32, "page": U32, "page-size": U32}
)
SCHEDULER_ERROR: Final = Enumeration("scheduler-error", ("not-found", "validation-failed", "quota-exceeded", "denied", "internal"))
SCHEDULE_INFO: Final = Record(
    "schedule-info",
    {
        "id": TEXT,
        "endpoint-path": TEXT,
        "endpoint-method": TEXT,
        "name": Option(TEXT),
        "cron": TEXT,
        "timezone": TEXT,
        "enabled": BOOL,
        "payload": Option(TEXT),
        "last-run-at": Option(TEXT),
        "last-run-status": Option(TEXT),
        "last-error": Option(TEXT),
        "created-at": Option(TEXT),
    },
)
ENDPOINT_INFO: Final = Record("endpoint-info", {"id": TEXT, "method": TEXT, "path": TEXT, "handler": TEXT, "schedulable": BOOL})
CREATE_SCHEDULE_INPUT: Final = Record(
    "create-schedule-input",
    {
        "endpoint": TEXT,
        "cron": TEXT,
        "timezone": Option(TEXT),
        "enabled": Option(BOOL),
        "name": Option(TEXT),
        "payload": Option(TEXT),
    },
)
CREATE_SCHEDULE_RESULT: Final = Record(
    "create-schedule-result",
    {"success": BOOL, "schedule-id": Option(TEXT), "error": Option(TEXT), "field-errors": Option(TEXT)},
)
UPDATE_SCHEDULE_INPUT: Final = Record(
    "update-schedule-input",
    {
        "endpoint": Option(TEXT),
        "cron": Option(TEXT),
        "timezone": Option(TEXT),
        "enabled": Option(BOOL),
        "name": Option(TEXT),
        "payload": Option(TEXT),
    },
)
UPDATE_SCHEDULE_RESULT: Final = Record(
    "update-schedule-result", {"success": BOOL, "error": Option(TEXT), "field-errors": Option(TEXT)}
)
DELETE_SCHEDULE_RESULT: Final = Record("delete-schedule-result", {"success": BOOL, "error": Option(TEXT)})


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
    "alga:extension/ui-proxy": (
        Function("call-route", (("route", TEXT), ("payload", Option(BYTES))), Outcome(BYTES, PROXY_ERROR)),
    ),
}


@dataclass(frozen=True)
class Described:
    """A function of the host that the runner answers and that carries no bodies.

    `bad` is the error side of its result; None where the answer itself tells of a failure.
    """

    name: str
    parameters: tuple[tuple[str, Type], ...]
    good: Type
    bad: Enumeration | None = None


# What the runner answers by description: arguments and answers cross as JSON.
DESCRIBED: Final = {
    "invoicing": (Described("create-manual-invoice", (("input", CREATE_MANUAL_INVOICE_INPUT),), CREATE_MANUAL_INVOICE_RESULT),),
    "clients": (
        Described("list-clients", (("input", CLIENTS_LIST_INPUT),), CLIENTS_LIST_RESULT, CLIENT_READ_ERROR),
        Described("get-client", (("client-id", TEXT),), Option(CLIENT_SUMMARY), CLIENT_READ_ERROR),
    ),
    "services": (
        Described("list-services", (("input", SERVICES_LIST_INPUT),), SERVICES_LIST_RESULT, SERVICE_READ_ERROR),
        Described("get-service", (("service-id", TEXT),), Option(SERVICE_SUMMARY), SERVICE_READ_ERROR),
    ),
    "scheduler": (
        Described("list-schedules", (), Many(SCHEDULE_INFO), SCHEDULER_ERROR),
        Described("get-schedule", (("schedule-id", TEXT),), Option(SCHEDULE_INFO), SCHEDULER_ERROR),
        Described("create-schedule", (("input", CREATE_SCHEDULE_INPUT),), CREATE_SCHEDULE_RESULT),
        Described("update-schedule", (("schedule-id", TEXT), ("input", UPDATE_SCHEDULE_INPUT)), UPDATE_SCHEDULE_RESULT),
        Described("delete-schedule", (("schedule-id", TEXT),), DELETE_SCHEDULE_RESULT),
        Described("get-endpoints", (), Many(ENDPOINT_INFO), SCHEDULER_ERROR),
    ),
}
