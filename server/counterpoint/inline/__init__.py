"""What inline completion decides without I/O: when to ask, what still fits, what needs no model. Pure."""
