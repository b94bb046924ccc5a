"""Static rules: YAML in ast-grep's own format, read into frozen rows. Nothing here needs ast-grep.

Beyond ast-grep's fields a rule's `metadata` may say:

    severity    P0..P3 (else taken from ast-grep's `severity`)
    category    one of `answers.CATEGORIES`
    confidence  0..1
    also        further languages the same rule holds for
    needs       the file must contain one of these texts, else the rule is not tried (speed)
    only_if     an expression the file must match, likewise (only for shipped rules)
    in_tests    false: not looked for in test files
    in_migrations  false: nor in the files that change a database's schema
    in_chores   false: nor in the developers' own scripts at the root of the workspace; in what looks like
                a script elsewhere it is evidence
    evidence    true: never shown, only told to the model that reviews the code
    imports     module the fix needs imported
    same_as     codes of other linters that mean the same: a diagnostic of theirs hides ours
    code        name of the function that refines the match (only for shipped rules)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from re import Pattern
from typing import Any

from counterpoint.answers import CATEGORIES, SEVERITIES, Severity
from counterpoint.errors import ConfigError

_SEVERITY: dict[str, Severity] = {"error": "P1", "warning": "P2", "info": "P3", "hint": "P3"}
_CONFIG = ("rule", "constraints", "utils", "transform")

# ast-grep's names, in lower case, to the one name each language has here.
LANGUAGE_NAMES: dict[str, str] = {
    "python": "python", "py": "python", "javascript": "javascript", "js": "javascript",
    "jsx": "javascript", "typescript": "typescript", "ts": "typescript", "tsx": "tsx", "go": "go",
    "golang": "go", "rust": "rust", "rs": "rust", "java": "java", "c": "c", "cpp": "cpp", "c++": "cpp",
    "cc": "cpp", "csharp": "csharp", "cs": "csharp", "ruby": "ruby", "rb": "ruby", "php": "php",
    "bash": "bash", "kotlin": "kotlin", "kt": "kotlin", "swift": "swift", "lua": "lua",
    "scala": "scala", "html": "html", "css": "css", "json": "json", "yaml": "yaml", "yml": "yaml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `config` is what ast-grep matches; `fix` a template with `$META` variables, or empty."""

    id: str
    languages: tuple[str, ...]
    severity: Severity
    category: str
    confidence: float
    title: str
    body: str
    config: Mapping[str, Any]
    fix: str = ""
    fix_title: str = ""
    imports: str = ""
    needs: tuple[str, ...] = ()
    only_if: Pattern[str] | None = None
    in_tests: bool = True
    in_migrations: bool = True
    in_chores: bool = True
    evidence: bool = False
    same_as: frozenset[str] = field(default=frozenset())
    code: str = ""


def load_rules(extra: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The shipped rules, then those in the YAML texts `extra`. Raises ConfigError for a rule that is none."""
    rules: dict[str, Rule] = {}
    shipped = (rule for text in _shipped() for rule in _parse(text, shipped=True))
    for rule in (*shipped, *(rule for text in extra for rule in read_rules(text))):
        if rule.id in rules:
            raise ConfigError(f"Two static rules are called {rule.id!r}.", fix="Rename one of them.")
        rules[rule.id] = rule
    return tuple(rules.values())


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules of one YAML text that is not ours. Raises ConfigError for one that is none."""
    return tuple(_parse(text, shipped=False))


def _shipped() -> Iterator[str]:
    folder = resources.files("counterpoint") / "rules"
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name.endswith(".yml"):
            yield item.read_text(encoding="utf-8")


def _parse(text: str, *, shipped: bool) -> Iterator[Rule]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.load_all(text, Loader=loader))
    except yaml.YAMLError as error:
        raise ConfigError(f"A static rule is not YAML: {error}", fix="Correct the file.") from None
    for document in documents:
        if isinstance(document, Mapping):
            if document.get("severity") != "off":
                yield _rule(document, shipped)
        elif document is not None:
            raise ConfigError("A static rule is not a mapping.", fix="Begin it with `id:`.")


def _rule(row: Mapping[str, Any], shipped: bool) -> Rule:
    name = str(row.get("id", ""))
    if not name or not isinstance(row.get("rule"), Mapping):
        raise ConfigError(f"Static rule {name!r} has no `id` or no `rule`.", fix="Give it both.")
    meta = row.get("metadata") or {}
    if not isinstance(meta, Mapping):
        raise ConfigError(
            f"`metadata` of static rule {name!r} is no mapping.", fix="Write `key: value` lines."
        )
    message = str(row.get("message") or name)
    return Rule(
        id=name,
        languages=_languages(name, row.get("language"), meta.get("also")),
        severity=_severity(name, row.get("severity"), meta.get("severity")),
        category=_category(name, meta.get("category", "other")),
        confidence=_confidence(name, meta.get("confidence", 0.8)),
        title=message,
        body=_flowed(str(row.get("note") or "")),
        config={key: row[key] for key in _CONFIG if key in row},
        fix=row["fix"] if isinstance(row.get("fix"), str) else "",
        fix_title=str(meta.get("fix_title") or ""),
        imports=str(meta.get("imports") or ""),
        needs=_texts(meta.get("needs")),
        only_if=re.compile(str(meta["only_if"])) if shipped and "only_if" in meta else None,
        in_tests=meta.get("in_tests") is not False,
        in_migrations=meta.get("in_migrations") is not False,
        in_chores=meta.get("in_chores") is not False,
        evidence=meta.get("evidence") is True,
        same_as=frozenset(_texts(meta.get("same_as"))),
        code=str(meta.get("code") or "") if shipped else "",
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _languages(name: str, first: object, also: object) -> tuple[str, ...]:
    found = []
    for item in (*_texts(first), *_texts(also)):
        if item.lower() not in LANGUAGE_NAMES:
            raise ConfigError(f"Static rule {name!r} names the unknown language {item!r}.", fix="Correct it.")
        found.append(LANGUAGE_NAMES[item.lower()])
    if not found:
        raise ConfigError(f"Static rule {name!r} has no `language`.", fix="Add one.")
    return tuple(dict.fromkeys(found))


def _severity(name: str, given: object, ours: object) -> Severity:
    for severity in SEVERITIES:
        if ours == severity:
            return severity
    if ours is None and (given is None or given in _SEVERITY):
        return _SEVERITY[str(given)] if given is not None else "P3"
    fix = "Use error, warning, info or hint."
    raise ConfigError(f"Static rule {name!r} has an unknown severity.", fix=fix)


def _category(name: str, value: object) -> str:
    if value not in CATEGORIES:
        raise ConfigError(
            f"Static rule {name!r} has the unknown category {value!r}.",
            fix=f"Use one of: {', '.join(CATEGORIES)}.",
        )
    return str(value)


def _confidence(name: str, value: object) -> float:
    if isinstance(value, (int, float)) and 0 <= value <= 1:
        return float(value)
    raise ConfigError(f"The confidence of static rule {name!r} is not between 0 and 1.", fix="Correct it.")


def _flowed(note: str) -> str:
    """Paragraphs on one line each: a YAML file wraps its text, whoever shows it wraps it anew."""
    return "\n\n".join(" ".join(part.split()) for part in note.strip().split("\n\n"))
