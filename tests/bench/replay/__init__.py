"""Commits typed again key by key, with policies of when to ask a model side by side."""
