(function_definition name: (_) @n return_type: (_)? @t body: (_) @b (#set! kind "function")) @d
(class_declaration name: (_) @n (base_clause)? @x (class_interface_clause)? @x body: (_) @b (#set! kind "class")) @d
(interface_declaration name: (_) @n (base_clause)? @x body: (_) @b (#set! kind "interface")) @d
(trait_declaration name: (_) @n body: (_) @b (#set! kind "trait")) @d
(enum_declaration name: (_) @n (class_interface_clause)? @x body: (_) @b (#set! kind "enum")) @d
(enum_case name: (_) @n (#set! kind "field")) @d
(method_declaration name: (_) @n return_type: (_)? @t body: (_)? @b (#set! kind "method")) @d
(property_declaration type: (_)? @t (property_element name: (variable_name (name) @n) default_value: (_)? @v) (#set! kind "field")) @d
(property_promotion_parameter type: (_)? @t name: (variable_name (name) @n) (#set! kind "parameter")) @d
(const_declaration (const_element . (name) @n) (#set! kind "constant")) @d
(assignment_expression left: (member_access_expression object: (_) @o name: (_) @n) right: (_) @v (#set! kind "selfield")) @d
(use_declaration (_) @e (#set! kind "embed"))
(anonymous_function (#set! kind "scope")) @d

(namespace_use_declaration (#set! kind "text")) @i
(namespace_definition name: (_) @p (#set! kind "package"))
(require_expression (string) @m (#set! kind "include"))
(require_once_expression (string) @m (#set! kind "include"))
(include_expression (string) @m (#set! kind "include"))
(include_once_expression (string) @m (#set! kind "include"))

(function_call_expression function: [(name) (qualified_name)] @c)
(member_call_expression object: (_) @o name: (name) @c (#set! kind "member"))
(nullsafe_member_call_expression object: (_) @o name: (name) @c (#set! kind "member"))
(scoped_call_expression scope: (_) @o name: (name) @c (#set! kind "member"))
(object_creation_expression [(name) (qualified_name)] @c)
(attribute [(name) (qualified_name)] @c)
