(class_declaration name: (_) @n superclass: (_)? @x interfaces: (_)? @x body: (_) @b (#set! kind "class")) @d
(interface_declaration name: (_) @n (extends_interfaces)? @x body: (_) @b (#set! kind "interface")) @d
(annotation_type_declaration name: (_) @n body: (_) @b (#set! kind "interface")) @d
(enum_declaration name: (_) @n interfaces: (_)? @x body: (_) @b (#set! kind "enum")) @d
(record_declaration name: (_) @n interfaces: (_)? @x body: (_) @b (#set! kind "record")) @d
(record_declaration parameters: (formal_parameters (formal_parameter type: (_) @t name: (_) @n) @d) (#set! kind "field"))
(enum_constant name: (_) @n body: (_)? @v (#set! kind "field")) @d
(method_declaration type: (_) @t name: (_) @n body: (_)? @b (#set! kind "method")) @d
(annotation_type_element_declaration type: (_) @t name: (_) @n (#set! kind "method")) @d
(constructor_declaration name: (_) @n body: (_) @b (#set! kind "constructor")) @d
(compact_constructor_declaration name: (_) @n body: (_) @b (#set! kind "constructor")) @d
(field_declaration type: (_) @t declarator: (variable_declarator name: (_) @n value: (_)? @v) (#set! kind "field")) @d
(constant_declaration type: (_) @t declarator: (variable_declarator name: (_) @n) (#set! kind "constant")) @d

(import_declaration (#set! kind "text")) @i
(package_declaration [(identifier) (scoped_identifier)] @p (#set! kind "package"))

(method_invocation object: (_)? @o name: (_) @c (#set! kind "member"))
(object_creation_expression type: (_) @c)
(explicit_constructor_invocation constructor: (_) @c)
(method_reference (_) @o (identifier) @c . (#set! kind "member"))
(marker_annotation name: (_) @c)
(annotation name: (_) @c)
