"""Context: which code goes in front of the model, and why. Values in, values out."""

from counterpoint.context.cursor import Window, window_round
from counterpoint.context.snippet import Snippet

__all__ = ["Snippet", "Window", "window_round"]
