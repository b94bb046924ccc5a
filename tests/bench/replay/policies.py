"""When each product asks a model, as rules: ours by the very code that decides, the others as far as known.

The others' rules are from their sources and from what was measured of them; only their timing is played, with
our prompt, our model and the same user, so that nothing but when they ask is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from counterpoint.inline.live import EAGER_LIVE
from counterpoint.inline.rhythm import Rhythm, pace
from counterpoint.inline.when import Decision, Mode, Moment, decide


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy. `decide` says whether to ask at a key, after what delay.

    `through`: what still fits of an earlier answer is shown without a call. `waits`: while a call runs whose
    text so far may fit, no other is begun, with a `mode` as that mode has it; `alone`: while any call runs.
    `closes`: a call that cannot fit any more is closed, and so is the oldest when there would be more than
    `calls`. `hold`: seconds after the key before which nothing is shown. `every`: least seconds between two
    calls. `follows`: asked at once after an accept.
    """

    name: str
    decide: Callable[[Moment, Rhythm, float], Decision]
    through: bool = True
    waits: bool = False
    alone: bool = False
    closes: bool = True
    hold: float = 0.0
    every: float = 0.0
    calls: int = 1
    follows: bool = False
    mode: Mode | None = None


def ours(mode: Mode, *, everywhere: bool = False, name: str = "") -> Rule:
    """Our modes."""

    def choose(moment: Moment, rhythm: Rhythm, usd: float) -> Decision:
        return decide(moment, mode, pace(rhythm), usd, everywhere=everywhere)

    live = EAGER_LIVE if mode == "eager" else 1
    return Rule(name or mode, choose, waits=True, calls=live, follows=mode != "calm", mode=mode)


def fixed(seconds: float) -> Callable[[Moment, Rhythm, float], Decision]:
    """Ask at each key after so many seconds without another."""
    return lambda moment, rhythm, usd: Decision(True, seconds, 0.0, "pause")


def tabby(moment: Moment, rhythm: Rhythm, usd: float) -> Decision:
    """1.5 to 3 times the mean gap by what the place is like, less the model's usual time; 0.1 to 1 s."""
    gaps = rhythm.gaps[-20:]
    base = sum(gaps) / len(gaps) if gaps else 0.2
    line = moment.before[moment.before.rfind("\n") + 1 :]
    follows = moment.after.partition("\n")[0]
    score = 0.5 * (not line[-1:].isalnum()) + 0.4 * (not follows.strip()) + 0.1 * (not moment.after.strip())
    usual = sum(rhythm.firsts) / len(rhythm.firsts) + 0.25 if rhythm.firsts else 0.0
    return Decision(True, min(1.0, max(0.1, (3.0 - 1.5 * score) * base - usual)), 0.0, "pause")


EVERY_PAUSE = Rule("every pause of 75 ms", fixed(0.075))
PEERS = (
    Rule("tabby-agent", tabby),
    Rule("Copilot chat-lib", fixed(0.0), waits=True, closes=False, calls=99, hold=0.2),
    Rule("Continue", fixed(0.35)),
    Rule("helix-gpt", fixed(0.2), through=False, closes=False, calls=99),
    Rule("minuet", fixed(0.4), closes=False, every=1.0, calls=99),
    Rule("llama.vim", fixed(0.01), alone=True, closes=False),
)
MODES = (ours("calm"), ours("balanced"), ours("eager"))
OTHERS = (
    ours("balanced", everywhere=True, name="balanced everywhere"),
    EVERY_PAUSE,
    Rule("every pause, streams kept", fixed(0.075), waits=True),
)
ALL = (*MODES, *OTHERS, *PEERS)
