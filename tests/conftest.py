"""What all tests share: which tools this machine has, and the rule that CI skips nothing without a stated reason."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import isolation
from tests.platform import Platform, running, sample_arguments

# Program -> what to install where it is missing.
TOOLS = {
    "chromium": "apt-get install chromium",
    "zstd": "apt-get install zstd",
    "npm": "Node.js 20 or later with npm",
    "go": "Go 1.25 or later",
    "grpcurl": "go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4",
}
# How examples are searched for: the same ones on every run, and others with `--hypothesis-profile=search`; a busy machine is slow.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
hypothesis.settings.register_profile("search", deadline=None, print_blob=True)
if hypothesis.settings.get_current_profile_name() == "default":
    hypothesis.settings.load_profile("ci")
ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the mixed run of attacks and innocent calls is."""
    parser.addoption("--mixed-calls", default="1000", help="calls of the mixed run in tests/runner/execution (default: 1000)")


def pytest_report_header() -> list[str]:
    """Say when this machine isolates executors less than runners demand."""
    return ["WARNING: no Landlock here; runners are started with EXT_RUNNER_UNSAFE_WEAK_SANDBOX=true"] if isolation.WEAK else []


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing, in one line that says what to install."""
    for marker in item.iter_markers("needs"):
        (tool,) = marker.args
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing: {TOOLS[tool]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a failure comes what the platform wrote to its logs last: its folder is gone when the run ends."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Platform):
                report.sections.extend(value.last_words())
    return report


def _allowed() -> dict[str, str]:
    rows = (line.partition(" # ") for line in ALLOWED_SKIPS.read_text().splitlines() if line and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, _, reason in rows if reason.strip()}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI, a skipped test that allowed_skips.txt does not name with its reason fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    unexplained = sorted({report.nodeid for report in reporter.stats.get("skipped", [])} - set(_allowed()))
    if unexplained:
        reporter.write_line(f"CI: skipped without a reason in {ALLOWED_SKIPS.name}: {', '.join(unexplained)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """One platform for all end-to-end and browser tests, with the samples installed for tenant `demo`."""
    with running(*sample_arguments()) as platform:
        yield platform
