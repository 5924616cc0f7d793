"""The data directory: who may read it, who holds it, what is made in it, and the environments of the processes."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from cli.problem import Problem
from cli.up import host_app
from cli.up.environment import SERVICES, Place, environment, kind_of
from cli.up.keys import make_keys
from cli.up.layout import MAX_SOCKET_PATH, PUBLIC, SECRETS, DataDir, run_dir
from cli.up.options import UpOptions
from cli.up.report import Report
from gateway.settings import GatewaySettings
from kernel.settings import ProcessSettings
from kernel.signing import SigningKey, TrustedKeys
from registry.settings import RegistrySettings
from runner.settings import RunnerSettings

SETTINGS: dict[str, type[ProcessSettings]] = {"registry": RegistrySettings, "runner": RunnerSettings, "gateway": GatewaySettings}


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    old = os.umask(0)  # no mode may depend on it
    try:
        made = DataDir(tmp_path / "data")
        made.make()
        make_keys(made)
    finally:
        os.umask(old)
    return made


@pytest.fixture
def place(data: DataDir, tmp_path: Path) -> Place:
    return Place(data, tmp_path / "run", UpOptions(data.root, 0, 7481, 7482, ()))


def test_modes(data: DataDir) -> None:
    for path in (data.root, *data.root.rglob("*")):
        if path.is_dir():
            assert path.stat().st_mode & 0o777 == 0o700, path
    for name in SECRETS:
        assert (data.keys / name).stat().st_mode & 0o777 == 0o600, name
    assert {path.name for path in data.keys.iterdir()} == {*SECRETS, *PUBLIC}
    assert data.missing_keys() == []


def test_keys_fit_and_stay(data: DataDir) -> None:
    trusted = TrustedKeys.parse((data.keys / "trust.pem").read_bytes(), "trust")
    publisher = SigningKey.parse((data.keys / "publisher-example.pem").read_bytes())
    registry = SigningKey.parse((data.keys / "registry-publish.pem").read_bytes())
    assert list(trusted) == [publisher.public.key_id, registry.public.key_id]
    before = {path.name: path.read_bytes() for path in data.keys.iterdir()}
    assert len(set(before.values())) == len(before)
    make_keys(data)
    assert {path.name: path.read_bytes() for path in data.keys.iterdir()} == before
    (data.keys / "grant.pub").unlink()
    assert data.missing_keys() == ["grant.pub"]
    make_keys(data)
    assert (data.keys / "grant.pub").read_bytes() == before["grant.pub"]
    # A directory from before the registry signed for anybody.
    (data.keys / "trust.pem").write_bytes(publisher.public.pem)
    make_keys(data)
    assert (data.keys / "trust.pem").read_bytes() == before["trust.pem"]


def test_the_operator_s_key_has_the_form_of_an_api_key(data: DataDir) -> None:
    key = (data.keys / "operator.key").read_text()
    assert key.startswith("alga_")
    assert len(key.strip()) == len("alga_") + 43


def test_one_holder_at_a_time(data: DataDir) -> None:
    with data.hold():
        with pytest.raises(Problem) as caught, data.hold():
            pass
        assert str(os.getpid()) in caught.value.text
        assert "--data-dir" in caught.value.next_step
    with data.hold():
        pass


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Problem, match="holds other files"):
        DataDir(tmp_path).make()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(Problem, match="others can read") as caught:
        DataDir(tmp_path).make()
    assert "chmod 700" in caught.value.next_step


def test_an_empty_folder_is_taken_and_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    DataDir(tmp_path).make()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(Problem):
        DataDir(tmp_path / "data").make()


@pytest.mark.parametrize("depth", [0, 40])
def test_socket_paths_are_short_and_private(tmp_path: Path, depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path.joinpath(*["deep"] * depth)
    base.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    root = base / "data"
    folder = run_dir(root)
    try:
        assert len(os.fsencode(folder / "registry.sock")) <= MAX_SOCKET_PATH
        assert folder.stat().st_mode & 0o777 == 0o700
        assert run_dir(root) == folder
        other = run_dir(base / "other")
        assert other != folder
        other.rmdir()
    finally:
        folder.rmdir()


def test_a_socket_folder_that_somebody_else_prepared_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = run_dir(tmp_path / "data")
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Problem):
        run_dir(tmp_path / "data")
    folder.unlink()
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(Problem):
        run_dir(tmp_path / "data")


@pytest.mark.parametrize("service", [*SERVICES, "runner-2"])
def test_environments_are_exact_and_valid(service: str, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = f"EXT_{kind_of(service).upper()}_"
    own = {"PATH": "/bin", "HOME": "/h", "AWS_SECRET_ACCESS_KEY": "x", "PYTHONPATH": "/evil", "EXT_OTHER_X": "1"}
    made = environment(service, place, own | {f"{prefix}LOG_LEVEL": "debug", f"{prefix}READY_FILE": "/elsewhere"})
    assert {name for name in made if not name.startswith(prefix)} == {"PATH", "HOME"}
    assert made[f"{prefix}LOG_LEVEL"] == "debug"
    assert made[f"{prefix}READY_FILE"] == str(place.ready_file(service))
    for name in list(os.environ):
        if name.startswith("EXT_"):
            monkeypatch.delenv(name)
    for name, value in made.items():
        if name.startswith(prefix):
            monkeypatch.setenv(name, value)
    settings = SETTINGS[kind_of(service)]()
    assert all(address.startswith(("unix:", "127.0.0.1:")) for address in settings.listen)


def test_several_runners_share_nothing_but_their_gateway(place: Place) -> None:
    place = replace(place, options=replace(place.options, runners=3))
    assert place.options.services == ("registry", "runner", "runner-2", "runner-3", "gateway")
    runners = [environment(name, place, {}) for name in place.options.services[1:-1]]
    for name in ("EXT_RUNNER_LISTEN", "EXT_RUNNER_CACHE_DIR", "EXT_RUNNER_READY_FILE"):
        assert len({one[name] for one in runners}) == 3
    addresses = json.loads(environment("gateway", place, {})["EXT_GATEWAY_RUNNER_ADDRESSES"])
    assert addresses == [json.loads(one["EXT_RUNNER_LISTEN"])[0] for one in runners]


def test_pages_of_this_machine_may_frame_uis_unless_the_person_says_otherwise(place: Place) -> None:
    name = "EXT_GATEWAY_UI_FRAME_ANCESTORS"
    assert "http://localhost:*" in environment("gateway", place, {})[name]
    assert environment("gateway", place, {name: "'none'"})[name] == "'none'"


def test_the_host_applications_token_is_made_unless_the_person_names_others(place: Place) -> None:
    name = "EXT_GATEWAY_HOST_TOKEN_FILES"
    assert json.loads(environment("gateway", place, {})[name]) == [str(place.data.keys / "service.token")]
    assert environment("gateway", place, {name: '["/a"]'})[name] == '["/a"]'


def test_egress_is_closed_unless_the_person_opens_it(place: Place) -> None:
    assert not any("EGRESS" in name for name in environment("runner", place, {}))
    own = {"EXT_EGRESS_ALLOWLIST": "api.example.com", "EXT_RUNNER_EGRESS_NETWORKS": "127.0.0.0/8"}
    assert environment("runner", place, own).items() >= own.items()
    assert "EXT_EGRESS_ALLOWLIST" not in environment("gateway", place, own)


@pytest.fixture
def product(place: Place) -> Place:
    return replace(place, options=replace(place.options, host_port=7490))


def test_runners_reach_the_host_application_and_nothing_else_of_this_machine(product: Place) -> None:
    told = environment("runner", product, {})
    assert told["EXT_RUNNER_HOST_APP_BASE_URL"] == told["EXT_RUNNER_UI_PROXY_BASE_URL"] == "http://127.0.0.1:7490"
    assert json.loads(told["EXT_RUNNER_EGRESS_ALLOWLIST"]) == ["http://127.0.0.1:7490"]
    assert told["EXT_RUNNER_EGRESS_NETWORKS"] == "127.0.0.1/32"
    settings = host_app.settings(product.data, 7, "http://127.0.0.1:1", product.ready_file("host_app"))
    assert settings["HOST_APP_RUNNER_TOKEN_FILE"] == told["EXT_RUNNER_HOST_APP_TOKEN_FILE"]
    assert json.loads(environment("gateway", product, {})["EXT_GATEWAY_HOST_TOKEN_FILES"]) == [
        settings["HOST_APP_SERVICE_TOKEN_FILE"]
    ]


@pytest.mark.parametrize("name", ["EXT_EGRESS_ALLOWLIST", "EXT_RUNNER_EGRESS_ALLOWLIST", "EXT_RUNNER_EGRESS_NETWORKS"])
def test_who_says_something_of_egress_says_all_of_it(product: Place, name: str) -> None:
    """Together with the person's list, the exception for this machine would open more of it than the host application."""
    told = environment("runner", product, {name: "*"})
    assert {key: value for key, value in told.items() if "EGRESS" in key} == {name: "*"}
    own = {"EXT_RUNNER_HOST_APP_BASE_URL": "https://app.example"}
    assert "EXT_RUNNER_HOST_APP_TOKEN_FILE" not in environment("runner", product, own)


def test_the_host_application_stops_first(product: Place) -> None:
    assert product.options.services == ("registry", "runner", "gateway", "host_app")


def test_no_secret_is_in_an_environment(place: Place) -> None:
    secrets = [(place.data.keys / name).read_text().strip() for name in SECRETS]
    for service in SERVICES:
        text = json.dumps(environment(service, place, {}))
        assert not any(secret in text for secret in secrets)


def test_tokens_are_shared_by_exactly_their_two_ends(place: Place) -> None:
    files = {
        service: {value for value in environment(service, place, {}).values() if value.endswith(".token")} for service in SERVICES
    }
    assert {Path(path).name for path in files["registry"] & files["gateway"]} == {"gateway-at-registry.token"}
    assert {Path(path).name for path in files["registry"] & files["runner"]} == {"runner-at-registry.token"}
    assert {Path(path).name for path in files["runner"] & files["gateway"]} == {"gateway-at-runner.token"}


def test_options_survive_the_way_to_the_supervisor() -> None:
    options = UpOptions(Path("/a b"), 0, 1, 2, (Path("/x"), Path("/y")), check=True, json=True, host_port=0)
    assert UpOptions.load(options.dump()) == options


def test_report_quotes_paths_and_shows_no_secret(data: DataDir) -> None:
    keys = Path("/a 'b/keys")
    addresses = {
        "gateway": ["127.0.0.1:1"],
        "registry": ["unix:/r", "127.0.0.1:2"],
        "runner": ["unix:/x", "127.0.0.1:3"],
    }
    sample = {
        "name": "com.acme.a",
        "version": "1.0.0",
        "extension_id": "id",
        "content_hash": "sha256:00",
        "ui_entry": None,
        "endpoints": [{"method": "POST", "path": "/a"}, {"method": "GET", "path": "/a/:id"}, {"method": "GET", "path": "/hello"}],
    }
    report = Report(keys, addresses, [sample], 7)
    assert "$(cat '/a '\"'\"'b/keys/demo-caller.key')" in report.text()
    assert "http://127.0.0.1:1/api/ext/com.acme.a/hello" in report.text()
    assert report.ui_url(sample) is None
    assert report.product == ""
    with_product = replace(report, host_port=4).text()
    assert "http://127.0.0.1:4/" in with_product
    assert "'/a '\"'\"'b/keys/host-app.password'" in with_product
    assert report.running() == {
        "pid": 7,
        "gateway": "http://127.0.0.1:1",
        "registry": "unix:/r",
        "runner": "unix:/x",
        "registry_tcp": "127.0.0.1:2",
        "runner_tcp": "127.0.0.1:3",
    }
