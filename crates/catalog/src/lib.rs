//! What a script can name: functions, variables, parameters, RPCs, event routes.
