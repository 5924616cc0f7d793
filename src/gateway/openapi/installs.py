"""What admins of a tenant read and set of an install; the path's last part names it."""

from typing import Any, Final

from gateway.handlers.debug import DEFAULT_TAIL, LEVELS, MAX_SECONDS, MAX_TAIL
from gateway.handlers.installs import MAX_DAYS, MAX_PAGE
from gateway.openapi.calls import REFERENCE, TENANT
from gateway.openapi.parts import (
    BODY,
    BY_KEY,
    CALLER,
    EXTENSION,
    OWNED,
    Json,
    answer,
    body,
    closed,
    in_path,
    in_query,
    listed,
    nullable,
    operation,
    ref,
    string,
    whole,
)
from gateway.openapi.schemas import ACCESS, CONFIGURATION, CREDENTIAL, DESTINATION, SEALED
from kernel import egress, fields, sealing
from kernel.errors import Reason

INSTALL: Final = in_path("install", "The install's id, or the extension's id or name.", EXTENSION, pattern=REFERENCE)
EXECUTION: Final = "00000000000000000000000000000001"  # examples that a test replaces by real ones
KEY_ID: Final = f"sha256:{'1' * 64}"
_ID: Final = r"^[A-Za-z0-9._-]{1,128}$"
_REVISION: Final = nullable(
    whole("Set it only if the install has this revision still; null or absent = whichever it has.", (1 << 63) - 2)
)


def _get(summary: str, schema: str, *parameters: Json, reasons: tuple[Reason, ...] = (), **more: Any) -> Json:
    answers = {"200": answer("It is there.", ref(schema), fields=("Cache-Control",))}
    return operation(summary, "installs", answers, (*OWNED, *reasons), parameters=[INSTALL, *parameters], **more)


def _set(summary: str, schema: str, of: Json, example: Any, *parameters: Json, **more: Any) -> Json:
    wrong = (*OWNED, *BODY, Reason.REVISION_CONFLICT)
    answers = {"200": answer("It is set.", ref(schema), fields=("Cache-Control",))}
    said = body(of, example, "Replaces all of it.")
    return operation(
        summary, "installs", answers, wrong, parameters=[INSTALL, *parameters], requestBody=said, security=BY_KEY, **more
    )


_SECRET: Final = in_path("secret", "The secret's name.", "token", pattern=f"^{sealing.NAME.pattern}$")
INSTALLS: Final[dict[str, Json]] = {
    "menu": operation(
        "Which extensions the caller can open, and with what",
        "installs",
        {"200": answer("One page; a page may be empty and not the last.", ref("Menu"), fields=("Cache-Control",))},
        CALLER,
        parameters=[
            in_query("page_size", "Of installs; 0 = 50.", whole("How many.", MAX_PAGE)),
            in_query(
                "page_token", "`next_page_token` of the page before.", string(format="page-token", maxLength=fields.MAX_TOKEN)
            ),
        ],
        description="Hook `clientPortalMenu` for users of type `client`, `appMenu` for all others. `docs/ui.md`.",
    ),
    "executions.list": _get(
        "Calls that an install answered, the newest first",
        "Executions",
        in_query("page_size", "0 = 50.", whole("How many.", MAX_PAGE)),
        in_query("page_token", "`next_page_token` of the page before.", string(format="page-token", maxLength=fields.MAX_TOKEN)),
    ),
    "executions.get": _get(
        "One of them, with what it logged",
        "ExecutionWithLines",
        in_path("execution", "Its id, or its request's.", EXECUTION, pattern=REFERENCE),
    ),
    "usage.get": _get("What an install used, by day", "Usage", in_query("days", "0 = 30.", whole("How many.", MAX_DAYS))),
    "config.get": _get("An install's configuration", "Configuration", security=BY_KEY),
    "config.set": _set(
        "Replace the configuration, which the extension reads",
        "Configuration",
        closed({"configuration": CONFIGURATION, "if_revision": _REVISION}, "if_revision"),
        {"configuration": {"currency": "EUR"}},
        description="At most 16 KiB together. No place for secrets: the extension and all admins read it.",
    ),
    "access.get": _get("Who may call an install", "Access", security=BY_KEY),
    "access.set": _set(
        "Replace who may call it",
        "Access",
        closed({"access": nullable(ACCESS), "if_revision": _REVISION}, "if_revision"),
        {"access": {"roles": [{"role": "auditor", "read": True, "write": False}], "only_listed": False}},
        description="For the roles that are listed in place of what the gateway says of them; null = nothing.",
    ),
    "egress.get": _get("Where the tenant lets an install send requests", "Egress", security=BY_KEY),
    "egress.set": _set(
        "Replace the destinations",
        "Egress",
        closed(
            {"destinations": nullable(listed(DESTINATION, egress.MAX_DESTINATIONS, uniqueItems=True)), "if_revision": _REVISION},
            "if_revision",
        ),
        {"destinations": ["api.example.com"]},
        description="Of those that the manifest names, these alone; null = all of them. `docs/egress.md`.",
    ),
    "credentials.get": _get("Which secrets the host adds to an install's requests", "Credentials", security=BY_KEY),
    "credentials.set": _set(
        "Replace them",
        "Credentials",
        closed({"credentials": listed(CREDENTIAL, 16), "if_revision": _REVISION}, "if_revision"),
        {"credentials": [{"origin": "https://api.example.com", "header": "authorization", "prefix": "Bearer ", "secret": "token"}]},
        description="`docs/secrets.md`.",
    ),
    "secrets.list": _get("An install's secrets, without their values", "Secrets", security=BY_KEY),
    "secrets.put": _set(
        "Store one secret, sealed to the runners' keys",
        "StoredSecrets",
        SEALED,
        {
            "if_revision": 0,
            "boxes": [{"key_id": KEY_ID, "algorithm": "hpke/x25519-hkdf-sha256/aes-256-gcm", "ciphertext": "A" * 80}],
        },
        _SECRET,
        description="How to seal: `docs/secrets.md`.",
    ),
    "secrets.remove": operation(
        "Remove one secret, if it is there",
        "installs",
        {"200": answer("It is not there.", ref("StoredSecrets"), fields=("Cache-Control",))},
        (*OWNED, Reason.REVISION_CONFLICT),
        parameters=[INSTALL, _SECRET],
        security=BY_KEY,
    ),
    "recipients.list": operation(
        "The keys that secrets are sealed to",
        "installs",
        {"200": answer("All of them.", ref("Recipients"), fields=("Cache-Control",))},
        OWNED,
        security=BY_KEY,
    ),
    "debug.stream": operation(
        "What the tenant's extensions do, as it happens",
        "installs",
        {
            "200": answer(
                "Server-sent events; `event: dropped` where some are missing.",
                ref("SentEvent"),
                media_type="text/event-stream; charset=utf-8",
                fields=("Cache-Control", "X-Accel-Buffering"),
            )
        },
        (*OWNED, Reason.EXTENSION_NOT_AVAILABLE, Reason.EXTENSION_DISABLED, Reason.EXTENSION_REVOKED),
        parameters=[
            in_query("tenantId", "Must be the caller's own.", string(pattern=TENANT), example="demo"),
            in_query(
                "extensionId", "The extension's name or id, or the install's id.", string(pattern=REFERENCE), example=EXTENSION
            ),
            in_query("installId", "Of this install only.", string(pattern=_ID)),
            in_query("requestId", "Of this request only.", string(pattern=_ID)),
            in_query("level", "At least this level.", string(enum=list(LEVELS))),
            in_query("tail", f"How many of those that were; {DEFAULT_TAIL} unless told.", whole("How many.", MAX_TAIL)),
            in_query("seconds", "End after this time; otherwise the client does.", whole("Seconds.", MAX_SECONDS, 1), example=1),
        ],
    ),
}
