(function_declaration name: (identifier) @n return_type: (_)? @t body: (_) @b (#set! kind "function")) @d
(function_signature name: (identifier) @n return_type: (_)? @t (#set! kind "function")) @d
(generator_function_declaration name: (identifier) @n return_type: (_)? @t body: (_) @b (#set! kind "function")) @d
(class_declaration name: (_) @n (class_heritage)? @x body: (_) @b (#set! kind "class")) @d
(abstract_class_declaration name: (_) @n (class_heritage)? @x body: (_) @b (#set! kind "class")) @d
(interface_declaration name: (_) @n (extends_type_clause)? @x body: (_) @b (#set! kind "interface")) @d
(type_alias_declaration name: (_) @n (#set! kind "type")) @d
(enum_declaration name: (_) @n body: (_) @b (#set! kind "enum")) @d
(enum_body name: (_) @n (#set! kind "field"))
(enum_assignment name: (_) @n (#set! kind "field")) @d
(internal_module name: (_) @n body: (_) @b (#set! kind "module")) @d
(module name: (_) @n body: (_) @b (#set! kind "module")) @d
(method_definition name: (_) @n return_type: (_)? @t body: (_) @b (#set! kind "method")) @d
(method_signature name: (_) @n return_type: (_)? @t (#set! kind "method")) @d
(abstract_method_signature name: (_) @n return_type: (_)? @t (#set! kind "method")) @d
(public_field_definition name: (_) @n type: (_)? @t value: (_)? @v (#set! kind "field")) @d
(property_signature name: (_) @n type: (_)? @t (#set! kind "field")) @d
(required_parameter (accessibility_modifier) pattern: (identifier) @n type: (_)? @t (#set! kind "parameter")) @d
(lexical_declaration (variable_declarator name: (identifier) @n type: (_)? @t value: (_)? @v) (#set! kind "variable")) @d
(variable_declaration (variable_declarator name: (identifier) @n type: (_)? @t value: (_)? @v) (#set! kind "variable")) @d
