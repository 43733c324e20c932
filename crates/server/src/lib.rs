//! The lanes, the threads that drive them, start and stop.
