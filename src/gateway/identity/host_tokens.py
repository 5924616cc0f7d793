"""The service tokens by which the host application is known, whichever route it comes by."""

from collections.abc import Iterable

from kernel.tokens import digest_of, matches


class HostTokens:
    """Several while one takes another's place; without any, nobody is known by one."""

    def __init__(self, tokens: Iterable[str] = ()) -> None:
        self._digests = tuple(map(digest_of, tokens))

    def known(self, shown: str) -> bool:
        """Whether it is one of them; how long that takes tells nothing about any."""
        return any(matches(shown, self._digests))
