"""What holds around an executor, as it reports it when it is ready."""

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Isolation:
    """What this machine allowed, beside what every machine allows: no environment, descriptors, capabilities, and the limits."""

    landlock: int  # version of the interface, 0 = none: then it may do with files what its user may
    namespaces: bool  # a user, network and IPC namespace of its own
    seccomp: bool

    def dump(self) -> str:
        """As one line."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what `dump` wrote. Raises ValueError for anything else."""
        try:
            values = json.loads(text)
            landlock, namespaces, seccomp = values["landlock"], values["namespaces"], values["seccomp"]
        except (TypeError, KeyError) as error:
            raise ValueError("not an isolation") from error
        if type(landlock) is not int or type(namespaces) is not bool or type(seccomp) is not bool:
            raise ValueError("not an isolation")
        return cls(landlock, namespaces, seccomp)
