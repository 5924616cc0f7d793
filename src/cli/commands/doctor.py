"""`doctor`: does everything answer, and does every invariant of the registry hold."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import options, output
from cli.exits import ExitCode
from cli.output import Record
from cli.session import Session

if TYPE_CHECKING:
    from cli.client.registry import RegistryClient

_OK, _WARNING, _ERROR = "ok", "warning", "error"
# What is worst stands last, next to the prompt.
_GROUPS: Final = {
    _OK: "what is well",
    _WARNING: "what somebody should know",
    _ERROR: "what is broken",
}
_LOGS: Final = "see whether it runs, and look into its log (of a local platform: in DATA_DIR/logs)"


def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Read, hash and unpack every bundle, too.")] = False,
    registry: options.Registry = None,
    gateway: options.Gateway = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Check that the platform answers and that every invariant of the registry holds; nothing is changed.

    Needs an operator's key. Exits with 1 when something is broken; warnings alone exit with 0. Gateway and runner are checked as
    far as their addresses are known: from --gateway, or from the data directory of a local platform.
    """
    session = Session(data_dir, registry, gateway, api_key_file, tls_ca)
    findings = _services(session)
    findings += session.ask(lambda client: _diagnose(client, deep))
    counts = Counter(finding["severity"] for finding in findings)
    record = {"findings": findings, "ok": counts[_OK], "warnings": counts[_WARNING], "errors": counts[_ERROR]}
    output.result(record, lambda: _text(findings, counts))
    if counts[_ERROR]:
        raise typer.Exit(ExitCode.FAILED)


async def _diagnose(client: "RegistryClient", deep: bool) -> list[Record]:
    findings = []
    async for finding in client.maintenance.diagnose(deep=deep):
        output.note(f"{finding['severity']:<8} {finding['check']}")
        findings.append(finding)
    return findings


def _services(session: Session) -> list[Record]:
    """Whether each service answers. Of a registry that does not, more is told by the question that follows."""
    from cli.client.health import gateway_trouble, service_trouble

    address = session.registry_address()
    found = [_answers("registry", address, asyncio.run(service_trouble(address, session.tls_ca)))]
    if url := session.known("gateway"):
        found.append(_answers("gateway", url, gateway_trouble(url)))
    if runner := session.known("runner"):
        found.append(_answers("runner", runner, asyncio.run(service_trouble(runner))))
    return found


def _answers(service: str, address: str, trouble: str) -> Record:
    output.note(f"{_ERROR if trouble else _OK:<8} {service}-answers")
    return {
        "check": f"{service}-answers",
        "severity": _ERROR if trouble else _OK,
        "subject": address if trouble else "",
        "text": trouble or f"the {service} at {address} answers",
        "next_step": _LOGS if trouble else "",
    }


def _text(findings: list[Record], counts: Counter[str]) -> str:
    width = max(len(finding["check"]) for finding in findings)
    blocks = []
    for severity, title in _GROUPS.items():
        lines = [line for finding in findings if finding["severity"] == severity for line in _lines(finding, width)]
        if lines:
            blocks.append("\n".join([f"{severity.upper()}: {title}", *lines]))
    told = f"{counts[_OK]} checks passed, {counts[_WARNING]} warnings, {counts[_ERROR]} errors"
    return "\n\n".join([*blocks, told])


def _lines(finding: Record, width: int) -> list[str]:
    about = f"{finding['subject']}: " if finding["subject"] else ""
    lines = [f"  {finding['check']:<{width}}  {about}{finding['text']}"]
    if finding["next_step"]:
        lines.append(f"  {'':<{width}}  next: {finding['next_step']}")
    return lines
