"""`counterpoint compare` as a process, against vendors of known speed, price and skill over real sockets."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from counterpoint.models import load_catalogue
from tests.e2e.cli.running import FINDING, Ran, command, environment, git, keys, run
from tests.modelserver import Fault, ModelServer, control

NAMES = ("area", "price", "total", "weight", "count", "rate", "size", "depth")
FAST, SLOW = "gpt-5.5", "claude-opus-4-7"
TWO = ("--models", f"{FAST},{SLOW}")


def edit(name: str, *, right: bool = True) -> dict[str, Any]:
    old = f"def {name}(w, h):\n    return w + h\n"
    new = old.replace("+", "*") if right else old.replace("+", "-")
    return {"path": f"{name}.py", "line": 1, "old": old, "new": new, "reason": "r", "extra": False}


def says(*edits: dict[str, Any]) -> str:
    return json.dumps({"assumptions": [], "question": "", "moves": [], "deletes": [], "edits": list(edits)})


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Eight small files, each with a test that the right change makes pass."""
    root = tmp_path / "work"
    root.mkdir()
    for name in NAMES:
        (root / f"{name}.py").write_text(f"def {name}(w, h):\n    return w + h\n")
    (root / "check.py").write_text(
        "import pathlib, sys\n"
        "changed = [p for p in pathlib.Path('.').glob('*.py') if p.name != 'check.py']\n"
        "texts = [p.read_text() for p in changed]\n"
        "sys.exit(0 if sum('w * h' in text for text in texts) == 1 else 1)\n"
    )
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    return root


def played(models: ModelServer, name: str, *, pace: float, right: bool, model: str) -> None:
    answer = {"text": says(edit(name, right=right)), "match": f"{name}.py", "model": model, "repeat": True}
    control.script(models.state, {"answers": [{**answer, "first_token": pace}]})


def compared(work: Path, models: ModelServer, *options: str, home: Path | None = None) -> Ran:
    env = {**keys(models), **({"COUNTERPOINT_HOME": str(home)} if home else {})}
    return run("compare", "edit", *options, "--instruction", "Multiply", *TWO, cwd=work, env=env)


def tree(work: Path) -> str:
    return git(work, "status", "--porcelain") + "".join(p.read_text() for p in sorted(work.glob("*.py")))


@pytest.mark.alone
def test_models_of_known_speed_price_and_skill_are_told_apart(
    work: Path, models: ModelServer, tmp_path: Path
) -> None:
    """Opus 4.7 is slower here, and wrong in every case: the other one is better in time and in use."""
    for name in NAMES:
        played(models, name, pace=0.01, right=True, model=FAST)
        bad = says({**edit(name), "old": "def nothing_like_it():\n    return 0\n" * 2})
        order = {"text": bad, "match": f"{name}.py", "model": SLOW, "repeat": True, "first_token": 0.12}
        control.answer(models.state, order)
    before = tree(work)
    home = tmp_path / "home"
    files = [f"{name}.py" for name in NAMES]
    done = compared(work, models, *files, "--format", "json", "--yes", home=home)
    assert done.code == 0, done.err
    value = done.json("compare")
    assert value["complete"] and value["runs_each"] == 3 and len(value["runs"]) == 48
    words = {one["metric"]: one for one in value["differences"]}
    assert words["seconds"]["word"] == "better" and words["seconds"]["high"] < 1
    assert words["first_token_seconds"]["word"] == "better"
    assert words["done"]["word"] == "better" and words["done"]["low"] > 0
    assert words["absent"]["word"] == "better"
    first, second = value["models"]
    assert (first["model"], first["effort"], second["effort"]) == (FAST, "low", "low")
    assert first["values"]["done"] == 1 and second["values"]["done"] == 0
    assert second["usd_per_completed"] is None
    # What the vendors billed decides which is cheaper.
    billed = {
        model: median(one.cost_usd for one in models.log if one.model == model) for model in (FAST, SLOW)
    }
    cheaper = "better" if billed[FAST] < billed[SLOW] else "worse"
    price = words["cost_usd"]
    assert price["word"] == cheaper and price["low"] <= billed[FAST] / billed[SLOW] <= price["high"]
    # The order is drawn, each round with both, and each model has had each case three times.
    turns = [(one["case"], one["number"], one["model"]) for one in value["runs"]]
    assert len(set(turns)) == 48
    assert [one[0] for one in turns[::6]] != sorted(files)
    assert len({tuple(one[2] for one in turns[at : at + 2]) for at in range(0, 48, 2)}) == 2
    # One job, every call in the ledger, its price the vendor's own.
    (ledger,) = home.rglob("ledger.sqlite3")
    with sqlite3.connect(ledger) as rows:
        made = rows.execute("SELECT job, count(*) FROM calls GROUP BY job").fetchall()
    assert made == [(value["job"], 48)]
    assert value["cost_usd"] == pytest.approx(sum(one.cost_usd for one in models.log), abs=1e-6)
    assert tree(work) == before


@pytest.mark.alone
def test_a_model_and_its_twin_are_not_told_apart(work: Path, models: ModelServer) -> None:
    """Two rows of the same model: the bill and the answers are the same, and times are as they come."""
    for name in NAMES:
        played(models, name, pace=0.02, right=True, model=FAST)
    twin = load_catalogue().model(FAST)
    row = (
        f'{{twin = {{provider = "openai", wire = "{twin.wire}", id = "{twin.id}", efforts = ["low"],'
        f" abilities = {json.dumps(sorted(twin.abilities))},"
        f" characters_per_token = {twin.characters_per_token}, cache_min_tokens = {twin.cache_min_tokens},"
        f" context_tokens = {twin.context_tokens}, max_output_tokens = {twin.max_output_tokens},"
        f" prices = [{{input = {twin.prices[0].input}, output = {twin.prices[0].output},"
        f" cached = {twin.prices[0].cached}}}]}}}}"
    )
    env = {**keys(models), "COUNTERPOINT__MODELS": row}
    files = [f"{name}.py" for name in NAMES]
    words = ("--instruction", "Multiply", "--models", f"{FAST},twin", "--runs", "2", "--format", "json")
    done = run("compare", "edit", *files, *words, cwd=work, env=env)
    assert done.code == 0, done.err
    told = {one["metric"]: one for one in done.json("compare")["differences"]}
    for metric in ("cost_usd", "done", "absent"):
        assert told[metric]["word"] == "no difference", metric
    assert told["cost_usd"]["estimate"] == pytest.approx(1, abs=0.1)
    assert told["seconds"]["low"] < 1.5 and told["seconds"]["high"] > 0.67


def test_the_user_s_own_tests_decide_and_run_on_a_copy(work: Path, models: ModelServer) -> None:
    played(models, "area", pace=0.0, right=True, model=FAST)
    played(models, "area", pace=0.0, right=False, model=SLOW)
    before = tree(work)
    test = f"{sys.executable} -m pytest -q check_area.py"
    (work / "check_area.py").write_text(
        "from area import area\n\n\ndef test_area():\n    assert area(2, 3) == 6\n"
    )
    done = compared(work, models, "area.py", "--test", test, "--runs", "1", "--format", "json")
    assert done.code == 0, done.err
    value = done.json("compare")
    assert {one["model"]: one["answered"]["tests_passed"] for one in value["runs"]} == {
        FAST: True,
        SLOW: False,
    }
    assert [one["values"]["tests_passed"] for one in value["models"]] == [1, 0]
    (work / "check_area.py").unlink()
    assert tree(work) == before


def test_a_reader_gets_a_table_and_sentences(work: Path, models: ModelServer) -> None:
    for model in (FAST, SLOW):
        played(models, "area", pace=0.0, right=True, model=model)
    words = ("area.py:1-2", "--instruction", "Multiply", "--runs", "2", "--effort", "high")
    done = run("compare", "edit", *words, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    rows = [row.split("  ") for row in done.out.splitlines()]
    table = {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in rows}
    assert done.out.split()[:3] == ["GPT-5.5", "Opus", "4.7"]
    assert (table["effort"], table["runs"], table["failed"]) == (["high"] * 2, ["2"] * 2, ["0"] * 2)
    assert table["answers of use"] == ["100%"] * 2
    assert "too few cases to say (1 case; at least 8 are needed)" in done.out
    assert (
        "1 case, 2 runs each of gpt-5.5 at effort high, claude-opus-4-7 at effort high: 4 questions"
        in done.err
    )
    assert {one.body["reasoning"]["effort"] for one in models.log if one.model == FAST} == {"high"}


LOOKS, ANSWERS = "You take a second look at claims", "You answer a refutation"


def judged(models: ModelServer, model: str, *holds: str) -> None:
    """What a model says of the claims of its own findings, when it looks at them once more."""
    quote = {"path": "area.py", "line": 2, "quote": "return w + h"}
    said = [
        {"claim": at + 1, "quotes": [quote], "why": "It stands there.", "holds": word}
        for at, word in enumerate(holds)
    ]
    order = {"match": LOOKS, "model": model, "repeat": True}
    control.answer(models.state, {"text": {"verdicts": said}, **order})


def test_a_review_is_the_whole_one_with_one_model_in_all_its_parts(work: Path, models: ModelServer) -> None:
    """The finding that its own second look refutes is gone, as it is for a user; the other is not asked."""
    one = {**FINDING, "path": "area.py", "severity": "P2"}
    other = {**one, "category": "types", "title": "No types", "quote": "def area(w, h):", "line": 1}
    gone = {**one, "category": "naming", "title": "Names are short"}
    absent = {**one, "category": "api", "title": "It is not there", "quote": "return w ** h"}
    judged(models, FAST, "confirmed", "refuted")
    judged(models, SLOW, "confirmed", "confirmed")
    control.answer(models.state, {"text": {"findings": [one, gone]}, "model": FAST, "repeat": True})
    found = {"findings": [one, other, absent]}
    control.answer(models.state, {"text": found, "model": SLOW, "repeat": True, "first_token": 0.1})
    review = ("compare", "review", "area.py", *TWO, "--runs", "2")
    done = run(*review, "--format", "json", cwd=work, env=keys(models))
    assert done.code == 0, done.err
    value = done.json("compare")
    assert {(item["title"], tuple(sorted(item["share"].items()))) for item in value["findings"]} == {
        ("Area adds", ((SLOW, 1.0), (FAST, 1.0))),
        ("No types", ((SLOW, 1.0), (FAST, 0.0))),
    }
    assert [item["values"]["found"] for item in value["models"]] == [0.5, 1.0]
    assert [item["values"]["absent"] for item in value["models"]] == [0, 1]
    assert "whole review by one model alone" in value["what"] and "second look by the same" in value["what"]
    # Each run is a question and a second look, and what both cost and took is the run's.
    assert len(models.log) == 8 and len(value["runs"]) == 4
    for model in (FAST, SLOW):
        billed = sum(record.cost_usd for record in models.log if record.model == model)
        mine = [item for item in value["runs"] if item["model"] == model]
        assert sum(item["cost_usd"] for item in mine) == pytest.approx(billed, abs=1e-6)
        looks = [record for record in models.log if record.model == model and LOOKS in str(record.body)]
        assert len(looks) == 2
    slow = [item for item in value["runs"] if item["model"] == SLOW]
    assert all(item["seconds"] > 0.1 and item["first_token_seconds"] > 0.1 for item in slow)
    # Nothing was put down: the verb asks as if nobody had been asked before.
    asked = len(models.log)
    assert run("review", "area.py", cwd=work, env=keys(models)).code in (0, 1)
    assert len(models.log) > asked


def test_a_review_s_second_looks_are_in_its_price(work: Path, models: ModelServer) -> None:
    def price(*options: str, **more: str) -> dict[str, Any]:
        env = {**keys(models), **more}
        review = ("compare", "review", "area.py", *TWO, "--estimate", "--format", "json")
        value: dict[str, Any] = run(*review, *options, cwd=work, env=env).json("compare_estimate")
        return value

    whole, alone = price(), price(COUNTERPOINT__VERIFY__BY="none")
    assert whole["requests"] == alone["requests"] == 6
    assert whole["cost_usd"]["high"] > 1.2 * alone["cost_usd"]["high"]
    assert "second look by the same model" in whole["what"] and "no second look" in alone["what"]
    assert models.log == ()
    over = run("compare", "review", "area.py", *TWO, "--max-cost", "0.01", cwd=work, env=keys(models))
    assert over.code == 4 and models.log == ()


def test_findings_of_several_models_are_told_once(work: Path, models: ModelServer) -> None:
    one = {**FINDING, "path": "area.py"}
    other = {**one, "category": "types", "title": "No types", "quote": "def area(w, h):", "line": 1}
    for model in (FAST, SLOW):
        judged(models, model)
    control.answer(models.state, {"text": {"findings": [one]}, "model": FAST, "repeat": True})
    control.answer(models.state, {"text": {"findings": [one, other]}, "model": SLOW, "repeat": True})
    text = run("compare", "review", "area.py", *TWO, "--runs", "1", cwd=work, env=keys(models))
    assert "2 findings, 1 of them by all models:" in text.out
    assert "whole review by one model alone" in text.out


def test_a_page_for_a_browser(work: Path, models: ModelServer) -> None:
    for model in (FAST, SLOW):
        played(models, "area", pace=0.0, right=True, model=model)
    done = compared(work, models, "area.py", "--runs", "1", "--format", "html")
    assert done.code == 0, done.err
    assert done.out.lstrip().lower().startswith("<!doctype html") and "Opus 4.7" in done.out


def test_an_estimate_sends_nothing_and_the_highest_cost_is_looked_at_first(
    work: Path, models: ModelServer
) -> None:
    done = compared(work, models, "area.py", "price.py", "--estimate", "--format", "json")
    value = done.json("compare_estimate")
    assert (value["cases"], value["requests"]) == (2, 12)
    assert 0 < value["cost_usd"]["low"] < value["cost_usd"]["high"]
    high = sum(one["cost_usd"]["high"] for one in value["models"])
    assert high == pytest.approx(value["cost_usd"]["high"], abs=1e-5)
    assert compared(work, models, "area.py", "--estimate").code == 0
    over = compared(work, models, "area.py", "--max-cost", "0.001")
    assert over.code == 4 and "--max-cost" in over.err
    poor = {**keys(models), "COUNTERPOINT__BUDGET__DAY_USD": "0.01"}
    none = run("compare", "edit", "area.py", "--instruction", "x", *TWO, cwd=work, env=poor)
    assert none.code == 4 and "budget.day_usd" in none.err
    assert models.log == ()


def test_money_that_runs_out_amid_it_keeps_what_was_measured(work: Path, models: ModelServer) -> None:
    long = "word " * 3_000
    for model in (FAST, SLOW):
        answer = {"text": says({**edit("area"), "reason": long}), "model": model, "repeat": True}
        control.answer(models.state, answer)
    done = compared(work, models, "area.py", "--runs", "9", "--max-cost", "1.6", "--format", "json")
    assert done.code == 4, done.err
    value = done.json("compare")
    assert not value["complete"] and "left of $1.6" in value["ended"]
    assert 2 <= len(value["runs"]) < 18
    assert value["cost_usd"] <= 1.6


def test_no_other_model_steps_in_for_one_that_fails(work: Path, models: ModelServer) -> None:
    played(models, "area", pace=0.0, right=True, model=FAST)
    models.fault(Fault.REFUSAL, model=SLOW, repeat=True)
    done = compared(work, models, "area.py", "--runs", "2", "--format", "json")
    assert done.code == 0, done.err
    value = done.json("compare")
    lost = [one for one in value["runs"] if one["error"]]
    assert [(one["model"], one["error"], one["seconds"]) for one in lost] == [(SLOW, "refused", None)] * 2
    assert value["models"][1]["failed"] == 2 and value["models"][1]["errors"] == {"refused": 2}
    assert {one.model for one in models.log} == {FAST, SLOW}


def test_a_key_that_is_wrong_ends_it(work: Path, models: ModelServer) -> None:
    played(models, "area", pace=0.0, right=True, model=FAST)
    models.fault(Fault.UNAUTHORIZED, model=SLOW, repeat=True)
    done = compared(work, models, "area.py", "price.py", "--format", "json")
    assert done.code == 3
    value = done.json("compare")
    assert not value["complete"] and value["ended"]
    assert sum(one.model == SLOW for one in models.log) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("edit", "area.py"), "--instruction"),
        (("edit", "area.py", "--instruction", "x", "--models", FAST), "two models"),
        (("edit", "area.py", "--instruction", "x", "--models", f"{FAST},gpt-9"), "gpt-9"),
        (("verify", "area.py"), "no question of its own"),
        (("nothing", "area.py"), "No task is called"),
        (("edit", "--instruction", "x"), "nothing to compare"),
        (("edit", "gone.py", "--instruction", "x"), "does not exist"),
    ],
)
def test_wrong_usage_says_what_to_do(
    work: Path, models: ModelServer, arguments: tuple[str, ...], told: str
) -> None:
    done = run("compare", *arguments, cwd=work, env=keys(models))
    assert done.code == 2 and told in done.err
    assert models.log == ()


def test_whom_the_user_excluded_is_not_asked(work: Path, models: ModelServer) -> None:
    paths = '{"area.py" = ["openai"]}'
    for setting, value in (("PROVIDERS__ALLOW", '["openai"]'), ("PROVIDERS__PATHS", paths)):
        env = {**keys(models), f"COUNTERPOINT__{setting}": value}
        done = run("compare", "edit", "area.py", "--instruction", "x", *TWO, cwd=work, env=env)
        assert done.code == 2, done.err
    (work / "secret.py").write_text("x = 1\n")
    env = {**keys(models), "COUNTERPOINT__PRIVACY__LOCAL_ONLY": '["secret.py"]'}
    done = run("compare", "edit", "secret.py", "--instruction", "x", *TWO, cwd=work, env=env)
    assert done.code == 2 and "secret.py" in done.err
    assert models.log == ()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_keeps_what_was_measured(work: Path, models: ModelServer) -> None:
    for model in (FAST, SLOW):
        played(models, "area", pace=0.15, right=True, model=model)
    words = command(
        "compare", "edit", "area.py", "--instruction", "x", *TWO, "--runs", "20", "--format", "json"
    )
    started = subprocess.Popen(
        words,
        cwd=work,
        env=environment(keys(models)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + 60
        while len(models.log) < 5 and started.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=60)
    finally:
        started.kill()
    value = Ran(started.returncode, out, err).json("compare")
    assert started.returncode == 130, err
    assert not value["complete"] and value["ended"] == "interrupted"
    assert 3 <= len(value["runs"]) < 40
