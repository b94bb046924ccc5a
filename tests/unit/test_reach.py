"""Where a provider is reached is found anew once a key or an address is another, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.errors import ConfigError
from counterpoint.keys import Keys
from counterpoint.models import load_catalogue
from counterpoint.reach import Reach
from counterpoint.settings import Network, Settings


def reach(environ: dict[str, str], settings: Settings | None = None) -> Reach:
    keys = Keys(environ=environ, keyring=False)
    return Reach(settings or Settings(), load_catalogue(), keys, environ)


@pytest.mark.asyncio
async def test_a_key_that_comes_changes_and_goes_is_the_one_in_force() -> None:
    environ: dict[str, str] = {}
    there = reach(environ)
    assert (await there.endpoint("openai")).key is None
    assert "openai" not in await there.usable()
    environ["OPENAI_API_KEY"] = "sk-one"
    assert (await there.endpoint("openai")).key == "sk-one"
    assert "openai" in await there.usable()
    there.keys.set_editor({"anthropic": "sk-of-the-editor"})
    assert (await there.endpoint("anthropic")).key == "sk-of-the-editor"
    environ["OPENAI_API_KEY"] = "sk-two"
    assert (await there.endpoint("openai")).key == "sk-two"
    del environ["OPENAI_API_KEY"]
    assert (await there.endpoint("openai")).key is None
    assert await there.usable() >= {"anthropic"}


@pytest.mark.asyncio
async def test_an_address_that_changes_is_the_one_in_force_and_a_wrong_one_is_said_each_time() -> None:
    environ = {"OPENAI_API_KEY": "sk-one"}
    there = reach(environ)
    assert (await there.endpoint("openai")).base_url is None
    environ["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
    assert (await there.endpoint("openai")).base_url == "http://127.0.0.1:9/v1"
    environ["OPENAI_BASE_URL"] = "no address"
    for _ in range(2):
        with pytest.raises(ConfigError, match="OPENAI_BASE_URL"):
            await there.endpoint("openai")
    del environ["OPENAI_BASE_URL"]
    assert (await there.endpoint("openai")).base_url is None


@pytest.mark.asyncio
async def test_what_has_not_changed_is_not_put_together_again() -> None:
    there = reach({"OPENAI_API_KEY": "sk-one"})
    assert await there.endpoint("openai") is await there.endpoint("openai")


@pytest.mark.asyncio
async def test_a_file_of_certificates_that_has_gone_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("PEM", "utf-8")
    there = reach({"OPENAI_API_KEY": "sk-one"}, Settings(network=Network(ca_file=str(file))))
    assert (await there.endpoint("openai")).ca_file == str(file)
    file.unlink()
    with pytest.raises(ConfigError, match="not a file"):
        await there.endpoint("openai")
