"""The same server through pytest-lsp, whose client is typed and has captured capabilities of editors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from tests.e2e.lsp.raw import SERVE, environment

CONFIG = ClientServerConfig(server_command=[sys.executable, *SERVE], server_env=environment())


@pytest_lsp.fixture(config=CONFIG, params=["visual-studio-code", "neovim", "emacs"])  # type: ignore[untyped-decorator]
async def client(request: pytest.FixtureRequest, lsp_client: LanguageClient, tmp_path: Path):  # type: ignore[no-untyped-def]
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
    def registered(params: types.RegistrationParams) -> None:
        assert params.registrations

    folder = types.WorkspaceFolder(uri=tmp_path.as_uri(), name="work")
    params = types.InitializeParams(
        capabilities=client_capabilities(request.param), workspace_folders=[folder], process_id=None
    )
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


@pytest.mark.asyncio
async def test_a_finding_reaches_every_client(client: LanguageClient, tmp_path: Path) -> None:
    text = "async def save(row):\n    pass\n\n\nasync def go():\n    save(1)\n"
    uri = (tmp_path / "shop.py").as_uri()
    item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    identifier = types.TextDocumentIdentifier(uri=uri)
    report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(identifier))
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert [found.code for found in report.items] == ["py-missing-await"]
    where = types.Position(5, 6)
    hover = await client.text_document_hover_async(types.HoverParams(identifier, where))
    assert hover is not None and "coroutine" in str(hover.contents)
    assert client.error is None
