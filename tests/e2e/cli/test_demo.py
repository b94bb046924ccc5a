"""`counterpoint demo`: real processes from end to end, with no key, on anyone's repository, and with keys."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from counterpoint.cli.demo_played import EDIT, REVIEW, played
from counterpoint.providers.embedded import embedded_available
from counterpoint.settings import Settings
from tests.modelserver import ModelServer


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def demo(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "counterpoint", "demo", *arguments],
        cwd=cwd,
        env={**os.environ, "COUNTERPOINT__KEYS__KEYRING": "false", **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=200,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def keys(server: ModelServer) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": server.openai_key,
        "ANTHROPIC_API_KEY": server.anthropic_key,
        "OPENAI_BASE_URL": server.openai_url,
        "ANTHROPIC_BASE_URL": server.anthropic_url,
    }


def digest(root: Path) -> str:
    """One hash over names, times and contents of all files below a folder."""
    whole = hashlib.sha256()
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        whole.update(f"{file}{file.stat().st_mtime_ns}".encode() + file.read_bytes())
    return whole.hexdigest()


SCENES = (
    "From start to initialized in",
    "== Findings of the static rules",
    "== A quick fix",
    "== Ghost text",
    "== The large models, PLAYED",
    "== The menu (played)",
    "== Opus 4.7 reviews orders/status.py (played)",
    "== GPT-5.5 edits (played)",
    "== The ledger",
    "== What next",
)


def test_with_no_key_every_scene_is_real_or_labelled(tmp_path: Path) -> None:
    done = demo(cwd=tmp_path)
    assert done.code == 0, done.err
    places = [done.out.find(scene) for scene in SCENES]
    assert places == sorted(places)
    assert -1 not in places
    assert "\x1b" not in done.out
    assert "`self.release` is a coroutine" in done.out
    assert re.search(r"^\+            await self\.release\(\)$", done.out, re.MULTILINE)
    assert re.search(r"Review file: .* \(Opus 4\.7, \$\d", done.out)
    assert "dropped (absent): orders/status.py" in done.out
    assert "2 findings in" in done.out
    assert done.out.count("api/api-contract, verified, id") == 2, "the second look is played too"
    assert "failed:" not in done.out
    assert re.search(r"^\+    require_staff\(user\)$", done.out, re.MULTILINE)
    assert re.search(r"^claude-opus-4-7 +review +1 +0 ", done.out, re.MULTILINE)
    assert re.search(r"^claude-opus-4-7 +verify +1 +0 ", done.out, re.MULTILINE)


@pytest.mark.tokens
@pytest.mark.skipif(
    embedded_available(Settings()) is not None and not os.environ.get("CI"),
    reason=str(embedded_available(Settings())),
)
def test_ghost_text_comes_from_the_real_small_model(tmp_path: Path) -> None:
    done = demo("--played", cwd=tmp_path)
    assert re.search(r"^  \|     return \S.*orders", done.out, re.MULTILINE), done.out
    assert re.search(r"in all = 75 ms debounce \+ .* first token \+ .*\[smollm2-135m\]", done.out)
    assert "so no model was asked" in done.out
    assert re.search(r"^smollm2-135m +complete +2 +0 ", done.out, re.MULTILINE)


def test_a_repository_named_is_read_and_never_written(tmp_path: Path) -> None:
    root = tmp_path / "theirs"
    (root / "pkg").mkdir(parents=True)
    for number in range(30):
        (root / "pkg" / f"m{number}.py").write_text(
            f"def f{number}(x):\n    y = x + {number}\n    return y\n" * 4
        )
    (root / "pkg" / "auth.py").write_text(
        "import hashlib\nimport hmac\n\n\ndef check(body, key, signature):\n"
        "    return hmac.new(key, body, hashlib.sha256).hexdigest() == signature\n"
    )
    before = digest(root)
    done = demo(str(root), cwd=tmp_path)
    assert done.code == 0, done.err
    assert "pkg/auth.py:6" in done.out
    assert "hmac.compare_digest" in done.out
    assert "PLAYED" not in done.out
    assert "(not now: No key for the role deep" in done.out
    assert digest(root) == before


def test_an_empty_folder_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = demo("empty", cwd=tmp_path)
    assert done.code == 2
    assert "has no source files the demo can show" in done.err.strip().splitlines()[-1]
    assert demo("absent", cwd=tmp_path).code == 2


def test_keys_alone_send_nothing(tmp_path: Path) -> None:
    with ModelServer() as server:
        done = demo(cwd=tmp_path, env=keys(server))
        assert server.log == ()
    assert done.code == 0, done.err
    assert re.search(r"for \$\d.*at most \$\d", done.err)
    assert "(--yes)" in done.err
    assert "PLAYED" in done.out


def test_with_keys_and_yes_the_real_models_are_asked(tmp_path: Path) -> None:
    """The strict server stands for the vendors; the price comes before the first request."""
    with ModelServer() as server:
        server.answer(json.dumps(REVIEW), path="/v1/messages")
        server.answer(json.dumps(EDIT), match="Only staff may search")
        server.answer(" sum(orders)", match="average_total")
        done = demo("--yes", cwd=tmp_path, env=keys(server))
        assert {record.path for record in server.log} >= {"/v1/responses", "/v1/messages"}
        assert all(record.status == 200 for record in server.log), [record.rule for record in server.log]
        bill = server.bill
    assert done.code == 0, done.err
    assert "Keys for anthropic and openai are set" in done.err
    assert "PLAYED" not in done.out
    assert "== Opus 4.7 reviews orders/status.py\n" in re.sub(r" - .*", "", done.out)
    assert "Your keys are in force." in done.out
    assert "The two services spell a cancelled order differently" in done.out
    assert re.search(r"^\+    require_staff\(user\)$", done.out, re.MULTILINE)
    assert re.search(r"^  \|     return sum\(orders\)$", done.out, re.MULTILINE)
    assert 0 < bill < 1


@pytest.mark.asyncio
async def test_the_playing_endpoint_knows_its_own_client_only() -> None:
    async with played() as variables, httpx2.AsyncClient(trust_env=False) as client:
        base = variables["ANTHROPIC_BASE_URL"]
        assert base.startswith("http://127.0.0.1:")
        body = {"model": "x"}
        assert (await client.post(f"{base}/v1/messages", json=body)).status_code == 401
        wrong = {"Authorization": "Bearer guess"}
        assert (await client.post(f"{base}/v1/responses", json=body, headers=wrong)).status_code == 401
        good = {"x-api-key": variables["ANTHROPIC_API_KEY"]}
        assert (await client.post(f"{base}/other", json=body, headers=good)).status_code == 404
        reply = await client.post(f"{base}/v1/messages", json=body, headers=good)
        assert reply.status_code == 200
        assert "message_stop" in reply.text
