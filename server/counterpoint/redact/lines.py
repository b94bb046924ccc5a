"""Secrets in one line of text. What a line leaves open for the next one travels as a state. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from counterpoint.redact.formats import FORMATS
from counterpoint.redact.values import filled_in, is_chosen, is_login, is_name, is_password_of, is_random


class Hit(NamedTuple):
    """Columns of a secret in its line, and its kind."""

    start: int
    end: int
    kind: str


class Scanned(NamedTuple):
    """The secrets of a line, which may overlap, and the state in which the next line is read."""

    hits: tuple[Hit, ...]
    state: str


PLAIN, KEY, BODY, EDGE, PASSWORD, TOKEN = "", "key", "body", "edge", "PASSWORD", "TOKEN"
"""States. KEY: a private key has begun; BODY: and rows of it were seen; EDGE: the text may begin inside
one; PASSWORD and TOKEN: a telling name was given a value that stands on the next line; with ` named` behind
them: the name is itself the value of something, and what follows may be called its value."""

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BETWEEN = r"(?:[\s\"'`,;)]|\+(?=[\s\"'`]|$)|\\+[nrt]|\\+$|\\+(?=[\"'`]))*+"
_MARK = r"(?:[ \t]*+(?:#+|//|/\*|\*|>|;|--|%|[+-]|rem|\d{1,7}[|:])[ \t]*+(?![ \t]))?+"
"""What may stand before a key's row: a mark of a comment, a quotation or a diff, our own line numbers."""
_CHUNK = re.compile(
    rf"{_BETWEEN}(?:(?:Proc-Type|DEK-Info|Version|Comment): ?[^\n\\]{{0,80}}+{_BETWEEN})*+"
    r"(?P<value>(?=[A-Za-z+/]*[0-9])[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9+/]{40,}={0,2}"
    rf"|=?[A-Za-z0-9+/]{{1,15}}={{0,2}}(?={_BETWEEN}-----END))"
)
"""A piece of a key's body: a line of a file, or one in a literal with its line ends written out."""
_ROW = re.compile(rf"{_MARK}{_BETWEEN}(?P<value>=?[A-Za-z0-9+/]+={{0,2}}){_BETWEEN}$")
_REST = re.compile(rf"{_BETWEEN}$")
_HEADER = re.compile(rf"{_MARK}{_BETWEEN}(?:(?:Proc-Type|DEK-Info|Version|Comment): ?.{{0,80}})?{_BETWEEN}$")
_EDGE_ROW = re.compile(
    rf"{_MARK}{_BETWEEN}(?P<value>(?=[^\s]*[0-9])(?=[^\s]*[A-Z])(?=[^\s]*[a-z])[A-Za-z0-9+/]{{60,}}){_BETWEEN}$"
)

_LOGIN = re.compile(
    r"(?P<user>[^\s:/@\"'`<>{}$%]{0,64}):(?P<value>[^\s/@\"'`<>{}$]{3,128})@(?!example\b)(?=[A-Za-z0-9\[])"
)
_CREDENTIAL = re.compile(r"\s{1,3}(?P<value>[A-Za-z0-9._~+/-]{20,}={0,2})")

_STEMS = ("pass", "pwd", "secret", "token", "key", "identified")
_NAME = re.compile(
    r"(?P<password>password|passwd|passphrase|pwd|identified by"
    r"|(?:db|key|user|admin|root|smtp|mysql|redis)_?pass(?![a-z]))"
    r"|secret|token|(?:api|access|auth|private|signing|encryption|account|client|service|master|shared"
    r"|aes|hmac|jwt|crypto|cipher|session|license|webhook|deploy)[_.-]?key"
)
_NOT_ITSELF = re.compile(
    r"(?i)s?[_-]?(?:field|url|uri|name|type|policy|reset|label|path|file|dir|regex|pattern|placeholder|prompt"
    r"|help|hint|title|id|hash(?:er)?|header|error|message|msg|text|form|input|version|class|endpoint|column)s?$"
)
"""Ends of names whose value is about a secret."""
_GIVEN = r"\s{0,8}(?::=|=>|\?=|\|\|=?|\?\?=?|===?|!==?|[:=])\s{0,8}"
_TYPE = r"(?:\s{0,3}:\s{0,3}[\w.\[\] |&'<>?*:]{1,40}?|\s[\w.]{1,30}|\[\d{0,3}\])"
_QUOTED = re.compile(
    r"(?P<rest>[\w-]{0,24})(?:"
    rf"[\"'`]?\]?\*{{0,2}}\??{_TYPE}?{_GIVEN}(?:\*\* )?"  # assigned, or an entry of a table
    # put("password", "..."), {"name": "password", "value": "..."}
    r"|[\"'`]\s{0,3},\s{0,3}(?:[\"'](?:value|default)[\"']\s{0,3}:\s{0,3}|default=)?"
    r"|\s(?:is|was):?\s"
    r"|[\"'`]\s{1,8}value\s{0,3}=\s{0,3}"  # <property name="password" value="..."/>
    r"|(?P<call>[({]\s{0,3})"  # setPassword("...")
    r"|\s{1,3}"  # PASSWORD '...'
    r")[bru@$]{0,2}(?P<quote>[\"'`])(?P<value>[^\s\"'`\\]{6,512})(?P=quote)(?(call)\s*[)}])"
)
_ELEMENT = re.compile(r"(?P<rest>[\w-]{0,24})[\"']?>(?:<!\[CDATA\[)?(?P<value>[^\s<>\]]{6,512})(?:\]\]>)?</")
_OPTION = re.compile(
    r"(?P<rest>[\w-]{0,24})[= ][\"']?(?P<value>[^\s\"'`\\(){}\[\]<>;|&]{6,512})(?=[\s\"'`;|&]|$)"
)
_PAIR = re.compile(r"(?P<rest>)(?:=|: ?)(?P<value>[^\s\"'`\\(){}\[\]<>,;&]{6,512})(?=[;&\"'`])")
_BARE = re.compile(
    r"(?P<rest>[\w-]{0,24})[ \t]{0,8}[:=][ \t]{0,8}(?P<value>[^\s\"'`\\(){}\[\]<>,;]{6,512})"
    r"[ \t\r]*(?:[ \t]#.*)?$"
)
_LOOSE = re.compile(
    r"(?P<rest>[\w-]{0,24})[ \t]{0,8}[:=|][ \t]{0,8}(?P<value>[^\s\"'`][^\s]{5,512})[ \t]*\|?[ \t]*(?:#.*)?$"
)
_COMMAND = re.compile(
    r"curl\b.{0,200}?\s(?:-u|--user)[ =]?[\"']?[\w.@-]{1,64}:(?P<user>[^\s\"':]{6,128})"
    r"|(?:mysql\w*|sshpass)\b.{0,200}?\s-p ?[\"']?(?P<option>[^\s\"'-][^\s\"']{5,127})"
    r"|[\"'`][\w.-]{1,64}:(?P<store>[^\s\"'`:@/]{4,128})@(?:tcp|unix)\("
)
_LINE_START = re.compile(
    r"[ \t]*(?:\d{1,7}\| ?)?[ \t]*(?:\|[ \t]*)?(?:#+[ \t]*|//[ \t]*|;[ \t]*|\*[ \t]*)?(?:[-*+>][ \t]+)?"
    r"(?:(?:export|set|setx|ENV|ARG|readonly|local|declare -x|\$env:)[ \t]*)?[\w.-]{0,60}"
)
_OPEN = re.compile(
    r"(?P<rest>[\w-]{0,24})(?:[\"'`]?\]?[ \t]{0,8}(?::=|=>|[:=])[ \t]{0,8}[\[({]?[ \t]{0,8}(?:\\|[|>][+-]?)?"
    r"|(?P<named>[\"']?,?(?:[ \t]\{)?))\s*$"
)
_NUMBER = r"[ \t]*(?:\d{1,7}\| ?)?[ \t]*"
_VALUE = r"(?P<label>[\"']?(?:value|default)[\"']?[ \t]*[:=][ \t]*)?"
_NEXT_QUOTED = re.compile(
    rf"{_NUMBER}{_VALUE}[bru]{{0,2}}(?P<quote>[\"'`])(?P<value>[^\s\"'`\\]{{6,512}})(?P=quote)"
)
_NEXT_BARE = re.compile(rf"{_NUMBER}{_VALUE}(?P<value>[^\s\"'`\\(){{}}\[\]<>,;:=]{{6,512}})\s*$")


def scan(line: str, state: str, loose: bool) -> Scanned:
    """Find the secrets of a line, which has no line end but may have a carriage return.

    `loose` is for files of data, where what stands bare behind a name is its value, never an expression.
    """
    line = line.removesuffix("\r")
    hits: list[Hit] = []
    after = _rows(line, state, hits) if state in (KEY, BODY, EDGE) else PLAIN
    if state.startswith((PASSWORD, TOKEN)):
        _next(line, state, loose, hits)
    low = line.lower() if line.isascii() else line.replace("İ", "I").lower()
    _formats(line, hits)
    if "PRIVATE KEY" in line:
        after = _blocks(line, hits)
    if "://" in line:
        _logins(line, hits)
    if "curl" in low or "mysql" in low or "sshpass" in low or "@tcp(" in low:
        _commands(line, hits)
    if "bearer" in low or "basic" in low:
        _credentials(line, low, hits)
    if any(stem in low for stem in _STEMS):
        left_open = _names(line, low, loose, hits)
        after = after or left_open
    return Scanned(tuple(hits), after)


def _rows(line: str, state: str, hits: list[Hit]) -> str:
    """The rows of a private key, up to its end or the first line that is none."""
    if state == EDGE:
        row = _EDGE_ROW.match(line)
        if row:
            hits.append(Hit(*row.span("value"), "PRIVATE_KEY"))
        return BODY if row else PLAIN
    row = _ROW.match(line)
    if row:
        value = row["value"]
        if state == BODY or len(value) >= 40 or (len(value) >= 16 and not value.isalpha()):
            hits.append(Hit(*row.span("value"), "PRIVATE_KEY"))
            return BODY
        return PLAIN
    if _HEADER.match(line):
        return state
    return _chunks(line, 0, hits)


def _blocks(line: str, hits: list[Hit]) -> str:
    """Private keys that begin in a line. The state says whether the last of them goes on."""
    state = PLAIN
    for block in _BEGIN.finditer(line):
        state = _chunks(line, block.end(), hits)
    return state


def _chunks(line: str, at: int, hits: list[Hit]) -> str:
    found = False
    chunk = _CHUNK.match(line, at)
    while chunk:
        hits.append(Hit(*chunk.span("value"), "PRIVATE_KEY"))
        found, at = True, chunk.end()
        chunk = _CHUNK.match(line, at)
    if _REST.match(line, at):
        return BODY if found else KEY
    return PLAIN


def _formats(line: str, hits: list[Hit]) -> None:
    for kind, marks, pattern in FORMATS:
        for mark in marks:
            if mark in line:
                found = (Hit(*hit.span(), kind) for hit in pattern.finditer(line) if not filled_in(hit[0]))
                hits.extend(found)
                break


def _logins(line: str, hits: list[Hit]) -> None:
    for place in re.finditer("://", line):
        if (hit := _LOGIN.match(line, place.end())) and is_password_of(hit["value"], hit["user"]):
            hits.append(Hit(*hit.span("value"), "PASSWORD"))


def _commands(line: str, hits: list[Hit]) -> None:
    for place in _COMMAND.finditer(line):
        group = str(place.lastgroup)
        if is_chosen(place[group]) or is_random(place[group]):
            hits.append(Hit(*place.span(group), "PASSWORD"))


def _credentials(line: str, low: str, hits: list[Hit]) -> None:
    for place in re.finditer("bearer|basic", low):
        hit = _CREDENTIAL.match(line, place.end())
        judge = is_login if place[0] == "basic" else is_random
        if hit and judge(hit["value"]):
            hits.append(Hit(*hit.span("value"), "TOKEN"))


def _names(line: str, low: str, loose: bool, hits: list[Hit]) -> str:
    """Values given to telling names. The state tells of a name at the end whose value is still to come."""
    state = PLAIN
    for name in _NAME.finditer(low):
        password = name["password"] is not None
        kind = PASSWORD if password else TOKEN
        hit = _given(line, name.start(), name.end(), password, loose)
        if hit:
            hits.append(Hit(*hit.span("value"), kind))
        elif (left := _OPEN.match(line, name.end())) and not _NOT_ITSELF.search(left["rest"]):
            state = kind if left["named"] is None else f"{kind} named"
    return state


def _given(line: str, start: int, end: int, password: bool, loose: bool) -> re.Match[str] | None:
    """The value given to a name, if it is a secret. The first form that fits decides."""
    for pattern in (_QUOTED, _ELEMENT):
        if hit := pattern.match(line, end):
            return hit if _is_secret(hit, password) else None
    if _is_option(line, start) and (hit := _OPTION.match(line, end)):
        return hit if _is_secret(hit, password) else None
    bare = _LOOSE if loose else _BARE
    if _LINE_START.fullmatch(line, 0, start) and (hit := bare.match(line, end)):
        # Outside of data a bare value is code: only what no name can be is a secret.
        return hit if _is_secret(hit, password and loose) else None
    hit = _PAIR.match(line, end)
    return hit if hit and _is_secret(hit, password) else None


def _is_option(line: str, start: int) -> bool:
    """True if the name is that of an option of a command, or of a variable set without an equals sign."""
    before = line[max(0, start - 40) : start]
    return "--" in before.rpartition(" ")[2] or before.lstrip().startswith(("ENV ", "ARG ", "setx "))


def _is_secret(hit: re.Match[str], password: bool) -> bool:
    if _NOT_ITSELF.search(hit["rest"]):
        return False
    return is_random(hit["value"]) or (password and is_chosen(hit["value"]))


def _next(line: str, state: str, loose: bool, hits: list[Hit]) -> None:
    """The value on the line behind a name. Behind a name that is itself a value it must be called so."""
    kind, _, named = state.partition(" ")
    hit = _NEXT_QUOTED.match(line) or (_NEXT_BARE.match(line) if loose else None)
    if hit is None or (named and not hit["label"]):
        return
    if is_random(hit["value"]) or (kind == PASSWORD and is_chosen(hit["value"])):
        hits.append(Hit(*hit.span("value"), kind))


@lru_cache(maxsize=2_048)
def looks_cut(text: str) -> bool:
    """True if lines taken out of a file may be the end of a secret that begins before them.

    That is a row like those of a key, or a first line with nothing in it but a literal like a password.
    """
    first, *_ = rows = text.split("\n")
    if len(scan(first, PASSWORD, True).hits) > len(scan(first, PLAIN, True).hits):
        return True
    return any((row := _ROW.match(line)) and _is_key_row(row["value"]) for line in rows)


def _is_key_row(value: str) -> bool:
    return len(value) >= 12 and not (value.islower() or value.isdigit() or is_name(value))
