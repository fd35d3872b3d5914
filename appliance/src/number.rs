//! Numbers as people read them: `1,234,567`, `0.3 %`, `1.5 GiB`, `3 h 20 min`.

/// With a comma between thousands.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How much `part` is of `whole`, from 0 to 1 and beyond; 0 of nothing is 0.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A share as a percentage, to as many places as tell it from none and from all.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let places = if percent == 0.0 || (percent - 100.0).abs() < f64::EPSILON {
        0
    } else if (0.1..99.95).contains(&percent) {
        1
    } else if (0.01..=99.99).contains(&percent) {
        2
    } else {
        4
    };
    format!("{percent:.places$} %")
}

/// Bytes in binary units.
pub(crate) fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            let places = usize::from(unit != "B" && value < 100.0);
            return format!("{value:.places$} {unit}");
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// Seconds, in the two largest units that apply.
pub(crate) fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, 0) => format!("{hours} h"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        (_, 0, _) => format!("{days} d"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(number),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0.0, 0.000_003, 0.0004, 0.003, 0.25, 0.9997, 1.0].map(percent),
            ["0 %", "0.0003 %", "0.04 %", "0.3 %", "25.0 %", "99.97 %", "100 %"]
        );
        assert_eq!(
            [0, 1_023, 1_536, 300 << 20, 5 << 40].map(bytes),
            ["0 B", "1023 B", "1.5 KiB", "300 MiB", "5.0 TiB"]
        );
        assert_eq!(
            [7, 60, 3_600, 12_000, 86_400, 180_000].map(duration),
            ["7 s", "1 min", "1 h", "3 h 20 min", "1 d", "2 d 2 h"]
        );
    }
}
