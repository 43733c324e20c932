//! Virtual time, simulated network, scripted user agents, the spec runner.
