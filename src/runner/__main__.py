"""`python -m runner`: the runner process."""

from kernel import process
from runner.app import running
from runner.sandbox.kernel import hide
from runner.settings import RunnerSettings


def main() -> None:
    """Run a runner. Its memory holds keys and tenants' data, and executors have its user."""
    hide()
    process.run("runner", RunnerSettings, running)


if __name__ == "__main__":
    main()
