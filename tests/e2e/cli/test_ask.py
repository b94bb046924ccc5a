"""`counterpoint ask`: the code the question is about is sent, and what the answer cites is checked."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest

from tests.e2e.cli.running import command, environment, keys, run
from tests.modelserver import Fault, ModelServer

QUESTION = "Where is the discount of an order computed?"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    shop = tmp_path / "work"
    (shop / "shop").mkdir(parents=True)
    (shop / "shop" / "discounts.py").write_text(
        "RATE = 0.1\n\n\ndef discount_of_order(order):\n    return order.total * RATE\n"
    )
    (shop / "shop" / "stock.py").write_text("def count(items):\n    return len(items)\n")
    (shop / "shop" / "keys.py").write_text("discount_token = 'sk-ant-api03-" + "A1b2C3d4E5" * 9 + "'\n")
    return shop


def test_an_answer_is_about_the_code_that_was_found(work: Path, models: ModelServer) -> None:
    models.answer("In `discount_of_order`, discounts.py:4-5: ten percent (shop/discounts.py:1).\n")
    done = run("ask", QUESTION, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    assert done.out == "In `discount_of_order`, shop/discounts.py:4-5: ten percent (shop/discounts.py:1).\n"
    assert "GPT-5.5" in done.err or "gpt-5.5" in done.err
    sent = json.dumps(models.log[0].body)
    assert QUESTION in sent and "4| def discount_of_order(order):" in sent
    assert "A1b2C3d4E5" not in sent


def test_what_is_cited_and_is_not_there_is_marked_and_counted(work: Path, models: ModelServer) -> None:
    models.answer("See shop/discounts.py:4, shop/discounts.py:90 and shop/gone.py:2.")
    done = run("ask", QUESTION, "--format", "json", cwd=work, env=keys(models))
    value = done.json("ask")
    assert value["citations"] == [{"path": "shop/discounts.py", "line": 4, "end_line": 4, "shown": True}]
    assert [item["reason"] for item in value["dropped"]] == ["no-such-line", "no-such-file"]
    assert "shop/discounts.py:90 (no such line)" in value["answer"]
    assert value["calls"][0]["task"] == "ask" and value["cost_usd"] > 0


@pytest.mark.parametrize(
    "words",
    [("ask", QUESTION), ("edit", "shop/discounts.py", "Say what it is for")],
    ids=["ask", "edit"],
)
def test_in_a_pipe_who_is_waited_for_is_said_once_and_never_on_stdout(
    words: tuple[str, ...], work: Path, models: ModelServer
) -> None:
    let_go = threading.Event()
    models.answer("In shop/discounts.py:4.", repeat=True, until=let_go)
    with subprocess.Popen(
        command(*words, "--format", "json"), cwd=work, env=environment(keys(models)), encoding="utf-8",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        before = next((row for row in process.stderr if "Waiting" in row), "")
        let_go.set()
        out, after = process.communicate(timeout=200)
    assert before == "Waiting for GPT-5.5 to answer. Ctrl-C ends it.\n"
    assert "Waiting" not in out + after
    if words[0] == "ask":
        assert json.loads(out)["answer"]


def test_a_question_may_be_asked_at_a_place(work: Path, models: ModelServer) -> None:
    models.answer("It counts, shop/stock.py:2.")
    done = run("ask", "What does this do?", "--at", "shop/stock.py:2", cwd=work, env=keys(models))
    assert done.code == 0, done.err
    assert "It was asked in shop/stock.py, at lines 2 to 2:" in str(models.log[0].body["input"])


def test_the_ledger_knows_which_files_were_sent(work: Path, models: ModelServer, tmp_path: Path) -> None:
    models.answer("Yes.")
    home = tmp_path / "home"
    done = run("ask", QUESTION, cwd=work, env={**keys(models), "COUNTERPOINT_HOME": str(home)})
    assert done.code == 0, done.err
    (file,) = home.rglob("ledger.sqlite3")
    rows = sqlite3.connect(file)
    paths = [row[0] for row in rows.execute("SELECT path FROM sent ORDER BY rowid")]
    rows.close()
    assert paths[0] == "(no file)" and "shop/discounts.py" in paths


def test_limits_and_wrong_usage(work: Path, models: ModelServer) -> None:
    assert run("ask", " ", cwd=work, env=keys(models)).code == 2
    assert run("ask", QUESTION, "--at", "nowhere.py", cwd=work, env=keys(models)).code == 2
    over = run("ask", QUESTION, "--max-cost", "0.0000001", cwd=work, env=keys(models))
    assert over.code == 4 and "--max-cost" in over.err
    assert models.log == ()
    models.fault(Fault.UNAUTHORIZED, repeat=True)
    assert run("ask", QUESTION, cwd=work, env=keys(models)).code == 3


def test_an_unknown_receiver_is_agreed_to_first(work: Path) -> None:
    far = {"OPENAI_BASE_URL": "http://models.invalid/v1", "OPENAI_API_KEY": "sk-far"}
    done = run("ask", QUESTION, cwd=work, env=far)
    assert done.code == 2 and "--yes" in done.err
