"""How many changed signed things are tried on every run."""

from tests.fuzz.signed import EXAMPLES


def test_at_least_two_thousand_signed_things_are_changed() -> None:
    """Each test counts what it tried against its own number; here is their sum."""
    assert sum(EXAMPLES.values()) >= 2_000
    assert min(EXAMPLES.values()) >= 100
