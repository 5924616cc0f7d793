"""Between the registry's messages and the records that commands print: plain dictionaries with the proto's field names.

Enums become their short names (`VERSION_STATE_ACTIVE` -> `active`), timestamps RFC 3339 texts, absent fields None.
"""

import re
from typing import Any, Final

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from cli.exits import ExitCode
from cli.output import Record
from cli.problem import Problem

_WORD_START: Final = re.compile(r"(?<!^)(?=[A-Z])")


def record(message: Message) -> Record:
    """A message as a dictionary, every field present; maps are dictionaries in the order of their keys."""
    return {field.name: _field(message, field) for field in message.DESCRIPTOR.fields}


def records(messages: Any) -> list[Record]:
    """Several messages."""
    return [record(message) for message in messages]


def enum_number(descriptor: EnumDescriptor, name: str, option: str) -> int:
    """The number of a short enum name. Raises Problem that lists the names."""
    prefix = _prefix(descriptor)
    value = descriptor.values_by_name.get(prefix + name.upper().replace("-", "_"))
    if value is None or value.number == 0:
        known = ", ".join(_short(descriptor, item.number) for item in descriptor.values if item.number)
        raise Problem(f"{option} {name} is not known", f"use one of: {known}", ExitCode.USAGE)
    return int(value.number)


def _field(message: Message, field: Any) -> Any:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return dict(sorted(getattr(message, field.name).items()))
    if field.is_repeated:
        return [_value(item, field) for item in getattr(message, field.name)]
    if field.has_presence and not message.HasField(field.name):
        return None
    return _value(getattr(message, field.name), field)


def _value(value: Any, field: Any) -> Any:
    if isinstance(value, Timestamp):
        return value.ToJsonString()
    if isinstance(value, Message):
        return record(value)
    if field.enum_type is not None:
        return _short(field.enum_type, value)
    return value


def _short(descriptor: EnumDescriptor, number: int) -> str:
    value = descriptor.values_by_number.get(number)
    return value.name.removeprefix(_prefix(descriptor)).lower() if value is not None else str(number)


def _prefix(descriptor: EnumDescriptor) -> str:
    return _WORD_START.sub("_", descriptor.name).upper() + "_"
