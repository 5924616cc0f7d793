"""The options by which every command that talks to the registry finds it, spelled once."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from cli import options
from cli.session import Session


def _options(
    *,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,  # its callback sets the form of all output
) -> Session:
    return Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)


_SHARED: Final = inspect.signature(_options).parameters


def connected(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose first parameter is a session: its users get the options that make one, after its own."""
    own = list(inspect.signature(command).parameters.values())[1:]
    shown = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own] + list(_SHARED.values())

    @functools.wraps(command)
    def run(**given: Any) -> None:
        session = _options(**{name: given.pop(name) for name in _SHARED})
        command(session, **given)

    # The library that reads the command line looks at both.
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]  # functions may have one
    run.__annotations__ = {one.name: one.annotation for one in shown} | {"return": None}
    return run
