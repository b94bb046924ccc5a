"""A baseline from its first entry to its last: silent in every form, listed, pruned when it is over."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.cli.running import FINDING, NO_MODEL, git, keys, run
from tests.modelserver import ModelServer

FILE = ".counterpoint/baseline.jsonl"


def test_what_a_team_sets_aside_is_silent_and_comes_back_when_it_is_taken_out(shop: Path) -> None:
    git(shop, "config", "user.name", "Ada")
    git(shop, "config", "user.email", "ada@example.org")
    before = run("review", "orders/payments.py", "--format", "json", cwd=shop, env=NO_MODEL)
    (item,) = before.json("review")["findings"]
    assert before.code == 1

    wrong = run("baseline", "add", "0123456789abcdef", "--reason", "x", cwd=shop, env=NO_MODEL)
    assert wrong.code == 2 and "has no finding 0123456789abcdef" in wrong.err
    added = run("baseline", "add", item["id"], "--reason", "as designed", "--expires", "90d", cwd=shop)
    assert added.code == 0
    (entry,) = run("baseline", "list", "--format", "json", cwd=shop).json("baseline")["entries"]
    assert (entry["id"], entry["kind"], entry["path"]) == (item["id"], item["rule"], "orders/payments.py")
    assert (entry["reason"], entry["author"]) == ("as designed", "Ada <ada@example.org>")
    assert entry["state"] == "in force" and entry["expires"] > entry["date"]

    text = run("review", "orders/payments.py", cwd=shop, env=NO_MODEL)
    assert text.code == 0 and text.out.startswith("No findings. (1 set aside")
    assert run("review", "orders/payments.py", "--format", "github", cwd=shop).out.count("::error") == 0
    value = run("review", "orders/payments.py", "--format", "json", cwd=shop).json("review")
    assert value["findings"] == [] and value["suppressed"][0]["suppression"]["reason"] == "as designed"
    sarif = json.loads(run("review", "orders/payments.py", "--format", "sarif", cwd=shop).out)
    (result,) = sarif["runs"][0]["results"]
    assert result["suppressions"][0]["justification"] == "as designed"
    assert result["partialFingerprints"] == {"counterpoint/v1": item["id"]}

    file = shop / "orders" / "payments.py"
    git(shop, "mv", "orders/payments.py", "orders/paying.py")
    assert run("review", "orders/paying.py", cwd=shop, env=NO_MODEL).code == 0, "an id is no path"
    assert run("baseline", "prune", cwd=shop).out.startswith("0 entries taken out, 1 left.")
    moved = file.with_name("paying.py")
    moved.write_text(moved.read_text().replace("signature_of(body, secret) != signature", "body"))
    assert "gone" in run("baseline", "prune", "--dry-run", cwd=shop).out
    assert (shop / FILE).read_text().count("\n") == 1
    run("baseline", "prune", cwd=shop)
    assert (shop / FILE).read_text() == ""


def test_all_that_is_there_can_be_set_aside_and_what_has_expired_goes(shop: Path) -> None:
    assert run("review", ".", cwd=shop, env=NO_MODEL).code == 1
    assert run("baseline", "add", "--all", "--reason", "before we began", cwd=shop).code == 0
    assert run("review", ".", cwd=shop, env=NO_MODEL).code == 0
    rows = [json.loads(line) for line in (shop / FILE).read_text().splitlines()]
    assert len(rows) > 1 and all(row["reason"] == "before we began" for row in rows)
    rows[0]["expires"] = "2020-01-01"
    (shop / FILE).write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert run("review", ".", cwd=shop, env=NO_MODEL).code == 1
    pruned = run("baseline", "prune", "--format", "json", cwd=shop).json("baseline")["entries"]
    assert [(row["id"], row["state"]) for row in pruned] == [(rows[0]["id"], "expired")]


def test_a_finding_of_a_model_is_known_by_its_id_and_goes_with_its_code(
    work: Path, models: ModelServer
) -> None:
    models.answer(json.dumps({"findings": [FINDING]}), repeat=True)
    arguments = ("review", "shape.py", "--strategy", "direct", "--count", "unverified", "--format", "json")
    found = run(*arguments, cwd=work, env=keys(models))
    (item,) = found.json("review")["findings"]
    assert found.code == 1
    assert run("baseline", "add", item["id"], "--reason", "no", cwd=work).code == 0
    silent = run(*arguments, cwd=work, env=keys(models))
    assert silent.code == 0 and len(silent.json("review")["suppressed"]) == 1
    assert run("baseline", "prune", "--format", "json", cwd=work).json("baseline")["entries"] == []
    (work / "shape.py").write_text("def area(w, h):\n    raise NotImplementedError\n")
    (gone,) = run("baseline", "prune", "--format", "json", cwd=work).json("baseline")["entries"]
    assert (gone["id"], gone["state"]) == (item["id"], "gone")


def test_a_kind_is_silent_as_a_whole(shop: Path) -> None:
    found = run("review", ".", "--format", "json", cwd=shop, env=NO_MODEL).json("review")["findings"]
    kinds = sorted({item["rule"] for item in found})
    options = [part for kind in kinds for part in ("--kind", kind)]
    assert run("baseline", "add", *options, "--reason", "too many", cwd=shop).code == 0
    assert run("review", ".", cwd=shop, env=NO_MODEL).code == 0
    for wrong in (("add", "--reason", "x"), ("add", "a", "--reason", " "), ("add", "a")):
        assert run("baseline", *wrong, cwd=shop).code == 2
    past = run("baseline", "add", "--kind", "x/y", "--reason", "r", "--expires", "2020-01-01", cwd=shop)
    assert past.code == 2 and "has passed" in past.err
