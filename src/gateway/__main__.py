"""`python -m gateway`: the gateway process."""

from gateway.app import running
from gateway.settings import GatewaySettings
from kernel import process


def main() -> None:
    """Run a gateway."""
    process.run("gateway", GatewaySettings, running)


if __name__ == "__main__":
    main()
