//! Service principal names: `class/host[:port][/service]` ([MS-ADTS] 5.1.1.4), and the classes a host's own account answers for.

/// What the default sPNMappings of a forest map to `host`, and the classes that every host or domain controller has beside it.
const HOST_CLASSES: [&str; 64] = [
    "host",
    "alerter",
    "appmgmt",
    "browser",
    "cifs",
    "cisvc",
    "clipsrv",
    "dcom",
    "dhcp",
    "dmserver",
    "dns",
    "dnscache",
    "eventlog",
    "eventsystem",
    "fax",
    "http",
    "ias",
    "iisadmin",
    "mcsvc",
    "messenger",
    "msdtc",
    "msiserver",
    "netdde",
    "netddedsm",
    "netlogon",
    "netman",
    "nmagent",
    "oakley",
    "plugplay",
    "policyagent",
    "protectedstorage",
    "rasman",
    "remoteaccess",
    "replicator",
    "rpc",
    "rpclocator",
    "rpcss",
    "rsvp",
    "samss",
    "scardsvr",
    "scesrv",
    "schedule",
    "scm",
    "seclogon",
    "snmp",
    "spooler",
    "tapisrv",
    "time",
    "trksvr",
    "trkwks",
    "ups",
    "w3svc",
    "wins",
    "www",
    "gc",
    "ldap",
    "restrictedkrbhost",
    "termsrv",
    "wsman",
    "rpcserver",
    "nfs",
    "ntfrs",
    "dfsr",
    "hyper-v replica service",
];

/// A folded SPN in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Service<'a> {
    pub(crate) class: &'a str,
    /// Host without port.
    pub(crate) host: &'a str,
}

impl<'a> Service<'a> {
    /// The parts of `spn`; none where it names an account rather than a service.
    pub(crate) fn of(spn: &'a str) -> Option<Self> {
        let (class, rest) = spn.split_once('/')?;
        let host = rest.split('/').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        (!class.is_empty() && !host.is_empty()).then_some(Self { class, host })
    }

    /// Whether the account of the host itself answers for the class.
    pub(crate) fn is_of_host(self) -> bool {
        HOST_CLASSES.contains(&self.class)
    }
}

/// An SPN without the realm that a Kerberos principal name may end in.
pub(crate) fn without_realm(spn: &str) -> &str {
    match spn.split_once('/') {
        Some((_, rest)) if rest.contains('@') => spn.rsplit_once('@').map_or(spn, |(name, _)| name),
        _ => spn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_class_and_a_host() {
        let service = Service::of("mssqlsvc/sql1.lab.example:1433").unwrap();
        assert_eq!((service.class, service.host), ("mssqlsvc", "sql1.lab.example"));
        assert!(!service.is_of_host());
        assert_eq!(
            Service::of("ldap/dc1.lab.example/lab.example").unwrap().host,
            "dc1.lab.example"
        );
        assert_eq!(Service::of("alice"), None);
        assert_eq!(
            without_realm("cifs/dc1.lab.example@LAB.EXAMPLE"),
            "cifs/dc1.lab.example"
        );
        assert_eq!(without_realm("alice@lab.example"), "alice@lab.example");
    }
}
