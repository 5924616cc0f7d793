"""Redirects of guests: they may lead to another place of the same extension and nowhere else."""

import re
from typing import Final

MAX_LOCATION: Final = 8 << 10
_FORM: Final = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # visible ASCII without backslash, which browsers take for a slash
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DOT: Final = re.compile(r"%2e", re.IGNORECASE)  # browsers resolve `%2e%2e` as they do `..`


def inside(location: str, guest_path: str, prefix: str) -> str | None:
    """Where a guest's `location` leads, as seen from outside; None when that is not inside the extension.

    Guests see their own paths (`/items/7`), so a path is taken as one below `prefix` unless it begins with `prefix` already. A
    relative one goes from `guest_path`. Absolute URLs, other authorities, and paths that climb out are refused.
    """
    if len(location) > MAX_LOCATION or not _FORM.fullmatch(location) or _SCHEME.match(location) or location.startswith("//"):
        return None
    end = min((at for at in (location.find("?"), location.find("#")) if at >= 0), default=len(location))
    path, rest = location[:end], location[end:]
    if path == prefix or path.startswith(f"{prefix}/"):
        path = path[len(prefix) :] or "/"
    elif not path:
        path = guest_path
    elif not path.startswith("/"):
        path = guest_path[: guest_path.rfind("/") + 1] + path
    resolved = _resolve(path)
    return None if resolved is None else f"{prefix}/{resolved}{rest}"


def _resolve(path: str) -> str | None:
    out: list[str] = []
    parts = path.removeprefix("/").split("/")
    for position, part in enumerate(parts):
        plain = _DOT.sub(".", part)
        if plain in {".", ".."}:
            if plain == "..":
                if not out:
                    return None
                out.pop()
            if position == len(parts) - 1:
                out.append("")
        else:
            out.append(part)
    return "/".join(out)
