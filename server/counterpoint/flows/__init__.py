"""Flows: what needs more than one ask, or an ask beside checks that need no model."""
