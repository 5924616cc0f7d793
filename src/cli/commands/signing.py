"""`sign` and `verify`: the publisher's signature over a bundle."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import options, output
from cli.exits import ExitCode
from cli.moments import moment
from cli.problem import Problem
from cli.session import DEVELOPMENT_KEY
from cli.up.layout import PUBLISHER

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from cli.author.signature import Verification

Bundle = Annotated[Path, typer.Argument(help="The bundle, or the extension's folder (then its dist/bundle.tar.zst).", exists=True)]
_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_MAX_PEM: Final = 1 << 20
_CHAIN_HINT: Final = "name a PEM file with the certificate of the signing key first, then those of the authorities above it"


def sign(
    bundle: Bundle = Path("."),
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            "-k",
            envvar="ALGA_EXT_SIGNING_KEY",
            help="Private key file that `keygen` made; the development key of the local platform by default.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The envelope; beside the bundle, with .dsse.json, by default.", dir_okay=False),
    ] = None,
    expires_in: Annotated[
        str | None, typer.Option("--expires-in", help="How long it may be published, e.g. 30m, 12h, 90d; no end by default.")
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate",
            help="PEM chain of the key, for a trust bundle that has a root above it and not the key: the key's certificate first "
            "(ECDSA P-256, for code signing), then at most 4 intermediates.",
            show_default=False,
        ),
    ] = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Sign a bundle: writes a DSSE envelope over an in-toto statement of its hashes, name, version and publisher."""
    from cli.author import layout
    from cli.author.files import read_bounded, write_whole
    from cli.author.signature import sign as run
    from kernel.errors import Fault
    from kernel.signing import SigningKey

    valid_for = duration(expires_in) if expires_in else None
    key = key or _development_key(data_dir)
    try:
        signing_key = SigningKey.parse(read_bounded(key, _MAX_PEM, "the key"))
    except Fault as fault:
        raise Problem(f"{key} is not a private signing key", "make one with `alga-ext keygen`", ExitCode.USAGE) from fault
    chain = _chain(certificate, signing_key.public.key_id) if certificate else ()
    path = layout.bundle_path(bundle)
    now = datetime.now(UTC).replace(microsecond=0)
    envelope, statement, _ = run(layout.read_bundle(path), signing_key, now, valid_for, chain)
    target = out or layout.envelope_of(path)
    write_whole(target, envelope)
    record = {
        "envelope": str(target),
        "key_id": signing_key.public.key_id,
        "certificates": len(chain),
        "content_hash": str(statement.archive),
        "name": statement.name,
        "version": statement.version,
        "publisher": statement.publisher,
        "expires_at": statement.expires_at.isoformat() if statement.expires_at else None,
    }
    output.result(record, lambda: output.fields(record, tuple(record)))


def verify(
    bundle: Bundle = Path("."),
    envelope: Annotated[
        Path | None, typer.Option("--envelope", "-e", help="The envelope; beside the bundle by default.", dir_okay=False)
    ] = None,
    trust: Annotated[
        str | None,
        typer.Option(
            "--trust-bundle",
            envvar="SIGNING_TRUST_BUNDLE",
            help="PEM file with the public keys and root certificates to trust, or the PEM itself; that of the local platform by "
            "default.",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="Judge as of this time, e.g. 2026-06-01T12:00:00Z; now by default."),
    ] = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Verify a bundle step by step against its envelope and a trust bundle; exits 1 when a step fails.

    Says what each step checked, and at the end what you still have to trust. The registry, which also knows revoked keys and owners
    of names, has the last word when it is published.
    """
    from cli.author import layout
    from cli.author.files import read_bounded
    from cli.author.remaining_trust import remaining_trust
    from cli.author.signature import verify as run
    from kernel.dsse import MAX_ENVELOPE_BYTES

    path = layout.bundle_path(bundle)
    when = moment(at) if at is not None else datetime.now(UTC)
    if trust and trust.lstrip().startswith("-----BEGIN"):
        trusted, source = trust.encode(), "given as text"
    else:
        file = Path(trust) if trust else data_dir / "keys" / "trust.pem"
        trusted, source = read_bounded(file, _MAX_PEM, "the trust bundle"), str(file)
    signed = read_bounded(envelope or layout.envelope_of(path), MAX_ENVELOPE_BYTES, "the envelope")
    done = run(layout.read_bundle(path), signed, trusted, when)
    failed = done.failed
    clock = f"{when.isoformat(timespec='seconds')}, {'as you said' if at else 'by the clock of this machine'}"
    left = remaining_trust(done.signers, source, clock) if failed is None else ()
    record = {
        "verified": failed is None,
        "at": when.isoformat(),
        "failed_step": failed.name if failed else None,
        "reason": failed.fault.code if failed and failed.fault else None,
        "signers": [{"key_id": signer.key_id, "authorities": list(signer.authorities)} for signer in done.signers],
        "steps": [
            {"number": step.number, "name": step.name, "checks": step.checks, "ok": step.ok, "detail": step.detail}
            for step in done.steps
        ],
        "remaining_trust": list(left),
    }
    output.result(record, lambda: _explained(done, left))
    if failed is not None:
        raise typer.Exit(ExitCode.FAILED)


def _explained(done: "Verification", left: Sequence[str]) -> str:
    marks = {True: "ok", False: "FAILED", None: "-"}
    lines = []
    for step in done.steps:
        lines += [f"{step.number} {step.name:<24} {marks[step.ok]:<7} {step.detail}", f"  checks that {step.checks}"]
    failed = done.failed
    lines.append("verified" if failed is None else f"not verified: step {failed.number}, {failed.name}")
    if left:
        lines += ["", "what you still have to trust", *(f"{number} {text}" for number, text in enumerate(left, 1))]
    return "\n".join(lines)


def _chain(path: Path, key_id: str) -> "tuple[Certificate, ...]":
    from cli.author.files import read_bounded
    from kernel.certificates import key_of, read_chain
    from kernel.errors import Fault

    try:
        chain = read_chain(read_bounded(path, _MAX_PEM, "the certificate"), "certificate")
        leaf = key_of(chain[0], "certificate")
    except Fault as fault:
        rules = "; ".join(item.rule for item in fault.violations)
        raise Problem(f"{path} is not a chain of certificates: {rules}", _CHAIN_HINT, ExitCode.USAGE) from fault
    if leaf.key_id != key_id:
        raise Problem(f"the first certificate of {path} is of another key", _CHAIN_HINT, ExitCode.USAGE)
    return chain


def _development_key(data_dir: Path) -> Path:
    key = data_dir / DEVELOPMENT_KEY
    if not key.is_file():
        raise Problem("no signing key is named", "make one with `alga-ext keygen KEY` and name it: --key KEY", ExitCode.USAGE)
    output.note(f"signing with the local platform's development key for publisher {PUBLISHER}; name another with --key")
    return key


def duration(text: str) -> timedelta:
    """`30m`, `12h` or `90d` as a time span. Raises Problem."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise Problem(f"{text} is not a duration", "write a number and m, h or d, e.g. --expires-in 90d", ExitCode.USAGE)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
