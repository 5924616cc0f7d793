"""The parts of identity, as settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.identity.authentication import Authentication
from gateway.identity.claims import NAMES, Mapped
from gateway.identity.fetch import FileSource, UrlSource
from gateway.identity.host import Host
from gateway.identity.host_tokens import HostTokens
from gateway.identity.keys import ApiKeys
from gateway.identity.keyset import KeySet
from gateway.identity.settings import IdentitySettings
from gateway.identity.tokens import TokenRules, Tokens
from gateway.ports import Identity
from kernel import files
from kernel.process import background


def host_tokens(settings: IdentitySettings) -> HostTokens:
    """The host application's service tokens. Raises INVALID_ARGUMENT for a file that is no good."""
    return HostTokens(files.token(path, "host_token_files") for path in settings.host_token_files)


@asynccontextmanager
async def authentication(
    settings: IdentitySettings, registry: Identity, host: Host, development_tenant: str
) -> AsyncIterator[Authentication]:
    """While the block runs, the issuer's keys are followed. Raises INVALID_ARGUMENT for a key set that is no good."""
    if not settings.jwt_issuer:
        yield Authentication(ApiKeys(registry), development_tenant, host=host)
        return
    source = UrlSource(settings.jwt_jwks) if "://" in settings.jwt_jwks else FileSource(Path(settings.jwt_jwks))
    keys = KeySet(source, settings.jwt_stale_seconds)
    rules = TokenRules(
        settings.jwt_issuer,
        settings.jwt_audience,
        frozenset(settings.jwt_algorithms),
        settings.jwt_leeway_seconds,
        settings.jwt_max_lifetime_seconds,
        settings.jwt_max_bytes,
    )
    mapped = Mapped({**NAMES, **settings.jwt_claims}, frozenset(settings.jwt_default_roles))
    await keys.refresh()
    async with background("keys of the issuer", keys.follow):
        yield Authentication(ApiKeys(registry), development_tenant, tokens=Tokens(rules, keys, mapped), host=host)
