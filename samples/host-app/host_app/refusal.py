"""The errors of this application, as the contract has them."""

from collections.abc import Mapping


class Refusal(Exception):
    """Becomes an answer with this status; `fields` are rules by field."""

    def __init__(self, status: int, code: str, error: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status, self.code, self.error, self.fields = status, code, error, fields
