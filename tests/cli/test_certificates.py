"""Signing with a certificate chain, verifying as of a time, and what verification says that it cannot know."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from kernel.signing import SigningKey
from tests.unit.kernel.certificates import Authority, chain, pem

from .conftest import Run

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def write(leaf: Authority, certificates: list[x509.Certificate] | None = None) -> None:
    """The key and its chain, in the working directory."""
    Path("leaf.pem").write_bytes(leaf.signing_key.pem)
    Path("chain.pem").write_bytes(pem(leaf.chain if certificates is None else certificates))


@pytest.fixture
def packed(run: Run, extension: Path) -> Path:
    assert run("pack", extension).code == 0
    return extension


def test_a_chain_is_signed_with_and_verified_up_to_its_root(run: Run, packed: Path) -> None:
    root, leaf = chain(depth=2, start=NOW - DAY, leaf={"start": NOW - DAY})
    write(leaf)
    Path("roots.pem").write_bytes(root.pem)
    said = run("sign", packed, "-k", "leaf.pem", "--certificate", "chain.pem", "--json").json
    assert (said["key_id"], said["certificates"]) == (leaf.key_id, 3)
    ran = run("verify", packed, "--trust-bundle", "roots.pem", "--json")
    assert ran.code == 0, ran.out
    [signer] = ran.json["signers"]
    assert (signer["key_id"], signer["authorities"][-1], len(signer["authorities"])) == (leaf.key_id, root.key_id, 3)
    assert any("certificate authority" in text for text in ran.json["remaining_trust"])
    # The root may be in the file as well, and the plain key be trusted instead.
    write(leaf, [*leaf.chain, root.certificate])
    assert run("sign", packed, "-k", "leaf.pem", "--certificate", "chain.pem").code == 0
    assert run("verify", packed, "--trust-bundle", "roots.pem").code == 0
    assert run("verify", packed, "--trust-bundle", leaf.signing_key.public.pem.decode()).code == 0


def test_without_its_chain_a_certified_key_is_nobody(run: Run, packed: Path) -> None:
    root, leaf = chain(start=NOW - DAY)
    write(leaf)
    assert run("sign", packed, "-k", "leaf.pem").code == 0
    failed = run("verify", packed, "--trust-bundle", root.pem.decode(), "--json").json
    assert (failed["failed_step"], failed["reason"]) == ("envelope and signature", "signer_untrusted")
    assert failed["remaining_trust"] == []


def test_a_certificate_is_judged_as_of_the_time_that_is_given(run: Run, packed: Path) -> None:
    root, leaf = chain(start=NOW - DAY, leaf={"start": NOW - DAY, "end": NOW + DAY})
    write(leaf)
    trust = ("--trust-bundle", root.pem.decode())
    run("sign", packed, "-k", "leaf.pem", "--certificate", "chain.pem")
    assert run("verify", packed, *trust).code == 0
    assert run("verify", packed, *trust, "--at", f"{NOW + DAY:%Y-%m-%dT%H:%M:%S+00:00}").code == 0
    late = run("verify", packed, *trust, "--at", f"{NOW + 2 * DAY:%Y-%m-%dT%H:%M:%SZ}", "--json")
    assert (late.code, late.json["failed_step"], late.json["reason"]) == (1, "envelope and signature", "signer_expired")
    early = run("verify", packed, *trust, "--at", f"{NOW - DAY / 2:%Y-%m-%dT%H:%M:%SZ}", "--json").json
    assert (early["failed_step"], early["reason"]) == ("validity in time", "envelope_expired")


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-06-01", "2026-06-01T12:00:00", "2026-13-01T12:00:00Z", "2026-06-01T12:00:00+99:00", "2026-W01-1T12:00:00Z"],
)
def test_what_is_no_time_with_its_zone_is_refused(run: Run, packed: Path, text: str) -> None:
    write(chain()[1])
    run("sign", packed, "-k", "leaf.pem")
    ran = run("verify", packed, "--trust-bundle", "leaf.pem", f"--at={text}")
    assert (ran.code, "\nnext:  " in ran.err) == (2, True)


def test_what_is_no_chain_of_the_key_is_not_signed_with(run: Run, packed: Path) -> None:
    root, leaf = chain()
    other = SigningKey.generate()
    for certificates in ([], leaf.chain[::-1], [root.certificate] * 6):
        write(leaf, certificates)
        ran = run("sign", packed, "-k", "leaf.pem", "--certificate", "chain.pem")
        assert (ran.code, "\nnext:  " in ran.err) == (2, True)
    write(leaf)
    Path("other.pem").write_bytes(other.pem)
    assert run("sign", packed, "-k", "other.pem", "--certificate", "chain.pem").code == 2
    assert run("sign", packed, "-k", "leaf.pem", "--certificate", "nowhere.pem").code == 2
    assert run("sign", packed, "-k", "leaf.pem", "--certificate", "leaf.pem").code == 2


def test_verification_explains_its_steps_and_numbers_what_it_cannot_know(run: Run, packed: Path) -> None:
    run("keygen", "k.pem")
    run("sign", packed, "-k", "k.pem")
    ran = run("verify", packed, "--trust-bundle", "k.pem.pub")
    lines = ran.out.splitlines()
    end = lines.index("verified")
    assert [line[0] for line in lines[:end:2]] == list("1234567")
    assert all(line.startswith("  checks that ") for line in lines[1:end:2])
    assert lines[end + 1 : end + 3] == ["", "what you still have to trust"]
    told = lines[end + 3 :]
    assert [line.split()[0] for line in told] == [str(number) for number in range(1, len(told) + 1)]
    for needle in ("trust bundle (k.pem.pub)", "registry, which was not asked", "private key", "clock of this machine"):
        assert sum(needle in line for line in told) == 1, needle
    assert "certificate authority" not in ran.out
    as_json = run("verify", packed, "--trust-bundle", "k.pem.pub", "--json").json
    assert len(as_json["remaining_trust"]) == len(told)
    assert all(step["checks"] for step in as_json["steps"])
