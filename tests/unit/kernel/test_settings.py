"""Settings from files, variables and flags, and the errors they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for every test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("HOME", str(folder))
    for name in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    (folder / ".config" / "animstudio").mkdir(parents=True)
    return folder


def test_the_platforms_folders(tmp_path: Path, home: Path) -> None:
    assert read_settings(cwd=tmp_path, environment={}) == Settings(
        models=home / ".local/share/animstudio/models",
        data=home / ".local/share/animstudio/data",
        cache=home / ".cache/animstudio",
        state=home / ".local/state/animstudio",
    )


def test_the_stronger_source_wins_each_setting(tmp_path: Path, home: Path) -> None:
    (home / ".config/animstudio/animstudio.toml").write_text(
        'models = "/user"\ndata = "/user"\ncache = "/user"\nstate = "/user"\n'
    )
    project = tmp_path / "project"
    (project / "deep" / "er").mkdir(parents=True)
    (project / "animstudio.toml").write_text('data = "films"\ncache = "~/c"\nstate = "/project"')
    settings = read_settings(
        cwd=project / "deep" / "er",
        environment={"ANIMSTUDIO_CACHE": "/variable", "ANIMSTUDIO_STATE": "/variable", "PATH": "x"},
        flags={"state": Path("flag"), "models": None},
    )
    assert settings.models == Path("/user")
    assert settings.data == project / "films"  # relative to the file it stands in
    assert settings.cache == Path("/variable")
    assert settings.state == project / "deep" / "er" / "flag"


def test_home_is_expanded(tmp_path: Path, home: Path) -> None:
    settings = read_settings(cwd=tmp_path, environment={"ANIMSTUDIO_DATA": "~/films"})
    assert settings.data == home / "films"


def test_an_empty_variable_is_an_unset_one(tmp_path: Path, home: Path) -> None:
    settings = read_settings(cwd=tmp_path, environment={"ANIMSTUDIO_CACHE": ""})
    assert settings.cache == home / ".cache/animstudio"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('# a\n\n modles = "/x"', ":3: unknown setting 'modles'; did you mean 'models'?"),
        ('data = "/x"\n[gpu]\nx = 1', ":2: unknown setting 'gpu'; settings are models, data"),
        ("data = 5", ":1: data = 5: input is not a valid path"),
        ('data = ""', ":1: data is empty; name a folder"),
        ('data = "/x"\ncache = = "/x"', ":2: Invalid value"),
        ('data = "~nobody-here/x"', "~nobody-here/x: Could not determine home"),
    ],
)
def test_errors_name_the_file_and_the_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "animstudio.toml"
    file.write_text(text)
    with pytest.raises(AskedWrongly) as caught:
        read_settings(cwd=tmp_path, environment={})
    assert message in caught.value.message
    assert str(file) in caught.value.message or "nobody" in message


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "animstudio.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AskedWrongly, match="cannot be read"):
        read_settings(cwd=tmp_path, environment={})


def test_an_unknown_variable(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match=r"ANIMSTUDIO_MODEL.*did you mean 'ANIMSTUDIO_MODELS'"):
        read_settings(cwd=tmp_path, environment={"ANIMSTUDIO_MODEL": "/x"})
