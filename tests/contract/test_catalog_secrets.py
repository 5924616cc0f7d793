"""The `Secrets` port: sealed secrets of one install of one tenant, and what tenants set for an install's requests."""

from dataclasses import replace

from kernel.grants import Credential
from kernel.permissions import AccessRules, RoleAccess
from kernel.sealing import Box
from registry.model import SealedSecret
from registry.ports import Catalog
from tests.contract.samples import NOW, install, later, publish

BOXES = (Box("sha256:" + "0" * 64, "some", b"\x00\xff" * 30), Box("sha256:" + "1" * 64, "other", b""))


def secret(name: str, revision: int = 1, ends: int | None = None) -> SealedSecret:
    return SealedSecret(name, revision, BOXES, NOW, None if ends is None else later(ends))


async def test_secrets_are_kept_by_name_of_one_install(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        for tenant in ("a", "b"):
            await tables.installs.add(install(made, tenant, id="same"))
        for one in (secret("b", ends=5), secret("B"), secret("a.1-_", 3)):
            await tables.secrets.put("a", "same", one)
    async with catalog.read() as tables:
        assert await tables.secrets.of("a", "same") == (secret("B"), secret("a.1-_", 3), secret("b", ends=5))
        assert await tables.secrets.of("b", "same") == ()
        assert await tables.secrets.of("a", "other") == ()


async def test_a_later_one_takes_the_place_of_an_earlier_one(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = install(await publish(tables))
        await tables.installs.add(made)
        await tables.secrets.put("a", made.id, secret("k", ends=5))
        newer = replace(secret("k", 2), boxes=BOXES[:1], updated_at=later(1))
        await tables.secrets.put("a", made.id, newer)
        await tables.secrets.put("a", made.id, secret("l"))
    async with catalog.write() as tables:
        assert await tables.secrets.of("a", made.id) == (newer, secret("l"))
        await tables.secrets.remove("b", made.id, "k")
        await tables.secrets.remove("a", made.id, "missing")
        await tables.secrets.remove("a", made.id, "k")
    async with catalog.read() as tables:
        assert await tables.secrets.of("a", made.id) == (secret("l"),)


async def test_clearing_touches_one_install(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        for tenant in ("a", "b"):
            await tables.installs.add(install(made, tenant, id="same"))
            await tables.secrets.put(tenant, "same", secret("k"))
        await tables.secrets.clear("a", "same")
        await tables.installs.remove("a", "same")
    async with catalog.read() as tables:
        assert await tables.secrets.of("a", "same") == ()
        assert await tables.secrets.of("b", "same") == (secret("k"),)


async def test_what_is_undone_was_never_there(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = install(await publish(tables))
        await tables.installs.add(made)
    try:
        async with catalog.write() as tables:
            await tables.secrets.put("a", made.id, secret("k"))
            raise KeyError
    except KeyError:
        pass
    async with catalog.read() as tables:
        assert await tables.secrets.of("a", made.id) == ()


async def test_an_install_keeps_what_its_tenant_says_of_requests(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = install(await publish(tables))
        await tables.installs.add(made)
        assert (made.tenant_egress, made.credentials, made.secrets_revision) == (None, (), 0)
    credentials = (Credential("https://a.example", "authorization", "Bearer ", "k"), Credential("http://b.example", "x-b", "", "l"))
    for changed in (
        replace(made, tenant_egress=(), revision=2),
        replace(made, tenant_egress=("a.example", "*.b.example"), credentials=credentials, secrets_revision=7, revision=3),
        replace(made, tenant_egress=None, credentials=credentials[:1], revision=4),
        replace(made, revision=5),
        replace(
            made, access=AccessRules((RoleAccess("a", read=True), RoleAccess("b c", write=True)), only_listed=True), revision=6
        ),
        replace(made, access=AccessRules(), revision=7),
        replace(made, revision=8),
    ):
        async with catalog.write() as tables:
            await tables.installs.save(changed)
        async with catalog.read() as tables:
            assert await tables.installs.find("a", made.id) == changed
