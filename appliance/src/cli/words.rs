//! Who held an address, in words.

use std::fmt::Write;
use std::time::Duration;

use capture::Timestamp;
use resolver::entity::{Certainty, Computer, Doubt, Evidence, Method};
use resolver::{Held, History, Said};

/// Everything that is known of an address.
pub(super) fn history(history: &History) -> String {
    let mut text = format!("{} at {}\n", history.ip, moment(history.at));
    match &history.computer {
        Some(computer) => self::computer(&mut text, computer, history.at),
        None => text.push_str("  nobody is known to have held it then\n"),
    }
    if !history.stacks.is_empty() {
        let _ = writeln!(
            text,
            "  its connections of the last hours began like those of {}",
            history.stacks.join(" and ")
        );
    }
    if let Some(user) = &history.session {
        let _ = writeln!(text, "  last given to a session of {}", user.escape_debug());
    }
    if !history.holders.is_empty() {
        text.push_str("\nWho is known or said to have held it:\n");
    }
    for held in &history.holders {
        self::held(&mut text, held);
    }
    text
}

fn computer(text: &mut String, computer: &Computer, at: Timestamp) {
    let domain = computer
        .domain
        .as_deref()
        .map(|domain| format!(".{domain}"))
        .unwrap_or_default();
    let certainty = match computer.certainty {
        Certainty::High => "high",
        Certainty::Low => "low",
    };
    let name = format!("{}{domain}", computer.name);
    let _ = writeln!(text, "  {}, certainty {certainty}", name.escape_debug());
    for known in [&computer.sid, &computer.os].into_iter().flatten() {
        let _ = writeln!(text, "  {}", known.escape_debug());
    }
    for evidence in &computer.evidence {
        let _ = writeln!(text, "  because {}", because(evidence, at));
    }
    for doubt in &computer.doubts {
        let _ = writeln!(text, "  but {}", but(*doubt));
    }
    if computer.certainty == Certainty::Low && computer.doubts.is_empty() {
        text.push_str("  but this is a name, and no proof\n");
    }
}

fn because(evidence: &Evidence, at: Timestamp) -> String {
    let when = match (evidence.time <= at, at.since(evidence.time)) {
        (true, age) => format!("{} before", age_of(age)),
        (false, _) => format!("{} later", age_of(evidence.time.since(at))),
    };
    format!("{} {} ({when})", says(evidence.method), evidence.name.escape_debug())
}

/// What a method's name follows on.
const fn says(method: Method) -> &'static str {
    match method {
        Method::MachineLogon => "the computer logged on with its own account",
        Method::KerberosService => "a service took a ticket that was made out to",
        Method::DnsUpdate => "DNS took a registration of",
        Method::CldapAnswer => "it answered an LDAP ping as the domain controller",
        Method::NtlmChallenge => "it called itself in an NTLM challenge",
        Method::NetbiosName => "its own table of NetBIOS names has",
        Method::AskedNtlmRpc => "asked by adtap over RPC, it called itself",
        Method::AskedNetbios => "asked by adtap for its NetBIOS names, it called itself",
        Method::AskedRdp => "asked by adtap for its Remote Desktop certificate, it showed",
        Method::AskedPtr => "asked by adtap, the DNS server's pointer record names",
        Method::RadiusSession => "the network let it in by RADIUS as",
        Method::DhcpLease => "a DHCP server granted the address to a client that calls itself",
        Method::KerberosHostAddress => "a Kerberos request names its own host",
        Method::NtlmWorkstation => "an NTLM logon names its own workstation",
        Method::CldapHost => "an LDAP ping names its own host",
        Method::NbnsRegistration => "it registered the NetBIOS name",
        Method::DnsAnswer => "DNS answered with",
        Method::Configuration => "the configuration has at this address the domain controller",
        Method::TcpFingerprint => "its connections begin as those of this family of systems do:",
        Method::SharePath => "a client reached shares there as those of",
    }
}

const fn but(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Nat => "several machines are behind the address at a time",
        Doubt::TerminalServer => "many accounts are behind the address at a time",
        Doubt::Vpn => "it is an address of a VPN gateway",
        Doubt::SharedNetwork => "the configuration says that the address is shared",
        Doubt::Unlisted => "the directory has no such computer",
        Doubt::Elsewhere => "the computer has since proved itself at another address",
        Doubt::Conflict => "other evidence names another computer",
        Doubt::Stale => "the proof is old",
        Doubt::OperatingSystem => "its connections begin as another operating system's do",
    }
}

fn held(text: &mut String, held: &Held) {
    let domain = held
        .domain
        .as_deref()
        .map(|domain| format!(".{domain}"))
        .unwrap_or_default();
    let name = format!("{}{domain}", held.name);
    let end = held.ended.unwrap_or("unless it is heard of again");
    let (from, until) = (moment(held.from), moment(held.until));
    let _ = writeln!(text, "  {from} to {until}  {}, {end}", name.escape_debug());
    for said in &held.evidence {
        self::said(text, said);
    }
}

fn said(text: &mut String, said: &Said) {
    let [first, last, until] = [said.first, said.last, said.until].map(moment);
    let (standing, method, name) = (said.standing, said.method.name(), said.name.escape_debug());
    let _ = writeln!(text, "    {standing:<6} {method:<21} {name}");
    let _ = writeln!(text, "           first {first}, last {last}, counts until {until}");
}

/// A time to the second.
fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    text.split('.').next().unwrap_or_default().to_owned() + "Z"
}

/// A duration in its largest unit.
fn age_of(age: Duration) -> String {
    match age.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7_200 => format!("{} min", seconds / 60),
        seconds @ ..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use capture::Stack;
    use parsers::activity::Order;
    use parsers::sighting::{Sighting, Source};
    use resolver::directory::Snapshot;
    use resolver::{Answer, Config, Probe, Resolver};

    use super::*;

    #[test]
    fn a_history_reads_as_sentences() {
        let mut resolver = Resolver::new(&Config::default(), Arc::new(Snapshot::empty()));
        let start = Timestamp::new(1_763_600_000, 0);
        let ip = "10.77.0.50".parse().unwrap();
        resolver.sighting(&Sighting {
            order: Order::default(),
            time: start,
            name: "kiosk".into(),
            domain: Some("lab.example".into()),
            mac: Some([2, 0x77, 0, 0, 0, 0x32]),
            until: Some(start.after(Duration::from_secs(3_600))),
            ..Sighting::new(Source::Dhcp, ip)
        });
        resolver.sighting(&Sighting {
            time: start.after(Duration::from_secs(60)),
            ..Sighting::new(Source::Syn(Stack::Linux), ip)
        });
        resolver.answer(&Answer {
            time: start.after(Duration::from_secs(5_400)),
            ip,
            probe: Probe::Netbios,
            name: "PRINTER".into(),
            domain: None,
        });
        let at = start.after(Duration::from_secs(600));
        insta::assert_snapshot!(history(&resolver.history(ip, at).unwrap()), @r"
        10.77.0.50 at 2025-11-20T01:03:20Z
          kiosk.lab.example, certainty low
          because a DHCP server granted the address to a client that calls itself kiosk (10 min before)
          but this is a name, and no proof
          its connections of the last hours began like those of linux

        Who is known or said to have held it:
          2025-11-20T00:53:20Z to 2025-11-20T01:53:20Z  kiosk.lab.example, unless it is heard of again
            word   dhcp_lease            kiosk
                   first 2025-11-20T00:53:20Z, last 2025-11-20T00:53:20Z, counts until 2025-11-20T01:53:20Z
          2025-11-20T02:23:20Z to 2025-11-20T10:23:20Z  printer, unless it is heard of again
            answer asked_netbios         PRINTER
                   first 2025-11-20T02:23:20Z, last 2025-11-20T02:23:20Z, counts until 2025-11-20T10:23:20Z
        ");
    }
}
