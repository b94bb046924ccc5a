"""What models do to a right answer on its way to the cursor: one small function each, with a name.

Each takes the true text with what stands round it, and gives the raw answer, or None where it would leave the
text as it is.
"""

from __future__ import annotations

import html
import json
import random
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from counterpoint.brackets import QUOTED
from counterpoint.text import Document, Situation, Span, language_of


@dataclass(frozen=True)
class Masked:
    """A place of a file: `text[start:end]` is hidden, and is what should be inserted."""

    path: str
    text: str
    start: int
    end: int

    @cached_property
    def truth(self) -> str:
        return self.text[self.start : self.end]

    @cached_property
    def before(self) -> str:
        return self.text[: self.start]

    @cached_property
    def after(self) -> str:
        return self.text[self.end :]

    @property
    def line_before(self) -> str:
        return self.before[self.before.rfind("\n") + 1 :]

    @property
    def fresh(self) -> bool:
        """True where the cursor stands on an empty line."""
        return not self.line_before.strip()

    @property
    def whole(self) -> str:
        """The true text with its first line's own indentation."""
        return self.line_before + self.truth if self.fresh else self.truth

    @property
    def below(self) -> list[str]:
        """The lines behind the cursor's."""
        return self.after.split("\n")[1:]

    @property
    def comment(self) -> str:
        return "#" if self.path.endswith(".py") else "//"

    @cached_property
    def situation(self) -> Situation:
        document = Document.of(self.path, self.before + self.after, language_of(self.path), 1)
        return Situation(document, Span(self.start, self.start))


Deformity = Callable[[Masked, random.Random], str | None]


def fenced(one: Masked, rng: random.Random) -> str:
    return f"```{language_of(one.path)}\n{one.truth}\n```"


def fenced_with_talk(one: Masked, rng: random.Random) -> str:
    return f"Here's the completed code:\n\n```\n{one.whole}\n```\n\nThis keeps the style of the file."


def opening_sentence(one: Masked, rng: random.Random) -> str:
    return f"Sure! Here is the code that belongs there:\n\n{one.truth}"


def afterword(one: Masked, rng: random.Random) -> str:
    said = rng.choice(("This code completes the statement.", "Explanation: it is what follows."))
    return one.truth + rng.choice(("\n", "\n\n")) + said


def echo_of_line(one: Masked, rng: random.Random) -> str | None:
    return one.line_before + one.truth if one.line_before else None


def echo_of_lines(one: Masked, rng: random.Random) -> str | None:
    lines = one.before.split("\n")
    above = lines[-4:-1]
    if len(above) < 3 or len("".join(above).split()) < 3:
        return None
    return "\n".join((*above, one.line_before + one.truth))


def goes_on_below(one: Masked, rng: random.Random) -> str | None:
    below = one.below[:3]
    if not "".join(below).strip() or one.after.partition("\n")[0].strip():
        return None
    return "\n".join((one.truth, *below))


def goes_on_and_is_cut_short(one: Masked, rng: random.Random) -> str | None:
    below = next((line for line in one.below[:1] if len(line.strip()) > 12), None)
    if below is None or one.after.partition("\n")[0].strip():
        return None
    return f"{one.truth}\n{below[: len(below) - len(below.strip()) // 3]}"


def repeats_the_tail(one: Masked, rng: random.Random) -> str | None:
    tail = one.after.partition("\n")[0]
    return one.truth + tail if tail.strip() else None


def tags_of_the_prompt(one: Masked, rng: random.Random) -> str:
    return f"{one.truth}</before>\n<after>\n" + "\n".join(one.below[:2])


def completion_tag(one: Masked, rng: random.Random) -> str:
    return f"<completion>\n{one.truth}\n</completion>"


def tokens_of_the_middle(one: Masked, rng: random.Random) -> str:
    lead = one.before[-60:]
    return rng.choice(
        (
            f"<|fim_prefix|>{lead}<|fim_suffix|>{one.after[:60]}<|fim_middle|>{one.truth}<|endoftext|>",
            f"<PRE> {lead} <SUF>{one.after[:60]} <MID>{one.truth} <EOT>",
            f"{one.truth}<|fim_suffix|>{one.after[:60]}",
        )
    )


def cursor_mark(one: Masked, rng: random.Random) -> str:
    mark = rng.choice(("<|cursor|>", "█"))
    return rng.choice((f"{mark}{one.truth}", f"{one.truth}{mark}", f"{one.line_before}{mark}{one.truth}"))


def numbered(one: Masked, rng: random.Random) -> str | None:
    first = one.before.count("\n") + 1
    if not one.fresh and "\n" not in one.truth:
        return None
    lines = one.whole.split("\n")
    return "\n".join(f"{number}| {line}" for number, line in enumerate(lines, first))


def signs_of_a_diff(one: Masked, rng: random.Random) -> str | None:
    return "\n".join(f"+{line}" for line in one.whole.split("\n")) if one.fresh else None


def json_field(one: Masked, rng: random.Random) -> str:
    return json.dumps({"completion": one.truth}, indent=rng.choice((None, 2)))


def escaped_line_ends(one: Masked, rng: random.Random) -> str | None:
    if "\n" not in one.truth:
        return None
    if _QUOTED_BREAK.search(one.truth):
        return json.dumps(one.truth, ensure_ascii=False)[1:-1]
    return one.truth.replace("\n", "\\n")


_QUOTED_BREAK = re.compile(r"\\")


def entities(one: Masked, rng: random.Random) -> str | None:
    found = html.escape(one.truth)
    return found if found != one.truth else None


def typeset_quotes(one: Masked, rng: random.Random) -> str | None:
    opening = re.sub(r'(?<![\w"\\])"(?=[^"\n]*")([^"\n]*)"', r"“\1”", one.truth)
    outside = QUOTED.sub("", one.truth) + ('"' if set("\\`'") & set(one.truth) or '"""' in one.truth else "")
    return opening if opening != one.truth and not set(outside) & set("\"'`") else None


def invisible(one: Masked, rng: random.Random) -> str:
    return rng.choice(("\ufeff" + one.truth, f"{one.truth.replace(' ', chr(0x200B) + ' ', 1)}\u200b"))


def no_break_spaces(one: Masked, rng: random.Random) -> str | None:
    return one.truth.replace(" ", "\u00a0") if " " in one.truth else None


def coloured(one: Masked, rng: random.Random) -> str:
    return f"\x1b[32m{one.truth}\x1b[0m"


def crlf(one: Masked, rng: random.Random) -> str:
    return one.truth.replace("\n", "\r\n") + "\r\n"


def other_unit(one: Masked, rng: random.Random) -> str | None:
    if "\n\t" in one.truth:
        found = re.sub(r"^\t+", lambda hit: "    " * len(hit[0]), one.truth, flags=re.M)
    else:
        unit = _unit(one)
        if not unit:
            return None
        found = re.sub(
            r"^ +",
            lambda hit: "\t" * (len(hit[0]) // unit) + " " * (len(hit[0]) % unit),
            one.truth,
            flags=re.M,
        )
    return found if found != one.truth else None


def _unit(one: Masked) -> int:
    margins = [len(line) - len(line.lstrip(" ")) for line in one.text.split("\n") if line.startswith("  ")]
    by_four = sum(margin % 4 == 0 for margin in margins)
    return 0 if not margins else 4 if by_four > 0.8 * len(margins) else 2


def dedented(one: Masked, rng: random.Random) -> str | None:
    found = textwrap.dedent(one.whole)
    return found if one.fresh and "\n" in found and found != one.truth else None


def indented_too_far(one: Masked, rng: random.Random) -> str | None:
    if not one.fresh or not one.line_before:
        return None
    more = "\t" if one.line_before.startswith("\t") else " " * (_unit(one) or 4)
    return textwrap.indent(one.whole, more)


def caught_in_a_loop(one: Masked, rng: random.Random) -> str | None:
    lines = one.whole.split("\n")
    if len(one.truth.strip()) < 8:
        return None
    return (
        "\n".join((one.truth, *(lines * 5))) if one.fresh else one.truth * 6 if len(one.truth) > 8 else None
    )


def said_twice(one: Masked, rng: random.Random) -> str | None:
    if len(one.truth.strip()) < 12:
        return None
    return f"{one.truth}\n{one.whole}" if one.fresh else f"{one.truth}\n\n{one.truth}"


def closes_too_much(one: Masked, rng: random.Random) -> str | None:
    tail = one.after.partition("\n")[0].strip()
    below = next((line for line in one.below if line.strip()), "")
    if tail[:1] in tuple(")]}"):
        return one.truth + tail[:1]
    return f"{one.truth}\n{below}" if one.fresh and below.strip()[:1] in tuple(")]}") and not tail else None


def space_doubled(one: Masked, rng: random.Random) -> str | None:
    return f" {one.truth}" if one.line_before[-1:] == " " and not one.fresh else None


def space_lost(one: Masked, rng: random.Random) -> str | None:
    return one.truth.lstrip() if one.truth.startswith(" ") else None


def line_typed_anew(one: Masked, rng: random.Random) -> str | None:
    bare = one.line_before.strip()
    respaced = re.sub(r"\s*([=(,{+])\s*", r"\1" if " " in bare else r" \1 ", bare)
    if one.fresh or respaced == bare or len(bare) < 4:
        return None
    respaced = respaced.rstrip() if not respaced.rstrip()[-1:].isalnum() else respaced
    joined = respaced[-1:].isalnum() and bare[-1:].isalnum() and one.line_before[-1:] == " "
    return f"{respaced}{' ' if joined else ''}{one.truth}"


def rest_left_out(one: Masked, rng: random.Random) -> str:
    margin = one.line_before[: len(one.line_before) - len(one.line_before.lstrip())]
    return f"{one.truth}\n{margin}{one.comment} ... rest of the code unchanged ..."


def mark_doubled(one: Masked, rng: random.Random) -> str | None:
    mark = one.line_before[-1:]
    return mark + one.truth if mark and mark in "([{" and not one.after.partition("\n")[0].strip() else None


DEFORMITIES: Mapping[str, Deformity] = {
    work.__name__: work
    for work in (
        fenced, fenced_with_talk, opening_sentence, afterword, echo_of_line, echo_of_lines, goes_on_below,
        goes_on_and_is_cut_short, repeats_the_tail, tags_of_the_prompt, completion_tag, tokens_of_the_middle,
        cursor_mark, numbered, signs_of_a_diff, json_field, escaped_line_ends, entities, typeset_quotes,
        invisible, no_break_spaces, coloured, crlf, other_unit, dedented, indented_too_far, caught_in_a_loop,
        said_twice, closes_too_much, space_doubled, space_lost, line_typed_anew, rest_left_out, mark_doubled,
    )
}  # fmt: skip
