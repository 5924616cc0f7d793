"""What stops a command, in words for the person who ran it: what is wrong, and what to do next."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from cli.exits import ExitCode

if TYPE_CHECKING:
    from kernel.errors import Fault


class Problem(Exception):  # noqa: N818 - what people read is a problem and its next step
    """An expected failure. `text` says what is wrong, `next_step` what to do; no traceback is shown."""

    def __init__(
        self,
        text: str,
        next_step: str,
        code: ExitCode = ExitCode.FAILED,
        *,
        reason: str = "command_failed",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(text)
        self.text, self.next_step, self.code, self.reason = text, next_step, code, reason
        self.details = dict(details or {})

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints: `{"error": {"reason", "message", "next", …}}`."""
        return {"error": {"reason": self.reason, "message": self.text, "next": self.next_step, **self.details}}


# What helps, by the name of the reason.
_NEXT: Final = {
    "UNAUTHENTICATED": "show a valid key: --api-key-file FILE, or ALGA_EXT_API_KEY",
    "PERMISSION_DENIED": "use a key of a role that may do this (`alga-ext api-key list` shows the keys and their roles)",
    "NOT_FOUND": "look for the right name: `alga-ext list` shows what this key can see. An extension that exists may be private:\n"
    "       `alga-ext visibility EXTENSION --tenant TENANT` lets a tenant install it",
    "ALREADY_EXISTS": "`alga-ext list --tenant TENANT` shows what is installed; `alga-ext update` changes its version",
    "UNAVAILABLE": "check that the platform runs (`alga-ext up` starts it) and that the address is right",
    "DEADLINE_EXCEEDED": "try again; if it happens again, look into the service's log",
    "DRAINING": "use another runner, or wait until this one is replaced; `alga-ext ops resume` ends a drain",
    "OVERLOADED": "wait a moment and try again",
    "INTERNAL": "look into the service's log for the request",
    "QUOTA_EXCEEDED": "remove what is no longer needed, or ask the operator for more",
    "ARCHIVE_INVALID": "remove or rename the file that is named, then `alga-ext pack`, `sign` and `publish` again",
    "MANIFEST_INVALID": "correct manifest.json, then `alga-ext pack` again",
    "COMPONENT_INVALID": "build against extension.wit with `alga-ext build --force`, then pack, sign and publish again",
    "VERSION_CONFLICT": "versions never change: raise `version` in manifest.json, then pack, sign and publish again",
    "VERSION_YANKED": "name another version: `alga-ext list EXTENSION` shows them",
    "VERSION_REVOKED": "name another version: `alga-ext list EXTENSION` shows them",
    "UPDATE_NOT_PENDING": "`alga-ext list --tenant TENANT` shows what waits; `alga-ext update` asks for an update",
    "REVISION_CONFLICT": "somebody else changed the install at the same time: look at it and try again",
    "NAME_TAKEN": "choose a `name` below a domain of your own in manifest.json",
    "ENVELOPE_MISSING": "sign the bundle first: `alga-ext sign BUNDLE --key KEY`",
    "ENVELOPE_INVALID": "sign the bundle again: `alga-ext sign BUNDLE --key KEY`",
    "SIGNATURE_INVALID": "the envelope was altered: sign the bundle again with `alga-ext sign BUNDLE --key KEY`",
    "SIGNER_UNTRUSTED": "add the key's public half to the trust bundle, and to the publisher with `alga-ext publisher add-key`",
    "STATEMENT_MISMATCH": "the bundle changed after it was signed: `alga-ext sign BUNDLE --key KEY` signs it as it is now",
    "ENVELOPE_EXPIRED": "sign the bundle again: `alga-ext sign BUNDLE --key KEY`",
    "BUNDLE_DIGEST_MISMATCH": "the file changed while it was sent: publish it again",
    "BUNDLE_SIZE_MISMATCH": "the file changed while it was sent: publish it again",
}


def from_fault(fault: "Fault") -> Problem:
    """A fault of a service, or of the kernel, for people."""
    from kernel.errors import Reason

    code = ExitCode.UNREACHABLE if fault.reason is Reason.UNAVAILABLE else ExitCode.FAILED
    details: dict[str, Any] = {}
    if fault.violations:
        details["violations"] = [{"field": item.field, "rule": item.rule} for item in fault.violations]
    if fault.facts:
        details["facts"] = fault.facts
    text = fault.public
    if fault.reason in (Reason.INTERNAL, Reason.UNAVAILABLE) and fault.log:
        text = f"{text} ({fault.log})"  # whoever runs a command may read what its own process says
    next_step = _NEXT.get(fault.reason.name, "correct what is named and try again; --help tells the rules")
    return Problem(text, next_step, code, reason=fault.code, details=details)
