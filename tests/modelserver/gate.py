"""Who may come in: paths, keys and versions, before a body is looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .catalog import MODELS, ModelRow, Vendor
from .refusals import Refusal
from .routes import ROUTES
from .rules_anthropic import VERSIONS

OPENAI_KEY = "sk-modelserver-openai-0123456789abcdef"
ANTHROPIC_KEY = "sk-ant-modelserver-0123456789abcdef"
GOOGLE_KEY = "AIza-modelserver-0123456789abcdef0123456"
GOOGLE_BASE = "/v1beta/openai"
_KEYS: Mapping[Vendor, str] = {"anthropic": ANTHROPIC_KEY, "google": GOOGLE_KEY}
_MODELS = ("/v1/models/", f"{GOOGLE_BASE}/models/")
MAX_ANTHROPIC_BODY = 32 * 1024 * 1024


def vendor_of(path: str, headers: Mapping[str, str]) -> Vendor:
    """Whose API this is: by the path, and where both have it, by Anthropic's version header."""
    if path.startswith(f"{GOOGLE_BASE}/"):
        return "google"
    if "/messages" in path or "anthropic-version" in headers:
        return "anthropic"
    return "openai"


def no_such_path(method: str, path: str, vendor: Vendor) -> Refusal | None:
    """404 for what is not served, doubled and missing `/v1` among it."""
    known = method == "POST" and path in ROUTES
    known = known or (method == "GET" and path.rpartition("/")[0] + "/" in _MODELS)
    if known:
        return None
    rule = "doubled base path" if path.startswith("/v1/v1/") else "unknown path"
    if vendor == "anthropic":
        return Refusal("Not Found", 404, rule=rule)
    return Refusal(f"Invalid URL ({method} {path})", 404, rule=rule)


def key_state(vendor: Vendor, headers: Mapping[str, str]) -> str:
    """`good`, `wrong` or `none`. OpenAI reads only a bearer token; Anthropic that or `x-api-key`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    given = headers.get("x-api-key", "") or bearer if vendor == "anthropic" else bearer
    if not given:
        return "none"
    return "good" if given == _KEYS.get(vendor, OPENAI_KEY) else "wrong"


def not_let_in(vendor: Vendor, headers: Mapping[str, str]) -> Refusal | None:
    state = key_state(vendor, headers)
    if vendor == "anthropic":
        if state == "none":
            return Refusal("x-api-key header is required", 401, rule="missing key")
        if state == "wrong":
            return Refusal("invalid x-api-key", 401, rule="wrong key")
        return _wrong_version(headers)
    if vendor == "google":
        return _not_let_in_at_google(state)
    if state == "none":
        text = "You didn't provide an API key. Provide it in an Authorization header using Bearer auth."
        return Refusal(text, 401, rule="missing key")
    if state == "wrong":
        return Refusal("Incorrect API key provided.", 401, code="invalid_api_key", rule="wrong key")
    return None


def _not_let_in_at_google(state: str) -> Refusal | None:
    """A wrong key is no 401 there."""
    if state == "none":
        text = "Method doesn't allow unregistered callers (callers without established identity)."
        return Refusal(text, 403, rule="missing key")
    if state == "wrong":
        return Refusal("API key not valid. Please pass a valid API key.", rule="wrong key")
    return None


def _wrong_version(headers: Mapping[str, str]) -> Refusal | None:
    version = headers.get("anthropic-version")
    if version is None:
        return Refusal("anthropic-version: header is required", rule="missing version")
    if version not in VERSIONS:
        text = f"anthropic-version: {version!r} is not a valid version"
        return Refusal(text, rule="wrong version")
    return None


def too_large(data: bytes, vendor: Vendor) -> Refusal | None:
    """Anthropic's limit of 32 MB a request; OpenAI names none."""
    if vendor != "anthropic" or len(data) <= MAX_ANTHROPIC_BODY:
        return None
    return Refusal("Request exceeds the maximum size", 413, rule="too large")


def parse(data: bytes, vendor: Vendor) -> dict[str, Any] | Refusal:
    try:
        body = json.loads(data)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    if vendor == "anthropic":
        return Refusal("The request body is not valid JSON", rule="body is JSON")
    text = "We could not parse the JSON body of your request."
    return Refusal(text, rule="body is JSON")


def find_model(name: Any, vendor: Vendor) -> ModelRow | Refusal:
    """The row of a model that this vendor has; OpenAI's paths also serve the compatible ones."""
    if not name:
        if vendor == "anthropic":
            return Refusal("model: Field required", rule="missing model")
        text = "Missing required parameter: 'model'."
        return Refusal(text, param="model", code="missing_required_parameter", rule="missing model")
    row = MODELS.get(str(name))
    row = row or MODELS.get(str(name).removeprefix("models/")) if vendor == "google" else row
    if row is not None and (row.vendor if row.vendor in _KEYS else "openai") == vendor:
        return row
    if vendor == "google":
        text = f"models/{name} is not found for API version v1main, or is not supported for generateContent."
        return Refusal(text, 404, rule="unknown model")
    if vendor == "anthropic":
        return Refusal(f"model: {name}", 404, rule="unknown model")
    text = f"The model `{name}` does not exist or you do not have access to it."
    return Refusal(text, 404, param="model", code="model_not_found", rule="unknown model")


def model_json(row: ModelRow, shutdown_date: str | None) -> dict[str, Any]:
    """`GET /v1/models/{id}`, in the form of the row's vendor."""
    if row.vendor == "anthropic":
        return {
            "type": "model",
            "id": row.id,
            "display_name": "Claude Opus 4.7",
            "created_at": f"{row.created}T00:00:00Z",
            "lifecycle": "deprecated" if shutdown_date else "active",
            "deprecated_at": f"{row.created}T00:00:00Z" if shutdown_date else None,
            "retires_at": f"{shutdown_date}T00:00:00Z" if shutdown_date else None,
            "max_input_tokens": row.max_input,
            "max_tokens": row.max_output,
        }
    if row.vendor == "google":
        return {"id": f"models/{row.id}", "object": "model", "owned_by": "google", "display_name": row.id}
    found: dict[str, Any] = {"id": row.id, "object": "model", "created": 1_776_902_400, "owned_by": "system"}
    return {**found, "shutdown_date": shutdown_date} if row.vendor == "openai" else found
