//! Shared secrets, read from files that are nobody else's business.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::exit::{Code, Failure};

/// Octets of a secret at most; RADIUS itself sets no limit.
const MAX: u64 = 1_024;

/// Reads the secret in `path`, without the line's end that editors write behind it. `owner` is whose it is.
pub(super) fn read(path: &Path, owner: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let refused = |what: String| {
        let sentence = format!(
            "radius.clients: {owner:?}: {}: {what}; nothing was started; write the secret into that file, readable by adtap's user alone",
            path.display()
        );
        Failure::new(Code::NoInput, sentence)
    };
    let file = File::open(path).map_err(|error| refused(format!("it cannot be read ({error})")))?;
    let mode = file.metadata().map_or(0, |metadata| metadata.mode());
    if mode & 0o007 != 0 {
        tracing::warn!(
            "{}: every user of this host can read the secret of {owner:?}; chmod 600 {0}",
            path.display()
        );
    }
    let mut secret = Zeroizing::new(Vec::with_capacity(MAX as usize + 1)); // it never moves
    file.take(MAX + 1)
        .read_to_end(&mut secret)
        .map_err(|error| refused(format!("it cannot be read ({error})")))?;
    while secret.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
        secret.pop();
    }
    match secret.len() as u64 {
        0 => Err(refused("it is empty".into())),
        size if size > MAX => Err(refused(format!("it is longer than {MAX} octets"))),
        _ => Ok(secret),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_end_is_no_part_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (text, secret) in [("xyzzy\n", "xyzzy"), ("a b\r\n", "a b"), (" x", " x")] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read(&path, "vpn").unwrap().as_slice(), secret.as_bytes());
        }
    }

    #[test]
    fn none_and_too_long_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(read(&path, "vpn").unwrap_err().sentence.contains("cannot be read"));
        std::fs::write(&path, "\n").unwrap();
        assert!(read(&path, "vpn").unwrap_err().sentence.contains("empty"));
        std::fs::write(&path, "x".repeat(2_000)).unwrap();
        assert!(read(&path, "vpn").unwrap_err().sentence.contains("longer"));
    }
}
