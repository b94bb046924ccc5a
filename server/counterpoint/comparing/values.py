"""What a comparison asks, what each run of it measured, and what may be said of the models. Values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Origin: TypeAlias = Literal["given", "saved", "git"]
Word: TypeAlias = Literal["better", "worse", "no difference", "too few cases"]
Kind: TypeAlias = Literal["ratio", "mean"]
Better: TypeAlias = Literal["lower", "higher", ""]
Lines: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """A question that is put to every model.

    `path` is workspace-relative with `/`, "" for a question about no file; `lines` are 1-based, first and
    last, None for the whole file; `column`, 1-based, is where a completion is asked for, on the first line.
    """

    name: str
    task: str
    path: str = ""
    lines: Lines | None = None
    instruction: str = ""
    column: int | None = None
    pieces: tuple[tuple[str, int, int], ...] = ()
    """Lines of other files that belong to the question: path, first and last, 1-based."""
    where: str = ""
    """The git revision whose files are asked about; "" for the files as they are."""
    overlay: tuple[tuple[str, str], ...] = ()
    """Texts that stand in for files: path and text."""
    change: str = ""
    """The git revision that did what is asked for, from which the tests are taken; "" for none."""
    tests: tuple[str, ...] = ()
    """Paths of the test files that judge an answer."""
    test_command: str = ""
    """The command that runs them; "" for that of the settings."""
    origin: Origin = "given"
    expected: str = ""
    """What was written at a completion's place; "" where nobody knows."""
    faults: tuple[tuple[str, int, int], ...] = ()
    """Lines that a later fix changed: path, first and last, 1-based. A review should find them."""
    told: str = ""
    """Where the question comes from, for a person: the commit with its day and subject."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding by what tells whether another one is the same: its id, or its place and category.

    Lines are 1-based, first and last.
    """

    id: str
    path: str
    lines: Lines
    category: str
    title: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer was worth, as far as that can be counted; None where it does not apply."""

    findings: tuple[Found, ...] = ()
    quotes: int | None = None
    """Pieces of an answer that name or quote a place of the code: edits, findings, citations."""
    absent: int | None = None
    """Of these, those whose place is not there."""
    edits: int | None = None
    """Edits given, applied or not."""
    dropped: int | None = None
    """Of these, those that cannot be applied."""
    applies: bool | None = None
    """Whether the answer changes something, and all of it can be applied."""
    parses_worse: bool | None = None
    """Whether a changed file has more syntax errors than it had."""
    changed_lines: int | None = None
    """Lines taken out and put in, together."""
    tests_passed: bool | None = None
    faults_found: float | None = None
    """Of the faults that are known to be there, the share that a finding lies at."""
    as_committed: bool | None = None
    """Whether a completion's first line is the one that was written there."""
    exact: bool | None = None
    """Whether a completion is what was written there, blanks at the ends of lines aside."""
    line_prefix: float | None = None
    """How much of the first line that was written there the completion's own agrees with, from its start."""
    similarity: float | None = None
    """How alike a completion and what was written there are: 1 for the same, 0 for nothing in common."""
    text: str = ""
    """The answer as a person reads it, in short: a diff, a list of findings, prose."""


@dataclass(frozen=True, slots=True)
class Run:
    """One question to one model, once. `number` counts from 1; `model` is a row's name.

    `seconds` and `first_token_seconds` are wall time, None where the model did not answer. Tokens and
    money are of all that the question took, failed requests too. `error` is the code of what failed, "" for
    nothing.
    """

    case: str
    model: str
    effort: str
    number: int
    seconds: float | None = None
    first_token_seconds: float | None = None
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    outcome: str = "ok"
    error: str = ""
    said: str = ""
    """What the failure says, in a sentence."""
    answered: Answered = field(default_factory=Answered)

    @property
    def failed(self) -> bool:
        return bool(self.error)


@dataclass(frozen=True, slots=True)
class Metric:
    """Something that is measured. `kind` "ratio" is told as one model's figure over the other's, "mean" as
    one less the other. `better` "" is shown and not judged: neither more nor less of it is a merit by itself.
    `unit` is "s", "USD", "tokens", "share" or "count".
    """

    name: str
    title: str
    unit: str
    kind: Kind
    better: Better


@dataclass(frozen=True, slots=True)
class Measured:
    """One model over all cases. `values` are by metric: for ratios the median over the cases of the medians
    over a case's runs, for means the mean over the cases; None where nothing was measured. `cases` has how
    many cases each value is from.
    """

    model: str
    label: str
    effort: str
    runs: int
    failed: int
    cost_usd: float
    """What all of its runs cost together."""
    values: Mapping[str, float | None]
    cases: Mapping[str, int]
    errors: Mapping[str, int] = field(default_factory=dict)
    """How often each failure was met, by its code."""
    completed: int = 0
    """Runs whose answer was of use and whose tests, where there are some, have passed."""

    @property
    def usd_per_completed(self) -> float | None:
        """What all runs cost for each that got done what was asked; None where none did."""
        return self.cost_usd / self.completed if self.completed else None


@dataclass(frozen=True, slots=True)
class Difference:
    """`model` against `other` in one metric, paired by case.

    `estimate`, `low` and `high` are a ratio (model / other) or a difference (model - other), as the metric's
    kind says; None where there are too few cases for an interval. `word` is from the model's side. `needed`
    is how many cases an interval takes at the least.

    Where no difference is shown, `wide` says that the interval has room for one that matters, and `to_show`
    how many cases would be likely to show one as large as was seen, None where none was seen at all.
    """

    metric: str
    model: str
    other: str
    cases: int
    estimate: float | None
    low: float | None
    high: float | None
    word: Word
    needed: int
    wide: bool = False
    to_show: int | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """A finding that models reported, and in what share of its runs each did, by the models' names."""

    case: str
    found: Found
    share: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison. `models` are in the order they were named, `runs` in the order they were made.

    All `differences` hold together with the probability `level`: each one's own interval is the wider for it.
    `complete` False: it ended before all runs were made, and `ended` says why.
    """

    task: str
    cases: tuple[Case, ...]
    models: tuple[Measured, ...]
    differences: tuple[Difference, ...]
    metrics: tuple[Metric, ...]
    runs: tuple[Run, ...]
    shared: tuple[Shared, ...] = ()
    runs_each: int = 1
    level: float = 0.95
    seed: int = 0
    job: str = ""
    at: float = 0.0
    """When it began, as a Unix time."""
    complete: bool = True
    ended: str = ""
    notes: tuple[str, ...] = ()
    what: str = ""
    """What a run of it is, in words: an answer alone, or a whole review."""

    @property
    def cost_usd(self) -> float:
        return sum(run.cost_usd for run in self.runs)


METRICS: tuple[Metric, ...] = (
    Metric("seconds", "Seconds", "s", "ratio", "lower"),
    Metric("first_token_seconds", "First token", "s", "ratio", "lower"),
    Metric("cost_usd", "USD per run", "USD", "ratio", "lower"),
    Metric("done", "Answers of use", "share", "mean", "higher"),
    Metric("tests_passed", "Tests passed", "share", "mean", "higher"),
    Metric("faults_found", "Faults found", "share", "mean", "higher"),
    Metric("exact", "Exactly as written", "share", "mean", "higher"),
    Metric("as_committed", "First line as written", "share", "mean", "higher"),
    Metric("line_prefix", "First line right up to", "share", "mean", "higher"),
    Metric("similarity", "Edit similarity", "share", "mean", "higher"),
    Metric("absent", "Absent quotes", "count", "mean", "lower"),
    Metric("input_tokens", "Tokens in", "tokens", "ratio", ""),
    Metric("output_tokens", "Tokens out", "tokens", "ratio", ""),
    Metric("cached_share", "Read from a cache", "share", "mean", ""),
    Metric("found", "Findings in common", "share", "mean", ""),
    Metric("changed_lines", "Changed lines", "count", "ratio", ""),
)
"""`done` is a run that was answered with something that can be used: all edits apply and parse no worse, an
insertion that is not empty, findings or prose that could be read. `absent` is per run. `found` is the share
of the findings that any model reported."""
