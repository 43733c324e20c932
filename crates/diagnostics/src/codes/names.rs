//! Names: functions, variables, modules, parameters that nobody knows.

super::family! {}
