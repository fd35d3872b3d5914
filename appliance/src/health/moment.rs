//! Moments in JSON: RFC 3339 as [`Timestamp`] prints it, read back with microseconds.

use capture::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    time.serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    read(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn read(text: &str) -> Result<Timestamp, jiff::Error> {
    let time: jiff::Timestamp = text.parse()?;
    Ok(
        Timestamp::new(time.as_second(), 0).after(std::time::Duration::from_nanos(
            u64::try_from(time.subsec_nanosecond()).unwrap_or_default(),
        )),
    )
}

/// The same for a moment that may be absent; skip it where it is.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp, read};

    pub(crate) fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        time.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| read(&text))
            .transpose()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_comes_back_as_it_was() {
        for nanos in [0, 1_763_600_000_123_456_000, -1_000_000_000] {
            assert_eq!(read(&Timestamp(nanos).to_string()).unwrap(), Timestamp(nanos));
        }
        assert!(read("yesterday").is_err());
    }
}
