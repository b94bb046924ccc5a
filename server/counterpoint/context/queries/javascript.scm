(function_declaration name: (identifier) @n body: (_) @b (#set! kind "function")) @d
(generator_function_declaration name: (identifier) @n body: (_) @b (#set! kind "function")) @d
(class_declaration name: (identifier) @n (class_heritage)? @x body: (_) @b (#set! kind "class")) @d
(method_definition name: (_) @n body: (_) @b (#set! kind "method")) @d
(field_definition property: (_) @n value: (_)? @v (#set! kind "field")) @d
(lexical_declaration (variable_declarator name: (identifier) @n value: (_)? @v) (#set! kind "variable")) @d
(variable_declaration (variable_declarator name: (identifier) @n value: (_)? @v) (#set! kind "variable")) @d
