"""What a check is, what it finds, and how rows are walked past several checks at once."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

MAX_TOLD: Final = 20  # flaws of one check; the rest is counted: whoever lost a disk needs no list of everything that was on it


class Severity(StrEnum):
    """How bad a finding is; WARNING: nothing is broken, but somebody should know."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found about one subject; the subject is empty for a check that passed."""

    check: str
    severity: Severity
    subject: str
    text: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that should be otherwise: which rule does not hold, and what to do about it."""

    subject: str
    text: str
    next_step: str
    severity: Severity = Severity.ERROR


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Check(Generic[Row]):
    """A rule for each row of a kind. `passed` is what is told when all keep it; the number of rows follows it."""

    name: str
    passed: str
    judge: Callable[[Row], AsyncIterator[Flaw]]


class Tally:
    """The flaws of one check: tells the first ones, counts the others."""

    def __init__(self, check: str) -> None:
        self._check, self._told, self._more = check, 0, 0
        self._worst = Severity.OK

    def take(self, flaw: Flaw) -> list[Finding]:
        """What to tell about a flaw: it, or nothing."""
        if self._worst is not Severity.ERROR:
            self._worst = flaw.severity
        if self._told >= MAX_TOLD:
            self._more += 1
            return []
        self._told += 1
        return [Finding(self._check, flaw.severity, flaw.subject, flaw.text, flaw.next_step)]

    def close(self, passed: str) -> list[Finding]:
        """What to tell at the end: that all is well, or how many flaws were not told."""
        if not self._told:
            return [Finding(self._check, Severity.OK, "", passed)]
        if not self._more:
            return []
        return [Finding(self._check, self._worst, "", f"and {self._more} more of the same kind", "mend those above and look again")]


async def walk(rows: AsyncIterator[Row], checks: Sequence[Check[Row]]) -> AsyncIterator[Finding]:
    """Lead each row past all checks, and tell of each check that found nothing that it passed."""
    tallies = [Tally(check.name) for check in checks]
    count = 0
    async for row in rows:
        count += 1
        for check, tally in zip(checks, tallies, strict=True):
            async for flaw in check.judge(row):
                for finding in tally.take(flaw):
                    yield finding
    for check, tally in zip(checks, tallies, strict=True):
        for finding in tally.close(f"{check.passed} ({count} checked)"):
            yield finding


async def listed(name: str, passed: str, flaws: AsyncIterator[Flaw]) -> AsyncIterator[Finding]:
    """The findings of a check that looks for flaws by itself."""
    tally = Tally(name)
    async for flaw in flaws:
        for finding in tally.take(flaw):
            yield finding
    for finding in tally.close(passed):
        yield finding
