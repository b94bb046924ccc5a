"""JSON-RPC as the specification has it, over pygls' feature table.

Every request gets exactly one reply, bad parameters included; methods unknown to the specification get
plain values; nothing is kept of a finished request; late replies to cancelled requests are ignored;
errors go to the log and, without traceback, into the reply, never to a popup.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import logging
import traceback
from concurrent.futures import Future
from typing import Any, TypeAlias

from cattrs import transform_error
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol

from counterpoint.errors import ConfigError, CounterpointError
from counterpoint.lsp import hot
from counterpoint.lsp.framing import encode

logger = logging.getLogger(__name__)

Id: TypeAlias = str | int

REQUEST_FAILED = -32803


class Rpc(LanguageServerProtocol):
    """One connection. All methods run on the event loop's thread."""

    def __init__(self, server: Any, converter: Any) -> None:
        self.running: dict[Id, asyncio.Task[Any]] = {}
        """The client's requests that are being worked on, and nothing else."""
        self.background: set[asyncio.Task[Any]] = set()
        """Asynchronous notification handlers that have not finished."""
        self.initialized = False
        self._next_id = itertools.count(1)
        super().__init__(server, converter)

    # -- from the client

    def handle_message(self, message: Any) -> None:
        """Take one decoded message; never raises."""
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            self.refuse(None, JsonRpcInvalidRequest("Not a JSON-RPC 2.0 message."))
            return
        method = message.get("method")
        if not isinstance(method, str):
            self._take_reply(message)
        elif "id" in message:
            self._take_request(method, message)
        else:
            self._take_notification(method, message)

    def refuse(self, msg_id: Id | None, error: JsonRpcException) -> None:
        """Reply with an error; an id of None is for what could not be read."""
        logger.warning("Refused message %r: %s", msg_id, error.message)
        self._send_error(msg_id, error)

    def _take_request(self, method: str, message: dict[str, Any]) -> None:
        msg_id = message["id"]
        if not isinstance(msg_id, (str, int)):
            self.refuse(None, JsonRpcInvalidRequest("A request needs an id."))
            return
        try:
            self._check_state(method)
            handler = self._get_handler(method)
            params = self._params(method, message)
            result = handler(params)
        except Exception as error:  # noqa: BLE001 -- every request gets a reply
            self._send_error(msg_id, self._as_rpc_error(error, method))
            return
        if not inspect.isawaitable(result):
            self._reply(msg_id, result)
            return
        task = asyncio.ensure_future(result)
        self.running[msg_id] = task
        task.add_done_callback(lambda done: self._finish(msg_id, method, done))

    def _finish(self, msg_id: Id, method: str, task: asyncio.Task[Any]) -> None:
        if self.running.get(msg_id) is task:
            del self.running[msg_id]
        if task.cancelled():
            self._send_error(msg_id, JsonRpcRequestCancelled("The request was cancelled."))
        elif (error := task.exception()) is not None:
            self._send_error(msg_id, self._as_rpc_error(error, method))
        else:
            self._reply(msg_id, task.result())

    def _check_state(self, method: str) -> None:
        if self._shutdown:
            raise JsonRpcInvalidRequest("The server is shutting down.")
        if not self.initialized and method != types.INITIALIZE:
            raise JsonRpcServerNotInitialized("The first request must be initialize.")
        if self.initialized and method == types.INITIALIZE:
            raise JsonRpcInvalidRequest("The server is already initialized.")

    def _take_notification(self, method: str, message: dict[str, Any]) -> None:
        if method == types.CANCEL_REQUEST:
            self._cancel(message.get("params"))
            return
        if method != types.EXIT and (self._shutdown or not self.initialized):
            logger.debug("Ignored %s outside of the session", method)
            return
        try:
            result = self._get_handler(method)(self._params(method, message))
        except JsonRpcMethodNotFound:
            logger.debug("Ignored unknown notification %s", method)
            return
        except Exception as error:  # noqa: BLE001 -- a notification has nobody to tell
            self._as_rpc_error(error, method)
            return
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(result)
            self.background.add(task)
            task.add_done_callback(lambda done: self._forget(method, done))

    def _forget(self, method: str, task: asyncio.Task[Any]) -> None:
        self.background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._as_rpc_error(error, method)

    def _cancel(self, params: Any) -> None:
        msg_id = params.get("id") if isinstance(params, dict) else None
        task = self.running.get(msg_id) if isinstance(msg_id, (str, int)) else None
        if task is not None:
            task.cancel()

    def _take_reply(self, message: dict[str, Any]) -> None:
        msg_id = message.get("id")
        if not isinstance(msg_id, (str, int)):
            logger.debug("Ignored a message that is neither request nor reply")
            return
        future: Future[Any] | None = self._request_futures.pop(msg_id, None)
        result_type = self._result_types.pop(msg_id, None)
        if future is None or not future.set_running_or_notify_cancel():
            logger.debug("Ignored a reply nobody waits for")
            return
        try:
            error = message.get("error")
            if error is not None:
                raise JsonRpcException.from_error(self._converter.structure(error, types.ResponseError))
            if result_type is None:
                future.set_result(message.get("result"))
            else:
                future.set_result(self._converter.structure({"result": None, **message}, result_type).result)
        except Exception as problem:  # noqa: BLE001 -- whoever waits must learn of it
            future.set_exception(problem)

    def _params(self, method: str, message: dict[str, Any]) -> Any:
        """Typed parameters for the specification's methods, plain values for others ({} if absent)."""
        kind = self.get_message_type(method)
        if kind is None:
            params = message.get("params")
            return {} if params is None else params
        known = hot.params(method, message.get("params"))
        if known is not None:
            return known
        try:
            return self._converter.structure(message, kind).params
        except Exception as error:
            detail = "; ".join(transform_error(error, path="$"))
            raise JsonRpcInvalidParams(f"{method}: {detail}") from error

    # -- to the client

    def _reply(self, msg_id: Id, result: Any) -> None:
        self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "result": result})

    def _send_error(self, msg_id: Id | None, error: JsonRpcException) -> None:
        body: dict[str, Any] = {"code": error.code, "message": error.message}
        if error.data is not None:
            body["data"] = error.data
        self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "error": body})

    def _send_data(self, data: Any) -> None:
        if self.writer is None:
            return
        try:
            frame = encode(self._converter.unstructure(data))
        except Exception as error:  # noqa: BLE001 -- a result that cannot be sent is still owed a reply
            self._as_rpc_error(error, "sending")
            if isinstance(data, dict) and "result" in data:
                self._send_error(data["id"], JsonRpcInternalError("The result could not be sent."))
            return
        self.writer.write(frame)

    def log_failure(self, error: BaseException, what: str) -> None:
        """Note a failure nobody is told of, without text that could hold code."""
        self._as_rpc_error(error, what)

    def _as_rpc_error(self, error: BaseException, method: str) -> JsonRpcException:
        """What the client is told. Tracebacks go to the log alone, without the messages of exceptions."""
        if isinstance(error, JsonRpcException):
            logger.warning("%s: %s", method, error.message)
            return error
        if isinstance(error, CounterpointError):
            # A vendor's words may quote the code that was sent; a configuration error must be readable.
            logger.warning("%s failed: %s", method, error if isinstance(error, ConfigError) else error.code)
            data = {"code": error.code, "fix": error.fix}
            return JsonRpcException(error.message, REQUEST_FAILED, data)
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("%s failed with %s\n%s", method, type(error).__name__, frames)
        return JsonRpcInternalError(f"Internal error in {method}; the server's log has the details.")

    async def ask(self, method: str, params: Any, seconds: float = 10.0) -> Any:
        """Ask the client, and wait at most so long: some never answer.

        Raises TimeoutError, or JsonRpcException with the client's refusal.
        """
        msg_id = f"counterpoint-{next(self._next_id)}"
        try:
            async with asyncio.timeout(seconds):
                return await self.send_request_async(method, params, msg_id)
        finally:
            self._request_futures.pop(msg_id, None)
            self._result_types.pop(msg_id, None)
