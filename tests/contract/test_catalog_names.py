from dataclasses import replace

import pytest

from kernel.auth import Role
from kernel.errors import Fault, Reason
from kernel.fields import Page
from kernel.user import User
from registry.model import ApiKey, PublisherKey, Viewer, Visibility
from registry.ports import Catalog, stamp
from tests.contract.samples import NOW, extension, later, publish, publisher

KEY = PublisherKey("sha256:01", "pem", NOW)
NOTE = replace(KEY, public_key_pem="", revoked_at=NOW)  # that a key which was never added is revoked


async def test_a_publisher_comes_back_with_its_keys(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await tables.publishers.add(publisher())
        await tables.publishers.add_key("p-acme", replace(KEY, key_id="sha256:02", created_at=later(1)))
        await tables.publishers.add_key("p-acme", KEY)
    async with catalog.read() as tables:
        found = await tables.publishers.by_name("acme")
        assert found == replace(publisher(), keys=(KEY, replace(KEY, key_id="sha256:02", created_at=later(1))))
        assert await tables.publishers.by_key("sha256:02") == found
        assert await tables.publishers.by_name("Acme") is None
        assert await tables.publishers.by_key("sha256:03") is None


async def test_a_key_belongs_to_one_publisher_for_ever(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await tables.publishers.add(publisher())
        await tables.publishers.add(publisher("other"))
        await tables.publishers.add_key("p-acme", KEY)
        await tables.publishers.save_key("p-acme", replace(KEY, revoked_at=later(5)))
    for owner, key in (("p-other", KEY), ("p-acme", KEY), ("p-acme", NOTE)):
        with pytest.raises(Fault) as caught:
            async with catalog.write() as tables:
                await tables.publishers.add_key(owner, key)
        assert caught.value.reason is Reason.ALREADY_EXISTS


async def test_a_key_keeps_what_it_is_and_changes_when_it_ends(catalog: Catalog) -> None:
    key = replace(KEY, authority=True, not_before=later(1), not_after=later(9))
    ended = replace(key, not_after=later(5), revoked_at=later(6), compromised_since=later(4))
    async with catalog.write() as tables:
        await tables.publishers.add(publisher())
        await tables.publishers.add(publisher("other"))
        await tables.publishers.add_key("p-acme", key)
        await tables.publishers.add_key("p-acme", replace(KEY, key_id="sha256:02"))
        await tables.publishers.add_key("p-other", NOTE)
    async with catalog.write() as tables:
        assert (await tables.publishers.by_key(KEY.key_id)) == replace(publisher(), keys=(key, replace(KEY, key_id="sha256:02")))
        # Neither what it is nor from when it counts can change.
        await tables.publishers.save_key("p-acme", replace(ended, public_key_pem="x", authority=False, not_before=None))
    async with catalog.read() as tables:
        found = await tables.publishers.by_name("acme")
        assert found is not None
        assert found.keys == (ended, replace(KEY, key_id="sha256:02"))
        other = await tables.publishers.by_name("other")
        assert other is not None
        assert other.keys == (NOTE,)


async def test_a_note_of_revocation_takes_a_key_from_nobody(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        for name in ("acme", "other", "third"):
            await tables.publishers.add(publisher(name))
        await tables.publishers.add_key("p-other", NOTE)
        await tables.publishers.add_key("p-third", NOTE)
        assert await tables.publishers.by_key(KEY.key_id) is None
        await tables.publishers.add_key("p-acme", KEY)
        found = await tables.publishers.by_key(KEY.key_id)
    assert found is not None
    assert (found.name, found.keys) == ("acme", (KEY,))


async def test_what_a_publisher_stores_is_counted(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await publish(tables, text="1.0.0")
        await publish(tables, text="1.1.0")
        await tables.publishers.add(publisher("other"))
    async with catalog.read() as tables:
        assert await tables.publishers.stored_bytes("p-acme") == 14
        assert await tables.publishers.stored_bytes("p-other") == 0


async def test_names_of_publishers_and_extensions_are_unique(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await tables.publishers.add(publisher())
        await tables.extensions.add(extension())
    for table, value in (("publishers", publisher()), ("extensions", replace(extension(), id="another"))):
        with pytest.raises(Fault) as caught:
            async with catalog.write() as tables:
                await getattr(tables, table).add(value)
        assert caught.value.reason is Reason.ALREADY_EXISTS


async def test_an_extension_needs_a_publisher(catalog: Catalog) -> None:
    with pytest.raises(Fault) as caught:
        async with catalog.write() as tables:
            await tables.extensions.add(extension())
    assert caught.value.reason is Reason.NOT_FOUND


async def test_an_extension_is_found_by_id_and_name_in_any_case(catalog: Catalog) -> None:
    made = extension(visibility=Visibility.PRIVATE, allowed_tenants=frozenset({"a", "b"}), deprecation="use another")
    async with catalog.write() as tables:
        await tables.publishers.add(publisher())
        await tables.extensions.add(made)
    async with catalog.read() as tables:
        for ref in (made.id, made.name, made.id.upper(), "COM.Acme.Reports"):
            assert await tables.extensions.find(ref) == made
        for ref in ("", "com.acme", "acme.com.acme.reports", "%"):
            assert await tables.extensions.find(ref) is None


async def test_saving_replaces_tenants_visibility_and_deprecation(catalog: Catalog) -> None:
    made = extension(allowed_tenants=frozenset({"a", "b"}))
    changed = replace(made, visibility=Visibility.PRIVATE, allowed_tenants=frozenset({"b", "c"}), deprecation="old")
    async with catalog.write() as tables:
        await tables.publishers.add(publisher())
        await tables.extensions.add(made)
        await tables.extensions.save(changed)
    async with catalog.read() as tables:
        assert await tables.extensions.find(made.name) == changed


@pytest.mark.parametrize(
    ("viewer", "names"),
    [
        (Viewer(), ["com.a", "com.b", "com.c", "com.d"]),
        (Viewer(tenant_id="a"), ["com.a", "com.b", "com.d"]),
        (Viewer(tenant_id="b"), ["com.a", "com.d"]),
        (Viewer(publisher="acme"), ["com.a", "com.b", "com.c"]),
        (Viewer(publisher="other"), ["com.d"]),
    ],
)
async def test_pages_hold_what_the_viewer_sees(catalog: Catalog, viewer: Viewer, names: list[str]) -> None:
    private = {"visibility": Visibility.PRIVATE}
    async with catalog.write() as tables:
        for owner in ("acme", "other"):
            await tables.publishers.add(publisher(owner))
        await tables.extensions.add(extension("com.d", "other"))
        await tables.extensions.add(extension("com.c", **private))
        await tables.extensions.add(extension("com.b", **private, allowed_tenants=frozenset({"a"})))
        await tables.extensions.add(extension("com.a"))
    async with catalog.read() as tables:
        assert [one.name for one in await tables.extensions.page(viewer, Page(10))] == names
        assert [one.name for one in await tables.extensions.page(viewer, Page(10, (names[0],)))] == names[1:]
        assert len(await tables.extensions.page(viewer, Page(1))) == min(2, len(names))
        everything = await tables.extensions.page(Viewer(), Page(10))
        assert [one.name for one in everything if viewer.sees(one)] == names


def api_key(number: int, tenant: str = "a", **changes: object) -> ApiKey:
    return replace(ApiKey(f"k{number}", Role.TENANT_ADMIN, tenant, "", "for tests", later(number)), **changes)  # type: ignore[arg-type]


async def test_api_keys_by_hash_id_and_tenant(catalog: Catalog) -> None:
    owned = ApiKey("k9", Role.PUBLISHER, "", "acme", "", later(9), expires_at=later(99))
    async with catalog.write() as tables:
        await tables.publishers.add(publisher())
        for number in range(4):
            await tables.api_keys.add(api_key(number, "a" if number % 2 else "b"), bytes([number]) * 32)
        await tables.api_keys.add(owned, b"p" * 32)
    async with catalog.read() as tables:
        assert await tables.api_keys.by_hash(b"p" * 32) == owned
        assert await tables.api_keys.by_hash(b"x" * 32) is None
        assert await tables.api_keys.find("k2") == api_key(2, "b")
        assert [key.id for key in await tables.api_keys.page("a", Page(5))] == ["k3", "k1"]
        everything = await tables.api_keys.page("", Page(5))
        assert [key.id for key in everything] == ["k9", "k3", "k2", "k1", "k0"]
        rest = await tables.api_keys.page("", Page(1, (stamp(later(3)), "k3")))
        assert [key.id for key in rest] == ["k2", "k1"]


async def test_an_api_key_keeps_its_person(catalog: Catalog) -> None:
    bare = User("u-1", "", "", "internal", "")
    whole = User("u-2", "j\u00fc@x", "J\u00fc", "client", "Acme", "c-1", (("a", ""), ("b", "\U0001f44b")))
    async with catalog.write() as tables:
        for number, user in enumerate((bare, whole)):
            await tables.api_keys.add(api_key(number, user=user), bytes([number]) * 32)
    async with catalog.read() as tables:
        assert [key.user for key in await tables.api_keys.page("a", Page(5))] == [whole, bare]
        found = await tables.api_keys.by_hash(bytes([1]) * 32)
        assert found is not None
        assert found.user == whole


async def test_revoking_an_api_key_keeps_the_first_time(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await tables.api_keys.add(api_key(1), b"1" * 32)
        await tables.api_keys.revoke("k1", later(5))
        await tables.api_keys.revoke("k1", later(6))
        await tables.api_keys.revoke("unknown", later(6))
    async with catalog.read() as tables:
        assert await tables.api_keys.find("k1") == api_key(1, revoked_at=later(5))


async def test_api_keys_are_unique_and_need_their_publisher(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await tables.api_keys.add(api_key(1), b"1" * 32)
    for key, reason in ((api_key(2), Reason.ALREADY_EXISTS), (api_key(3, publisher="nobody"), Reason.NOT_FOUND)):
        with pytest.raises(Fault) as caught:
            async with catalog.write() as tables:
                await tables.api_keys.add(key, b"1" * 32)
        assert caught.value.reason is reason
