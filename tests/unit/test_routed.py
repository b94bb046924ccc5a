"""The route of a question is looked for again whenever anything that decides it is another, and only then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.models import load_catalogue
from counterpoint.settings import Providers, Settings
from counterpoint.tasks import COMPLETE, TASKS
from tests.asking import Said, engine

pytestmark = pytest.mark.asyncio


async def test_the_same_question_has_the_same_route(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    assert await asked.route(COMPLETE) is await asked.route(COMPLETE)


async def test_keys_settings_rows_tasks_and_sizes_change_it(tmp_path: Path) -> None:
    asked, usable = engine(Said([]), tmp_path), [frozenset({"openai", "anthropic"})]

    async def now() -> frozenset[str]:
        return usable[0]

    asked.ports = replace(asked.ports, usable=now)
    assert (await asked.route(COMPLETE)).first.model.name == "gpt-5.5"
    usable[0] = frozenset({"anthropic"})
    assert (await asked.route(COMPLETE)).first.model.provider == "anthropic"
    usable[0] = frozenset({"openai", "anthropic"})
    assert (await asked.route(COMPLETE)).first.model.name == "gpt-5.5"
    assert (await asked.route(TASKS["review"])).first.model.name == "claude-opus-4-7"
    assert (await asked.route(TASKS["edit"])).first.model.name == "gpt-5.5"
    assert (await asked.route(TASKS["edit"], 300_000)).first.model.name == "claude-opus-4-7"
    asked.settings = Settings(providers=Providers(allow=("anthropic",)))
    assert (await asked.route(COMPLETE)).first.model.provider == "anthropic"
    asked.settings = Settings()
    asked.catalogue = load_catalogue({"roles": {"fast": ["gpt-5.4"]}})
    assert (await asked.route(COMPLETE)).first.model.name == "gpt-5.4"
