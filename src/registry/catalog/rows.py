"""Between column values and the model's: times, digests, unique constraints."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

from kernel.errors import Fault, Reason
from registry.catalog.brief import Here

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqlTable:
    """A port's implementation: statements on the connection of one transaction."""

    def __init__(self, connection: AsyncConnection | Here) -> None:
        self._connection = connection

    async def _one(self, query: Select[Any]) -> Any:
        return (await self._connection.execute(query)).first()

    async def _all(self, query: Select[Any]) -> Any:
        return (await self._connection.execute(query)).all()

    async def _run(self, text: str, parameters: dict[str, Any] | list[dict[str, Any]]) -> Any:
        """A cursor of the driver's, after a statement that was `written`; of a list once for each."""
        return await self._connection.exec_driver_sql(text, parameters)


def written(statement: ClauseElement) -> str:
    """A statement's text for the driver itself: parameters by name, values and rows as the database has them."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


def counting(sums: Table) -> Insert:
    """Adds `keys` and `total_bytes` to the sums of a row, which is made where it is not there."""
    count = insert(sums)
    more = {name: sums.c[name] + count.excluded[name] for name in ("keys", "total_bytes")}
    return count.on_conflict_do_update(index_elements=list(sums.primary_key), set_=more)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_micros_or_none(moment: datetime | None) -> int | None:
    """As `to_micros`; None stays None."""
    return None if moment is None else to_micros(moment)


def to_time(micros: int) -> datetime:
    """The time, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def to_time_or_none(micros: int | None) -> datetime | None:
    """As `to_time`; None stays None."""
    return None if micros is None else to_time(micros)


@contextmanager
def unique(reason: Reason) -> Iterator[None]:
    """Around an insert: a row that exists already is `reason`."""
    try:
        yield
    except IntegrityError as error:
        raise Fault(reason, log=str(error.orig)) from error
