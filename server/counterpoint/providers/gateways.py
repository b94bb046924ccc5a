"""What a gateway between us and a vendor makes of the vendor's errors and headers. Pure.

LiteLLM puts a vendor's error, as JSON or as its words, behind the names of its own exceptions, and a vendor's
header behind a prefix. It was tried with release 1.106.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_WRAPPED = re.compile(
    r"litellm\.\w+: (?:(?:litellm\.)?\w+Error: )*"
    r"(?:(?P<vendor>\w+?)(?:Exception|Error) - )?(?P<said>.*)",
    re.S,
)
_FOOT = re.compile(r"\s*LiteLLM: model group .*", re.S)
_WAIT = re.compile(r"(?:try again|retry) in (\d+(?:\.\d+)?) ?s", re.I)
_HEADER = "llm_provider-"
_QUOTA = "exceeded your current quota"


def unwrapped(error: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The vendor's own error, and whether it stood in one of a gateway's; else the error as it is."""
    text = error.get("message")
    found = _WRAPPED.match(text) if isinstance(text, str) else None
    if found is None:
        return error, False
    said = _FOOT.sub("", found["said"])
    try:
        inner, _ = json.JSONDecoder().raw_decode(said)
    except ValueError:
        quota = found["vendor"] == "OpenAI" and _QUOTA in said and not _WAIT.search(said)
        return {"message": said, "type": "insufficient_quota" if quota else error.get("type", "")}, True
    told = inner.get("error", inner) if isinstance(inner, Mapping) else inner
    return (told if isinstance(told, Mapping) else {"message": str(told)}), True


def header(headers: Mapping[str, str], name: str) -> str | None:
    """A header of the vendor's, also where a gateway has put a prefix in front of it."""
    found = headers.get(name)
    return headers.get(f"{_HEADER}{name}") if found is None else found


def pause_in_words(message: str) -> float | None:
    """Seconds to wait, where only a sentence says so."""
    found = _WAIT.search(message)
    return float(found[1]) if found else None
