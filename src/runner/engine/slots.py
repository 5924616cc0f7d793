"""How many of what calls may have at once, and the pool that holds just that many.

A pool keeps the address space of memories and tables from call to call, so that a call needs no system call to get them: that is
6 to 15 % of a whole invocation, measured side by side. Every lane has as many slots as its one call may use by the limits of its
store, so none can take another's. The pool is address space, terabytes of it with many lanes: an executor must not have a limit
of that (RLIMIT_AS). Memory protection keys and the scan of page maps are off, as they are unless the library is asked for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Per call. Components of the usual toolchains have up to 15 core instances, 2 memories, 3 tables and 8,000 elements. Tables are
# memory that the limit of memory does not see: with 64 of a million elements each, a guest of 16 MiB took 459 MiB.
MAX_TABLE_ELEMENTS: Final = 100_000
MAX_INSTANCES: Final = 64
MAX_TABLES: Final = 16
MAX_MEMORIES: Final = 4
# What a wrapper has besides (`runner.engine.lane`), with the instances that the engine makes between components.
_WRAPPER_INSTANCES: Final = 8
_WRAPPER_MEMORIES: Final = 2
ALL_INSTANCES: Final = MAX_INSTANCES + _WRAPPER_INSTANCES
ALL_MEMORIES: Final = MAX_MEMORIES + _WRAPPER_MEMORIES

# What compiled code relies on, whatever engine loads it: checks are left out where an access cannot leave these bytes.
RESERVATION: Final = 4 << 30
GUARD: Final = 32 << 20

_ELEMENT: Final = 16  # bytes that an element of a table has at most
# Of what the engine keeps about an instance, globals included. A CPython guest has 240 KB, and its component 400 KB.
_CORE_INSTANCE: Final = 1 << 20
_COMPONENT_INSTANCE: Final = 2 << 20
# Tables are cleared by writing zeros up to here, and given back to the kernel beyond: 4 to 7 % of an invocation. Memories are
# given back whole, since a guest dirties few of its pages.
_TABLE_KEPT: Final = 64 * 1024
_ANY: Final = 1 << 16  # of a whole component, of which not all need exist: the call's store counts what does


@dataclass(frozen=True, slots=True)
class Slots:
    """What a pool is made for: calls at once, and the bytes that a linear memory has at most."""

    lanes: int = 4
    memory_bytes: int = 512 << 20

    @property
    def address_bytes(self) -> int:
        """The least address space that its memories take."""
        return self.lanes * ALL_MEMORIES * (RESERVATION + GUARD)

    @property
    def data_bytes(self) -> int:
        """The writable memory that guests can have in it, all lanes together."""
        return self.lanes * (ALL_MEMORIES * self.memory_bytes + MAX_TABLES * MAX_TABLE_ELEMENTS * _ELEMENT)

    def settings(self) -> Mapping[str, int]:
        """The settings of the pool by their names in the library; all that concern memory are here, defaults or not."""
        return {
            "total_component_instances": self.lanes,
            "total_core_instances": self.lanes * ALL_INSTANCES,
            "total_memories": self.lanes * ALL_MEMORIES,
            "total_tables": self.lanes * MAX_TABLES,
            "total_stacks": 0,  # async functions only
            "total_gc_heaps": 0,
            "max_component_instance_size": _COMPONENT_INSTANCE,
            "max_core_instance_size": _CORE_INSTANCE,
            "max_core_instances_per_component": _ANY,
            "max_memories_per_component": _ANY,
            "max_tables_per_component": _ANY,
            "max_memories_per_module": MAX_MEMORIES,
            "max_tables_per_module": MAX_TABLES,
            "max_memory_size": self.memory_bytes,
            "table_elements": MAX_TABLE_ELEMENTS,
            "linear_memory_keep_resident": 0,
            "table_keep_resident": _TABLE_KEPT,
            "async_stack_keep_resident": 0,
            "max_unused_warm_slots": self.lanes * ALL_MEMORIES,
            "decommit_batch_size": 1,  # what a call had is gone when its store is closed, not some calls later
        }


def store_limits(memory_bytes: int, *, wrapped: bool) -> tuple[int, int, int, int, int]:
    """The limits of one call's store: bytes of a memory, table elements, instances, tables, memories."""
    instances, memories = (ALL_INSTANCES, ALL_MEMORIES) if wrapped else (MAX_INSTANCES, MAX_MEMORIES)
    return memory_bytes, MAX_TABLE_ELEMENTS, instances, MAX_TABLES, memories
