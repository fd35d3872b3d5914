//! Behaviour of whole conversations.
