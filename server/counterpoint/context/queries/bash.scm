(function_definition name: (_) @n body: (_) @b (#set! kind "function")) @d
(variable_assignment name: (variable_name) @n (#set! kind "variable")) @d

(command name: (command_name) @r argument: (_) @m (#set! kind "source"))
(command name: (command_name (word) @c))
