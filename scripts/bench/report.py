"""What every bench prints: one JSON object with `--json`, otherwise a table of the same rows."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

_LOAD = os.getloadavg()[0]
DEPENDENCIES = ("wasmtime", "grpcio", "aiohttp", "protobuf", "sqlalchemy")


@dataclass(frozen=True)
class Row:
    """One figure. `target` is what it should be at most, or with `more_is_better` at least (or None); `met` whether it is.

    `value` is None where there is nothing to measure; `note` says why.
    """

    name: str
    value: float | None
    unit: str
    target: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        if self.value is None:
            return False
        return self.value >= self.target if self.more_is_better else self.value <= self.target


def machine() -> dict[str, object]:
    models = [
        line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return {
        "cpus": os.cpu_count(),
        "cpu": models[0] if models else "unknown",
        "memory_gib": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": round(_LOAD, 1),  # what else ran: from about half of the processors on, milliseconds say little
    }


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    versions = {"python": platform.python_version(), **{name: version(name) for name in DEPENDENCIES}}
    if as_json:
        told = [
            {"name": row.name, "value": row.value, "unit": row.unit, "target": row.target, "met": row.met}
            | ({"note": row.note} if row.note else {})
            for row in rows
        ]
        print(json.dumps({"machine": machine(), "versions": versions, "rows": told}, indent=2))
        return
    print(", ".join(f"{key} {value}" for key, value in {**machine(), **versions}.items()))
    width = max(len(row.name) for row in rows)
    for row in rows:
        bound = "at least" if row.more_is_better else "at most"
        verdict = "" if row.met is None else f"  ({bound} {row.target:g}: {'met' if row.met else 'NOT MET'})"
        value = "-" if row.value is None else f"{row.value:.2f}"
        note = f"  {row.note}" if row.note else ""
        print(f"{row.name:<{width}}  {value:>9} {row.unit}{verdict}{note}")
