(jsx_opening_element name: (_) @c)
(jsx_self_closing_element name: (_) @c)
