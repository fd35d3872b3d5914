//! Activities as `adtap.v1.Activity`: written straight from [`resolver::Resolved`], read without copying.
//!
//! This is the hot path of the store stage and of the receiver, so neither direction builds the generated types: [`encode`]
//! writes fields in order into a buffer that is used again, [`view`] lends what it reads. The tests hold both against the
//! generated types.

mod encode;
mod field;
#[cfg(test)]
mod tests;
pub(crate) mod view;

pub use encode::encode;
