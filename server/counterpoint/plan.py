"""What is about to be sent to a candidate, before anything is: rendered, masked, counted and priced. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from counterpoint import checks, models, redact
from counterpoint.answers import Insertion
from counterpoint.context import Snippet
from counterpoint.context.pack import Limits, label, lines_of
from counterpoint.context.question import Selection
from counterpoint.context.stable import Stable
from counterpoint.errors import ConfigError, NotSendable, PriceNotAgreed
from counterpoint.gather import tokens_for
from counterpoint.ledger import Ledger, Sent
from counterpoint.models import Usage, cost_of
from counterpoint.prompt import Rendered, rows_shown
from counterpoint.providers import Part, Request
from counterpoint.routing import Candidate
from counterpoint.settings import Settings
from counterpoint.tasks import Task
from counterpoint.text import Files, Situation, language_of

_LOADING = 30.0
NO_FILE = "(no file)"
"""What the ledger calls the text of a question that is about none."""
LONG_PROMPT = 200_000
"""Tokens above which the price is asked first."""
_DEEP_OUTPUT = 64_000
"""Tokens to write at the highest efforts, thinking included, as Anthropic advises."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent to a candidate: nothing has been yet. `masked` counts the secrets hidden."""

    candidate: Candidate
    selection: Selection
    rendered: Rendered
    secrets: Mapping[str, str]
    input_tokens: int
    notice: str = ""

    @property
    def snippets(self) -> tuple[Snippet, ...]:
        """Code of other files that goes with the document."""
        return self.selection.snippets

    @property
    def masked(self) -> int:
        return len(self.secrets)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A range before anything is sent: USD, seconds, tokens. `upper_usd` is what would be reserved."""

    model: str
    input_tokens: int
    output_tokens: tuple[int, int]
    cost_usd: tuple[float, float]
    seconds: tuple[float, float]
    upper_usd: float


def planned(
    task: Task[Any],
    situation: Situation,
    candidate: Candidate,
    selection: Selection,
    rendered: Rendered,
    settings: Settings,
    guard: redact.Guard,
) -> Plan:
    """Mask the secrets in a rendered prompt and count its tokens.

    Raises NotSendable if a secret cannot be taken out, or if the prompt is longer than the model takes.
    """
    table: Mapping[str, str] = {}
    model, document = candidate.model, situation.document
    if settings.privacy.secret_guard and model.provider != "embedded":
        try:
            masked = _masked(task, situation, selection, rendered, guard)
        except redact.Unmaskable as error:
            refusal = f"{document.path} is not sent to a model: {error}."
            raise NotSendable(refusal, fix="Nothing was sent.") from None
        *parts, suffix = masked.texts
        rendered, table = Rendered(rendered.system, tuple(parts), suffix), masked.table
    tokens = model.tokens_in(rendered.characters)
    if tokens > model.max_input_tokens:
        raise NotSendable(
            f"{document.path} makes about {tokens:,} tokens,"
            f" more than the {model.max_input_tokens:,} that {model.label} takes.",
            fix="Ask about a part of the file.",
        )
    return Plan(candidate, selection, rendered, table, tokens)


def _masked(
    task: Task[Any], situation: Situation, selection: Selection, rendered: Rendered, guard: redact.Guard
) -> redact.Masked:
    """The document is looked at whole: a window or a line number may hide what a secret is."""
    document = situation.document
    source = redact.Source(document.text, document.language)
    if task.shape is Insertion:
        cuts = {situation.span.start, situation.span.end}
        if any(one.span.start < cut < one.span.end for one in guard.find(source) for cut in cuts):
            raise redact.Unmaskable("the cursor stands amid a secret")
    others = (redact.Source(one.text, language_of(one.path), part=True) for one in selection.snippets)
    # What is told with it may have been copied from anywhere: a log, a terminal, an earlier answer.
    told = (situation.instruction, situation.claims, situation.earlier)
    words = (redact.Source(text, "plaintext", part=True) for text in told if text)
    return redact.mask((*rendered.parts, rendered.suffix), guard, (source, *others, *words))


def calibrated(candidate: Candidate, ledger: Ledger, language: str) -> Candidate:
    """The candidate with tokens counted as its vendor has counted them so far. Reads the ledger."""
    try:
        known = ledger.characters_per_token(candidate.model.name, language)
    except ConfigError:  # told when a call is reserved; to show what would be sent needs no ledger
        known = None
    return replace(candidate, model=models.calibrated(candidate.model, known))


def packed(
    stable: Stable,
    guard: redact.Guard,
    task: Task[Any],
    situation: Situation,
    candidate: Candidate,
    selection: Selection,
    settings: Settings,
    pieces: Sequence[Snippet] = (),
) -> Selection:
    """What of a selection is sent, with the project's instructions, in an order that lasts. Reads files.

    `pieces` are sent in any case: it gets the room that they leave, and says nothing again that they say.
    """
    model, document = candidate.model, situation.document
    rows = rows_shown(task, situation, int(budget(task, candidate, settings) * model.characters_per_token))
    room = max(0, tokens_for(task, situation, settings, model) - sum(one.tokens for one in pieces))
    limits = Limits(room, model.characters_per_token, document.path, rows, lines_of(pieces))
    characters = settings.context.instructions_characters // (4 if task.shape is Insertion else 1)
    key = (document.path or document.text, task.name, model.name)
    guarded = settings.privacy.secret_guard
    selection = maskable(selection, guard, situation.files) if guarded else selection
    made = stable.packed(key, selection, limits, situation.files, characters)
    return maskable(made, guard, situation.files) if guarded else made


def maskable(selection: Selection, guard: redact.Guard, files: Files) -> Selection:
    """Without the snippets whose secrets cannot be taken out; these are told in `left_out`. Reads files."""
    whys = [(one, _why_unmaskable(one, guard, files)) for one in selection.snippets]
    refused = tuple((label(one), why) for one, why in whys if why)
    if not refused:
        return selection
    kept = tuple(one for one, why in whys if not why)
    return replace(selection, snippets=kept, left_out=(*selection.left_out, *refused))


def _why_unmaskable(snippet: Snippet, guard: redact.Guard, files: Files) -> str:
    """Why a snippet is not sent: it has a key in it that cannot be hidden, or it was cut out of a secret."""
    if "PRIVATE KEY" in snippet.text:
        source = redact.Source(snippet.text, language_of(snippet.path), part=True)
        try:
            redact.mask((snippet.text,), guard, (source,))
        except redact.Unmaskable as error:
            return str(error)
    if not redact.looks_cut(snippet.text) or (document := files.read(snippet.path)) is None:
        return ""
    span = document.span_of_lines(snippet.first_line - 1, snippet.last_line - 1)
    secrets = guard.find(redact.Source(document.text, document.language))
    return "it lies amid a secret" if any(one.span.overlaps(span) for one in secrets) else ""


def budget(task: Task[Any], candidate: Candidate, settings: Settings) -> int:
    """Tokens of the document that may be shown."""
    context = settings.context
    wanted = context.completion_tokens if task.shape is Insertion else context.review_tokens * 4
    return min(wanted, candidate.model.max_input_tokens)


def output_limit(task: Task[Any], plan: Plan, settings: Settings) -> int:
    """Most tokens the model may write."""
    own = settings.completion.max_output_tokens if task.shape is Insertion else task.max_output_tokens
    if plan.candidate.effort in ("xhigh", "max"):  # else so much thinking is cut off before it has answered
        own = max(own, _DEEP_OUTPUT)
    return min(plan.candidate.model.room_for(own), plan.candidate.model.max_output_tokens)


def upper_usd(task: Task[Any], plan: Plan, settings: Settings) -> float:
    """The most a call can cost: our count may be a quarter too low, and a cache may have to be written."""
    tokens = plan.input_tokens * 5 // 4
    usage = Usage(tokens, output_limit(task, plan, settings), written_5m_tokens=tokens)
    return cost_of(plan.candidate.model, usage)


def estimate(task: Task[Any], plan: Plan, settings: Settings) -> Estimate:
    """A range from the prompt's size and the task's and model's priors."""
    model, (low, high) = plan.candidate.model, task.output_prior
    slow, fast = model.prior_tokens_per_second
    costs = [cost_of(model, Usage(plan.input_tokens, tokens)) for tokens in (low, high)]
    return Estimate(
        model=model.label,
        input_tokens=plan.input_tokens,
        output_tokens=(low, high),
        cost_usd=(costs[0], costs[1]),
        seconds=(model.prior_first_token[0] + low / fast, model.prior_first_token[1] + high / slow),
        upper_usd=upper_usd(task, plan, settings),
    )


def agreed_price(task: Task[Any], situation: Situation, plan: Plan, settings: Settings) -> None:
    """Raise PriceNotAgreed for a very long prompt, or a model that is dear whatever is sent, whose price the
    user has not been asked about."""
    model = plan.candidate.model
    if situation.price_agreed or not (plan.input_tokens > LONG_PROMPT or model.can("asks-first")):
        return
    low, high = estimate(task, plan, settings).cost_usd
    dearer = [
        row.above_input_tokens for row in model.prices if 0 < row.above_input_tokens < plan.input_tokens
    ]
    first = ", whose price is asked first," if model.can("asks-first") else ""
    step = f", at the higher price for more than {max(dearer):,} tokens" if dearer else ""
    raise PriceNotAgreed(
        f"About {plan.input_tokens:,} tokens would be sent to {model.label}{first}"
        f" for ${low:.2f} to ${high:.2f}{step}.",
        low_usd=low,
        high_usd=high,
        fix="Agree when asked, or pass --max-cost. Fewer lines or a lower context.review_tokens send less.",
    )


def deadline(task: Task[Any], candidate: Candidate) -> float:
    """Seconds for the whole call. The model on this machine may have to be loaded first."""
    return max(task.deadline, _LOADING) if candidate.model.provider == "embedded" else task.deadline


def request_for(task: Task[Any], plan: Plan, settings: Settings, cache_key: str) -> Request:
    """The call itself.

    Every part of the prompt but the last ends a prefix worth caching.
    """
    name, schema = checks.SCHEMAS.get(task.shape, ("answer", None))
    last = len(plan.rendered.parts) - 1
    return Request(
        model=plan.candidate.model,
        system=plan.rendered.system,
        parts=tuple(Part(text, cache=number < last) for number, text in enumerate(plan.rendered.parts)),
        max_output_tokens=output_limit(task, plan, settings),
        effort=plan.candidate.effort,
        schema=schema,
        schema_name=name,
        tier=plan.candidate.tier,
        cache_key=cache_key,
        deadline=deadline(task, plan.candidate),
        suffix=plan.rendered.suffix,
    )


def sent_of(situation: Situation, plan: Plan) -> list[Sent]:
    """What the ledger keeps of the texts that leave: hash and size, by file. The document's is the whole."""
    if plan.candidate.model.provider == "embedded":
        return []
    texts = {situation.document.path or NO_FILE: "".join(plan.rendered.parts)}
    for one in plan.snippets:
        if one.path != situation.document.path:
            text = f"{texts.get(one.path, '')}{one.text}\n"
            for name, secret in plan.secrets.items():
                text = text.replace(secret, name)
            texts[one.path] = text
    return [_sent(path, text) for path, text in texts.items()]


def _sent(path: str, text: str) -> Sent:
    raw = text.encode("utf-8", "surrogatepass")
    return Sent(path, hashlib.sha256(raw).hexdigest(), len(raw))


def unmasked_reply(task: Task[Any], raw: str, table: Mapping[str, str]) -> str:
    """Put secrets back into a whole reply; inside JSON as JSON writes them."""
    if task.shape in checks.SCHEMAS:
        table = {name: json.dumps(secret)[1:-1] for name, secret in table.items()}
    return redact.unmask(raw, table)


def unmasked(value: Any, table: Mapping[str, str]) -> Any:
    """Put secrets back wherever the model repeated their placeholders, in JSON values of any depth."""
    if isinstance(value, str):
        return redact.unmask(value, table)
    if isinstance(value, list):
        return [unmasked(item, table) for item in value]
    if isinstance(value, dict):
        return {key: unmasked(item, table) for key, item in value.items()}
    return value
