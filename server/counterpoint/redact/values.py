"""Whether a value given to a telling name looks like a secret: made by a generator, or chosen by a person."""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from urllib.parse import unquote

PLAIN = frozenset(
    {"password", "passwd", "passphrase", "pass", "pwd", "secret", "user", "username", "token", "port",
     "postgres", "root", "admin", "test", "testing", "foo", "bar", "abc", "none", "null", "true", "false",
     "value", "string", "hidden", "optional", "required", "utf", "sha", "md", "base", "oauth", "basic"}
)  # fmt: skip
"""Words that stand for a secret, or beside one, without being one, also with a number behind them."""

_SAYING = ("password", "passwd", "secret")

_STAND_IN = re.compile(
    r"(?i)change.?me|placeholder|redacted|dummy|your[_-]|x{4}|\*{3}|\.{3}|SECRET_[A-Z_]+_[0-9A-F]{3}|"
    r"^(?:https?:|/|\./|\$|%|@|#)|[{}<>()\[\]]"
)
_EXAMPLE = re.compile(r"(?i)example")
_FILLED = re.compile(r"(?i)x{4}|\*{3}|\.{3}|<|SECRET_[A-Z_]+_[0-9A-F]{3}")
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PART = re.compile(r"[A-Za-z]?[a-z]*(?:[A-Z][a-z]+)*[0-9]*|[A-Z]+[0-9]*|[0-9]+")
"""A part of a name: words of letters, with a number at most behind them."""
_SYMBOLS = frozenset("!#$%&*?@^~+=|;")


def filled_in(value: str) -> bool:
    """True for a vendor's form with nothing but filling in it."""
    return _FILLED.search(value) is not None


def is_random(value: str, least: int = 16) -> bool:
    """True for what a generator made: long, of letters and digits, in short runs of each, and varied."""
    if len(value) < least or _STAND_IN.search(value):
        return False
    if _EXAMPLE.search(value):
        value = _EXAMPLE.sub("", value)
        least = max(least, 20)
    runs = _RUN.findall(value)
    length = sum(map(len, runs))
    letters = sum(run.isalpha() for run in runs)
    if len(value) < least or not 0 < letters < len(runs) or length < 0.7 * len(value):
        return False
    return length / len(runs) <= 3.0 and _entropy(value) >= 2.8


def is_chosen(value: str) -> bool:
    """True for a password a person may have chosen: letters with digits or signs, and not a name or path."""
    value = unquote(value)
    if len(value) < 6 or _STAND_IN.search(value) or _EXAMPLE.search(value):
        return False
    if not any(map(str.isalpha, value)) or value.lower().strip("0123456789!_-*?") in PLAIN:
        return False
    if not _SYMBOLS.isdisjoint(value):
        return any(map(str.isdigit, value)) or len(_SYMBOLS.intersection(value)) > 1 or value[-1] == "!"
    return any(map(str.isdigit, value)) and not is_name(value)


def is_name(value: str) -> bool:
    """True for words joined as in paths, urns, identifiers and versions: `new-password-2`, `FlowResultV2`.

    One lower-case word with digits behind it, such as `hunter2`, is no name: it joins nothing.
    """
    parts = [part for part in re.split(r"[_.:/-]+", value) if part]
    if len(parts) == 1:
        return re.fullmatch(r"[A-Za-z]?[a-z]+(?:[A-Z][a-z]+)+[A-Z]?[0-9]*|[A-Z]+[0-9]*", parts[0]) is not None
    return all(_PART.fullmatch(part) for part in parts)


def is_password_of(value: str, user: str) -> bool:
    """True for the password in a URL, unless it stands for one or repeats the user's name."""
    value = unquote(value)
    if "," in value and ":" in value:  # several hosts with their ports
        return False
    word = value.lower().strip("0123456789")
    if _STAND_IN.search(value) or word in PLAIN | {user.lower()}:
        return False
    if (len(value) < 6 and not any(map(str.isalpha, value))) or _ADDRESS.fullmatch(value):
        return False
    return any(map(str.isdigit, value)) or not any(plain in word for plain in _SAYING)


def is_login(value: str) -> bool:
    """True for what follows `Basic` in a header, if it is a name and a password, not an example of them."""
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode("latin-1").partition(":")
    except ValueError:
        return is_random(value)
    if not colon or not (user + password).isprintable():
        return is_random(value)
    return not _EXAMPLE.search(password) and is_password_of(password, user)


def _entropy(value: str) -> float:
    """Bits per character by Shannon."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
