"""The Content-Security-Policy of pages: that of the platform, and what their own manifest names to load from elsewhere."""

from collections.abc import Iterable
from typing import Final

SELF: Final = "'self'"
_OURS: Final = {
    "default-src": SELF,
    "script-src": SELF,
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": SELF,
    "connect-src": SELF,
    "object-src": "'none'",
    "base-uri": SELF,
    "form-action": SELF,
}
# What a manifest may add to; scripts are the bundle's own, whatever it says.
_OPEN: Final = frozenset({"style-src", "img-src", "font-src", "connect-src", "media-src"})
_WASM: Final = ("script-src", ("'wasm-unsafe-eval'",))


class PagePolicy:
    """The policy but for its sandbox; a replacement takes the place of all of it."""

    def __init__(self, frame_ancestors: str, replacement: str) -> None:
        self._frame_ancestors, self._replacement = frame_ancestors, replacement

    def of(self, page_sources: Iterable[tuple[str, tuple[str, ...]]]) -> str:
        """The policy of pages that load from these sources, by directive, too."""
        if self._replacement:
            return self._replacement
        found = dict(_OURS)
        for directive, sources in page_sources:
            if directive in _OPEN or (directive, sources) == _WASM:
                found[directive] = " ".join((found.get(directive, SELF), *sources))
        return "; ".join(f"{name} {sources}" for name, sources in (found | {"frame-ancestors": self._frame_ancestors}).items())
