"""Which blog and which home folder: what is accepted, what is refused, and who wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.errors import SettingsError
from warehouse.settings import DEFAULT_SITE, Settings, load_settings, normal_site
from warehouse.snapshot import Snapshots


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("bjlkeng.io", "https://bjlkeng.io"),
        ("bjlkeng.io/", "https://bjlkeng.io"),
        ("  https://bjlkeng.io//  ", "https://bjlkeng.io"),
        ("HTTPS://Blog.Example/", "https://blog.example"),
        ("http://blog.example:8080/Notes/", "http://blog.example:8080/Notes"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("https://127.0.0.1", "https://127.0.0.1"),
    ],
)
def test_a_site_is_understood_as_people_write_it(given: str, address: str) -> None:
    assert normal_site(given) == address
    assert normal_site(address) == address


@pytest.mark.parametrize(
    "given",
    [
        "",
        "   ",
        "https://",
        "http:///posts",
        "//blog.example",
        "/var/blog",
        "ftp://blog.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "mailto:me@blog.example",
        "https://me@blog.example",
        "https://me:secret@blog.example",
        "https://@blog.example",
        "https://blog.example?page=2",
        "https://blog.example/#top",
        "https://blog.example:99999",
        "https://blog.example:http",
        "http://[::1",
        "http://[zz]",
        "https://blog.example\\@other.example",
        "https://my blog.example",
        "https://blog.example,other.example",
        "https://blog.example\0",
    ],
)
def test_anything_but_one_web_host_is_refused(given: str) -> None:
    with pytest.raises(ValueError):
        normal_site(given)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOUNDED_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("BOUNDED_SITE", "Blog.Example/")
    settings = load_settings()
    assert (settings.home, settings.site) == (tmp_path / "mine", "https://blog.example")


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOUNDED_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("BOUNDED_SITE", "blog.example")
    settings = load_settings(home=tmp_path / "given", site="localhost:8000")
    assert (settings.home, settings.site) == (tmp_path / "given", "http://localhost:8000")
    assert load_settings(site="localhost:8000").home == tmp_path / "mine"


def test_a_good_argument_saves_from_a_bad_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDED_SITE", "ftp://blog.example")
    assert load_settings(site="blog.example").site == "https://blog.example"


@pytest.mark.parametrize("bad", ["ftp://blog.example", "https://me@blog.example", "http://[::1"])
def test_the_error_names_the_variable(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setenv("BOUNDED_SITE", bad)
    with pytest.raises(SettingsError, match="^BOUNDED_SITE: ") as from_environment:
        load_settings()
    with pytest.raises(SettingsError, match="^BOUNDED_SITE: "):
        load_settings(site=bad)
    assert "\n" not in str(from_environment.value)


def test_empty_variables_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDED_HOME", "")
    monkeypatch.setenv("BOUNDED_SITE", "")
    settings = load_settings()
    assert settings.site is None
    assert settings.home.is_absolute() and settings.home.name == "bounded"


def test_without_a_site_a_fresh_home_means_the_default_blog(tmp_path: Path) -> None:
    assert Snapshots(Settings(home=tmp_path)).site == DEFAULT_SITE == "https://bjlkeng.io"


def test_a_tilde_stands_for_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("BOUNDED_HOME", "~/blog")
    assert Snapshots(load_settings()).home == tmp_path / "blog"
