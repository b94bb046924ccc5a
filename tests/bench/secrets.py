"""What the secret guard costs a completion: a file of 2,000 lines of which one has changed since last time.

    python -m tests.bench.secrets [--rounds 200]

Prints the median of a warm search, of one that remembers nothing, of masking a prompt of that file with four
secrets in it, and the ratio. Times are CPU time of this process.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from counterpoint.redact import Guard, Source, mask
from tests.planted import planted_files

LINES = 2_000
WINDOW = 7_200
"""Characters of the document that a completion shows at the default budget."""


@dataclass(frozen=True)
class Timed:
    """Medians in milliseconds."""

    warm: float
    cold: float
    masking: float

    @property
    def ratio(self) -> float:
        """How many times dearer it is to remember nothing."""
        return self.cold / self.warm


def source_lines() -> list[str]:
    """Code of the usual sort, no two lines alike."""
    body = (
        "def total_{0}(items, key, token=None):",
        '    """Sum of {0}: secrets and passwords are counted like the rest."""',
        "    result = session.get_{0}(items['access_key'], limit={0})",
        "    if result is None or result.token != token:",
        "        raise ValueError(f'no total for {0} in {{items}}')",
        "    return sum(one.price * {0} for one in result)",
        "",
        "# see https://example.org/docs/{0}#totals",
    )
    return [body[number % len(body)].format(number) for number in range(LINES)]


def timed(rounds: int) -> Timed:
    """Each round changes one line, as a key does."""
    lines, guard = source_lines(), Guard()
    secret_lines = planted_files()["store.py"][0].split("\n")[:8]
    warm, cold, masking = [], [], []
    guard.find(Source("\n".join(lines), "python"))
    for number in range(rounds):
        lines[(number * 37) % LINES] += "x"
        text = "\n".join(lines)
        source = Source(text, "python")
        warm.append(_milliseconds(lambda source=source: guard.find(source)))  # type: ignore[misc]
        if number % 10 == 0:
            cold.append(_milliseconds(lambda source=source: Guard().find(source)))  # type: ignore[misc]
        with_secrets = "\n".join(lines[:900] + secret_lines + lines[900:])
        whole = Source(with_secrets, "python")
        start = with_secrets.index(secret_lines[2]) - WINDOW // 2
        prompt = (with_secrets[start : start + WINDOW], "x = 1\n")
        masking.append(_milliseconds(lambda p=prompt, w=whole: mask(p, guard, (w,))))  # type: ignore[misc]
    return Timed(statistics.median(warm), statistics.median(cold), statistics.median(masking))


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    found = timed(parser.parse_args().rounds)
    ratio = f"{found.cold:.2f} ms cold ({found.ratio:.1f} x)"
    print(f"one line of {LINES:,} changed: {found.warm:.2f} ms warm, {ratio}")
    print(f"masking a completion's prompt of that file: {found.masking:.2f} ms")


if __name__ == "__main__":
    main()
