"""Codings: what was made is undone, and nothing else is, at any price."""

import random
import tracemalloc

import pytest

from kernel.codings import CODINGS, compress, decompress

TEXTS = [b"x" * 100_000, bytes(range(256)) * 4_000, random.Random(1).randbytes(5_000)]
BOMB = 64 << 20


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_what_was_compressed_comes_back(coding: str, text: bytes) -> None:
    packed = compress(text, coding)
    assert decompress(packed, coding, len(text)) == text
    assert compress(text, coding) == packed
    for broken in (packed[:-1], packed + b"a", packed + packed, packed[: len(packed) // 2], b"", b"rubbish"):
        assert decompress(broken, coding, len(text)) is None
    for size in (len(text) + 1, len(text) - 1, 0, 1 << 40):
        assert decompress(packed, coding, size) is None or size == len(text)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_takes_no_memory(coding: str) -> None:
    packed = compress(bytes(BOMB), coding)
    tracemalloc.start()
    assert decompress(packed, coding, 1_000) is None
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("coding", ["", "deflate", "BR", "x-gzip"])
def test_other_codings_are_a_mistake_of_ours(coding: str) -> None:
    with pytest.raises(ValueError, match="no coding"):
        compress(b"x", coding)
    with pytest.raises(ValueError, match="no coding"):
        decompress(b"x", coding, 1)
