"""Reads an event stream out of bytes, however they are cut. Pure: bytes in, events out.

Follows the event-stream grammar of the HTML standard where it can matter: lines end at LF, CRLF or
CR; `data` lines of one event are joined by LF; one blank after the colon is dropped; comments, `id`
and `retry` are skipped; an event that no blank line has closed is never given out.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

MAX_EVENT_CHARACTERS = 32 * 1024 * 1024
"""More than this in one event is no model's answer."""

_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """`name` is empty where the stream gives none."""

    name: str
    data: str


class EventReader:
    """Takes the bytes of one stream in order. Raises ValueError for invalid UTF-8 and for a giant event."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self._rest: list[str] = []  # an unfinished line, in pieces: joined once, not once a chunk
        self._size = 0
        self._after_cr = False
        self._first = True
        self._name = ""
        self._data: list[str] = []

    def feed(self, data: bytes) -> list[Event]:
        """The events that `data` completes."""
        text = self._decode(data)
        if self._first and text:
            self._first, text = False, text.removeprefix("\ufeff")
        if self._after_cr and text:
            # The line ended at this CR already; an LF that follows belongs to it.
            self._after_cr, text = False, text.removeprefix("\n")
        events: list[Event] = []
        at = 0
        for end in _END.finditer(text):
            self._rest.append(text[at : end.start()])
            at = end.end()
            self._line("".join(self._rest), events)
            self._rest.clear()
        self._after_cr = self._after_cr or text.endswith("\r")
        self._keep(text[at:])
        return events

    def _keep(self, text: str) -> None:
        if text:
            self._rest.append(text)
            self._grow(len(text))

    def _grow(self, characters: int) -> None:
        self._size += characters
        if self._size > MAX_EVENT_CHARACTERS:
            raise ValueError(f"an event of more than {MAX_EVENT_CHARACTERS} characters")

    def _line(self, line: str, events: list[Event]) -> None:
        if not line:
            if self._data:
                events.append(Event(self._name, "\n".join(self._data)))
            self._name, self._data, self._size = "", [], 0
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            self._grow(len(value))
        elif field == "event":
            self._name = value
