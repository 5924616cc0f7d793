from dataclasses import replace

import pytest

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.fields import Page
from kernel.trust import Signer
from registry.model import SignedVersion, VersionState
from registry.ports import MAX_HASHES, Catalog, stamp
from tests.contract.samples import bundle, extension, later, publish, version


async def test_a_version_and_its_bundle_come_back_whole(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
    async with catalog.read() as tables:
        assert await tables.versions.find(made.extension_id, "1.0.0") == made
        assert await tables.versions.by_hash(made.content_hash) == made
        assert await tables.bundles.get(made.content_hash) == bundle(made)
        assert await tables.versions.find(made.extension_id, "1.0.1") is None
        assert await tables.versions.by_hash(Digest.of(b"")) is None
        assert await tables.bundles.get(Digest.of(b"")) is None


@pytest.mark.parametrize("change", [{"id": "x", "content_hash": Digest.of(b"x")}, {"id": "x", "version": "9.9.9"}])
async def test_versions_are_immutable_and_bytes_belong_to_one(catalog: Catalog, change: dict[str, object]) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
    other = replace(made, **change)

    async def add() -> None:
        async with catalog.write() as tables:
            if other.content_hash != made.content_hash:
                await tables.bundles.add(bundle(other))
            await tables.versions.add(other)

    with pytest.raises(Fault) as caught:
        await add()
    assert caught.value.reason is Reason.VERSION_CONFLICT
    async with catalog.read() as tables:
        assert await tables.bundles.get(Digest.of(b"x")) is None


async def test_bundles_keep_their_signers_in_order(catalog: Catalog) -> None:
    signers = (Signer("sha256:03", ("sha256:02", "sha256:01")), Signer("sha256:09"), Signer("sha256:04", ("sha256:01",)))
    async with catalog.write() as tables:
        made = await publish(tables, signers=signers)
        plain = await publish(tables, text="2.0.0")
    async with catalog.read() as tables:
        assert await tables.bundles.get(made.content_hash) == replace(bundle(made), signers=signers)
        assert await tables.bundles.get(plain.content_hash) == bundle(plain)


async def test_what_a_key_signed_is_found_at_every_depth(catalog: Catalog) -> None:
    leaf, root = Signer("sha256:03", ("sha256:02", "sha256:01")), Signer("sha256:09")
    async with catalog.write() as tables:
        both = await publish(tables, text="1.0.0", at=3, signers=(leaf, root))
        one = await publish(tables, text="1.1.0", at=4, signers=(root,))
        gone = await publish(tables, text="1.2.0", signers=(leaf,))
        await tables.versions.set_state(gone.id, VersionState.REVOKED)
        foreign = await publish(tables, "com.other.x", owner="other", signers=(leaf,))
        await tables.versions.set_state(one.id, VersionState.YANKED)
    found_both = SignedVersion(both.id, both.extension_id, both.content_hash, later(3), (leaf, root))
    found_one = SignedVersion(one.id, one.extension_id, one.content_hash, later(4), (root,))
    async with catalog.read() as tables:
        for key_id in ("sha256:01", "sha256:02", "sha256:03"):
            assert await tables.bundles.signed_by("p-acme", key_id) == [found_both]
        expected = sorted([found_both, found_one], key=lambda item: item.content_hash)
        assert await tables.bundles.signed_by("p-acme", "sha256:09") == expected
        assert [item.version_id for item in await tables.bundles.signed_by("p-other", "sha256:03")] == [foreign.id]
        assert await tables.bundles.signed_by("p-other", "sha256:09") == []


async def test_which_of_many_bundles_are_recorded(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
    others = [Digest.of(str(number).encode()) for number in range(MAX_HASHES - 1)]
    async with catalog.read() as tables:
        assert await tables.bundles.recorded([*others, made.content_hash]) == {made.content_hash}
        assert await tables.bundles.recorded([]) == frozenset()


async def test_a_bundle_is_recorded_once(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
    with pytest.raises(Fault) as caught:
        async with catalog.write() as tables:
            await tables.bundles.add(bundle(made))
    assert caught.value.reason is Reason.VERSION_CONFLICT


async def test_states_and_what_they_select(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        versions = [await publish(tables, text=text) for text in ("1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0")]
        await tables.versions.set_state(versions[0].id, VersionState.YANKED)
        await tables.versions.set_state(versions[1].id, VersionState.REVOKED)
    async with catalog.read() as tables:
        assert sorted(await tables.versions.active(versions[0].extension_id)) == ["2.0.0", "2.0.0-rc.1"]
        assert sorted(await tables.versions.all(versions[0].extension_id)) == sorted(one.version for one in versions)
        assert await tables.versions.all("unknown") == []
        assert await tables.bundles.revoked() == {versions[1].content_hash}
        found = await tables.versions.find(versions[0].extension_id, "1.0.0")
        assert found == replace(versions[0], state=VersionState.YANKED)


async def test_pages_are_newest_first_and_stable_while_versions_come(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        for number in range(5):
            await publish(tables, text=f"1.0.{number}", at=number // 2)
        await publish(tables, name="com.acme.other")
    mine = extension().id
    async with catalog.read() as tables:
        first = await tables.versions.page(mine, Page(2))
    assert [one.version for one in first] == ["1.0.4", "1.0.3", "1.0.2"]
    async with catalog.write() as tables:
        await publish(tables, text="1.0.9", at=9)
    async with catalog.read() as tables:
        rest = await tables.versions.page(mine, Page(9, (stamp(later(1)), version(extension(), "1.0.3").id)))
    assert [one.version for one in rest] == ["1.0.2", "1.0.1", "1.0.0"]
