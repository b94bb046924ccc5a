(function_definition name: (identifier) @n return_type: (_)? @t body: (_) @b (#set! kind "function")) @d
(class_definition name: (identifier) @n superclasses: (argument_list)? @x body: (_) @b (#set! kind "class")) @d
(assignment left: (_) @n (#set! kind "assign")) @d
(type_alias_statement left: (type) @n (#set! kind "type")) @d

(import_statement name: (dotted_name) @m (#set! kind "import"))
(import_statement name: (aliased_import name: (dotted_name) @m alias: (identifier) @a) (#set! kind "import"))
(import_from_statement module_name: (_) @m name: (dotted_name) @n (#set! kind "import"))
(import_from_statement module_name: (_) @m
  name: (aliased_import name: (dotted_name) @n alias: (identifier) @a) (#set! kind "import"))
(import_from_statement module_name: (_) @m (wildcard_import) @n (#set! kind "import"))

(call function: (_) @c)
(decorator (_) @c)
