"""Secrets in text: find them, put placeholders in their place, and put them back. Pure.

Three kinds of evidence, in falling order: a vendor's own key format, a place that holds nothing but
secrets (a private key block, the password of a URL), and a telling name given a value that looks random.
A placeholder keeps the line it stands in, so that line numbers and quoted code still agree.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.text import Span

_FORMATS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("AWS_KEY", ("AKIA", "ASIA", "ABIA", "ACCA"), r"(?<![A-Za-z0-9])A[KSBC][IC]A[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("GITHUB_TOKEN", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b"),
    ("GITHUB_TOKEN", ("github_pat_",), r"\bgithub_pat_[A-Za-z0-9_]{40,255}\b"),
    ("GITLAB_TOKEN", ("glpat-", "gldt-", "glrt-"), r"\bgl(?:pat|dt|rt)-[A-Za-z0-9_-]{20,}"),
    ("ANTHROPIC_KEY", ("sk-ant-",), r"\bsk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{20,}"),
    ("OPENAI_KEY", ("sk-",), r"\bsk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{24,}|[A-Za-z0-9]{32,64}\b)"),
    ("SLACK_TOKEN", ("xox", "xapp-"), r"\b(?:xox[abeoprs]|xapp-[0-9])-[A-Za-z0-9-]{16,}"),
    (
        "SLACK_WEBHOOK",
        ("hooks.slack.com",),
        r"(?<=hooks\.slack\.com/services/)T[A-Za-z0-9]{6,}/B[A-Za-z0-9]{6,}/[A-Za-z0-9]{16,}",
    ),
    ("STRIPE_KEY", ("k_live_", "k_test_"), r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("STRIPE_KEY", ("whsec_",), r"\bwhsec_[A-Za-z0-9+/]{24,}={0,2}"),
    ("GOOGLE_KEY", ("AIza",), r"\bAIza[A-Za-z0-9_-]{35}(?![\w-])"),
    ("GOOGLE_KEY", ("GOCSPX-", "ya29."), r"\b(?:GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{30,})"),
    ("NPM_TOKEN", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("PYPI_TOKEN", ("pypi-AgE",), r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    ("HUGGINGFACE_TOKEN", ("hf_",), r"\bhf_[A-Za-z0-9]{34,}\b"),
    ("SENDGRID_KEY", ("SG.",), r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![\w-])"),
    ("DIGITALOCEAN_TOKEN", ("_v1_",), r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    ("VAULT_TOKEN", ("hvs.",), r"\bhvs\.[A-Za-z0-9_-]{24,}"),
    ("SHOPIFY_TOKEN", ("shp",), r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    ("AZURE_KEY", ("AccountKey=",), r"(?<=AccountKey=)[A-Za-z0-9+/]{86}=="),
    ("JWT", ("eyJ",), r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
)
"""Kind, texts of which one must occur (which is a hundred times faster to ask), and the format."""

_BLOCK = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BETWEEN = r"(?:[\s\"'`+,]|\\[nr])*+"
_CHUNK = re.compile(
    rf"{_BETWEEN}(?:(?:Proc-Type|DEK-Info|Version|Comment): ?[^\n\\]{{0,80}}+{_BETWEEN})*+"
    r"(?P<value>(?=[A-Za-z+/]*[0-9])[A-Za-z0-9+/]{16,}={0,2}"
    rf"|=?[A-Za-z0-9+/]{{1,15}}={{0,2}}(?={_BETWEEN}-----END))"
)
"""A piece of a key's body: a line of a file, or one in a literal with its line ends written out."""
_LOGIN = re.compile(
    r"(?P<user>[^\s:/@\"'`<>{}$%]{0,64}):(?P<value>[^\s/@\"'`<>{}$]{3,128})@(?!example\b)(?=[A-Za-z0-9\[])"
)
_CREDENTIAL = re.compile(r"\s{1,3}(?P<value>[A-Za-z0-9._~+/-]{20,}={0,2})")

_PASSWORD_NAMES = ("password", "passwd", "passphrase", "pwd")
_TOKEN_NAMES = ("secret", "token", "apikey", "api_key", "api-key", "accesskey", "access_key", "access-key",
                "authkey", "auth_key", "privatekey", "private_key", "signingkey", "signing_key")  # fmt: skip
_QUOTED = re.compile(
    r"[\w-]{0,24}[\"'`]?\]?(?:\s{0,3}:\s{0,3}[\w.\[\] |]{1,40}?)?\s{0,8}(?::=|=>|[:=])\s{0,8}[bru]{0,2}"
    r"(?P<quote>[\"'`])(?P<value>[^\s\"'`\\]{6,512})(?P=quote)"
)
_BARE = re.compile(
    r"[\w-]{0,24}[ \t]{0,8}[:=][ \t]{0,8}(?P<value>[^\s\"'`\\(){}\[\]<>,;]{8,512})[ \t]*$", re.MULTILINE
)
_LINE_START = re.compile(r"[ \t]*(?:-[ \t]+|export[ \t]+)?[\w.-]{0,40}")
_STAND_IN = re.compile(
    r"(?i)example|change.?me|placeholder|redacted|dummy|your[_-]|x{4}|\*{3}|\.{3}|SECRET_[A-Z_]+_[0-9A-F]{3}|"
    r"^(?:https?:|/|\./|\$|%|@|#)|[{}<>()\[\]]"
)
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


_NAME = re.compile(r"[_.:/-][A-Za-z]|^[A-Za-z]?[a-z]+(?:[A-Z][a-z]+)+")


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret stands, and what kind it is."""

    span: Span
    kind: str


@dataclass(frozen=True, slots=True)
class Masked:
    """Text that may be sent. `table` has each placeholder's value; it never leaves the machine."""

    text: str
    table: Mapping[str, str] = field(default_factory=dict, repr=False)


def find_secrets(text: str) -> tuple[Secret, ...]:
    """Secrets in order; no two overlap. The longest of the earliest wins."""
    found = sorted(_candidates(text), key=lambda one: (one.span.start, -one.span.end))
    kept: list[Secret] = []
    for secret in found:
        if not kept or secret.span.start >= kept[-1].span.end:
            kept.append(secret)
    return tuple(kept)


def mask(text: str, table: Mapping[str, str] | None = None) -> Masked:
    """Put a placeholder in the place of each secret: one and the same for equal values.

    `table` is that of earlier texts of the same question; what it knows is masked here wherever it stands,
    and the table returned holds both. A placeholder tells nothing of use about its value.
    """
    known = dict(table or {})
    placeholder_of = {value: placeholder for placeholder, value in known.items()}
    secrets = find_secrets(text)
    for secret in secrets:
        value = text[secret.span.start : secret.span.end]
        if value not in placeholder_of:
            placeholder = _placeholder(secret.kind, value, text, known)
            placeholder_of[value], known[placeholder] = placeholder, value
    if not placeholder_of:
        return Masked(text, known)
    longest_first = sorted(placeholder_of, key=len, reverse=True)
    elsewhere = re.compile("|".join(_whole(value) for value in longest_first))
    parts: list[str] = []
    at = 0
    for start, end in (*((one.span.start, one.span.end) for one in secrets), (len(text), len(text))):
        parts.append(elsewhere.sub(lambda hit: placeholder_of[hit[0]], text[at:start]))
        parts.append(placeholder_of[text[start:end]] if end > start else "")
        at = end
    return Masked("".join(parts), known)


def mask_all(texts: Sequence[str]) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Mask texts that are sent together: what one of them shows to be secret is masked in all. One table."""
    table: Mapping[str, str] = {}
    for text in texts:
        table = mask(text, table).table
    return tuple(mask(text, table).text for text in texts), table


def unmask(text: str, table: Mapping[str, str]) -> str:
    """Put the values back, also where a model's answer quotes a placeholder."""
    if not table:
        return text
    names = re.compile("|".join(re.escape(name) for name in sorted(table, key=len, reverse=True)))
    return names.sub(lambda hit: table[hit[0]], text)


def _whole(value: str) -> str:
    """An expression for the value where it is not part of a longer word: short passwords are words too."""
    before = r"(?<!\w)" if value[:1].isalnum() or value[:1] == "_" else ""
    after = r"(?!\w)" if value[-1:].isalnum() or value[-1:] == "_" else ""
    return f"{before}{re.escape(value)}{after}"


def _placeholder(kind: str, value: str, text: str, known: Mapping[str, str]) -> str:
    """Twelve bits of a hash: enough to be the same next time, far too few to guess a password from."""
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:3].upper()
    name, count = f"SECRET_{kind}_{digest}", 1
    placeholder = name
    while placeholder in known or placeholder in text:
        count += 1
        placeholder = f"{name}_{count}"
    return placeholder


def _candidates(text: str) -> Iterator[Secret]:
    low = text.replace("İ", "I").lower()  # the one character whose small form is longer
    yield from _of_formats(text)
    for block in _BLOCK.finditer(text):
        chunk = _CHUNK.match(text, block.end())
        while chunk:
            yield Secret(Span(*chunk.span("value")), "PRIVATE_KEY")
            chunk = _CHUNK.match(text, chunk.end())
    for _, end in _places(text, ("://",)):
        if (hit := _LOGIN.match(text, end)) and _is_password_of(hit["value"], hit["user"]):
            yield Secret(Span(*hit.span("value")), "PASSWORD")
    for _, end in _places(low, ("bearer", "basic")):
        if (hit := _CREDENTIAL.match(text, end)) and _looks_random(hit["value"]):
            yield Secret(Span(*hit.span("value")), "TOKEN")
    yield from _of_names(text, low)


def _places(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Start and end of every place where one of the words stands."""
    for word in words:
        start = text.find(word)
        while start >= 0:
            yield start, start + len(word)
            start = text.find(word, start + len(word))


def _of_formats(text: str) -> Iterator[Secret]:
    for kind, marks, pattern in _FORMATS:
        if any(mark in text for mark in marks):
            for hit in re.finditer(pattern, text):
                if not _STAND_IN.search(hit[0]):
                    yield Secret(Span(*hit.span()), kind)


def _of_names(text: str, low: str) -> Iterator[Secret]:
    """Values given to telling names: quoted ones anywhere, bare ones (YAML, shell) alone on their line."""
    for words, password in ((_PASSWORD_NAMES, True), (_TOKEN_NAMES, False)):
        for start, end in _places(low, words):
            if hit := _QUOTED.match(text, end):
                found = _looks_random(hit["value"]) or (password and _looks_chosen(hit["value"]))
            elif hit := _BARE.match(text, end):
                first = text.rfind("\n", 0, start) + 1
                found = _LINE_START.fullmatch(text, first, start) is not None and _looks_random(hit["value"])
            if hit and found:
                yield Secret(Span(*hit.span("value")), "PASSWORD" if password else "TOKEN")


def _is_password_of(value: str, user: str) -> bool:
    return not _STAND_IN.search(value) and value.lower() not in _PLAIN | {user.lower()}


_PLAIN = frozenset(
    {"password", "passwd", "pass", "pwd", "secret", "user", "token", "port", "postgres", "root"}
)


def _looks_random(value: str) -> bool:
    """True for what a generator made: long, of letters and digits, in short runs of each, and varied."""
    if len(value) < 16 or _STAND_IN.search(value):
        return False
    runs = _RUN.findall(value)
    length = sum(map(len, runs))
    letters = sum(run.isalpha() for run in runs)
    if not 0 < letters < len(runs) or length < 0.85 * len(value):
        return False
    return length / len(runs) <= 3.0 and _entropy(value) >= 2.8


def _looks_chosen(value: str) -> bool:
    """True for a password a person may have chosen: letters and digits, and neither a name nor a path."""
    if _STAND_IN.search(value) or not any(character.isdigit() for character in value):
        return False
    if value.lower().strip("0123456789!_-") in _PLAIN or not any(map(str.isalpha, value)):
        return False
    return not _NAME.search(value)


def _entropy(value: str) -> float:
    """Bits per character by Shannon."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
