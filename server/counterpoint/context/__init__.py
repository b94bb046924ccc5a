"""Context: which code goes in front of the model, and why. Values in, values out."""

from counterpoint.context.cursor import Around, Window, around, window_round
from counterpoint.context.snippet import Snippet

__all__ = ["Around", "Snippet", "Window", "around", "window_round"]
