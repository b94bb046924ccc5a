"""What a call site says of the definition it reaches: a small resolver of names, types and imports.

It reads syntax only, so it knows less than a type checker and says so: every site is certain (positive
evidence leads to the definition), excluded (positive evidence leads elsewhere) or possible (neither).
"""
