"""Planted code with a true and a false finding each, and a verifier that is wrong as often as it is told.

The planted functions stand among the code of real files. Of each kind there is one that has the fault, and a
twin in which a line rules it out; a finding claims the fault of both.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from counterpoint.answers import Finding
from counterpoint.findings_reply import finding
from counterpoint.flows.verify import Group
from counterpoint.models import Usage
from counterpoint.providers import Begun, Chunk, Done, Request
from counterpoint.text import Document, Situation, Span, language_of
from tests.casefiles import Held

CARRIERS = ("anchors.py", "edits.py", "globs.py", "ignores.py", "locate.py")


@dataclass(frozen=True)
class Kind:
    """Code with `@` for a name of its own: with the fault, and with the line `guard` that rules it out."""

    title: str
    category: str
    quote: str
    faulty: str
    guarded: str
    guard: str
    beside: str
    """A line of the faulty code that proves nothing, yet could be held against the finding."""


KINDS = (
    Kind(
        "Divides by zero where there are no rows", "logic", "total_@ / len(rows)",
        "def mean_@(rows):\n    total_@ = sum(rows)\n    return total_@ / len(rows)\n",
        "def mean_@(rows):\n    if not rows:\n        return 0.0\n    total_@ = sum(rows)\n"
        "    return total_@ / len(rows)\n",
        "if not rows:", "total_@ = sum(rows)",
    ),
    Kind(
        "The file is never closed", "resource-leak", "open(path_@)",
        "def read_@(path_@):\n    handle = open(path_@)\n    text = handle.read()\n    return text.strip()\n",
        "def read_@(path_@):\n    with open(path_@) as handle:\n        text = handle.read()\n"
        "    return text.strip()\n",
        "with open(path_@) as handle:", "text = handle.read()",
    ),
    Kind(
        "The query is put together from what the user sent", "injection", "cursor.execute(query_@",
        "def find_@(cursor, name):\n    query_@ = f\"select * from t where name = '{name}'\"\n"
        "    cursor.execute(query_@)\n    return cursor.fetchall()\n",
        "def find_@(cursor, name):\n    query_@ = \"select * from t where name = %s\"\n"
        "    cursor.execute(query_@, (name,))\n    return cursor.fetchall()\n",
        "cursor.execute(query_@, (name,))", "return cursor.fetchall()",
    ),
    Kind(
        "The cache is changed without its lock", "concurrency", "cache_@[key] = value",
        "def put_@(key, value):\n    cache_@ = shared()\n    log(key)\n    cache_@[key] = value\n",
        "def put_@(key, value):\n    cache_@ = shared()\n    with LOCK:\n        cache_@[key] = value\n",
        "with LOCK:", "cache_@ = shared()",
    ),
    Kind(
        "A missing entry raises", "null-safety", "table_@[key]",
        "def entry_@(table_@, key):\n    name = key.strip()\n    return table_@[key], name\n",
        "def entry_@(table_@, key):\n    if key not in table_@:\n        return None, key\n"
        "    return table_@[key], key\n",
        "if key not in table_@:", "name = key.strip()",
    ),
    Kind(
        "The error is swallowed", "error-handling", "send_@(message)",
        "def notify_@(message):\n    try:\n        send_@(message)\n    except OSError:\n        pass\n"
        "    return True\n",
        "def notify_@(message):\n    try:\n        send_@(message)\n    except OSError as error:\n"
        "        raise NotSent(message) from error\n    return True\n",
        "raise NotSent(message) from error", "return True",
    ),
    Kind(
        "The password is written to the log", "secrets", "log_@.info(",
        "def login_@(user, password):\n    log_@.info(\"login %s %s\", user, password)\n"
        "    return check(user, password)\n",
        "def login_@(user, password):\n    password_shown = \"***\"\n"
        "    log_@.info(\"login %s %s\", user, password_shown)\n    return check(user, password)\n",
        'password_shown = "***"', "return check(user, password)",
    ),
    Kind(
        "The loop ends one short of the end", "logic", "range(count_@",
        "def each_@(items):\n    count_@ = len(items) - 1\n    for at in range(count_@):\n"
        "        yield items[at]\n",
        "def each_@(items):\n    count_@ = len(items)\n    for at in range(count_@):\n"
        "        yield items[at]\n",
        "count_@ = len(items)", "yield items[at]",
    ),
    Kind(
        "The signature is compared with ==", "crypto", "given_@",
        "def signed_@(body, given_@):\n    wanted = digest(body)\n    return wanted == given_@\n",
        "def signed_@(body, given_@):\n    wanted = digest(body)\n"
        "    return hmac.compare_digest(wanted, given_@)\n",
        "return hmac.compare_digest(wanted, given_@)", "wanted = digest(body)",
    ),
    Kind(
        "A path from outside leaves the folder", "validation", "root_@ / name",
        "def serve_@(root_@, name):\n    file = root_@ / name\n    return file.read_bytes()\n",
        "def serve_@(root_@, name):\n    if not inside(root_@, name):\n        raise Forbidden(name)\n"
        "    file = root_@ / name\n    return file.read_bytes()\n",
        "if not inside(root_@, name):", "return file.read_bytes()",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A finding with what is known of it. `quotes` are those of an honest verifier, `lies` of another."""

    found: Finding
    true: bool
    proof: str
    lie: str


@dataclass
class Drill:
    """All planted findings by title, and their groups."""

    planted: dict[str, Planted] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)


def planted() -> Drill:
    """A hundred true and a hundred false findings, fifty of each P0 or P1, in five real files."""
    drill = Drill()
    for number, name in enumerate(CARRIERS):
        code = (files("counterpoint") / name).read_text("utf-8")
        heads = [found.start() for found in re.finditer(r"^def ", code, re.MULTILINE)]
        pieces, rows = [], []
        for at, (kind, true, mark) in enumerate(_wanted(number)):
            text = (kind.faulty if true else kind.guarded).replace("@", mark)
            pieces.append((heads[at % len(heads)], f"{text}\n\n"))
            rows.append((kind, true, mark))
        for place, text in sorted(pieces, key=lambda piece: -piece[0]):
            code = code[:place] + text + code[place:]
        drill.groups.append(_group(drill, Document.of(f"src/{name}", code, language_of(name)), rows))
    return drill


def _wanted(carrier: int) -> Iterator[tuple[Kind, bool, str]]:
    for round_ in range(2):
        for index, kind in enumerate(KINDS):
            for true in (True, False):
                yield kind, true, f"{'abcde'[carrier]}{round_}{index}{'t' if true else 'f'}"


def _group(drill: Drill, document: Document, rows: list[tuple[Kind, bool, str]]) -> Group:
    situation = Situation(document, Span(0, len(document.text)), Held({document.path: document}))
    kept = []
    for number, (kind, true, mark) in enumerate(rows):
        title = f"{kind.title} ({mark})"
        item = {
            "path": document.path, "quote": kind.quote.replace("@", mark), "title": title, "body": "It does.",
            "severity": f"P{number // 2 % 4}", "confidence": 0.8, "category": kind.category,
            "line": _line(document, kind.quote.replace("@", mark)),
        }  # fmt: skip
        found = finding(item, situation, model="Opus 4.7")
        assert isinstance(found, Finding), found
        proof = kind.quote if true else kind.guard
        lie = kind.beside if true else kind.quote
        drill.planted[title] = Planted(found, true, proof.replace("@", mark), lie.replace("@", mark))
        kept.append(found)
    return Group(situation, tuple(kept))


def _line(document: Document, quote: str) -> int:
    """The last place: a parameter of the same name comes before its use."""
    return document.position(document.text.rindex(quote)).line + 1


@dataclass
class Wrong:
    """A verifier that is wrong about exactly `share` of the true and of the false findings, with quotes that
    bear on them or not; and a finder that answers refutations, wrong as often. A `cunning` one always quotes
    what bears on the finding."""

    drill: Drill
    seed: int
    cunning: bool = False
    share: float = 0.2
    name: str = "wrong"
    asked: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        dice = random.Random(self.seed)
        self.wrong = self._drawn(dice)
        self.finder = self._drawn(dice)

    def _drawn(self, dice: random.Random) -> frozenset[str]:
        found: set[str] = set()
        for true in (True, False):
            titles = sorted(title for title, one in self.drill.planted.items() if one.true is true)
            found |= set(dice.sample(titles, round(self.share * len(titles))))
        return frozenset(found)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.asked.append(request)
        text = "".join(part.text for part in request.parts)
        mistaken = self.finder if "Said against it" in text else self.wrong
        claims = re.findall(r"^Claim (\d+): (.*)$", text, re.MULTILINE)
        verdicts = [self._verdict(int(number), title, title in mistaken) for number, title in claims]
        yield Begun(Usage(input_tokens=len(text) // 4), "r")
        yield json.dumps({"verdicts": verdicts})
        yield Done("end", Usage(input_tokens=len(text) // 4, output_tokens=50), request.model.id)

    def _verdict(self, number: int, title: str, mistaken: bool) -> dict[str, Any]:
        one = self.drill.planted[title]
        says = "confirmed" if one.true is not mistaken else "refuted"
        quote = self._quote(one, mistaken)
        quotes = [{"path": one.found.path, "line": one.found.start.line + 1, "quote": quote}] if quote else []
        return {"claim": number, "quotes": quotes, "why": f"Because of {quote!r}.", "holds": says}

    def _quote(self, one: Planted, mistaken: bool) -> str:
        if not mistaken:
            return one.proof
        if self.cunning:
            return one.lie
        makers: tuple[Callable[[], str], ...] = (
            lambda: one.lie,
            lambda: one.lie,
            lambda: one.lie,
            lambda: one.found.title,
            lambda: "from __future__ import annotations",
            lambda: "",
        )
        # Not one row of dice for all: in which order groups are asked about is up to the event loop.
        return random.Random(f"{self.seed} {one.found.title}").choice(makers)()

    async def count(self, request: Request) -> int | None:
        return None

    async def close(self) -> None:
        return None
