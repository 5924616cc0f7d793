"""What `alga-ext up` was asked for, and how it reaches the supervisor's own small process."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class UpOptions:
    """Ports are those of 127.0.0.1, 0 = any free one; further runners have any.

    `samples` are folders of extensions to publish and install; without `host_port` there is no host application.
    """

    data_dir: Path
    port: int
    registry_port: int
    runner_port: int
    samples: tuple[Path, ...]
    check: bool = False
    json: bool = False
    runners: int = 1
    host_port: int | None = None

    @property
    def services(self) -> tuple[str, ...]:
        """The processes by name, in the order in which they start."""
        return ("registry", "runner", *(f"runner-{number}" for number in range(2, self.runners + 1)), "gateway", *self.last)

    @property
    def last(self) -> tuple[str, ...]:
        """The process that starts when the gateway serves, if there is one."""
        return () if self.host_port is None else ("host_app",)

    def dump(self) -> str:
        """As one argument of a process."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what `dump` wrote."""
        values = json.loads(text)
        values["data_dir"] = Path(values["data_dir"])
        values["samples"] = tuple(Path(sample) for sample in values["samples"])
        return cls(**values)
