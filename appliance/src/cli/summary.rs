//! The summary at the end of a run: what was seen, what came of it, and what was lost or skipped and why.

use std::fmt::Write;

use crate::worker::Totals;

/// Prints the totals of reading to stderr.
pub(super) fn totals(totals: &Totals) {
    eprint!("{}", text(totals));
}

fn text(totals: &Totals) -> String {
    let (stats, counters) = (&totals.stats, &totals.counters);
    let mut text = String::new();
    let sum = |rows: &[(&'static str, u64)]| rows.iter().map(|(_, count)| count).sum::<u64>();
    let (skipped, malformed, lost) = (stats.skipped(), stats.malformed(), stats.lost());
    let _ = writeln!(
        text,
        "frames      {} = {} decoded + {} skipped + {} malformed + {} lost",
        number(stats.frames()),
        number(stats.decoded()),
        number(sum(&skipped)),
        number(sum(&malformed)),
        number(sum(&lost)),
    );
    for (title, rows) in [("skipped", skipped), ("malformed", malformed), ("lost", lost), ("tcp", stats.streams())] {
        section(&mut text, title, rows.iter().map(|(name, count)| ((*name).to_owned(), *count)));
    }
    section(&mut text, "messages", counters.messages().map(|(id, count)| (id.name().to_owned(), count)));
    let bad = counters.malformed();
    section(&mut text, "malformed", bad.iter().map(|(id, what, count)| (format!("{}: {what}", id.name()), *count)));
    section(&mut text, "limits hit", counters.limits().into_iter().map(|(name, count)| (name.to_owned(), count)));
    let unread = counters.opaque_bytes();
    section(&mut text, "unread bytes", unread.into_iter().map(|(name, count)| (name.to_owned(), count)));
    if totals.panics > 0 {
        let _ = writeln!(text, "defects     {} flows were given up because a parser failed; please report it", totals.panics);
    }
    text
}

/// One line: a title and its non-zero rows.
pub(super) fn section(text: &mut String, title: &str, rows: impl Iterator<Item = (String, u64)>) {
    let rows: Vec<String> =
        rows.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {}", number(count))).collect();
    if !rows.is_empty() {
        let _ = writeln!(text, "{title:<12}{}", rows.join(", "));
    }
}

/// A number with thousands set apart: `1,331,072`.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_331_072), "1,331,072");
    }
}
