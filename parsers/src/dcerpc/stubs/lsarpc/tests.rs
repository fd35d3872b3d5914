//! Calls of real clients.
