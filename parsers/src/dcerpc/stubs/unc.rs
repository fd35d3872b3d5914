//! Paths that a server is asked to open. One that lies on another host makes the server log on there, with its own account:
//! what coerces an authentication.

use compact_str::CompactString;

use super::Told;
use crate::activity::Kind;

impl Told {
    /// The call carries a path: `unc_path` and the host it leads to, or a local `path`.
    pub(super) fn path(&mut self, path: CompactString) {
        match host(&path) {
            Some(host) => {
                self.observed.host = Some(host.into());
                self.long("unc_path", path);
            }
            None => self.long("path", path),
        }
    }

    /// The path that was told as `name` may lie on another host: then the call coerces an authentication, whatever else it
    /// is.
    pub(super) fn leads_away(&mut self, name: &str) {
        let path = self.details.get_text(name).filter(|path| host(path).is_some());
        if let Some(path) = path.map(CompactString::new) {
            self.kind = Kind::AuthenticationCoercion;
            self.path(path);
        }
    }
}

/// The host of a path that has one: `\\host\share`, `//host/share`, `\\host@port\share`, `\\?\UNC\host\share`,
/// `\??\UNC\host\share` ([MS-DTYP] 2.2.57).
pub(super) fn host(path: &str) -> Option<&str> {
    let mut parts = path.split(['\\', '/']);
    let first = match (parts.next()?, parts.next()?) {
        ("", "") => parts.next()?,
        ("", "??") => "??",
        _ => return None,
    };
    let host = match first {
        "." | "?" | "??" => parts
            .next()
            .filter(|space| space.eq_ignore_ascii_case("unc"))
            .and(parts.next())?,
        host => host,
    };
    host.split('@').next().filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn every_notation_of_a_remote_path_names_its_host() {
        for path in [
            r"\\attacker\share\file",
            r"\\attacker",
            r"//attacker/share",
            r"\\attacker@8080\share",
            r"\\attacker@SSL@443\share",
            r"\\?\UNC\attacker\share",
            r"\\.\unc\attacker\share",
            r"\??\UNC\attacker\share",
        ] {
            assert_eq!(host(path), Some("attacker"), "{path}");
        }
    }

    #[test]
    fn a_local_path_has_no_host() {
        for path in [
            "",
            r"C:\Windows\evil.dll",
            r"\\?\C:\x",
            r"\??\C:\x",
            r"\\.\pipe\x",
            r"\Windows",
            r"\\",
        ] {
            assert_eq!(host(path), None, "{path}");
        }
    }
}
