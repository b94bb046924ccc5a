"""`python -m tests.modelserver`: the server by hand, or for editors' end-to-end tests."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import threading
from pathlib import Path

from . import control
from .server import ModelServer


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.modelserver", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--script", type=Path, help="JSON file: {answers: [...], faults: [...], pace: {...}}")
    parser.add_argument("--pace", default="0,0", help="FIRST[,BETWEEN]: seconds to the first token, between")
    parser.add_argument(
        "--until-eof", action="store_true", help="end when stdin is closed (else by a signal)"
    )
    options = parser.parse_args(arguments)
    first, _, between = options.pace.partition(",")
    with ModelServer(options.port) as server:
        server.pace(float(first), float(between or 0))
        if options.script is not None:
            control.script(server.state, json.loads(options.script.read_text("utf-8")))
        print(server.url, flush=True)
        print(f"OPENAI_BASE_URL={server.openai_url} OPENAI_API_KEY={server.openai_key}", file=sys.stderr)
        print(f"ANTHROPIC_BASE_URL={server.url} ANTHROPIC_API_KEY={server.anthropic_key}", file=sys.stderr)
        with contextlib.suppress(KeyboardInterrupt):
            if options.until_eof:
                sys.stdin.read()
            else:
                threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
