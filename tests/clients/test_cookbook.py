"""docs/grpcurl.md, command by command, with the real grpcurl on a real platform; each answer is what the document says."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kernel import dsse
from kernel.archive import pack, read_archive
from kernel.digest import Digest
from kernel.signing import SigningKey
from tests import guests
from tests.guests.bundles import bundle_files, manifest
from tests.platform import ROOT, Platform

NAME = "com.example.cookbook"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
ANY = "…"


def steps() -> list[tuple[str, list[tuple[str, str]]]]:
    """Each command, and the answers under it."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for kind, text in BLOCK.findall((ROOT / "docs" / "grpcurl.md").read_text()):
        if kind == "sh":
            found.append((text, []))
        else:
            found[-1][1].append((kind, text))
    return found


def documents(text: str) -> Iterator[Any]:
    """The JSON documents of an answer, one after the other; what follows the last one is grpcurl's error."""
    decoder, at = json.JSONDecoder(), 0
    while match := re.compile(r"\s*(?=\{)").match(text, at):
        found, at = decoder.raw_decode(text, match.end())
        yield found


def fits(wanted: Any, got: Any) -> bool:
    """Whether all that the document shows is there."""
    if wanted == ANY:
        return got is not None
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(fits(value, got.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(got, list) and all(any(fits(one, other) for other in got) for one in wanted)
    return bool(wanted == got)


def published(platform: Platform, folder: Path) -> dict[str, str]:
    """What `alga-ext pack` and `alga-ext sign` leave, and where the services are."""
    files = bundle_files(NAME, guests.component("storage"), capabilities=manifest("storage")["capabilities"])
    archive = pack(files)
    statement = dsse.Statement(NAME, "1.0.0", "example", Digest.of(archive), read_archive(archive).tar_digest, datetime.now(UTC))
    keys = Path(platform.told["keys"])
    (folder / "bundle").write_bytes(archive)
    (folder / "envelope").write_bytes(statement.sign(SigningKey.parse((keys / "publisher-example.pem").read_bytes())))
    return {
        "BUNDLE": str(folder / "bundle"),
        "ENVELOPE": str(folder / "envelope"),
        "REGISTRY": platform.told["registry_tcp"],
        "RUNNER": platform.told["runner_tcp"],
        "KEY_FILE": str(keys / "operator.key"),
    }


@pytest.mark.needs("grpcurl")
def test_every_command_answers_as_it_is_written(platform: Platform, tmp_path: Path) -> None:
    cookbook = steps()
    outputs = [tmp_path / f"answer-{number}" for number in range(len(cookbook))]
    # One shell for all of them: what a step sets, later ones use. A failing rpc is an answer too.
    script = "\n".join(f"{{\n{text}}} >{output} 2>&1" for (text, _), output in zip(cookbook, outputs, strict=True))
    try:
        subprocess.run(
            ["bash", "-uc", script], cwd=ROOT, env={**os.environ, **published(platform, tmp_path)}, timeout=170, check=False
        )
        wrong: list[str] = []
        for (text, answers), output in zip(cookbook, outputs, strict=True):
            said = output.read_text()
            for kind, answer in answers:
                if kind == "json":
                    got = list(documents(said))
                    missing: list[Any] = [one for one in documents(answer) if not any(fits(one, other) for other in got)]
                else:
                    missing = [line for line in answer.splitlines() if line.strip() not in said]
                if missing:
                    wrong.append(f"{text}\nanswered\n{said}")
        assert not wrong, "\n".join(wrong)
    finally:
        with platform.channel("runner_tcp") as channel:
            resume = channel.unary_unary("/alga.runner.v1.OpsService/Resume", bytes, bytes)
            resume(b"", metadata=platform.metadata(), timeout=30)


def test_every_command_shows_its_answer() -> None:
    cookbook = steps()
    assert len(cookbook) > 20
    assert [text for text, answers in cookbook[1:] if not answers] == []
