//! JSON lines: an object of the directory a line, attribute names to a value or a list of values.

use serde_json::{Map, Value};

use super::base64;
use super::record::{Attribute, Record, guid_bytes, sid};

/// The object on one line, or what is wrong with it.
pub(crate) fn record(number: u64, line: &[u8]) -> Result<Record, &'static str> {
    let object: Map<String, Value> = serde_json::from_slice(line).map_err(|_| "the line is no JSON object")?;
    let mut record = Record {
        line: number,
        ..Record::default()
    };
    for (name, value) in object {
        if name.eq_ignore_ascii_case("dn") {
            record.dn = value.as_str().unwrap_or_default().into();
        } else if let Some(attribute) = Attribute::of(name.as_bytes()) {
            add(&mut record, attribute, value);
        }
    }
    if record.dn.is_empty() {
        record.dn = record.text(Attribute::DistinguishedName).ok_or("it has no dn")?;
    }
    Ok(record)
}

/// Adds one value, or each of a list; lists within lists are no values.
fn add(record: &mut Record, attribute: Attribute, value: Value) {
    let values = match value {
        Value::Array(values) => values,
        single => vec![single],
    };
    for value in values {
        let bytes = match value {
            Value::String(text) => bytes(attribute, text),
            Value::Number(number) => number.to_string().into_bytes(),
            Value::Bool(holds) => holds.to_string().into_bytes(),
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
        };
        record.values.push((attribute, bytes));
    }
}

/// JSON has no bytes: SIDs and GUIDs that are not written as text are base64.
fn bytes(attribute: Attribute, value: String) -> Vec<u8> {
    let known = match attribute {
        Attribute::ObjectSid | Attribute::SidHistory => sid(value.as_bytes()).is_some(),
        Attribute::ObjectGuid => guid_bytes(value.as_bytes()).is_some(),
        _ => true,
    };
    if known {
        return value.into_bytes();
    }
    base64::decode(value.as_bytes()).unwrap_or_else(|| value.into_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strings_lists_and_numbers() {
        let record = record(
            7,
            r#"{"DN":"CN=bob,DC=lab","objectclass":["top","user"],"userAccountControl":512,"objectSid":"AQIAAAAAAAUgAAAAIAIAAA=="}"#
                .as_bytes(),
        )
        .unwrap();
        assert_eq!((record.dn.as_str(), record.line), ("CN=bob,DC=lab", 7));
        assert!(record.is("user"));
        assert_eq!(record.number(Attribute::UserAccountControl), Some(512));
        assert_eq!(
            record.all(Attribute::ObjectSid).next().and_then(sid).as_deref(),
            Some("S-1-5-32-544")
        );
    }

    #[test]
    fn what_is_no_object_is_told() {
        assert_eq!(record(1, b"[1]"), Err("the line is no JSON object"));
        assert_eq!(record(1, b"{}"), Err("it has no dn"));
    }

    proptest! {
        #[test]
        fn no_input_panics(line in ".{0,200}") {
            let _ = record(1, line.as_bytes());
        }
    }
}
