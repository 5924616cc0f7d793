"""Settings: bad ones end the process with exit code 2 and one line that names them."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kernel.settings import EXIT_BAD_SETTINGS, ProcessSettings, in_vain, read_settings


class Sample(ProcessSettings):
    """Settings of a process that does nothing."""

    model_config = SettingsConfigDict(env_prefix="EXT_SAMPLE_")

    lanes: int = Field(4, ge=1)


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXT_SAMPLE_LANES", "8")
    monkeypatch.setenv("EXT_SAMPLE_LISTEN", '["unix:/x"]')
    monkeypatch.setenv("EXT_SAMPLE_READY_FILE", "/r")
    settings = read_settings(Sample)
    assert (settings.lanes, settings.listen, settings.ready_file) == (8, ("unix:/x",), Path("/r"))


def test_what_has_no_effect_is_told_where_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(Sample):
        without_effect: ClassVar[Mapping[str, str]] = {
            "SAMPLE_STORE": "there is none",
            "SAMPLE_QUEUE": "there is none",
            "SAMPLE_TOPIC": "there is none",
        }

    monkeypatch.setenv("SAMPLE_STORE", "http://store.example")
    monkeypatch.setenv("SAMPLE_QUEUE", "")
    assert in_vain(Other) == {"SAMPLE_STORE": "there is none"}
    assert in_vain(Sample) == {}


@pytest.mark.parametrize(("name", "value"), [("EXT_SAMPLE_LANES", "0"), ("EXT_SAMPLE_LOG_LEVEL", "loud"), ("EXT_SAMPLE_LANE", "3")])
def test_bad_settings_end_the_process(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        read_settings(Sample)
    assert caught.value.code == EXIT_BAD_SETTINGS
    said = capsys.readouterr().err
    assert name in said
    assert said.count("\n") == 1
