"""The process that holds the embedded model: `python -m counterpoint.providers.embedded_child`.

It reads one JSON line from stdin (`model`, `key`, `context`), answers with one JSON line on stdout
(`url`, or `error`), and then serves until stdin ends, which happens when the parent closes it or dies.

The HTTP server binds 127.0.0.1 on a port the system picks. Every route but `/health` wants the key, which
only travels through the pipe. No origin is allowed by CORS, so a web page can neither read an answer nor,
for want of the key, make the model work.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import IO, Any


def main() -> None:
    """Serve one model until stdin ends. Exit code 0 then, 1 if the model cannot be loaded."""
    replies = _take_stdout()
    order = json.loads(sys.stdin.buffer.readline() or b"{}")
    if not order:
        os._exit(0)
    # Native code may hold the interpreter's lock while it loads, so the watch begins before that.
    watch = threading.Thread(target=_leave_at_eof, daemon=True)
    watch.start()
    try:
        server = _serve(order)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        _say(replies, {"error": f"{type(error).__name__}: {error}"})
        os._exit(1)
    _say(replies, {"url": str(server.listening_address)})
    watch.join()


def _take_stdout() -> IO[bytes]:
    """Keep stdout for our own replies, and send what native code prints there to stderr."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _leave_at_eof() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    # Threads of the native server do not end by themselves, and there is nothing to save.
    os._exit(0)


def _serve(order: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["model"]
    params.model_alias = ["embedded"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order["key"]]
    params.cors_origins = ""
    params.cors_methods = ""
    params.cors_headers = ""
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    params.offline = True
    params.verbosity = 1
    # The threads wait for each other by spinning. With one for each core, an editor's other programs slow the
    # model down twentyfold; with half as many it loses a tenth on an idle machine.
    threads = max(1, (os.cpu_count() or 2) // 2)
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.n_ctx = order["context"]
    params.n_parallel = 1
    params.cache_ram_mib = 64
    return xllamacpp.Server(params)


def _say(replies: IO[bytes], value: dict[str, str]) -> None:
    replies.write(json.dumps(value).encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    main()
