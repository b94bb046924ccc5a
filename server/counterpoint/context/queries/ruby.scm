(class name: (_) @n superclass: (_)? @x body: (_)? @b (#set! kind "class")) @d
(module name: (_) @n body: (_)? @b (#set! kind "module")) @d
(method name: (_) @n parameters: (_)? @q body: (_)? @b (#set! kind "method")) @d
(singleton_method name: (_) @n parameters: (_)? @q body: (_)? @b (#set! kind "method")) @d
(assignment left: (constant) @n right: (_)? @v (#set! kind "constant")) @d
(assignment left: [(instance_variable) (class_variable)] @n right: (_)? @v (#set! kind "selfield")) @d
(assignment left: (global_variable) @n right: (_)? @v (#set! kind "variable")) @d
(call !receiver method: (identifier) @r arguments: (argument_list (simple_symbol) @n) (#set! kind "accessor")) @d
(call !receiver method: (identifier) @r arguments: (argument_list . (string) @m) (#set! kind "require"))
(call !receiver method: (identifier) @r arguments: (argument_list [(constant) (scope_resolution)] @e) (#set! kind "mixin"))

(call receiver: (_)? @o method: (_) @c (#set! kind "member"))
