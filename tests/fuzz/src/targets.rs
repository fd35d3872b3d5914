//! The targets by name: every protocol, every interface whose stubs are read, what is carried inside others, the pipeline.

use parsers::{PROTOCOLS, dcerpc};

use crate::{differential, dns, event, hello, lookup, pipeline, radius, read, stub, wef};

/// Something that must hold for any bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called on the command line, and its folder of seeds.
    pub name: &'static str,
    /// Panics where something does not hold.
    pub run: fn(&[u8]),
}

fn protocol<const ROW: usize>(data: &[u8]) {
    if let Some(registration) = PROTOCOLS.get(ROW) {
        read::conversation(registration, data);
    }
}

fn interface<const ROW: usize>(data: &[u8]) {
    let registration = &dcerpc::REGISTRATION;
    if let Some((number, opnums)) = dcerpc::understood().nth(ROW) {
        let opnums: Vec<u16> = opnums.collect();
        read::conversation(registration, &stub::calls(number, &opnums, data));
    }
}

macro_rules! targets {
    ($function:ident: $($row:literal $name:literal),* $(,)?) => {
        &[$(Target { name: $name, run: $function::<$row> }),*]
    };
}

/// In the order of [`PROTOCOLS`].
const BY_PROTOCOL: &[Target] = targets!(protocol:
    0 "kerberos", 1 "kpasswd", 2 "dcerpc", 3 "dcerpc-http", 4 "smb", 5 "ldap", 6 "cldap", 7 "dns", 8 "mdns", 9 "llmnr",
    10 "rdp", 11 "tds", 12 "nbns", 13 "netbios", 14 "dhcp", 15 "dhcpv6", 16 "ntp", 17 "radius", 18 "smtp", 19 "imap", 20 "pop3",
    21 "tls", 22 "http",
);

/// In the order of [`dcerpc::understood`].
const BY_INTERFACE: &[Target] = targets!(interface:
    0 "ndr-bkrp", 1 "ndr-activation", 2 "ndr-activator", 3 "ndr-dispatch", 4 "ndr-exporter", 5 "ndr-class-factory",
    6 "ndr-class-info", 7 "ndr-type-info", 8 "ndr-unknown", 9 "ndr-unknown2", 10 "ndr-dnsserver", 11 "ndr-drsuapi",
    12 "ndr-dssetup", 13 "ndr-efsrpc", 14 "ndr-efsrpc-lsarpc", 15 "ndr-epmapper", 16 "ndr-eventlog",
    17 "ndr-eventlog6", 18 "ndr-fsrvp", 19 "ndr-icpr", 20 "ndr-lsarpc", 21 "ndr-netdfs", 22 "ndr-netlogon",
    23 "ndr-samr", 24 "ndr-srvsvc", 25 "ndr-svcctl", 26 "ndr-atsvc", 27 "ndr-sasec", 28 "ndr-scheduler",
    29 "ndr-winreg", 30 "ndr-iremotewinspool", 31 "ndr-winspool", 32 "ndr-wkssvc", 33 "ndr-wmi-call-result",
    34 "ndr-wmi-client", 35 "ndr-wmi-enumerator", 36 "ndr-wmi-fetch-enumerator", 37 "ndr-wmi-login", 38 "ndr-wmi-sink",
    39 "ndr-wmi-services", 40 "ndr-wmi-smart-enumerator",
);

const EMBEDDED: &[Target] = &[
    Target {
        name: "asn1",
        run: differential::asn1,
    },
    Target {
        name: "kerberos-message",
        run: differential::kerberos,
    },
    Target {
        name: "padata",
        run: differential::padata,
    },
    Target {
        name: "ldap-message",
        run: differential::ldap,
    },
    Target {
        name: "ldap-filter",
        run: differential::filter,
    },
    Target {
        name: "dns-message",
        run: dns::message,
    },
    Target {
        name: "tls-hello",
        run: hello::client,
    },
    Target {
        name: "gss",
        run: differential::gss,
    },
    Target {
        name: "ntlm",
        run: differential::ntlm,
    },
    Target {
        name: "base64",
        run: differential::base64,
    },
    Target {
        name: "radius-server",
        run: radius::server,
    },
    Target {
        name: "lookup-answer",
        run: lookup::answer,
    },
    Target {
        name: "capture-file",
        run: pipeline::capture_file,
    },
    Target {
        name: "pipeline",
        run: pipeline::packets,
    },
];

/// Windows events by their formats, and what carries them.
const EVENTS: &[Target] = &[
    Target {
        name: "event-xml",
        run: event::formatted::<0>,
    },
    Target {
        name: "event-json",
        run: event::formatted::<1>,
    },
    Target {
        name: "event-snare",
        run: event::formatted::<2>,
    },
    Target {
        name: "event-rsa",
        run: event::formatted::<3>,
    },
    Target {
        name: "event-cef",
        run: event::formatted::<4>,
    },
    Target {
        name: "event-splunk",
        run: event::formatted::<5>,
    },
    Target {
        name: "event-qradar",
        run: event::formatted::<6>,
    },
    Target {
        name: "event-samba",
        run: event::formatted::<7>,
    },
    Target {
        name: "event-stream",
        run: event::stream,
    },
    Target {
        name: "event-records",
        run: event::records,
    },
    Target {
        name: "wef-sldc",
        run: wef::compressed,
    },
    Target {
        name: "wef-body",
        run: wef::body,
    },
    Target {
        name: "wef-sealed",
        run: wef::sealed,
    },
];

/// Every target.
pub fn all() -> impl Iterator<Item = Target> {
    let tables = [BY_PROTOCOL, BY_INTERFACE, EVENTS, EMBEDDED];
    tables.into_iter().flatten().copied()
}

/// The target of that name.
#[must_use]
pub fn named(name: &str) -> Option<Target> {
    all().find(|target| target.name == name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{BY_INTERFACE, BY_PROTOCOL, all};

    #[test]
    fn libfuzzer_has_the_same_targets() {
        let manifest = fs::read_to_string(tests::root().join("fuzz/Cargo.toml")).unwrap_or_default();
        let theirs = manifest.split("[[bin]]").skip(1);
        let theirs = theirs.filter_map(|bin| bin.split('"').nth(1));
        assert_eq!(
            theirs.collect::<std::collections::BTreeSet<_>>(),
            all().map(|target| target.name).collect()
        );
    }

    #[test]
    fn nothing_is_left_out() {
        assert_eq!(BY_PROTOCOL.len(), parsers::PROTOCOLS.len());
        assert_eq!(BY_INTERFACE.len(), parsers::dcerpc::understood().count());
    }
}
