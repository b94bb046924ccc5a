"""`counterpoint compare --migrate OLD NEW` as a process: text, JSON and a page; money only where named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.cli.running import FINDING, Ran, git, keys, run
from tests.modelserver import ModelServer, control

OLD, NEW = "gpt-5.5", "claude-opus-4-7"
COUNTING = {"/v1/responses/input_tokens", "/v1/messages/count_tokens", f"/v1/models/{NEW}"}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    for name in ("area", "price", "total"):
        lines = [f"def {name}_{at}(w, h):\n    return w + h\n" for at in range(8)]
        (root / f"{name}.py").write_text("\n\n".join(lines))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Add areas")
    return root


def migrated(work: Path, models: ModelServer, *options: str, **env: str) -> Ran:
    return run("compare", "--migrate", OLD, NEW, *options, cwd=work, env={**keys(models), **env})


def test_json_is_as_promised_and_nothing_is_asked_but_counts(work: Path, models: ModelServer) -> None:
    done = migrated(work, models, "--format", "json")
    assert done.code == 0, done.err
    value = done.json("compare_migrate")
    assert (value["old"], value["new"], value["findings"]) == (OLD, NEW, None)
    assert [one["task"] for one in value["tokens"]] == ["complete", "edit", "review", None]
    whole = value["tokens"][-1]
    assert whole["exact"] == {"old": True, "new": True}
    assert whole["interval"]["low"] <= whole["ratio"] <= whole["interval"]["high"]
    assert sum(one["new"] for one in value["prompts"]) == whole["new"]
    assert value["roles"][:2] == ["[roles]", value["roles"][1]] and NEW in value["roles"][1]
    assert {record.path for record in models.log} <= COUNTING
    assert models.bill == 0


def test_a_person_reads_it_in_sentences_and_tables(work: Path, models: ModelServer) -> None:
    done = migrated(work, models)
    assert done.code == 0, done.err
    assert re.search(r"The same text makes \d+% more tokens with Opus 4\.7 \(a prompt: \+", done.out)
    for words in (
        "From GPT-5.5 to Opus 4.7", "counted by the endpoint of anthropic", "as it would be sent",
        "lost: window", "prompts/review.md",
    ):  # fmt: skip
        assert words in done.out, words
    assert "no call of the old model" in done.err


def test_the_end_that_a_vendor_has_set_is_told_first(work: Path, models: ModelServer) -> None:
    models.shutdown_date(OLD, "2027-04-16")
    done = run("compare", "--migrate", NEW, OLD, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    assert "Its vendor ends GPT-5.5 on 2027-04-16." in done.out.split("prompts")[0]
    assert "% fewer tokens with GPT-5.5" in done.out


def test_a_page_for_a_browser(work: Path, models: ModelServer) -> None:
    done = migrated(work, models, "--format", "html")
    assert done.code == 0, done.err
    assert done.out.startswith("<!doctype html>") and "Tokens of this repository" in done.out
    assert not re.search(r"https?:|<script|<link|<img|@import|url\(", done.out)


def test_with_a_price_both_review_the_same_files(work: Path, models: ModelServer) -> None:
    one = {**FINDING, "path": "area.py", "quote": "def area_0(w, h):", "line": 1}
    other = {**one, "quote": "def area_1(w, h):", "line": 5, "title": "No types", "category": "types"}
    third = {**one, "quote": "def area_2(w, h):", "line": 9, "title": "No words", "category": "naming"}
    for model, found in ((OLD, [one, other]), (NEW, [one, third])):
        looks = {"match": "You take a second look at claims", "model": model, "repeat": True}
        control.answer(models.state, {"text": {"verdicts": []}, **looks})
        order = {"match": "area_0", "model": model, "repeat": True}
        control.answer(models.state, {"text": {"findings": found}, **order})
        control.answer(models.state, {"text": {"findings": []}, "model": model, "repeat": True})
    done = migrated(work, models, "--format", "json", "--max-cost", "5")
    assert done.code == 0, done.err
    value = done.json("compare_migrate")["findings"]
    assert [len(value[name]) for name in ("both", "old_only", "new_only")] == [1, 1, 1]
    assert (value["old_only"][0]["title"], value["new_only"][0]["title"]) == ("No types", "No words")
    assert value["complete"] and value["cost_usd"] == pytest.approx(models.bill) and models.bill > 0
    text = migrated(work, models, "--max-cost", "5")
    assert "only GPT-5.5: area.py:5 No types" in text.out and "only Opus 4.7: area.py:9 No words" in text.out
    page = migrated(work, models, "--max-cost", "5", "--format", "html")
    assert "Findings of both" in page.out and page.out.count("<svg class='plot'") >= 3


def test_a_price_that_is_too_low_asks_nobody(work: Path, models: ModelServer) -> None:
    done = migrated(work, models, "--max-cost", "0.000001")
    assert done.code == 4
    assert "From GPT-5.5 to Opus 4.7" in done.out  # what was free is told
    assert {record.path for record in models.log} <= COUNTING


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--migrate", OLD, "gpt-9"), "No model is called 'gpt-9'"),
        (("--migrate", OLD, OLD), "nothing would change"),
        (("edit", "--migrate", OLD, NEW), "--migrate is about all tasks"),
        ((), "No task is named"),
    ],
)
def test_wrong_usage_says_what_to_do(
    work: Path, models: ModelServer, arguments: tuple[str, ...], told: str
) -> None:
    done = run("compare", *arguments, cwd=work, env=keys(models))
    assert done.code == 2 and told in done.err
    assert models.log == ()


def test_nothing_is_counted_without_consent(work: Path, models: ModelServer) -> None:
    done = migrated(work, models, OPENAI_BASE_URL="http://192.0.2.7/v1")
    assert done.code == 2 and "192.0.2.7" in done.err and "--yes" in done.err
    assert models.log == ()


def test_without_code_there_is_nothing_to_count(tmp_path: Path, models: ModelServer) -> None:
    (tmp_path / "README.md").write_text("words\n")
    done = migrated(tmp_path, models)
    assert done.code == 2 and "no source file" in done.err
