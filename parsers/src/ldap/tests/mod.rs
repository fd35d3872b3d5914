//! Tests of the whole protocol: conversations as they were captured or as they are written here, and what must always hold.

mod build;
mod changes;
mod conversations;
mod extended;
mod filters;
mod hostile;
mod oracle;
mod pings;
mod vectors;

pub(super) use build::{all, answered, attribute, message, octets, present, search_for, tlv};
