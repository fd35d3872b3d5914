//! `[kerberos]`: the keys that open tickets, read once before anything else runs.
//!
//! A keytab that cannot be read is a reason not to start: whoever names one relies on what it tells.

use std::path::PathBuf;
use std::sync::Arc;

use parsers::kerberos::keytab::Keys;
use serde::Deserialize;

use crate::exit::{Code, Failure};

/// The largest keytab that is taken.
const MAX_SIZE: u64 = 4 << 20;

/// `[kerberos]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct KerberosConfig {
    /// Keytabs (MIT format 0x502) whose keys open tickets; none by default.
    keytab: Paths,
}

/// One file, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "keytab wants a path or a list of paths")]
enum Paths {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

impl Default for Paths {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl KerberosConfig {
    /// The files.
    pub(crate) fn files(&self) -> &[PathBuf] {
        match &self.keytab {
            Paths::One(path) => std::slice::from_ref(path),
            Paths::Several(paths) => paths,
        }
    }

    /// The keys of all files; none where no file is named.
    pub(crate) fn keys(&self) -> Result<Option<Arc<Keys>>, Failure> {
        let mut keys = Keys::default();
        for path in self.files() {
            let refused = |what: String| {
                let sentence = format!(
                    "kerberos.keytab: {}: {what}; nothing was started; give a keytab that can be read, or none",
                    path.display()
                );
                Failure::new(Code::NoInput, sentence)
            };
            let size = std::fs::metadata(path)
                .map_err(|error| refused(error.to_string()))?
                .len();
            if size > MAX_SIZE {
                return Err(refused(format!("{size} octets are no keytab")));
            }
            let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
            let more = Keys::read(bytes).map_err(|malformed| refused(malformed.0.to_owned()))?;
            if more.is_empty() {
                return Err(refused("it holds no key of AES or RC4".into()));
            }
            keys.add(more);
        }
        Ok((!keys.is_empty()).then(|| Arc::new(keys)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> KerberosConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn one_path_or_several_or_none() {
        assert!(config("").keys().unwrap().is_none());
        assert_eq!(config("keytab = \"a\"").files(), [PathBuf::from("a")]);
        assert_eq!(config("keytab = [\"a\", \"b\"]").files().len(), 2);
        assert!(toml::from_str::<KerberosConfig>("keytab = 3").is_err());
    }

    #[test]
    fn what_is_no_keytab_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keytab");
        let said = |path: &std::path::Path| {
            let keytab = Paths::One(path.into());
            KerberosConfig { keytab }.keys().unwrap_err().to_string()
        };
        assert!(said(&path).starts_with("kerberos.keytab: "), "{}", said(&path));
        std::fs::write(&path, b"\x05\x01").unwrap();
        assert!(said(&path).contains("no keytab of format 0x502"), "{}", said(&path));
        std::fs::write(&path, b"\x05\x02").unwrap();
        assert!(said(&path).contains("no key"), "{}", said(&path));
    }
}
