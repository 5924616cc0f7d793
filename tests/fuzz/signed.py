"""What the tests of signed things share: a real registry, the rule for every outcome, and a count of examples that cannot shrink.

Whatever is sent, the answer is a success that is what was promised, or one of the reasons that the proto documents for that rpc,
after which every table and folder is as it was.
"""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import Fault, Reason
from tests.hostile.publishing import kept
from tests.hostile.trusting import Trusting, trusted
from tests.registry.bundles import PUBLISHER, Signed

# Examples of each test, in CI; with the profile `search` ten times as many.
EXAMPLES: Final = {
    "archives": 500,
    "tars": 400,
    "manifests": 500,
    "envelopes": 400,
    "statements": 300,
    "certificates": 100,
    "execution grants": 400,
    "asset grants": 200,
}
PROTO: Final = Path(__file__).parents[2] / "proto" / "alga" / "registry" / "v1"
Answer = TypeVar("Answer")


def documented(file: str, *rpcs: str) -> frozenset[Reason]:
    """The reasons that the comments of rpcs, or of a service, name."""
    text = (PROTO / f"{file}.proto").read_text()
    found: set[Reason] = set()
    for rpc in rpcs:
        comment = re.search(rf"((?:[ ]*//[^\n]*\n)+)[ ]*(?:rpc|service) {rpc}\b", text)
        assert comment is not None, rpc
        found |= {Reason[word] for word in re.findall(r"\b[A-Z_]{5,}\b", comment[1]) if word in Reason.__members__}
    assert found
    return frozenset(found)


PUBLISHING: Final = documented("registry_service", "PublishVersion")


def explore(test: str, check: Callable[..., None], *strategies: st.SearchStrategy[Any]) -> None:
    """Check the promised number of examples."""
    least = EXAMPLES[test] * (10 if settings.get_current_profile_name() == "search" else 1)
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    ran = 0

    @settings(max_examples=least, suppress_health_check=slow)
    @given(st.tuples(*strategies))
    def one(drawn: tuple[Any, ...]) -> None:
        nonlocal ran
        ran += 1
        check(*drawn)

    one()
    assert ran >= least, f"{ran} examples of {test}, {least} were promised"


class Registry:
    """A registry in this process, called from tests that are not asynchronous: it runs while one of its calls does."""

    def __init__(self, runner: asyncio.Runner, trusting: Trusting) -> None:
        self._runner, self.trusting, self.stack = runner, trusting, trusting.stack
        self._versions = (f"1.0.{number}" for number in itertools.count())
        self.outcomes: Counter[str] = Counter()

    def reached(self, *outcomes: str) -> None:
        """The examples so far went as deep as that: a search that never gets past the first check finds nothing."""
        assert set(outcomes) <= set(self.outcomes), self.outcomes

    @property
    def version(self) -> str:
        """A version that was not published before, so that none is in another's way."""
        return next(self._versions)

    def run(self, call: Coroutine[Any, Any, Answer]) -> Answer:
        return self._runner.run(call)

    def publish(self, signed: Signed, **header: Any) -> Any:
        """The new version, or None after a refusal; either is checked for what it left behind."""
        rows, paths = kept(self.stack)
        try:
            answer = self.run(self.stack.clients[PUBLISHER].publish(signed, **header))
        except Fault as fault:
            assert fault.reason in PUBLISHING, fault
            assert all(item.field.isprintable() and item.rule.isprintable() for item in fault.violations), fault
            assert kept(self.stack) == (rows, paths), fault
            self.outcomes[fault.reason.name] += 1
            return None
        self.outcomes["published"] += 1
        version = answer.version
        assert not answer.existed
        assert (version.content_hash, version.size_bytes) == (str(signed.digest), len(signed.archive))
        header_read, archive = self.run(self.stack.clients["runner"].read_bundle(version.content_hash))
        assert (archive, header_read.envelope) == (signed.archive, header.get("envelope", signed.envelope))
        self._check_rows(rows, paths, version)
        return version

    def _check_rows(self, rows: Any, paths: frozenset[str], version: Any) -> None:
        """One version and one bundle more, with its endpoints, and files of that bundle alone."""
        new_rows, new_paths = kept(self.stack)
        assert (new_rows["extension_version"], new_rows["extension_bundle"]) == (
            rows["extension_version"] + 1,
            rows["extension_bundle"] + 1,
        )
        assert new_rows["extension_api_endpoint"] == rows["extension_api_endpoint"] + len(version.endpoints)
        digest = version.content_hash.removeprefix("sha256:")
        assert new_paths >= paths
        assert {path for path in new_paths - paths if digest not in path} <= {"blobs/sha256"}


@contextmanager
def serving() -> Iterator[Registry]:
    """A registry while the block runs."""
    with asyncio.Runner() as runner:
        exits = AsyncExitStack()
        try:
            yield Registry(runner, runner.run(exits.enter_async_context(trusted())))
        finally:
            runner.run(exits.aclose())
