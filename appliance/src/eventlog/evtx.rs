//! Event logs of Windows. The format is read by a library; what it makes of a damaged file is an error, and no more.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use evtx::{EvtxParser, ParserSettings};

/// Gives every record of the log at `path` to `each`, as XML.
pub(super) fn records(path: &Path, mut each: impl FnMut(&str)) -> Result<(), String> {
    let read = || {
        let settings = ParserSettings::new().num_threads(1).indent(false);
        let parser = EvtxParser::from_path(path).map_err(|error| causes(&error))?;
        let mut parser = parser.with_configuration(settings);
        let mut damaged = None;
        for record in parser.records() {
            match record {
                Ok(record) => each(&record.data),
                // A damaged record costs itself.
                Err(error) => damaged = damaged.or_else(|| Some(causes(&error))),
            }
        }
        damaged.map_or(Ok(()), Err)
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("the event log is damaged beyond reading".to_owned()))
}

/// An error with what it comes from.
fn causes(error: &dyn Error) -> String {
    let (mut text, mut next) = (error.to_string(), error.source());
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The log that is cut.
    const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/tests/data/two-events.evtx");

    fn read(path: &Path) -> (Vec<String>, Result<(), String>) {
        let mut read = Vec::new();
        let result = records(path, |record| read.push(record.to_owned()));
        (read, result)
    }

    #[test]
    fn a_log_cut_anywhere_gives_the_records_before_and_no_panic() {
        let (whole, result) = read(Path::new(LOG));
        assert_eq!((whole.len(), result), (2, Ok(())));
        let octets = fs::read(LOG).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &octets).unwrap();
        for end in (0..octets.len()).rev() {
            file.as_file().set_len(end as u64).unwrap();
            let (read, result) = read(file.path());
            assert!(whole.starts_with(&read), "{end}");
            let panicked = result.is_err_and(|what| what.contains("beyond reading"));
            assert!(!panicked, "{end}");
        }
    }
}
