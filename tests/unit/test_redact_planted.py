"""Secrets planted in files of many kinds: each is found, and what an established scanner finds there too."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.redact import Guard, Source, mask, unmask
from counterpoint.text import language_of
from tests.planted import Planted, planted_files

FILES = planted_files()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FILES)
def test_nothing_planted_is_left_and_all_comes_back(name: str, end: str) -> None:
    text, secrets = FILES[name]
    text = text.replace("\n", end)
    masked = mask((text,), Guard(), (Source(text, language_of(name)),))
    assert [piece for piece in secrets.pieces if piece in masked.text] == []
    assert unmask(masked.text, masked.table) == text
    assert masked.text.count("\n") == text.count("\n")


@pytest.mark.parametrize("name", FILES)
def test_numbered_lines_and_any_window_hide_nothing(name: str) -> None:
    text, secrets = FILES[name]
    guard, source = Guard(), Source(text, language_of(name))
    lines = text.split("\n")
    numbered = "\n".join(f"{number}| {line}" for number, line in enumerate(lines, 1))
    for shown in (numbered, *("\n".join(lines[at : at + 4]) for at in range(len(lines)))):
        masked = mask((shown,), guard, (source,))
        assert [piece for piece in secrets.pieces if piece in masked.text] == []
        assert unmask(masked.text, masked.table) == shown


@pytest.mark.parametrize("name", FILES)
def test_what_detect_secrets_finds_among_the_planted_is_found(name: str, tmp_path: Path) -> None:
    scan = pytest.importorskip("detect_secrets.core.scan")
    settings = pytest.importorskip("detect_secrets.settings")
    text, secrets = FILES[name]
    file = tmp_path / name
    file.write_text(text, "utf-8")
    with settings.default_settings():
        theirs = {str(one.secret_value) for one in scan.scan_file(str(file))}
    known = (secrets.aws, secrets.aws_secret, secrets.jwt, secrets.password, *secrets.rows)
    wanted = {value for value in theirs if any(value in one for one in known) and len(value) > 5}
    assert wanted or not theirs
    found = [text[one.span.start : one.span.end] for one in Guard().find(Source(text, language_of(name)))]
    assert [value for value in wanted if not any(value in mine for mine in found)] == []


def test_the_planted_secrets_differ() -> None:
    made = [Planted.of(seed) for seed in range(100, 116)]
    assert len({one.aws for one in made}) == len({one.rows for one in made}) == len(made)
