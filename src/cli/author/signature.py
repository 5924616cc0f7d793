"""Signing a bundle, and verifying one step by step.

Verifying: 1 trust bundle, 2 envelope and signature, 3 content hash, 4 archive, 5 tar digest, 6 manifest,
7 validity in time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from cryptography.x509 import Certificate

from cli.author.bundle import Opened, open_bundle, read_index, read_manifest
from kernel import dsse
from kernel.archive import ArchiveIndex
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.manifest import Manifest
from kernel.signing import SigningKey
from kernel.trust import Signer, TrustBundle

STEPS: Final = {
    "trust bundle": "every block of the PEM text is a public key, or the certificate of an authority with an ECDSA P-256 key",
    "envelope and signature": "the statement's bytes were signed by a trusted key, or by one whose certificate is for signing "
    "code, leads to a trusted root, and was valid then, as were those above it",
    "content hash": "the file has the SHA-256 digest that the statement says",
    "archive": "the archive keeps every rule of the format: paths, kinds, sizes, order",
    "tar digest": "unpacked, it has the SHA-256 digest that the statement says",
    "manifest": "the manifest is valid, its files are there, and its name, version and publisher are the statement's",
    "validity in time": "the statement was made before that time, and had not expired",
}
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a verification: `checks` is what holds when it is ok, `detail` what was found.

    `fault` is why it failed; a step after a failed one that it needs is not tried (`ok` None).
    """

    number: int
    name: str
    checks: str
    ok: bool | None
    detail: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """All steps, and those whose signatures hold."""

    steps: tuple[Step, ...]
    signers: tuple[Signer, ...]

    @property
    def failed(self) -> Step | None:
        """The first step that failed."""
        return next((step for step in self.steps if step.ok is False), None)


@dataclass(slots=True)
class _Steps:
    done: list[Step] = field(default_factory=list)

    def take(self, work: Callable[[], tuple[_Found, str]], *needs: object) -> _Found | None:
        """Do the next step; None when it fails, or when something that it needs is missing."""
        number = len(self.done) + 1
        name, checks = list(STEPS.items())[number - 1]
        if any(need is None for need in needs):
            self.done.append(Step(number, name, checks, None, "not tried: it needs a step that failed"))
            return None
        try:
            found, detail = work()
        except Fault as fault:
            self.done.append(Step(number, name, checks, False, fault.public, fault))
            return None
        self.done.append(Step(number, name, checks, True, detail))
        return found


def sign(
    data: bytes, key: SigningKey, now: datetime, valid_for: timedelta | None, chain: Sequence[Certificate] = ()
) -> tuple[bytes, dsse.Statement, Opened]:
    """The envelope over a bundle, what it says, and what is in the bundle. Raises ARCHIVE_INVALID and MANIFEST_INVALID.

    `chain` as in `Statement.sign`, which raises INVALID_ARGUMENT.
    """
    opened = open_bundle(data)
    said = opened.manifest
    expires = now + valid_for if valid_for else None
    statement = dsse.Statement(said.name, said.version, said.publisher, opened.content_hash, opened.tar_digest, now, expires)
    return statement.sign(key, chain), statement, opened


def verify(data: bytes, envelope: bytes, trust_pem: bytes, moment: datetime) -> Verification:
    """Every step of a verification as of a moment, failed ones included; raises nothing."""
    steps = _Steps()
    # 1 trust bundle
    trust = steps.take(lambda: _trusted(trust_pem))
    # 2 envelope and signature
    signed = steps.take(lambda: _signed(envelope, trust, moment), trust)
    statement, signers = signed or (None, ())
    # 3 content hash
    steps.take(lambda: _hash(data, statement), statement)
    # 4 archive
    opened = steps.take(lambda: _archive(data))
    # 5 tar digest
    steps.take(lambda: _tar(opened, statement), opened, statement)
    # 6 manifest
    steps.take(lambda: _manifest(opened, statement), opened)
    # 7 validity in time
    steps.take(lambda: _time(statement, moment), statement)
    return Verification(tuple(steps.done), signers)


def _trusted(pem: bytes) -> tuple[TrustBundle, str]:
    trust = TrustBundle.parse(pem, "trust bundle")
    return trust, f"{_count(len(trust.keys), 'public key')}, {_count(len(trust.roots), 'root certificate')}"


def _signed(envelope: bytes, trust: TrustBundle | None, moment: datetime) -> tuple[tuple[dsse.Statement, tuple[Signer, ...]], str]:
    statement, signers = dsse.verify(envelope, trust or TrustBundle.empty(), moment)
    return (statement, signers), f"signed by {'; and by '.join(_who(signer) for signer in signers)}"


def _who(signer: Signer) -> str:
    if not signer.authorities:
        return f"{signer.key_id}, a key of the trust bundle"
    return f"{signer.key_id}, certified by {', by '.join(signer.authorities)}, a root of the trust bundle"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _hash(data: bytes, statement: dsse.Statement | None) -> tuple[bool, str]:
    found = Digest.of(data)
    if statement is not None and statement.archive != found:
        raise _mismatch("content hash", str(found), str(statement.archive))
    return True, f"the file has the signed hash {found}"


def _archive(data: bytes) -> tuple[tuple[ArchiveIndex, bytes | None], str]:
    index, manifest = read_index(data)
    return (index, manifest), f"{len(index.entries)} files, {index.tar_size} bytes unpacked"


def _tar(opened: tuple[ArchiveIndex, bytes | None] | None, statement: dsse.Statement | None) -> tuple[bool, str]:
    assert opened is not None
    assert statement is not None
    found = opened[0].tar_digest
    if statement.tar != found:
        raise _mismatch("tar digest", str(found), str(statement.tar))
    return True, f"the tar has the signed digest {found}"


def _manifest(opened: tuple[ArchiveIndex, bytes | None] | None, statement: dsse.Statement | None) -> tuple[Manifest, str]:
    assert opened is not None
    manifest = read_manifest(*opened)
    if statement is not None:
        for name in ("name", "version", "publisher"):
            if (found := getattr(manifest, name)) != (signed := getattr(statement, name)):
                raise _mismatch(name, found, signed)
    return manifest, f"{manifest.name} {manifest.version} of {manifest.publisher}"


def _time(statement: dsse.Statement | None, moment: datetime) -> tuple[bool, str]:
    assert statement is not None
    statement.check_time(moment)
    end = f", valid until {_text(statement.expires_at)}" if statement.expires_at else ", without an end"
    return True, f"signed at {_text(statement.signed_at)}{end}"


def _mismatch(what: str, found: str, signed: str) -> Fault:
    return Fault.invalid(what, f"is {found}, but {signed} was signed", Reason.STATEMENT_MISMATCH)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
