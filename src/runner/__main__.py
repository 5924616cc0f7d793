"""`python -m runner`: the runner process."""

from kernel import process
from runner.app import running
from runner.settings import RunnerSettings


def main() -> None:
    """Run a runner."""
    process.run("runner", RunnerSettings, running)


if __name__ == "__main__":
    main()
