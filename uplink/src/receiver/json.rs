//! JSON objects written straight into a text.

use std::fmt::{Display, Write};

/// An object being written; nothing is written for values that are absent.
pub(super) struct Object<'a> {
    text: &'a mut String,
    empty: bool,
}

impl<'a> Object<'a> {
    /// Begins an object at the end of `text`.
    pub(super) fn begin(text: &'a mut String) -> Self {
        text.push('{');
        Self { text, empty: true }
    }

    /// Adds a text, where it is not empty.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.name(name);
            quote(value, self.text);
        }
    }

    /// Adds what `value` prints, as a text; it holds nothing that needs escaping.
    pub(super) fn print(&mut self, name: &str, value: impl Display) {
        self.name(name);
        let _ = write!(self.text, "\"{value}\""); // a string takes everything
    }

    /// Adds a number.
    pub(super) fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        let _ = write!(self.text, "{value}"); // a string takes everything
    }

    /// Ends it.
    pub(super) fn end(self) {
        self.text.push('}');
    }

    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.empty) {
            self.text.push(',');
        }
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
    }
}

/// A string as RFC 8259 §7 wants it.
fn quote(value: &str, text: &mut String) {
    text.push('"');
    let mut rest = value;
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < b' ' || byte == b'"' || byte == b'\\')
    {
        let (plain, special) = rest.split_at(at);
        text.push_str(plain);
        let mut after = special.chars();
        match after.next() {
            Some(char @ ('"' | '\\')) => text.extend(['\\', char]),
            Some(char) => {
                let _ = write!(text, "\\u{:04x}", u32::from(char)); // a string takes everything
            }
            None => {}
        }
        rest = after.as_str();
    }
    text.push_str(rest);
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reader_reads_it() {
        let value = "a \"b\" \\c\\ \n\u{1}\u{7f} jürgen Иван";
        let mut text = String::new();
        let mut object = Object::begin(&mut text);
        object.text("absent", "");
        object.text("value", value);
        object.number("count", 3);
        object.print("printed", 4.5);
        object.end();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, serde_json::json!({"value": value, "count": 3, "printed": "4.5"}));
    }
}
