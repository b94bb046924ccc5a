"""What a call site says of the definition it reaches: a small resolver of names, types and imports.

It reads syntax only, so it knows less than a type checker and says so. The ladder:

- certain: the name at the call is bound to the definition by scope and imports, or the receiver has the
  definition as its member: by declaration, construction, return type, or hierarchy. In TypeScript and
  JavaScript also where the receiver is of an interface or base that the definition implements or overrides.
- possible: the receiver's type is unknown, or is a base of which the definition's class is one of several
  kinds; a variable, a fixture or an object passed by shape may be the definition; an import does not resolve.
- excluded: the name is bound to something else, the receiver is of another type or comes from outside of
  the workspace, or the definition cannot take the arguments.

That a name is defined once in the workspace is evidence of nothing.
"""
