"""Google: Gemini, over the OpenAI SDK and Google's form of the Chat Completions wire."""

from __future__ import annotations

from counterpoint.models import Model
from counterpoint.providers import Endpoint, ModelNotice, Request, gemini
from counterpoint.providers.cassette import Recorder
from counterpoint.providers.openai import OpenAIProvider, Wire


class GoogleProvider(OpenAIProvider):
    """As `OpenAIProvider`. Models of Google answer on this wire only, whatever their row says."""

    name = "google"
    vendor = "Google"
    base_url = "https://generativelanguage.googleapis.com/v1beta/openai"

    def __init__(self, endpoint: Endpoint, recorder: Recorder | None = None) -> None:
        super().__init__(endpoint, recorder)
        # The SDK has these from variables of OpenAI's: who one is there, and headers that may hold a key.
        self._client.organization = self._client.project = None
        self._client._custom_headers = dict(endpoint.headers)

    def _wire(self, request: Request) -> Wire:
        return Wire("gemini", "/chat/completions", gemini.body(request), gemini.GeminiReader)

    async def count(self, request: Request) -> int | None:
        """See `Provider`. This wire has no such call."""
        return None

    async def describe(self, model: Model, deadline: float) -> ModelNotice | None:
        """See `Describes`. Google puts a folder in front of the names of its models."""
        found = await super().describe(model, deadline)
        return found and ModelNotice(found.id.removeprefix("models/"), found.shutdown_date)
