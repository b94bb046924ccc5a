"""What changing the model means, over real sockets: counts are what the server bills; nothing is asked."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from counterpoint.booking import caps_of
from counterpoint.comparing.migration import Migration
from counterpoint.errors import ConsentRequired, UsageError
from counterpoint.flows.drawing import drawn
from counterpoint.flows.migrate import Draw, candidate, migrate
from counterpoint.ledger import Sent
from counterpoint.ledger_rows import COMPARE, SHADOW
from counterpoint.models import Usage
from counterpoint.plan import request_for
from counterpoint.providers import Done
from counterpoint.workspace import Workspace, open_workspace
from tests.modelserver import Fault, ModelServer
from tests.modelserver.catalog import MODELS
from tests.modelserver.tokens import count

OLD, NEW = "gpt-5.5", "claude-opus-4-7"
COUNTING = ("/v1/responses/input_tokens", "/v1/messages/count_tokens")
OWN_PASS = "Amounts are whole cents.\nBe conservative and report only critical issues.\n" * 12


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def project(folder: Path) -> Path:
    """The sample project under git, with a pass and instructions of its own."""
    root = folder / "shop"
    with as_file(files("counterpoint").joinpath("sample")) as sample:
        shutil.copytree(sample, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".counterpoint" / "passes").mkdir(parents=True)
    (root / ".counterpoint" / "passes" / "money.md").write_text(OWN_PASS)
    (root / "AGENTS.md").write_text("Write short functions.\n" * 20)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Take orders"]):
        name = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *name, *words], cwd=root, check=True, timeout=60)
    return root


@asynccontextmanager
async def shop(server: ModelServer, folder: Path, **settings: str) -> AsyncIterator[Workspace]:
    """The project as a workspace, both vendors played by the server."""
    root = await asyncio.to_thread(project, folder)
    environ = {
        "OPENAI_API_KEY": server.openai_key,
        "ANTHROPIC_API_KEY": server.anthropic_key,
        "OPENAI_BASE_URL": server.openai_url,
        "ANTHROPIC_BASE_URL": server.anthropic_url,
        "COUNTERPOINT_HOME": str(folder / "home"),
        "COUNTERPOINT__KEYS__KEYRING": "false",
        **settings,
    }
    workspace = await open_workspace(root, environ=environ, patience=20.0)
    try:
        yield workspace
    finally:
        await workspace.close()


async def migrated(workspace: Workspace, draw: Draw | None = None, old: str = OLD) -> Migration:
    models = workspace.catalogue.model(old), workspace.catalogue.model(NEW)
    return await migrate(workspace.engine, workspace.project, models, draw or Draw(prompts=6))


async def billed(workspace: Workspace, server: ModelServer, model: str, prompts: int) -> list[int]:
    """What the server bills for the same questions, really asked of a model."""
    engine, row = workspace.engine, workspace.catalogue.model(model)
    provider = await engine.ports.open(await engine.ports.endpoint(row.provider))
    found = []
    for one in drawn(workspace.project, workspace.settings, prompts, 0):
        plan = await engine.plan(one.task, one.situation, candidate(engine, one.task, row))
        async with aclosing(provider.stream(request_for(one.task, plan, engine.settings, ""))) as stream:
            done = [chunk async for chunk in stream if isinstance(chunk, Done)]
        found.append(done[-1].usage.input_tokens)
    return found


@pytest.mark.asyncio
async def test_the_tokens_told_are_those_the_server_bills(server: ModelServer, tmp_path: Path) -> None:
    async with shop(server, tmp_path) as workspace:
        found = await migrated(workspace)
        asked = {record.path for record in server.log}
        assert asked <= {*COUNTING, f"/v1/models/{NEW}"} and asked >= set(COUNTING)
        assert server.bill == 0
        assert all(one.exact_old and one.exact_new for one in found.counted)
        assert found.counts == ("counted by the endpoint of openai", "counted by the endpoint of anthropic")
        old = await billed(workspace, server, OLD, 6)
        new = await billed(workspace, server, NEW, 6)
    assert [one.old for one in found.counted] == old
    assert [one.new for one in found.counted] == new
    whole = found.tokens[-1]
    assert (whole.old, whole.new) == (sum(old), sum(new))
    # The server's tokenizers cut words at six and at four characters.
    assert 1.05 < whole.ratio < 1.6


@pytest.mark.asyncio
async def test_a_text_weighs_what_the_servers_tokenizer_makes_of_it(
    server: ModelServer, tmp_path: Path
) -> None:
    async with shop(server, tmp_path) as workspace:
        found = await migrated(workspace, Draw(prompts=3))
    texts = {one.name: one for one in found.texts}
    own = texts[".counterpoint/passes/money.md"]
    for tokens, model in ((own.old, OLD), (own.new, NEW)):
        assert abs(tokens - count(OWN_PASS.strip(), MODELS[model].width)) <= 2
    assert any("conservative" in said for said in own.advice)
    assert {"AGENTS.md", "prompts/review.md", "prompts/passes/correctness.md"} <= set(texts)
    assert own.usd_per_1000 == pytest.approx(own.new * 5.0 / 1_000)


@pytest.mark.asyncio
async def test_what_was_sent_to_be_counted_is_in_the_ledger_and_costs_nothing(
    server: ModelServer, tmp_path: Path
) -> None:
    async with shop(server, tmp_path) as workspace:
        found = await migrated(workspace, Draw(prompts=3))
        rows = workspace.ledger.calls(date(2000, 1, 1))
        assert {row.task for row in rows} == {"count"} and {row.outcome for row in rows} == {"ok"}
        assert sum(row.cost_usd for row in rows) == 0 and workspace.ledger.spent_today() == 0
        paths = {sent.path for row in rows for sent in workspace.ledger.sent(row.id)}
    assert {one.path for one in found.counted} <= paths
    counted = [record for record in server.log if record.path in COUNTING]
    assert len(rows) == len(counted)
    assert found.replays == () and any("no call of the old model" in one for one in found.notes)


@pytest.mark.asyncio
async def test_without_a_key_for_the_new_model_it_is_estimated_and_said(
    server: ModelServer, tmp_path: Path
) -> None:
    async with shop(server, tmp_path, ANTHROPIC_API_KEY="", ANTHROPIC_BASE_URL="") as workspace:
        found = await migrated(workspace, Draw(prompts=3))
    assert {record.path for record in server.log} == {COUNTING[0]}
    assert found.counts[1] == "all estimated from characters: there is no key for anthropic"
    assert not found.tokens[-1].exact_new and found.tokens[-1].exact_old
    assert 1.0 < found.tokens[-1].ratio < 1.7


@pytest.mark.asyncio
async def test_an_endpoint_that_fails_is_asked_no_more_and_said(server: ModelServer, tmp_path: Path) -> None:
    for path in COUNTING:
        server.fault(Fault.RATE_LIMITED, repeat=True, path=path)
    async with shop(server, tmp_path) as workspace:
        found = await migrated(workspace)
        outcomes = [row.outcome for row in workspace.ledger.calls(date(2000, 1, 1))]
    assert "estimated from characters" in found.counts[0]
    assert len(server.log) < 20  # a storm would be one for each prompt, text and model
    assert set(outcomes) == {"error"}


@pytest.mark.asyncio
async def test_a_model_that_its_vendor_does_not_know_is_told_from_an_endpoint_that_counts_nothing(
    server: ModelServer, tmp_path: Path
) -> None:
    assert "gpt-5.6" not in MODELS
    async with shop(server, tmp_path) as workspace:
        found = await migrated(workspace, Draw(prompts=3), old="gpt-5.6")
    assert found.counts[0] == "all estimated from characters: openai does not know the model gpt-5.6"
    assert found.counts[1] == "counted by the endpoint of anthropic"
    asked = [record.path for record in server.log].count(COUNTING[0])
    assert asked <= 3, "prompts are counted side by side; after their refusal it is asked no more"


@pytest.mark.asyncio
async def test_an_endpoint_that_counts_nothing_is_said(server: ModelServer, tmp_path: Path) -> None:
    async with shop(server, tmp_path, OPENAI_BASE_URL=f"{server.openai_url}/elsewhere") as workspace:
        found = await migrated(workspace, Draw(prompts=3))
    assert found.counts[0] == "all estimated from characters: the endpoint has no such call"


@pytest.mark.asyncio
async def test_nobody_counts_code_that_he_may_not_see(server: ModelServer, tmp_path: Path) -> None:
    toml = '{"orders/**" = ["openai"]}'
    async with shop(server, tmp_path, COUNTERPOINT__PROVIDERS__PATHS=toml) as workspace:
        try:
            found = await migrated(workspace)
            assert not any(one.path.startswith("orders/") for one in found.counted)
            assert any("Left out: orders/" in one for one in found.notes)
        except UsageError as error:
            assert "orders/" in error.message
    told = [json.dumps(record.body) for record in server.log if record.path == COUNTING[1]]
    assert not any("signature_of" in body for body in told)


def committed(root: Path, files: dict[str, str], subject: str, *moves: tuple[str, str]) -> None:
    """A commit of these files, after these moves."""
    for old, new in moves:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "mv", old, new], cwd=root, check=True, timeout=60)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    name = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    for words in (["add", "-A", "-f"], ["commit", "-qm", subject]):
        subprocess.run(["git", *name, *words], cwd=root, check=True, timeout=60)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "kept",
    [
        {"COUNTERPOINT__PROVIDERS__PATHS": '{"pay/**" = ["openai"]}'},
        {"COUNTERPOINT__PRIVACY__LOCAL_ONLY": '["pay/"]'},
        {},
    ],
    ids=["a vendor that may not see", "local only", "ignored"],
)
async def test_a_commit_that_touches_what_may_not_be_sent_lends_no_words(
    server: ModelServer, tmp_path: Path, kept: dict[str, str]
) -> None:
    """Its subject tells of that file: it went to the counting endpoints of both vendors all the same."""
    async with shop(server, tmp_path, **kept) as workspace:
        root = workspace.root

        async def tell(files: dict[str, str], subject: str, *moves: tuple[str, str]) -> None:
            await asyncio.to_thread(committed, root, files, subject, *moves)

        await tell({"pay/rates.py": "RATE = 3\n" * 12}, "Raise the Zebulon rebate")
        await tell({"pay/more.py": "x = 1\n", "README.md": "Shop\n"}, "Tell of the Zebulon rebate")
        await tell({"early.py": "".join(f"FEE_{n} = {n}\n" for n in range(20))}, "Begin the Zebulon fee")
        await tell({}, "Move it", ("early.py", "pay/fee.py"))
        if not kept:
            await asyncio.to_thread((root / ".gitignore").write_text, "pay/\n")
        found = await migrated(workspace, Draw(prompts=24))
    told = "".join(json.dumps(record.body) for record in server.log if record.path in COUNTING)
    assert sum(one.task == "edit" for one in found.counted) >= 6
    assert "Zebulon" not in told and "Move it" not in told
    assert "Take orders" in told


@pytest.mark.asyncio
async def test_a_vendor_that_is_not_allowed_is_not_asked(server: ModelServer, tmp_path: Path) -> None:
    async with shop(server, tmp_path, COUNTERPOINT__PROVIDERS__ALLOW='["openai"]') as workspace:
        found = await migrated(workspace, Draw(prompts=3))
    assert {record.path for record in server.log} == {COUNTING[0]}
    assert "providers.allow leaves anthropic out" in found.counts[1]


@pytest.mark.asyncio
async def test_nothing_is_sent_without_consent(server: ModelServer, tmp_path: Path) -> None:
    async with shop(server, tmp_path, OPENAI_BASE_URL="http://192.0.2.7/v1") as workspace:
        with pytest.raises(ConsentRequired, match=r"192\.0\.2\.7"):
            await migrated(workspace, Draw(prompts=3))
    assert not any(record.path == COUNTING[0] for record in server.log)


@pytest.mark.asyncio
async def test_the_calls_of_the_ledger_are_played_again_at_the_new_price(
    server: ModelServer, tmp_path: Path
) -> None:
    async with shop(server, tmp_path) as workspace:
        _spend(workspace)
        found = await migrated(workspace, Draw(prompts=3))
    (review, whole) = found.replays
    assert (review.task, review.calls, whole.calls) == ("review", 6, 6)
    assert review.usd[0] == pytest.approx(6 * 0.11)
    assert found.cold is not None and found.cold.prefixes == 1
    ratio = sum(c.new for c in found.counted if c.task == "review") / sum(
        c.old for c in found.counted if c.task == "review"
    )
    assert found.cold.tokens == pytest.approx(8_000 * ratio, abs=1)
    assert found.cold.usd == pytest.approx(found.cold.tokens * (6.25 - 0.50) / 1e6)
    priced = {one.task: one for one in found.prices}["review"]
    assert priced.old.output.basis == "measured" and priced.new.output.basis == "carried"
    assert priced.old.cached > 0


@pytest.mark.asyncio
async def test_answers_of_the_new_model_alone_are_what_the_old_one_is_taken_to_say(
    server: ModelServer, tmp_path: Path
) -> None:
    async with shop(server, tmp_path) as workspace:
        _spend(workspace, NEW)
        found = await migrated(workspace, Draw(prompts=3))
    priced = {one.task: one for one in found.prices}["review"]
    assert priced.new.output.basis == "measured" and priced.old.output.basis == "carried"
    (tokens,) = (one for one in found.tokens if one.task == "review")
    assert priced.old.output.middle == pytest.approx(priced.new.output.middle / tokens.ratio, abs=1)


def _spend(workspace: Workspace, model: str = OLD) -> None:
    """Six reviews of one file by a model, by default the old one, each with 8,000 of 20,000 tokens from its
    cache; what was asked only to measure it; and one that was cancelled before anything was read."""
    for job in (*["j"] * 6, f"{COMPARE}1", f"{SHADOW}1"):
        entry = workspace.ledger.reserve(
            job=job, task="review", role="fast", provider="openai", model=model, kind="other", upper_usd=0.2,
            caps=caps_of(workspace.settings.budget), sent=[Sent("orders/db.py", "0" * 64, 9)], effort="high",
        )  # fmt: skip
        usage = Usage(20_000, 1_500, 8_000)
        workspace.ledger.settle(entry, usage=usage, cost_usd=0.11, seconds=9.0, outcome="ok")
    entry = workspace.ledger.reserve(
        job="gone", task="review", role="fast", provider="openai", model=model, kind="other", upper_usd=0.2,
        caps=caps_of(workspace.settings.budget), sent=[Sent("orders/db.py", "0" * 64, 9)], effort="high",
    )  # fmt: skip
    workspace.ledger.settle(entry, usage=Usage(20_000, 9), cost_usd=0.1, seconds=1.0, outcome="cancelled")


@pytest.mark.asyncio
async def test_standing_texts_are_weighed_as_they_may_be_sent(server: ModelServer, tmp_path: Path) -> None:
    key = "sk-ant-api03-" + "Zk9" * 30
    async with shop(
        server, tmp_path, COUNTERPOINT__PROVIDERS__PATHS='{"CLAUDE.md" = ["openai"]}'
    ) as workspace:
        root = workspace.root
        (root / "AGENTS.md").write_text(f"The key is {key}.\n")
        (root / "CLAUDE.md").write_text("Only one vendor reads this.\n")
        (root / ".counterpoint" / "tasks").mkdir()
        (root / ".counterpoint" / "tasks" / "tidy.md").write_text("Sort the imports.\n")
        found = await migrated(workspace, Draw(prompts=3))
    texts = {one.name: one for one in found.texts}
    assert texts[".counterpoint/tasks/tidy.md"].share_new == 0  # nobody knows the prompts it goes with
    assert "CLAUDE.md" not in texts and any("CLAUDE.md is not weighed" in one for one in found.notes)
    told = "".join(json.dumps(record.body) for record in server.log)
    assert "The key is" in told and key not in told and "Only one vendor" not in told


@pytest.mark.asyncio
@pytest.mark.parametrize("models", [("smollm2-135m", NEW), (OLD, "smollm2-135m")])
async def test_the_model_on_this_machine_is_no_side_since_its_prompts_go_nowhere_else(
    server: ModelServer, tmp_path: Path, models: tuple[str, str]
) -> None:
    """What it is shown is neither masked nor kept back: a vendor would be sent that to count it."""
    key = "sk-ant-api03-" + "Zk9" * 30
    async with shop(server, tmp_path) as workspace:
        for file in workspace.root.rglob("*.py"):
            await asyncio.to_thread(file.write_text, f'KEY = "{key}"\n' + "total = 1\n" * 12)
        rows = workspace.catalogue.model(models[0]), workspace.catalogue.model(models[1])
        with pytest.raises(UsageError, match="on this machine") as refused:
            await migrate(workspace.engine, workspace.project, rows, Draw(prompts=6))
    assert "Name two models of vendors" in str(refused.value)
    assert not server.log


@pytest.mark.asyncio
async def test_without_git_and_with_few_files_prompts_are_drawn_again_from_them(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("x = 1\n" * 20)
    environ = {"COUNTERPOINT_HOME": str(tmp_path / "home"), "COUNTERPOINT__KEYS__KEYRING": "false"}
    workspace = await open_workspace(tmp_path, environ=environ)
    some = drawn(workspace.project, workspace.settings, 9, 0)
    await workspace.close()
    assert len(some) == 9 and {one.situation.document.path for one in some} == {"one.py"}
    assert all(one.situation.instruction for one in some if one.task.name == "edit")


@pytest.mark.asyncio
async def test_the_same_seed_draws_the_same_prompts_and_another_one_others(
    server: ModelServer, tmp_path: Path
) -> None:
    async with shop(server, tmp_path) as workspace:

        def places(seed: int) -> list[tuple[str, str, int]]:
            some = drawn(workspace.project, workspace.settings, 9, seed)
            return [(one.task.name, one.situation.document.path, one.situation.span.start) for one in some]

        assert places(1) == places(1) != places(2)
        assert {task for task, _, _ in places(1)} == {"complete", "edit", "review"}


@pytest.mark.asyncio
async def test_the_same_model_twice_is_no_change(server: ModelServer, tmp_path: Path) -> None:
    async with shop(server, tmp_path) as workspace:
        model = workspace.catalogue.model(OLD)
        with pytest.raises(UsageError, match="nothing would change"):
            await migrate(workspace.engine, workspace.project, (model, model), Draw())
