(function_definition type: (_)? @t declarator: (_) @n body: (_)? @b (#set! kind "cfunction")) @d
(declaration type: (_)? @t declarator: (_) @n (#set! kind "cvariable")) @d
(type_definition
  type: [(primitive_type) (type_identifier) (sized_type_specifier) (qualified_identifier) (template_type) (class_specifier)
    (struct_specifier name: (_)) (union_specifier name: (_)) (enum_specifier name: (_))] @t
  declarator: (_) @n (#set! kind "ctype")) @d
(alias_declaration name: (_) @n type: (_) @t (#set! kind "type")) @d
(type_definition type: (struct_specifier !name body: (_) @b) declarator: (type_identifier) @n (#set! kind "struct")) @d
(type_definition type: (union_specifier !name body: (_) @b) declarator: (type_identifier) @n (#set! kind "union")) @d
(type_definition type: (enum_specifier !name body: (_) @b) declarator: (type_identifier) @n (#set! kind "enum")) @d
(class_specifier name: (_) @n (base_class_clause)? @x body: (_) @b (#set! kind "class")) @d
(struct_specifier name: (_) @n (base_class_clause)? @x body: (_) @b (#set! kind "struct")) @d
(union_specifier name: (_) @n body: (_) @b (#set! kind "union")) @d
(enum_specifier name: (_) @n body: (_) @b (#set! kind "enum")) @d
(concept_definition name: (_) @n (#set! kind "type")) @d
(enumerator name: (_) @n (#set! kind "enumerator")) @d
(field_declaration type: (_) @t declarator: (_) @n (#set! kind "cfield")) @d
(preproc_def name: (_) @n (#set! kind "macro")) @d
(preproc_function_def name: (_) @n parameters: (_) @b (#set! kind "macro")) @d
(lambda_expression (#set! kind "scope")) @d

(preproc_include path: (_) @m (#set! kind "include"))
(using_declaration (#set! kind "text")) @i
(namespace_definition name: (_) @p (#set! kind "package"))

(call_expression function: (_) @c)
(new_expression type: (_) @c)
