"""What became of one request for a completion: so that "why nothing?" has an answer. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoint.inline.held import Source


@dataclass(frozen=True, slots=True)
class Told:
    """One request. Times are in seconds; those of the call are zero where no call was made for it.

    `reason` says in few words why nothing was shown; it is empty where something was. `delay` is the pause
    waited out, `context` what the prompt took, most of it during the pause, `first_token` the time from the
    request to the model to its first token, `stream` from there to the last, `filters` what the checks took;
    `total` is the whole request. `late` is what the workspace did not find in time. `fired` names the filters
    and checks that changed the text.
    """

    path: str
    line: int
    """0-based."""
    at: float
    """Unix time."""
    reason: str = ""
    source: Source | None = None
    decision: str = ""
    chance: float = 0.0
    job: str = ""
    model: str = ""
    total: float = 0.0
    delay: float = 0.0
    context: float = 0.0
    first_token: float = 0.0
    stream: float = 0.0
    filters: float = 0.0
    cost_usd: float = 0.0
    input_tokens: int = 0
    snippets: int = 0
    late: str = ""
    fired: tuple[str, ...] = ()
