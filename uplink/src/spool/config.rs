//! What an operator may set about the spool.

use std::path::PathBuf;

use serde::Deserialize;

/// The `[spool]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct SpoolConfig {
    /// The folder; one spool, one folder.
    pub directory: PathBuf,
    /// Bytes on disk at most; the oldest segment is evicted, and counted, to stay below.
    pub max_bytes: u64,
    /// Bytes after which a new segment begins.
    pub segment_bytes: u64,
    /// An activity is synced at the latest when so many milliseconds have passed since it was appended and another one comes.
    pub commit_ms: u64,
    /// And at the latest when so many bytes wait.
    pub commit_bytes: usize,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("/var/lib/adtap/spool"),
            max_bytes: 1 << 30,
            segment_bytes: 8 << 20,
            commit_ms: 50,
            commit_bytes: 4 << 20,
        }
    }
}

impl SpoolConfig {
    /// The default, in `directory`.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            ..Self::default()
        }
    }

    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.directory.as_os_str().is_empty() {
            problems.push("spool.directory: empty; there is nowhere to keep activities; name a folder".into());
        }
        if self.segment_bytes < 4_096 {
            problems.push(format!(
                "spool.segment-bytes: {} is less than 4096; nearly every activity would be a file; choose 8388608",
                self.segment_bytes
            ));
        }
        if self.max_bytes < self.segment_bytes.saturating_mul(2) {
            problems.push(format!(
                "spool.max-bytes: {} is less than two segments of {}; every new segment would evict the last; make it larger",
                self.max_bytes, self.segment_bytes
            ));
        }
        if self.commit_ms > 60_000 {
            problems.push(format!(
                "spool.commit-ms: {} is more than a minute; a power cut would lose that much; choose 200",
                self.commit_ms
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound() {
        assert_eq!(SpoolConfig::default().problems(), Vec::<String>::new());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let config: SpoolConfig =
            serde_json::from_str(r#"{"directory": "", "max-bytes": 1, "segment-bytes": 1, "commit-ms": 99999}"#)
                .unwrap();
        assert_eq!(config.problems().len(), 4);
        assert!(serde_json::from_str::<SpoolConfig>(r#"{"max": 1}"#).is_err());
    }
}
