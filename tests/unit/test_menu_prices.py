"""What menus promise: a range from what the ledger has taught, with what may follow, and no waiting."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from counterpoint.errors import RateLimited, Unauthorized
from counterpoint.ledger import Caps, Ledger
from counterpoint.ledger_learned import Learned
from counterpoint.lsp.price import Offer, offer
from counterpoint.models import Usage, load_catalogue
from counterpoint.project import Project
from counterpoint.routing import NONE
from counterpoint.settings import Providers, Review, Routing, Settings, Verify
from counterpoint.tasks import ASK, EDIT, FIX, REFACTOR, REVIEW, Task
from counterpoint.turns import Turns
from counterpoint.vendors import vendors_of

BOTH = frozenset({"openai", "anthropic"})
SIZE = 36_000
"""Characters: 10,000 tokens of GPT-5.5."""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


def workspace(ledger: Ledger, settings: Settings | None = None) -> Any:
    """What of a workspace a price is taken from."""
    found, catalogue = settings or Settings(), load_catalogue()
    project = Project(ledger.file.parent)
    barred = vendors_of(project, found.providers.paths, catalogue.providers).barred_by_name
    ports = SimpleNamespace(turns=Turns(), barred_by_name=barred)
    engine = SimpleNamespace(ports=ports, evidence=SimpleNamespace(now=NONE))
    return cast(Any, SimpleNamespace(ledger=ledger, settings=found, catalogue=catalogue, engine=engine))


def offered(ledger: Ledger, task: Task[Any], settings: Settings | None = None, **more: Any) -> Offer:
    return offer(workspace(ledger, settings), BOTH, task, SIZE, **more)


def usd(found: Offer) -> tuple[float, float]:
    """The range in a note."""
    first, last = re.search(r"\$([\d.]+)(?:-([\d.]+))?", found.note).groups()  # type: ignore[union-attr]
    return float(first), float(last or first)


def called(
    ledger: Ledger,
    task: str,
    model: str,
    wrote: int,
    *,
    times: int = 12,
    read: int = 10_000,
    ratio: float = 3.6,
) -> None:
    """Calls of the past, of about the size that is asked about."""
    for _ in range(times):
        call = ledger.reserve(
            job="j", task=task, role="fast", provider="p", model=model, kind="other", upper_usd=0.0,
            caps=Caps(5, 5), language="python", characters=round(read * ratio), effort="low",
        )  # fmt: skip
        ledger.settle(call, usage=Usage(read, wrote), cost_usd=0.0, seconds=1.0, outcome="ok")


def test_without_calls_a_title_goes_by_the_rows(ledger: Ledger) -> None:
    found = offered(ledger, ASK)
    assert found.model == "GPT-5.5" and found.note.startswith("GPT-5.5, $0.06-")
    assert not ledger.file.exists()


def test_what_was_written_before_moves_the_range_to_where_it_belongs(ledger: Ledger) -> None:
    before = usd(offered(ledger, ASK))
    called(ledger, "ask", "gpt-5.5", 4_000)
    ledger.learned.renew()
    low, high = usd(offered(ledger, ASK))
    answered = (11_500 * 5 + 4_000 * 30) / 1e6
    assert before[1] < answered, "the row knows better, so the rest would show nothing"
    assert before[0] < low < answered < high


def test_tokens_are_counted_as_the_vendor_has_counted_them(ledger: Ledger) -> None:
    called(ledger, "ask", "gpt-5.5", 4_000)
    ledger.learned.renew()
    usual = usd(offered(ledger, ASK))
    dense = Ledger(ledger.file.with_name("dense.sqlite3"))
    called(dense, "ask", "gpt-5.5", 4_000, ratio=2.4)
    dense.learned.renew()
    assert usd(offered(dense, ASK))[0] > usual[0] + 0.015


def test_a_change_may_be_repaired_and_the_range_says_so(ledger: Ledger) -> None:
    told = usd(offered(ledger, ASK)), usd(offered(ledger, replace(ASK, output_prior=FIX.output_prior)))
    assert usd(offered(ledger, FIX))[0] == told[1][0]
    assert usd(offered(ledger, FIX))[1] > told[1][1] + 0.1  # Opus 4.7 repairs
    once = replace(REFACTOR, name="edit", output_prior=(600, 16_000))
    assert usd(offered(ledger, REFACTOR))[1] > usd(offered(ledger, once))[1] + 0.1


@pytest.mark.parametrize(
    ("settings", "dearer"),
    [
        (Settings(verify=Verify(by="none")), 0),
        (Settings(review=Review(strategy="direct")), 0),
        (Settings(), 2),
        (Settings(verify=Verify(votes=3)), 4),
    ],
)
def test_a_review_may_be_verified_and_the_range_says_so(
    ledger: Ledger, settings: Settings, dearer: int
) -> None:
    alone = usd(offered(ledger, REVIEW, Settings(verify=Verify(by="none"))))
    found = usd(offered(ledger, REVIEW, settings))
    assert found[0] == alone[0]
    step = (found[1] - alone[1]) / 0.1
    assert dearer - 0.5 <= step <= dearer + 0.7


def test_a_draft_is_paid_for_in_any_case(ledger: Ledger) -> None:
    plain = usd(offered(ledger, REVIEW))
    drafted = usd(offered(ledger, REVIEW, Settings(review=Review(strategy="draft-verify"))))
    assert drafted[0] > plain[0] + 0.04


def test_a_harder_review_is_dearer_until_the_ledger_knows_better(ledger: Ledger) -> None:
    low, high = (usd(offered(ledger, REVIEW, effort=effort)) for effort in ("low", "xhigh"))
    assert low[1] < high[1]


@pytest.mark.alone
def test_a_title_reads_no_file_and_takes_less_than_a_route_twenty_times(ledger: Ledger) -> None:
    called(ledger, "review", "claude-opus-4-7", 2_000)
    called(ledger, "verify", "claude-opus-4-7", 500)
    ledger.learned.renew()
    ledger.close()
    ledger.file.rename(ledger.file.with_name("moved"))
    found = workspace(ledger)
    offer(found, BOTH, REVIEW, SIZE)

    def seconds(work: Callable[[], object]) -> float:
        begun = time.process_time()
        for _ in range(50):
            work()
        return time.process_time() - begun

    from counterpoint.routing import route

    plain = min(seconds(lambda: route(REVIEW, found.catalogue, found.settings, BOTH)) for _ in range(5))
    assert min(seconds(lambda: offer(found, BOTH, REVIEW, SIZE)) for _ in range(5)) < 20 * plain
    assert not ledger.file.exists()


def test_what_is_learned_is_looked_up_anew_every_few_minutes_and_not_more_often(tmp_path: Path) -> None:
    now = [1_000_000.0]
    ledger = Ledger(tmp_path / "ledger.sqlite3", clock=lambda: now[0])
    ledger.learned.renew()
    called(ledger, "ask", "gpt-5.5", 4_000)
    ledger.learned.renew()
    assert ledger.learned.expects("gpt-5.5", "ask", 10_000, "low") is None
    now[0] += 200
    ledger.learned.renew()
    assert ledger.learned.expects("gpt-5.5", "ask", 10_000, "low") == ledger.expects(
        "gpt-5.5", "ask", 10_000, "low"
    )


def test_learning_in_a_thread_disturbs_nobody_who_asks(ledger: Ledger) -> None:
    """Titles are made on the event loop while another thread learns: nothing is half there."""
    called(ledger, "ask", "gpt-5.5", 4_000)
    now = [0.0]
    learned = Learned(ledger.file, clock=lambda: now[0])
    failed: list[BaseException] = []

    def learn() -> None:
        try:
            for _ in range(20):
                now[0] += 1_000
                called(ledger, "ask", "gpt-5.5", 4_000, times=1)
                learned.renew()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=learn)
    thread.start()
    while thread.is_alive():
        for size in range(100, 100_000, 9_999):
            learned.expects("gpt-5.5", "ask", size, "low")
    thread.join(30)
    assert not failed
    assert learned.expects("gpt-5.5", "ask", 10_000, "low")


def test_a_ledger_that_cannot_be_read_teaches_nothing(ledger: Ledger) -> None:
    ledger.file.mkdir()
    ledger.learned.renew()
    assert offered(ledger, EDIT).note


def test_whoever_is_asked_once_more_is_in_the_range(ledger: Ledger) -> None:
    never = Settings(routing=Routing(escalate=False))
    first, once_more = usd(offered(ledger, FIX, never)), usd(offered(ledger, FIX))
    assert once_more[0] == first[0]
    assert once_more[1] > first[1] + 0.1
    alone = [usd(offer(workspace(ledger, one), {"anthropic"}, FIX, SIZE)) for one in (never, Settings())]
    assert alone[0] == alone[1]  # the one vendor's model answers in both roles
    assert usd(offered(ledger, REFACTOR, never)) == usd(offered(ledger, REFACTOR))


def test_where_the_price_of_the_first_model_rises_with_the_size_the_title_names_who_is_asked(
    ledger: Ledger,
) -> None:
    made = workspace(ledger)
    below, above = (offer(made, BOTH, EDIT, size) for size in (900_000, 1_100_000))
    assert below.model == "GPT-5.5" and above.model == "Opus 4.7"
    assert offer(made, {"openai"}, EDIT, 1_100_000).model == "GPT-5.5", "there is no other"


def test_many_small_requests_are_not_priced_as_a_large_one(ledger: Ledger) -> None:
    made = workspace(ledger, Settings(roles={"deep": ("gpt-5.5",)}, verify=Verify(by="none")))
    made.catalogue = load_catalogue({"roles": {"deep": ["gpt-5.5"]}})
    few, many = (usd(offer(made, BOTH, REVIEW, 100_000 * asks, asks=asks)) for asks in (2, 20))
    assert many[0] == pytest.approx(10 * few[0], abs=0.1)


@pytest.mark.parametrize(
    ("paths", "path", "named"),
    [
        ({"pay/**": ("anthropic",)}, "pay/card.py", "Opus 4.7"),
        ({"pay/**": ("anthropic",)}, "shop/card.py", "GPT-5.5"),
        ({"pay/**": ("openai",)}, "pay/card.py", "GPT-5.5"),
        ({}, "pay/card.py", "GPT-5.5"),
    ],
)
def test_a_vendor_that_may_not_see_the_file_is_not_promised(
    ledger: Ledger, paths: dict[str, tuple[str, ...]], path: str, named: str
) -> None:
    settings = Settings(providers=Providers(paths=paths))
    assert offered(ledger, EDIT, settings, path=path).model == named


def test_a_file_that_nobody_may_see_is_refused_in_the_title(ledger: Ledger) -> None:
    found = offered(ledger, EDIT, Settings(providers=Providers(paths={"pay/**": ()})), path="pay/card.py")
    assert not found.note and "pay/card.py" in found.refusal and "providers.paths" in found.refusal


def test_a_task_of_the_repository_promises_nobody_who_may_not_see_its_file(ledger: Ledger) -> None:
    settings = Settings(providers=Providers(paths={".counterpoint/tasks/": ("anthropic",)}))
    task = ".counterpoint/tasks/migrate.md"
    assert offered(ledger, EDIT, settings, path="a.py").model == "GPT-5.5"
    assert offered(ledger, EDIT, settings, path="a.py", quoted=task).model == "Opus 4.7"
    nobody = Settings(providers=Providers(paths={"*.md": ()}))
    assert task in offered(ledger, EDIT, nobody, path="a.py", quoted=task).refusal


def test_a_model_that_is_left_alone_now_is_not_promised(ledger: Ledger) -> None:
    made = workspace(ledger)
    health, gpt = made.engine.ports.turns.health, made.catalogue.model("gpt-5.5")
    health.failed(gpt, Unauthorized("The key is refused.", provider="openai"))
    assert offer(made, BOTH, EDIT, SIZE).note.startswith("Opus 4.7, $")
    assert offer(made, {"openai"}, EDIT, SIZE).model == "GPT-5.5", "who asks is told why it does not answer"
    health.forget()
    assert offer(made, BOTH, EDIT, SIZE).model == "GPT-5.5"
    health.failed(gpt, RateLimited("Too much.", provider="openai", retry_after=2.0))
    assert offer(made, BOTH, EDIT, SIZE).model == "GPT-5.5", "it is waited for"
    health.failed(gpt, RateLimited("Too much.", provider="openai", retry_after=600.0))
    assert offer(made, BOTH, EDIT, SIZE).model == "Opus 4.7"
    assert offer(made, {"openai"}, EDIT, SIZE).model == "GPT-5.5"
