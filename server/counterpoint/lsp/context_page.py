"""The page that shows what would be sent: the request word for word, and why each piece is in it."""

from __future__ import annotations

import re

from counterpoint.plan import Plan

_FENCES = re.compile(r"`{3,}")


def page(title: str, plan: Plan) -> str:
    """Markdown: where it would go, what was chosen and left out with reasons, then the request itself."""
    rows = [f"# {title}", "", _summary(plan), ""]
    if plan.snippets:
        rows += ["## Chosen from the workspace", "", "| lines | tokens | why |", "| --- | ---: | --- |"]
        rows += [
            f"| `{one.path}:{_lines(one.first_line, one.last_line)}` | {one.tokens} | {_cell(one.why)} |"
            for one in plan.snippets
        ]
        rows.append("")
    if plan.selection.left_out:
        rows += ["## Left out", ""]
        rows += [f"- `{what}`: {reason}" for what, reason in plan.selection.left_out]
        rows.append("")
    sections = [("Instructions", plan.rendered.system)] if plan.rendered.system else []
    sections += [(f"Part {number}", text) for number, text in enumerate(plan.rendered.parts, 1)]
    for name, text in sections:
        rows += [f"## {name}", "", *_fenced(text), ""]
    return "\n".join(rows)


def _summary(plan: Plan) -> str:
    hidden = f" {plan.masked} secrets are hidden behind: {_names(plan)}." if plan.masked else ""
    return f"To {plan.candidate.model.label}: about {plan.input_tokens:,} tokens. Nothing was sent.{hidden}"


def _lines(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _names(plan: Plan) -> str:
    return ", ".join(f"`{name}`" for name in sorted(plan.secrets))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _fenced(text: str) -> tuple[str, str, str]:
    """The text in a fence longer than any it holds."""
    longest = max((len(found) for found in _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return fence, text.removesuffix("\n"), fence
