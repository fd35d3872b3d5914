//! The bars of the benches: each figure stands beside its own, and what misses one by more than [`ALLOWANCE`] fails the bench.

use anyhow::bail;

/// By how much of a bar a figure may miss it: machines that others use are noisy.
const ALLOWANCE: f64 = 0.15;

/// What a figure is held against.
pub(crate) struct Bar {
    title: &'static str,
    value: f64,
    /// Whether more than it is worse; else less.
    most: bool,
}

impl Bar {
    /// A figure that should not be above `value`.
    pub(crate) const fn most(title: &'static str, value: f64) -> Self {
        Self {
            title,
            value,
            most: true,
        }
    }

    /// A figure that should not be below `value`.
    pub(crate) const fn least(title: &'static str, value: f64) -> Self {
        Self {
            title,
            value,
            most: false,
        }
    }

    /// Prints the figure beside the bar, and says whether it is met within the allowance. A figure that is no number is not.
    pub(crate) fn holds(&self, figure: f64) -> bool {
        let (word, met) = match self.most {
            true => ("at most", figure <= self.value),
            false => ("at least", figure >= self.value),
        };
        let allowed = match self.most {
            true => figure <= self.value * (1.0 + ALLOWANCE),
            false => figure >= self.value * (1.0 - ALLOWANCE),
        };
        let verdict = match (met, allowed) {
            (true, _) => "met",
            (false, true) => "within the allowance",
            (false, false) => "MISSED",
        };
        println!(
            "bar: {:<44} {figure:>9.2}, {word} {:.2}: {verdict}",
            self.title, self.value
        );
        allowed
    }
}

/// An error where a bar was missed.
pub(crate) fn all(held: &[bool]) -> anyhow::Result<()> {
    let missed = held.iter().filter(|held| !**held).count();
    if missed > 0 {
        let allowance = ALLOWANCE * 100.0;
        bail!(
            "bench: {missed} of {} bars missed by more than {allowance:.0} %; the lines above that begin with bar: say which",
            held.len()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_may_miss_its_bar_by_the_allowance_and_no_more() {
        let (most, least) = (Bar::most("s", 1.0), Bar::least("p/s", 5.0));
        assert_eq!(
            [0.9, 1.14, 1.16, f64::NAN].map(|figure| most.holds(figure)),
            [true, true, false, false]
        );
        assert_eq!(
            [6.0, 4.3, 4.2, f64::NAN].map(|figure| least.holds(figure)),
            [true, true, false, false]
        );
    }

    #[test]
    fn one_that_was_missed_fails_the_bench() {
        assert!(all(&[true, true]).is_ok());
        let told = all(&[true, false]).unwrap_err().to_string();
        assert!(
            told.starts_with("bench: 1 of 2 bars missed by more than 15 %"),
            "{told}"
        );
    }
}
