"""What a successful verification cannot know, and whoever acts on it therefore trusts."""

from collections.abc import Sequence

from kernel.trust import Signer


def remaining_trust(signers: Sequence[Signer], bundle: str, clock: str) -> tuple[str, ...]:
    """Sentences, the weightiest first. `bundle` names the trust bundle, `clock` where the time came from."""
    said = [
        f"the trust bundle ({bundle}): whoever can write it decides whose signatures count.",
        "the registry, which was not asked: it alone knows which keys were revoked or have ended, which versions were revoked or "
        "yanked, and who owns the name. It checks that when a version is published, and again when it is installed.",
        "the signer: that nobody else has the private key, and that the machine that packed and signed was not compromised. A "
        "signature shows who signed, not that the code does no harm.",
        f"the time ({clock}): validity was judged as of it.",
    ]
    if any(signer.authorities for signer in signers):
        said.append(
            "the certificate authority, root and intermediates: that they certified the right keys only. No revocation list was "
            "read: only the registry knows whether a certificate's key was revoked."
        )
    said.append("this program and the machine that it runs on.")
    return tuple(said)
