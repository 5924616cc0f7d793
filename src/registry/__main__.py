"""`python -m registry`: the registry process."""

from kernel import process
from registry.app import running
from registry.memory import few_arenas
from registry.settings import RegistrySettings


def main() -> None:
    """Run a registry."""
    few_arenas()
    process.run("registry", RegistrySettings, running)


if __name__ == "__main__":
    main()
