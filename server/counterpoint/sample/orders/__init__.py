"""Orderdesk: the shop's order service."""
