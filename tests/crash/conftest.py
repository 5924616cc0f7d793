"""What is killed here is made as for the registry's own tests."""

from tests.registry.conftest import fresh as fresh
