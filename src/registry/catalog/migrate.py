"""Brings the database to the schema that this program knows.

Alembic costs 15 MB of memory; it is imported only when the database is not there yet.
"""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from kernel.errors import Fault

HEAD: Final = "0011"  # a test compares it with the newest file of migrations/versions
PREFIX: Final = "sqlite+aiosqlite:///"
_log = logging.getLogger(__name__)


def migrate(url: str) -> None:
    """Run the missing migrations; blocks.

    Raises INVALID_ARGUMENT for a database that cannot be opened or is newer than this program.
    """
    path = Path(url.removeprefix(PREFIX))
    try:
        current = _current(path)
    except sqlite3.Error as error:
        raise Fault.invalid("database_url", "must be a SQLite file that this process may write") from error
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise Fault.invalid("database_url", f"has schema {current}, made by a newer version of this program, which knows {HEAD}")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # a dozen lines about its own plugins
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "registry.catalog:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = f"sqlite:///{path}"
    command.upgrade(config, HEAD)
    _log.info("database migrated", extra={"from": current, "to": HEAD})


def _current(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
