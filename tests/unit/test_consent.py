"""Consent: asked once per workspace and receiver, kept over restarts, taken back on demand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from counterpoint.consent import Given, grant, granted, needs_consent, revoke
from counterpoint.providers import Endpoint
from counterpoint.settings import Privacy, Settings

OPENAI, ANTHROPIC = Endpoint("openai"), Endpoint("anthropic")
LOCAL = Endpoint("openai", base_url="http://127.0.0.1:11434/v1")
GATE = Endpoint("openai", base_url="https://gate.example/v1")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    return tmp_path / "repo"


def test_each_vendor_is_asked_about_once_per_workspace(root: Path, state: Path, tmp_path: Path) -> None:
    both = (OPENAI, ANTHROPIC, OPENAI)
    assert needs_consent(root, both, Settings(), state=state) == ("openai", "anthropic")
    grant(root, ["openai"], state=state)
    assert needs_consent(root, both, Settings(), state=state) == ("anthropic",)
    grant(root, ["anthropic"], state=state)
    assert needs_consent(root, both, Settings(), state=state) == ()
    assert granted(root, state=state) == {"openai", "anthropic"}
    assert needs_consent(tmp_path, both, Settings(), state=state) == ("openai", "anthropic")


def test_asking_writes_nothing(root: Path, state: Path) -> None:
    needs_consent(root, (OPENAI,), Settings(), state=state)
    revoke(root, state=state)
    assert not state.exists()


def test_another_address_of_the_same_vendor_is_another_receiver(root: Path, state: Path) -> None:
    grant(root, ["openai"], state=state)
    assert needs_consent(root, (GATE,), Settings(), state=state) == ("openai at gate.example",)


def test_what_stays_on_this_machine_needs_no_consent(root: Path, state: Path) -> None:
    assert needs_consent(root, (LOCAL, Endpoint("embedded")), Settings(), state=state) == ()


def test_who_asks_at_every_call_hears_what_is_in_force_and_reads_it_once(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    read_text = Path.read_text

    def counted(self: Path, *arguments: str) -> str:
        reads.append(self)
        return read_text(self, *arguments)

    given = Given(root, state=state)
    assert given.missing((OPENAI, LOCAL), Settings()) == ("openai",)
    grant(root, ["openai"], state=state)
    monkeypatch.setattr(Path, "read_text", counted)
    for _ in range(3):
        assert given.missing((OPENAI,), Settings()) == ()
    assert len(reads) == 1
    monkeypatch.undo()
    grant(root, ["anthropic"], state=state)
    assert given.missing((OPENAI, ANTHROPIC), Settings()) == ()
    revoke(root, ["openai"], state=state)
    assert given.missing((OPENAI, ANTHROPIC), Settings()) == ("openai",)
    for file in (state / "consent").iterdir():
        file.unlink()
    assert given.missing((ANTHROPIC,), Settings()) == ("anthropic",)
    assert given.missing((OPENAI,), Settings(privacy=Privacy(consent=True))) == ()


def test_the_users_setting_agrees_to_all(root: Path, state: Path) -> None:
    agreed = Settings(privacy=Privacy(consent=True))
    assert needs_consent(root, (OPENAI, GATE), agreed, state=state) == ()


def test_consent_is_taken_back_for_one_or_for_all(root: Path, state: Path) -> None:
    grant(root, ["openai", "anthropic"], state=state)
    revoke(root, ["openai"], state=state)
    assert granted(root, state=state) == {"anthropic"}
    revoke(root, state=state)
    assert granted(root, state=state) == frozenset()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own on Windows")
def test_a_workspace_is_its_resolved_folder(root: Path, state: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    grant(tmp_path / "link", ["openai"], state=state)
    assert granted(root / "..") == frozenset()
    assert granted(root / ".." / "repo", state=state) == {"openai"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"workspace": 1}', '{"workspace": "/other", "receivers": ["openai"]}']
)
def test_a_file_that_says_nothing_about_this_workspace_is_no_consent(
    root: Path, state: Path, text: str
) -> None:
    grant(root, ["openai"], state=state)
    (file,) = (state / "consent").iterdir()
    file.write_text(text, "utf-8")
    assert granted(root, state=state) == frozenset()
    grant(root, ["openai"], state=state)
    assert granted(root, state=state) == {"openai"}


def test_the_place_is_the_users_state_folder(root: Path, clean_environment: Path) -> None:
    grant(root, ["openai"])
    assert granted(root) == {"openai"}
    assert len(list((clean_environment / "state" / "consent").iterdir())) == 1
