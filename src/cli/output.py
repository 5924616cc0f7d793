"""What commands print: results on standard output, for people or as one JSON document; progress on standard error."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cli.problem import Problem

Record = dict[str, Any]


@dataclass(slots=True)
class _Mode:
    json: bool = False


_mode = _Mode()


def choose_json(value: bool) -> bool:
    """Callback of `--json`: the rest of this run prints JSON, its errors included."""
    _mode.json = value
    return value


def wants_json() -> bool:
    """Whether `--json` was given."""
    return _mode.json


def result(record: Any, human: Callable[[], str]) -> None:
    """Print a result: `record` as JSON with `--json`, otherwise the text of `human`."""
    print(json.dumps(record, indent=2, ensure_ascii=False, default=str) if _mode.json else human())


def note(text: str) -> None:
    """Tell on standard error how long work goes on."""
    print(text, file=sys.stderr, flush=True)


def failure(problem: Problem) -> None:
    """Print what stopped the command and what to do next: as JSON on standard output with `--json`, else on standard error."""
    if _mode.json:
        print(json.dumps(problem.as_json(), indent=2, ensure_ascii=False))
    else:
        print(f"error: {problem.text}\nnext:  {problem.next_step}", file=sys.stderr)


def table(rows: Sequence[Record], columns: Sequence[str], empty: str) -> str:
    """Records as aligned columns with a heading; `empty` when there are none."""
    if not rows:
        return empty
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    heading = [column.replace("_", " ").upper() for column in columns]
    widths = [max(len(line[index]) for line in [heading, *cells]) for index in range(len(columns))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in [heading, *cells]
    )


def fields(record: Record, names: Sequence[str]) -> str:
    """One record as lines `name: value`; empty values are left out."""
    shown = [(name.replace("_", " "), _cell(record.get(name))) for name in names]
    shown = [(name, value) for name, value in shown if value]
    width = max((len(name) for name, _ in shown), default=0) + 1
    return "\n".join(f"{name + ':':<{width}} {value}" for name, value in shown)


def printable(text: str) -> str:
    """Text of a stranger for a terminal: control characters, which could move the cursor or set a title, as escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


@contextmanager
def progress_bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error that is told how many more bytes are done; plain lines where that is no terminal."""
    if not sys.stderr.isatty():
        note(f"{label}: {total / 1e6:.1f} MB")
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.advance(task, done)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
