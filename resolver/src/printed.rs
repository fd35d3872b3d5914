//! What something prints as, made once: the computers behind a few addresses are printed with nearly every activity.

use std::sync::OnceLock;

/// The printed form of the value it is a field of, which does not change any more once it was printed. No part of what the value
/// is: all are equal, and a copy starts empty.
#[derive(Debug, Default)]
pub struct Printed(OnceLock<Box<[u8]>>);

impl Printed {
    /// The form, which `print` makes the first time.
    pub(crate) fn or_print(&self, print: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        self.0.get_or_init(|| {
            let mut bytes = Vec::new();
            print(&mut bytes);
            bytes.into_boxed_slice()
        })
    }
}

impl Clone for Printed {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Printed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Printed {}
