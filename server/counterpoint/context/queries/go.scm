(function_declaration name: (identifier) @n result: (_)? @t body: (_)? @b (#set! kind "function")) @d
(method_declaration receiver: (parameter_list) @o name: (_) @n result: (_)? @t body: (_)? @b (#set! kind "method")) @d
(type_spec name: (_) @n type: (struct_type) @b (#set! kind "struct")) @d
(type_spec name: (_) @n type: (interface_type) @b (#set! kind "interface")) @d
(type_spec name: (_) @n type: [(type_identifier) (qualified_type) (function_type) (map_type) (slice_type) (pointer_type) (array_type) (channel_type) (generic_type)] @t (#set! kind "type")) @d
(type_alias name: (_) @n type: (_) @t (#set! kind "type")) @d
(field_declaration name: (_) @n type: (_) @t (#set! kind "field")) @d
(field_declaration !name type: (_) @e (#set! kind "embed"))
(interface_type (type_elem . (_) @e .) (#set! kind "embed"))
(method_elem name: (_) @n result: (_)? @t (#set! kind "method")) @d
(const_spec name: (_) @n type: (_)? @t (#set! kind "constant")) @d
(var_spec name: (_) @n type: (_)? @t value: (_)? @v (#set! kind "variable")) @d
(func_literal (#set! kind "scope")) @d

(import_spec name: (_)? @a path: (_) @m (#set! kind "import"))
(package_clause (package_identifier) @p (#set! kind "package"))

(call_expression function: (_) @c)
(composite_literal type: [(type_identifier) (qualified_type)] @c)
