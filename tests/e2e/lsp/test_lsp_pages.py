"""What would be sent, as a page in the editor: from memory where the client asks for it, else as a file."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.lsp.product import FULL, editor, place
from tests.modelserver import ModelServer

SECRET = "sk-ant-api03-" + "A1b2C3d4E5" * 9


def _client(**workspace: Any) -> dict[str, Any]:
    capabilities = copy.deepcopy(FULL)
    capabilities["window"]["showDocument"] = {"support": True}
    capabilities["workspace"].update(workspace)
    return capabilities


def _file(folder: Path) -> Path:
    path = folder / "shop.py"
    path.write_text(f"key = '{SECRET}'\nfence = '```'\nx = \n")
    return path


@pytest.mark.asyncio
async def test_a_client_with_virtual_documents_gets_the_page_from_memory(tmp_path: Path) -> None:
    path = _file(tmp_path)
    with ModelServer() as models:
        async with editor(tmp_path, models, _client(textDocumentContent={})) as client:
            shown: list[Any] = []

            def show(params: Any) -> dict[str, bool]:
                shown.append(params)
                return {"success": True}

            client.answers["window/showDocument"] = show
            uri = await client.open(path)
            result = await client.command(
                "counterpoint.showContext", {"uri": uri, "position": place(2, 4), "show": True}
            )
            assert result["shown"] == shown[0]["uri"] == "counterpoint:/context.md"
            page = await client.request("workspace/textDocumentContent", {"uri": result["shown"]})
            assert SECRET not in page["text"] and result["placeholders"][0] in page["text"]
            assert "fence = '```'" in page["text"] and "\n````\n" in page["text"]
            for part in result["parts"]:
                assert part.removesuffix("\n") in page["text"]
            other = await client.error("workspace/textDocumentContent", {"uri": "counterpoint:/other.md"})
            assert "Ask for it again" in other["message"]
        assert models.log == ()


@pytest.mark.asyncio
async def test_a_client_without_them_gets_a_private_file_that_goes_with_the_session(tmp_path: Path) -> None:
    path = _file(tmp_path)
    home = tmp_path / "home"
    with ModelServer() as models:
        async with editor(tmp_path, models, _client(), env={"COUNTERPOINT_HOME": str(home)}) as client:
            client.answers["window/showDocument"] = lambda params: {"success": True}
            uri = await client.open(path)
            argument = {"uri": uri, "position": place(2, 4), "show": True}
            result = await client.command("counterpoint.showContext", argument)
            file = Path(urlsplit(result["shown"]).path)
            assert file.is_relative_to(home) and file.stat().st_mode & 0o077 == 0
            assert SECRET not in file.read_text() and "Nothing was sent" in file.read_text()
        assert not file.exists()


@pytest.mark.asyncio
async def test_a_client_that_shows_no_documents_still_gets_the_answer(tmp_path: Path) -> None:
    path = _file(tmp_path)
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            argument = {"uri": uri, "position": place(2, 4), "show": True}
            result = await client.command("counterpoint.showContext", argument)
            assert result["shown"] is None and result["parts"]
