(function_definition) @function
(class_definition) @class
(assignment) @assign
(type_alias_statement) @type
(import_statement) @import
(import_from_statement) @import
