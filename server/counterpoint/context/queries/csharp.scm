(class_declaration name: (_) @n (base_list)? @x body: (_)? @b (#set! kind "class")) @d
(struct_declaration name: (_) @n (base_list)? @x body: (_)? @b (#set! kind "struct")) @d
(interface_declaration name: (_) @n (base_list)? @x body: (_)? @b (#set! kind "interface")) @d
(record_declaration name: (_) @n (base_list)? @x body: (_)? @b (#set! kind "record")) @d
(record_declaration (parameter_list (parameter type: (_) @t name: (_) @n (#set! kind "field")) @d))
(enum_declaration name: (_) @n body: (_) @b (#set! kind "enum")) @d
(enum_member_declaration name: (_) @n (#set! kind "field")) @d
(delegate_declaration type: (_) @t name: (_) @n (#set! kind "type")) @d
(method_declaration returns: (_) @t name: (_) @n body: (_)? @b (#set! kind "method")) @d
(constructor_declaration name: (_) @n body: (_)? @b (#set! kind "constructor")) @d
(property_declaration type: (_) @t name: (_) @n (#set! kind "field")) @d
(event_declaration type: (_) @t name: (_) @n (#set! kind "field")) @d
(field_declaration (variable_declaration type: (_) @t (variable_declarator name: (_) @n)) (#set! kind "field")) @d
(event_field_declaration (variable_declaration type: (_) @t (variable_declarator name: (_) @n)) (#set! kind "field")) @d
(local_function_statement type: (_) @t name: (_) @n body: (_)? @b (#set! kind "function")) @d

(using_directive (#set! kind "text")) @i
(namespace_declaration name: (_) @p (#set! kind "package"))
(file_scoped_namespace_declaration name: (_) @p (#set! kind "package"))

(invocation_expression function: (_) @c)
(object_creation_expression type: (_) @c)
(attribute name: (_) @c)
