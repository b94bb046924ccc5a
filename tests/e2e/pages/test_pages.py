"""Every page in a real browser: light and dark, narrow and wide, with nothing asked of anybody."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from counterpoint.cli import compare_page, costs_page, migrate_page
from tests.e2e import stage
from tests.e2e.pages import samples
from tests.unit.test_costs_page import nothing, plenty

LOOKING = Path(__file__).with_name("look.mjs")
PAGES = {
    "compare": lambda: compare_page.page(samples.compared()),
    "compare-completions": lambda: compare_page.page(samples.completed()),
    "migrate": lambda: migrate_page.page(samples.migration(), samples.compared()),
    "costs": lambda: costs_page.page(plenty()),
    "costs-of-nothing": lambda: costs_page.page(nothing()),
}
PLOTLESS = ("costs-of-nothing",)


@pytest.fixture(scope="module")
def chromium() -> str:
    stage.needed(stage.TOOLS / "bin" / "node", "Node")
    stage.needed(stage.ROOT / "node_modules" / "playwright-core", "playwright-core")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return str(stage.needed(found, "Chromium"))


def look(name: str, text: str, folder: Path, chromium: str) -> list[dict[str, Any]]:
    """What the browser saw: twice light, twice dark. The pictures lie among the other screenshots."""
    file, shots = folder / f"{name}.html", stage.TOOLS / "screenshots" / "pages"
    file.write_text(text, encoding="utf-8")
    shots.mkdir(parents=True, exist_ok=True)
    order = {"file": str(file), "chromium": chromium, "shots": str(shots), "name": name}
    done = subprocess.run(
        [str(stage.TOOLS / "bin" / "node"), str(LOOKING), json.dumps(order)],
        cwd=stage.ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.alone
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_in_any_window_by_anybody(name: str, tmp_path: Path, chromium: str) -> None:
    looks = look(name, PAGES[name](), tmp_path, chromium)
    assert [(one["scheme"], one["width"]) for one in looks] == [
        ("light", 400), ("light", 1400), ("dark", 400), ("dark", 1400),
    ]  # fmt: skip
    assert looks[0]["background"] != looks[2]["background"]
    for one in looks:
        assert (one["asked"], one["said"]) == ([], [])
        assert one["sideways"] <= 0
        assert (one["plots"] > 0) == (name not in PLOTLESS) and (one["unnamed"], one["ids"]) == (0, 0)
        assert (one["overlaps"], one["cut"], one["small"]) == ([], [], [])
        assert one["text"] >= 4.5 and (name in PLOTLESS or one["marks"] >= 3.0)


@pytest.mark.alone
def test_a_page_that_asks_for_something_or_is_too_wide_is_seen(tmp_path: Path, chromium: str) -> None:
    """The look itself can fail: else all of the above would say nothing."""
    spoilt = (
        "<!doctype html><body style='background:#fff'><div style='width:2000px'>wide</div>"
        "<img src='picture.png'><svg role='img' width='100%' height='20'><text y='9' style='font-size:6px;"
        "fill:#eee'>one</text><text y='9' style='font-size:6px'>other</text></svg></body>"
    )
    first = look("spoilt", spoilt, tmp_path, chromium)[0]
    assert first["asked"][0].endswith("picture.png")
    assert first["sideways"] > 0 and first["unnamed"] == 1
    assert first["overlaps"] == ["one | other"] and len(first["small"]) == 2 and first["text"] < 4.5
