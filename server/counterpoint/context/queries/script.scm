(lexical_declaration (variable_declarator
  name: (object_pattern (shorthand_property_identifier_pattern) @n) value: (_)? @v) (#set! kind "variable")) @d
(assignment_expression left: (member_expression object: (_) @o property: (property_identifier) @n)
  right: (_) @v (#set! kind "selfield")) @d

(pair key: (property_identifier) @n value: [(arrow_function) (function_expression)] @v (#set! kind "pair")) @d
(arrow_function body: (statement_block) (#set! kind "scope")) @d
(function_expression (#set! kind "scope")) @d

(import_statement (#set! kind "text")) @i
(export_statement source: (_) (#set! kind "text")) @i
(variable_declarator name: (_) @a
  value: (call_expression function: (identifier) @r arguments: (arguments . (string) @m)) (#set! kind "require"))
(variable_declarator name: (identifier) @a value: (member_expression
  object: (call_expression function: (identifier) @r arguments: (arguments . (string) @m)) property: (_) @n) (#set! kind "require"))

(export_statement (export_clause (export_specifier name: (identifier) @n)) (#set! kind "export"))
(export_statement value: (identifier) @n (#set! kind "export"))
(assignment_expression left: (member_expression) @o right: (object (shorthand_property_identifier) @n) (#set! kind "export"))
(assignment_expression left: (member_expression) @o right: (object (pair value: (identifier) @n)) (#set! kind "export"))
(assignment_expression left: (member_expression) @o right: (identifier) @n (#set! kind "export"))

(call_expression function: (_) @c)
(new_expression constructor: (_) @c)
(decorator (_) @c)
