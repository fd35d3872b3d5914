//! Kerberos by the system's MIT library (feature `gssapi`): what it is told, which it is by its environment alone.
//!
//! A keytab, and where tickets are kept, are named by variables that the library reads (kerberos(7), krb5.conf(5)). A process cannot
//! safely change its own environment once it has threads, and need not: what the configuration asks for is set before anything else
//! happens, and adtap executes itself anew with it, once. Nothing else is ever executed, and that not when it is confined.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::config::Config;
use crate::exit::{Code, Failure};

/// Whether this adtap was built with it.
pub(crate) const BUILT: bool = cfg!(feature = "gssapi");

/// KDC over TCP (RFC 4120 §7.2.2), where an answer does not fit into a datagram.
pub(crate) const KDC: u16 = 88;

/// What is said where it was not built, behind what asks for it.
pub(crate) const ABSENT: &str = "this adtap was built without Kerberos; the file is refused; take one that was built with --features gssapi (docs/wef.md says what that needs)";

/// The variables that `config` needs, with their values.
fn variables(config: &Config) -> Vec<(&'static str, OsString)> {
    let file = |path: &Path| {
        let mut name = OsString::from("FILE:");
        name.push(path);
        name
    };
    let mut variables = Vec::new();
    if let Some(keytab) = &config.events.wef.keytab {
        variables.push(("KRB5_KTNAME", file(keytab)));
        // Who sends a stolen ticket again has not its key, and nothing is taken that is not sealed by that.
        variables.push(("KRB5RCACHENAME", "none:".into()));
    }
    if let Some(keytab) = config.directory.keytab() {
        variables.push(("KRB5_CLIENT_KTNAME", file(keytab)));
        variables.push(("KRB5CCNAME", "MEMORY:adtap".into()));
    }
    variables
}

/// Whether the library is told what `config` asks for.
pub(crate) fn is_told(config: &Config) -> bool {
    let told = |(name, value): &(&str, OsString)| std::env::var_os(name).as_ref() == Some(value);
    !BUILT || variables(config).iter().all(told)
}

/// Tells the library what `config` asks for; returns when it is told.
///
/// # Errors
/// adtap cannot execute itself.
pub(crate) fn tell(config: &Config) -> Result<(), Failure> {
    if is_told(config) {
        return Ok(());
    }
    let own = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
    let error = Command::new(&own)
        .args(std::env::args_os().skip(1))
        .envs(variables(config))
        .exec();
    let sentence = format!(
        "{}: cannot be executed anew ({error}); Kerberos cannot be told its keytab; set {} in adtap's environment",
        own.display(),
        variables(config)
            .iter()
            .map(|(name, value)| format!("{name}={}", value.display()))
            .collect::<Vec<_>>()
            .join(" ")
    );
    Err(Failure::new(Code::NoPermission, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_for_no_kerberos_needs_nothing() {
        let config = Config::default();
        assert!(variables(&config).is_empty() && is_told(&config));
        assert!(tell(&config).is_ok());
    }

    #[test]
    fn each_keytab_has_its_variable() {
        let mut config = Config::default();
        config.events.wef.keytab = Some("/etc/adtap/http.keytab".into());
        let told: Vec<_> = variables(&config);
        assert_eq!(told[0], ("KRB5_KTNAME", "FILE:/etc/adtap/http.keytab".into()));
        assert_eq!(told[1].0, "KRB5RCACHENAME");
        assert_eq!(is_told(&config), !BUILT);
    }
}
