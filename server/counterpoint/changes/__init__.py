"""What a model's reply does to files, whatever form it came in: read, placed, or refused.

A reply is applied as a whole or not at all: half of a change is another change, which nobody asked for.
"""

from counterpoint.changes.applying import change_set, read_reply
from counterpoint.changes.schema import quote_edit

__all__ = ["change_set", "quote_edit", "read_reply"]
