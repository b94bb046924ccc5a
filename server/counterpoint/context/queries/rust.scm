(function_item name: (_) @n return_type: (_)? @t body: (_) @b (#set! kind "function")) @d
(function_signature_item name: (_) @n return_type: (_)? @t (#set! kind "function")) @d
(struct_item name: (_) @n body: (_)? @b (#set! kind "struct")) @d
(union_item name: (_) @n body: (_)? @b (#set! kind "union")) @d
(enum_item name: (_) @n body: (_) @b (#set! kind "enum")) @d
(enum_variant name: (_) @n body: (_)? @v (#set! kind "field")) @d
(field_declaration name: (_) @n type: (_) @t (#set! kind "field")) @d
(trait_item name: (_) @n bounds: (_)? @x body: (_) @b (#set! kind "trait")) @d
(impl_item trait: (_)? @x type: (_) @n body: (_) @b (#set! kind "impl")) @d
(type_item name: (_) @n type: (_) @t (#set! kind "type")) @d
(associated_type name: (_) @n (#set! kind "type")) @d
(const_item name: (_) @n type: (_) @t (#set! kind "constant")) @d
(static_item name: (_) @n type: (_) @t (#set! kind "variable")) @d
(mod_item name: (_) @n body: (_) @b (#set! kind "module")) @d
(mod_item name: (_) @n !body (#set! kind "mod")) @d
(macro_definition name: (_) @n (#set! kind "macro")) @d

(use_declaration (#set! kind "text")) @i

(call_expression function: (_) @c)
(macro_invocation macro: (_) @c)
(struct_expression name: (_) @c)
