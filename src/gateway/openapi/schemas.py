"""The shapes that answers and bodies have; all are closed."""

from typing import Any, Final

from gateway.handlers.debug import LEVELS
from gateway.openapi.parts import Json, closed, listed, nullable, ref, string, whole
from gateway.reference_codes import reference_code
from kernel import egress, sealing
from kernel.errors import TABLE, Fault
from kernel.manifest_fields import MAX_LABEL

TIME: Final[Json] = {"type": "string", "format": "date-time"}
FLAG: Final[Json] = {"type": "boolean"}
COUNTS: Final[Json] = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
CODES: Final = sorted({Fault.row_code(reason) for reason in TABLE})
BLAME: Final[Json] = {"type": "string", "enum": ["caller", "publisher", "guest", "host"]}
_STATES: Final = ("waiting", "running", "success", "failure", "unknown", "missed")
_NAME: Final = sealing.NAME.pattern
_SUMS: Final = ("egress_bytes", "storage_bytes", "host_wait_us", "handler_us", "log_bytes")


def _counters(*names: str) -> Json:
    return {name: {"type": "integer", "minimum": 0} for name in names}


PROBLEM: Final = closed(
    {
        "type": {"const": "about:blank"},
        "title": string("The status in words."),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": string("What went wrong, for programs: codes are added, never changed.", enum=CODES),
        "error": string("The same as the reference system says it.", enum=sorted({reference_code(reason) for reason in TABLE})),
        "detail": string("What went wrong, for people."),
        "violations": listed(
            closed({"field": string("Where."), "rule": string("Which rule it breaks, with its limit.")}), 64, "What is wrong where."
        ),
        "denial": closed(
            {
                "rule": string("Which rule denies it."),
                "text": string("What it says."),
                "allowed_by": listed(string(), 64, "What would allow it."),
            },
            text="To admins of the tenant only.",
        ),
    },
    "violations",
    "denial",
    text="RFC 9457. The same failure is the same bytes.",
)

_USAGE = closed(
    {
        **_counters("handler_us", "queued_us", "host_wait_us", "egress_bytes", "storage_bytes"),
        **_counters("log_lines", "log_bytes", "request_bytes", "response_bytes"),
        "host_calls": COUNTS,
        "host_failures": listed(
            closed({"interface": string(), "reason": nullable(string()), "blame": nullable(BLAME), "count": whole("How many.")}),
            1_000,
        ),
    }
)
_EXECUTION: Final[Json] = {
    "id": string(),
    "request_id": string("As `x-request-id` had it."),
    "tenant_id": string(),
    "install_id": string(),
    "extension_id": string(),
    "version_id": string(),
    "content_hash": string("The bundle that ran."),
    "trigger": nullable(string("Who asked for it.", enum=["http", "schedule"])),
    "method": string(),
    "path": string("The endpoint of the manifest."),
    "status": nullable(whole("What it answered; null = nothing.", 599)),
    "reason": nullable(string("The `code` of its failure.", enum=CODES)),
    "blame": nullable(BLAME),
    "started_at": TIME,
    "duration_us": whole("Microseconds."),
    "usage": _USAGE,
}
_LINE = closed({"at": TIME, "level": string(), "stream": string(), "message": string(), "truncated": FLAG})
_SCHEDULE = closed(
    {
        "id": string(),
        "install_id": string(),
        "method": string(enum=["GET", "POST"]),
        "path": string(),
        "name": nullable(string()),
        "cron": string(),
        "timezone": string(),
        "enabled": FLAG,
        "payload": {"type": ["object", "array", "null"], "description": "What a POST carries."},
        "last_run_at": nullable(TIME),
        "last_run_status": nullable(string(enum=list(_STATES))),
        "last_error": nullable(string()),
        "next_run_at": nullable(TIME),
        "created_at": TIME,
        "updated_at": TIME,
    }
)
_OCCURRENCE = closed(
    {
        "id": string(),
        "schedule_id": string(),
        "due_at": nullable(TIME),
        "manual": FLAG,
        "state": nullable(string(enum=list(_STATES))),
        "started_at": nullable(TIME),
        "finished_at": nullable(TIME),
        "status": whole("What the extension answered; 0 = nothing.", 599),
        "error": string(),
    }
)
_HEAD: Final[Json] = {"install_id": string(), "revision": whole("Of the install; grows with each change.")}
CONFIGURATION: Final[Json] = {
    "type": "object",
    "propertyNames": {"pattern": r"^[A-Za-z0-9._-]{1,64}$"},
    "additionalProperties": {"type": "string", "maxLength": 4 << 10},
    "maxProperties": 64,
}
DESTINATION: Final = string(
    "A host, an origin or an origin with a path: `docs/egress.md`.",
    format="destination",
    minLength=1,
    maxLength=egress.MAX_DESTINATION,
)
_ROLE = r"^[\x21-\x2b\x2d-\x7e]([\x20-\x2b\x2d-\x7e]{0,62}[\x21-\x2b\x2d-\x7e])?$"
ACCESS: Final = closed(
    {
        "roles": listed(
            closed({"role": string("As callers have it.", pattern=_ROLE), "read": FLAG, "write": FLAG}, "read", "write"),
            32,
            "Each role once.",
        ),
        "only_listed": {"type": "boolean", "description": "Whether no other role may call the install."},
    },
    "roles",
    "only_listed",
)
CREDENTIAL: Final = closed(
    {
        "origin": string("An origin that a destination of the manifest admits.", format="origin", maxLength=egress.MAX_DESTINATION),
        "header": string("The header's name, in lower case.", format="header-name", minLength=1, maxLength=64),
        "prefix": string("What is written before the value.", maxLength=64, pattern=r"^[\x20-\x7e]*$"),
        "secret": string("The name of the secret whose value follows.", pattern=f"^{_NAME}$"),
    },
    "prefix",
)
_SECRET = closed(
    {
        "name": string(),
        "revision": whole("At which it was stored."),
        "expires_at": TIME,
        "key_ids": listed(string(), sealing.MAX_KEYS, "The keys that it is sealed to."),
        "updated_at": TIME,
    },
    "expires_at",
)
_BOX = closed(
    {
        "key_id": string("One of the recipients.", format="key-id"),
        "algorithm": {"const": "hpke/x25519-hkdf-sha256/aes-256-gcm"},
        "ciphertext": string(
            "Base64 of 48 bytes to 8 KiB.", pattern="^([A-Za-z0-9+/]{4}){16,2730}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
        ),
    }
)
_MILLISECONDS = r"^20[3-9]\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?Z$"
SEALED: Final = closed(
    {
        "if_revision": whole("The revision of the install's secrets that the boxes are bound to.", (1 << 63) - 2),
        "expires_at": string("Whole milliseconds.", pattern=_MILLISECONDS),
        "boxes": listed(_BOX, sealing.MAX_KEYS, "One for each key.", minItems=1),
    },
    "expires_at",
)
_EVENT = closed(
    {
        "ts": TIME,
        "level": string(enum=list(LEVELS)),
        "stream": string(),
        **{name: string() for name in ("tenantId", "extensionId", "installId", "requestId", "versionId", "contentHash", "message")},
        "truncated": FLAG,
        "execution": closed(
            {
                "id": string(),
                "status": nullable(whole("What it answered.", 599)),
                "reason": nullable(string(enum=CODES)),
                "ms": {"type": "number", "minimum": 0},
                "usage": closed(
                    {
                        **_counters("handlerUs", "hostWaitUs", "egressBytes", "storageBytes", "logLines", "logBytes"),
                        "hostCalls": COUNTS,
                    }
                ),
            },
            text="At the end of a call only.",
        ),
    },
    "execution",
    text="The `data` of one event of the stream.",
)
_SENT = closed(
    {
        "id": string("For `last-event-id`."),
        "event": string(enum=["message", "dropped"]),
        "data": string("An `Event` as JSON.", contentMediaType="application/json", contentSchema=ref("Event")),
    },
    "id",
    "event",
    text="One server-sent event.",
)

SCHEMAS: Final[dict[str, Any]] = {
    "Problem": PROBLEM,
    "Execution": closed(_EXECUTION),
    "ExecutionWithLines": closed({**_EXECUTION, "lines": listed(_LINE, 1_000), "lines_truncated": FLAG}),
    "Menu": closed(
        {
            "items": listed(
                closed(
                    {
                        "install_id": string(),
                        "extension_id": string(),
                        "extension": string("Its name."),
                        "version": string(),
                        "content_hash": string(pattern="^sha256:[0-9a-f]{64}$"),
                        "label": string("What its publisher calls it.", minLength=1, maxLength=MAX_LABEL),
                    }
                ),
                200,
            ),
            "next_page_token": string("For `page_token`; empty = the last page."),
        }
    ),
    "Executions": closed(
        {"executions": listed(ref("Execution"), 200), "next_page_token": string("For `page_token`; empty = the last page.")}
    ),
    "Usage": closed(
        {
            "days": listed(
                closed(
                    {
                        "day": string(pattern=r"^\d{4}-\d{2}-\d{2}$"),
                        **_counters("executions", "failures", *_SUMS),
                        "failures_by_blame": COUNTS,
                        "host_calls": COUNTS,
                    }
                ),
                400,
            )
        }
    ),
    "Schedule": _SCHEDULE,
    "Schedules": closed({"schedules": listed(ref("Schedule"), 1_000)}),
    "Occurrence": _OCCURRENCE,
    "Occurrences": closed({"occurrences": listed(ref("Occurrence"), 100)}),
    "Configuration": closed({**_HEAD, "configuration": {"type": "object", "additionalProperties": {"type": "string"}}}),
    "Access": closed({**_HEAD, "access": nullable(ACCESS)}),
    "Egress": closed(
        {**_HEAD, "destinations": nullable(listed(string(), egress.MAX_DESTINATIONS, "Null: the tenant says nothing."))}
    ),
    "Credentials": closed(
        {**_HEAD, "credentials": listed(closed({name: string() for name in ("origin", "header", "prefix", "secret")}), 16)}
    ),
    "Secrets": closed({**_HEAD, "secrets": listed(_SECRET, 64, "By name.")}),
    "StoredSecrets": closed({"revision": _HEAD["revision"], "secrets": listed(_SECRET, 64, "By name.")}),
    "Recipients": closed(
        {
            "recipients": listed(
                closed({"key_id": string(), "public_key_pem": string("X25519.")}), sealing.MAX_KEYS, "Empty: no secret can be set."
            )
        }
    ),
    "Event": _EVENT,
    "SentEvent": _SENT,
    "Ready": closed({"ready": FLAG, "gateway": FLAG, "registry": FLAG, "runner": FLAG}),
}
