"""The life of a session on top of `rpc`: initialize, commands, shutdown, exit.

What differs from stock pygls, each point held by a test that shows the stock behaviour beside ours:
commands are tasks and `$/cancelRequest` ends them; requests are refused before `initialize` and after
`shutdown`; the exit code says whether `shutdown` came first; documents live in `documents`, not in
pygls' workspace. The rest is said in `rpc` and `transport`.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter, lsp_method

from counterpoint.lsp.rpc import Rpc

logger = logging.getLogger(__name__)

_SHUTDOWN_SECONDS = 2.0


class Protocol(Rpc):
    """One connection. All methods run on the event loop's thread."""

    _server: Server

    def __init__(self, server: Server, converter: Any) -> None:
        self.on_exit: Callable[[int], None] = lambda code: None
        """Called with the exit code when the client says `exit`."""
        self.on_parent: Callable[[int], None] = lambda pid: None
        """Called with the process id of the editor, once it is known."""
        super().__init__(server, converter)

    @property
    def shut_down(self) -> bool:
        """True once the client has asked for `shutdown`."""
        return self._shutdown

    def _register_builtin_features(self) -> None:
        """Only what is written below: no notebooks, and no second document store."""
        for name, member in vars(Protocol).items():
            method = getattr(member, "method_name", None)
            if method is not None:
                self.fm.add_builtin_feature(method, getattr(self, name))

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> types.InitializeResult:  # type: ignore[override]
        """Compute capabilities after the server's own handler has seen the client's."""
        self.initialized = True
        self._server.process_id = params.process_id
        if params.process_id is not None:
            self.on_parent(params.process_id)
        self.client_capabilities = params.capabilities
        self._also(types.INITIALIZE, params)
        encoding = self._server.position_encoding(params)
        builder = ServerCapabilitiesBuilder(
            params.capabilities,
            {*self.fm.features, *self.fm.builtin_features},
            self.fm.feature_options,
            list(self.fm.commands),
            types.TextDocumentSyncKind.Incremental,
            None,
            encoding,
        )
        self.server_capabilities: types.ServerCapabilities = builder.build()  # type: ignore[no-untyped-call]
        self._server.amend(self.server_capabilities)
        return types.InitializeResult(capabilities=self.server_capabilities, server_info=self.server_info)

    @lsp_method(types.INITIALIZED)
    def lsp_initialized(self, params: Any) -> Any:
        return self._also(types.INITIALIZED, params)

    @lsp_method(types.SHUTDOWN)
    async def lsp_shutdown(self, params: Any) -> None:  # type: ignore[override]
        """Cancel what runs, let the server clean up, then answer."""
        self._shutdown = True
        await self.stop(asyncio.current_task())
        result = self._also(types.SHUTDOWN, params)
        if inspect.isawaitable(result):
            await result

    async def stop(self, but: asyncio.Task[Any] | None = None) -> None:
        """Cancel all requests and background handlers, and wait a moment for their `finally`."""
        tasks = [task for task in (*self.running.values(), *self.background) if task is not but]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_SHUTDOWN_SECONDS)

    @lsp_method(types.EXIT)
    def lsp_exit(self, params: Any) -> None:  # type: ignore[override]
        self.on_exit(0 if self._shutdown else 1)

    @lsp_method(types.SET_TRACE)
    def lsp_set_trace(self, params: types.SetTraceParams) -> None:  # type: ignore[override]
        self.trace = params.value

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:
        """Run a command; each takes exactly one JSON object. A coroutine becomes the request's task."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"There is no command {params.command!r}.")
        arguments = params.arguments or ()
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise JsonRpcInvalidParams(f"{params.command} takes exactly one object.")
        return handler(arguments[0])

    def _also(self, method: str, params: Any) -> Any:
        handler = self.fm.features.get(method)
        return handler(params) if handler is not None else None


class Server(LanguageServer):
    """A pygls server over `Protocol`. Reports errors to the log only."""

    protocol: Protocol

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            name, version, protocol_cls=Protocol, converter_factory=default_converter, max_workers=1
        )

    def report_server_error(self, error: Exception, source: Any) -> None:
        logger.error("Error in %s: %s", getattr(source, "__name__", source), type(error).__name__)

    def position_encoding(self, params: types.InitializeParams) -> str:
        """The encoding to use: the client's first that we know."""
        return ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)

    def amend(self, capabilities: types.ServerCapabilities) -> None:
        """Last changes to what is advertised."""

    async def close(self) -> None:
        """Let go of everything; called once, also after a signal or a lost client."""
        await self.protocol.stop()
