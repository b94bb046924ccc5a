"""`counterpoint serve`: parse, claim the streams, then import what is heavy."""

from __future__ import annotations

import gc
import ipaddress
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from counterpoint.errors import UsageError

USAGE = "counterpoint serve [--stdio | --tcp HOST:PORT] [--log-level error|warning|info|debug]"

_LEVELS = ("error", "warning", "info", "debug")


@dataclass(frozen=True, slots=True)
class Options:
    """`tcp` is a loopback address and a port, or None for stdio. `log_level` None leaves it to settings."""

    tcp: tuple[str, int] | None = None
    log_level: str | None = None


def parse(argv: list[str]) -> Options:
    """Read the arguments. `--stdio`, `--clientProcessId` and the like, which clients add by themselves,
    are accepted. Raises UsageError."""
    tcp: tuple[str, int] | None = None
    level: str | None = None
    rest = _split(argv)
    for word in rest:
        if word == "--tcp":
            tcp = _address(next(rest, ""))
        elif word == "--log-level":
            level = next(rest, "")
            if level not in _LEVELS:
                fix = f"Use one of: {', '.join(_LEVELS)}."
                raise UsageError(f"--log-level {level!r} is not known.", fix=fix)
        elif word == "--clientProcessId":
            next(rest, None)
        elif word != "--stdio":
            raise UsageError(f"serve does not know {word!r}.", fix=f"Usage: {USAGE}")
    return Options(tcp, level)


def _split(argv: list[str]) -> Iterator[str]:
    for word in argv:
        name, equals, value = word.partition("=")
        yield name
        if equals:
            yield value


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    host = "127.0.0.1" if host in ("", "localhost") else host
    try:
        loopback = ipaddress.ip_address(host).is_loopback
        number = int(port)
    except ValueError:
        fix = "Give HOST:PORT, such as 127.0.0.1:7711."
        raise UsageError(f"--tcp {text!r} is no address.", fix=fix) from None
    if not loopback or not 0 <= number < 65536:
        raise UsageError(
            f"--tcp {text!r} can be reached from other machines or is no port.",
            fix="The connection is not encrypted: use 127.0.0.1, and a tunnel for anything further.",
        )
    return host, number


def main(argv: list[str]) -> int:
    """Serve one client; returns the exit code."""
    if any(word in ("--help", "-h") for word in argv):
        sys.stdout.write(f"Usage: {USAGE}\n")
        return 0
    try:
        options = parse(argv)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return _serve(options)


def _serve(options: Options) -> int:
    gc.disable()  # importing makes many objects and no garbage
    from counterpoint.lsp.transport import accept_one, claim_stdio, converse

    channel = None if options.tcp else claim_stdio()
    logging.basicConfig(
        stream=sys.stderr,
        level=(options.log_level or "info").upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for chatty, level in (
        ("pygls", logging.ERROR),
        ("httpx2", logging.WARNING),
        ("httpcore2", logging.WARNING),
    ):
        logging.getLogger(chatty).setLevel(level)
    from counterpoint.lsp.server import create

    server = create()
    server.session.follows_log_setting = options.log_level is None
    gc.enable()
    if channel is None:
        assert options.tcp is not None
        channel = accept_one(*options.tcp, _announce)
    return converse(server, channel)


def _announce(port: int) -> None:
    sys.stderr.write(f"counterpoint listens on port {port}\n")
    sys.stderr.flush()
