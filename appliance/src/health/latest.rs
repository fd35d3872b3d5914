//! The latest activities, as lines, for whoever watches: `adtap top`.
//!
//! Nobody watching costs nothing but a look at a number for each batch. Whoever asks pays for so many lines in advance; they are made while
//! there is credit, so that no flood of activities costs more.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Lines kept, and made for one who asks.
const LINES: usize = 100;

/// The latest activities, shared by the store stage and the web.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latest(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    credit: AtomicU32,
    lines: Mutex<VecDeque<String>>,
}

impl Latest {
    /// Shows a batch to whoever watches; `line` is called only for what is shown.
    pub(crate) fn show<T>(&self, batch: &[T], line: impl Fn(&T) -> String) {
        let credit = self.0.credit.load(Ordering::Relaxed);
        if credit == 0 || batch.is_empty() {
            return;
        }
        let shown = batch.len().min(credit as usize);
        let newest = batch.get(batch.len() - shown..).unwrap_or_default();
        let made: Vec<_> = newest.iter().map(line).collect();
        self.0.credit.store(
            credit.saturating_sub(u32::try_from(shown).unwrap_or(u32::MAX)),
            Ordering::Relaxed,
        );
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend(made);
        let surplus = lines.len().saturating_sub(LINES);
        lines.drain(..surplus);
    }

    /// The latest lines, oldest first; more are made from now on.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.credit.store(LINES as u32, Ordering::Relaxed);
        let lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_made_for_those_who_ask() {
        let latest = Latest::default();
        let line = |number: &u32| number.to_string();
        latest.show(&[1, 2], |_| panic!("nobody watches"));
        assert!(latest.lines().is_empty());
        latest.show(&[3, 4], line);
        let many: Vec<u32> = (5..1_000).collect();
        latest.show(&many, line);
        latest.show(&[1_000], |_| panic!("the credit is used up"));
        let lines = latest.lines();
        assert_eq!((lines.len(), lines.last().map(String::as_str)), (LINES, Some("999")));
    }
}
