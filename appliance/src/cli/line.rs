//! A readable line per message and per activity.

use std::fmt::Write as _;
use std::io::{self, Write};

use capture::Endpoint;
use parsers::activity::{Activity, Kind, Origin, Outcome};
use parsers::fields::{Fields, Value};
use parsers::message::Message;
use resolver::Resolved;

/// Longest text of one value in a line; JSON output has it whole.
const MAX_TEXT: usize = 120;

/// `time src > dst protocol MESSAGE name=value …`
pub(super) fn message(out: &mut impl Write, message: &Message) -> io::Result<()> {
    write!(out, "{} ", message.time)?;
    if message.is_packets() {
        write!(out, "{} > {} ", message.src.socket(), message.dst.socket())?;
    }
    for carrier in &message.carrier.0 {
        write!(out, "{carrier}/")?;
    }
    write!(out, "{} {}", message.protocol.name(), message.message)?;
    if message.gapped {
        out.write_all(b" [gapped]")?;
    }
    for (name, value) in message.fields.iter() {
        write!(out, " {name}={}", plain(value))?;
    }
    Ok(())
}

/// The line of an activity as a text.
pub(crate) fn text(resolved: &Resolved) -> String {
    let mut line = Vec::new();
    let _ = activity(&mut line, resolved); // a vector takes everything
    String::from_utf8_lossy(&line).into_owned()
}

/// `time mark who did what, from where, at which server`
pub(super) fn activity(out: &mut impl Write, resolved: &Resolved) -> io::Result<()> {
    let activity = &resolved.activity;
    let time = activity.time.to_string().replace('T', " ");
    let mark = match activity.outcome {
        Outcome::Success => "✓",
        Outcome::Failure => "✗",
        Outcome::Continued => "…",
        Outcome::Unknown => "?",
    };
    let time = time.get(..23).unwrap_or(&time);
    write!(
        out,
        "{time} {mark} {:<17} {}",
        activity.kind.name(),
        printable(&sentence(resolved))
    )?;
    ends(out, resolved)?;
    if activity.count > 1 {
        write!(out, " ×{}", activity.count)?;
    }
    Ok(())
}

/// `  [client → server, in carrier]`, where somebody was seen.
fn ends(out: &mut impl Write, resolved: &Resolved) -> io::Result<()> {
    let activity = &resolved.activity;
    let known = |end| activity.known(end).is_some();
    if !known(&activity.client) && !known(&activity.server) {
        return Ok(());
    }
    let source = resolved.source.as_ref().map(|computer| computer.name.as_str());
    let destination = resolved.destination.as_ref().map(|computer| computer.name.as_str());
    write!(
        out,
        "  [{} → {}",
        end(activity, &activity.client, source),
        end(activity, &activity.server, destination.or(logger(activity)))
    )?;
    for carrier in &activity.carrier.0 {
        write!(out, ", in {carrier}")?;
    }
    out.write_all(b"]")
}

fn end(activity: &Activity, end: &Endpoint, name: Option<&str>) -> String {
    let address = activity.known(end).map(|end| end.ip.to_string());
    match (name, address) {
        (Some(name), Some(address)) => format!("{name} {address}"),
        (Some(name), None) => name.to_owned(),
        (None, address) => address.unwrap_or_else(|| "?".to_owned()),
    }
}

/// The computer that logged the event behind an activity that was seen in no packet.
fn logger(activity: &Activity) -> Option<&str> {
    let Value::List(events) = activity
        .details
        .get("events")
        .filter(|_| activity.origin == Origin::Event)?
    else {
        return None;
    };
    match events.first()? {
        Value::Map(event) => event.get_text("computer"),
        _ => None,
    }
}

/// What happened, in words.
fn sentence(resolved: &Resolved) -> String {
    let activity = &resolved.activity;
    let (who, details) = (who(resolved), Words(&activity.details));
    let what = match activity.kind {
        kind if activity.origin == Origin::Event && kind.is_remote_call() => logged(activity),
        Kind::KerberosAs => kerberos(activity, "a ticket-granting ticket", "ticket_etype_name"),
        Kind::KerberosTgs => {
            let account = activity.details.get_text("service_account");
            let spn = activity.observed.spn.as_deref().or(account).unwrap_or("a service");
            let ticket = activity.observed.target_account.as_deref().map_or_else(
                || format!("a ticket for {spn}"),
                |user| format!("a ticket for {spn} in the name of {user}"),
            );
            kerberos(activity, &ticket, "ticket_etype_name")
        }
        Kind::KerberosAp => {
            format!(
                "used a ticket for {}{}",
                activity.observed.spn.as_deref().unwrap_or("a service"),
                refusal(activity)
            )
        }
        Kind::PasswordChange => {
            let target = activity
                .observed
                .target_account
                .as_deref()
                .or(activity.observed.dn.as_deref());
            let verb = if activity.outcome == Outcome::Failure {
                "may not change"
            } else {
                "changes"
            };
            format!(
                "{verb} the password of {}{}{}",
                target.unwrap_or("its own account"),
                details.of(" by ", "method"),
                refusal(activity)
            )
        }
        Kind::NtlmAuthenticate => {
            let from = activity
                .observed
                .workstation
                .as_deref()
                .map(|name| format!(" from {name}"))
                .unwrap_or_default();
            format!(
                "{} with NTLM{}{from}{}",
                logs_on(activity),
                details.of("v", "version"),
                refusal(activity)
            )
        }
        Kind::LdapBind => format!("binds{}{}", details.of(" by ", "method"), refusal(activity)),
        Kind::LdapSearch if details.text("operation").as_deref() == Some("who_am_i") => {
            format!("asks who it is{}{}", details.of(": ", "authz_id"), refusal(activity))
        }
        Kind::LdapSearch if details.text("operation").as_deref() == Some("compare") => format!(
            "compares a value of {}{}{}",
            activity.observed.dn.as_deref().unwrap_or("an object"),
            details.of(", ", "attributes"),
            refusal(activity)
        ),
        Kind::LdapSearch => format!(
            "searches {}{}{}{}",
            activity
                .observed
                .dn
                .as_deref()
                .filter(|base| !base.is_empty())
                .unwrap_or("the root"),
            details.of(" for ", "filter"),
            details.of(": entries ", "entries"),
            refusal(activity)
        ),
        Kind::LdapChange => format!(
            "{} {}{}",
            details.text("operation").unwrap_or_else(|| "changes".into()),
            activity.observed.dn.as_deref().unwrap_or("an object"),
            refusal(activity)
        ),
        Kind::CldapPing => format!(
            "asks who serves {}",
            details.text("dns_domain").unwrap_or_else(|| "its domain".into())
        ),
        Kind::DnsQuery => format!(
            "asks for {}{}{}",
            activity
                .observed
                .host
                .as_deref()
                .or(activity.details.get_text("qname"))
                .unwrap_or("a name"),
            details.of(" ", "qtype_name"),
            refusal(activity)
        ),
        Kind::DnsUpdate => format!(
            "updates the zone {}{}",
            details.text("zone").unwrap_or_default(),
            refusal(activity)
        ),
        Kind::SmbSession if details.text("compression_overflow").is_some() => {
            "sends a compressed SMB message whose sizes overflow".to_owned()
        }
        Kind::SmbSession => format!(
            "{} an SMB {} session{}",
            match details.text("negotiation_only") {
                Some(_) => "negotiates, but does not open,",
                None => "opens",
            },
            details.text("dialect").unwrap_or_default(),
            refusal(activity)
        ),
        Kind::SmbFile => file(activity),
        Kind::SmbEncrypted => "works on through encrypted SMB".to_owned(),
        Kind::RpcCall
        | Kind::SamrQuery
        | Kind::LsarpcQuery
        | Kind::Netlogon
        | Kind::DirectoryReplication
        | Kind::SessionEnumeration
        | Kind::ServiceCreation
        | Kind::TaskScheduling
        | Kind::WmiExecution
        | Kind::AuthenticationCoercion
        | Kind::DpapiBackupKey
        | Kind::RemoteRegistry
        | Kind::EventLog => calls(activity),
        Kind::Nbns => format!(
            "{} {}",
            details.or("operation", "asks for"),
            details.or("name", "a name")
        ),
        Kind::RdpConnection => format!("opens a remote desktop{}", details.of(" as ", "mstshash")),
        Kind::Winrm => format!(
            "uses WS-Management{}{}",
            details.of(" ", "action"),
            details.of(" on ", "resource")
        ),
        Kind::VpnConnection if activity.action_type.is_none() => {
            // The device is who tells, and no session of anybody's.
            format!(
                "{} of a gateway{}",
                details.or("status_type_name", "report"),
                details.of(" ", "nas")
            )
        }
        Kind::VpnConnection => format!(
            "{} of a VPN session{}{}",
            details.or("status_type_name", "report"),
            details.of(" from ", "calling_station"),
            details.of(" with the address ", "framed_ip")
        ),
        Kind::TlsSession => format!(
            "speaks {}{}",
            details.or("version_name", "TLS"),
            details.of(" to ", "sni")
        ),
        Kind::DirectoryChange if activity.origin == Origin::Directory => changed(activity),
        Kind::WindowsEvent | Kind::DirectoryChange => logged(activity),
    };
    format!("{who} {what}")
}

/// What an event tells of: a change of the directory, or what its log has.
fn logged(activity: &Activity) -> String {
    let (details, observed) = (Words(&activity.details), &activity.observed);
    let object = observed.target_account.as_deref().or(observed.dn.as_deref());
    let object = object.map(|object| format!(" {object}")).unwrap_or_default();
    let member = details.of(": ", "member_dn");
    match details.text("operation") {
        Some(operation) => format!(
            "{} {}{object}{member}{}",
            operation.replace('_', " "),
            details.or("object_class", "an object"),
            details.of(": ", "attribute")
        ),
        None => format!(
            "{}{object}{}{}",
            activity.action_type.unwrap_or("did what an event tells of"),
            details.of(" ", "service"),
            details.of(": ", "binary_path")
        ),
    }
}

/// What tells most about a remote call: the first of these that its details have.
const SUBJECTS: [&str; 12] = [
    "service",
    "path",
    "unc_path",
    "key",
    "log",
    "naming_context",
    "computer_account",
    "secret_name",
    "names",
    "sids",
    "class",
    "domain",
];

/// `calls interface.operation (subject)`, for every kind that is a remote procedure call.
fn calls(activity: &Activity) -> String {
    let details = Words(&activity.details);
    let interface = details.text("interface").or_else(|| details.text("interface_uuid"));
    let operation = details
        .text("operation")
        .unwrap_or_else(|| format!("operation {}", details.of("", "opnum")));
    let subject = SUBJECTS.iter().find_map(|name| details.text(name));
    let sealed = activity.details.get("sealed").is_some();
    format!(
        "calls {}.{operation}{}{}{}",
        interface.unwrap_or_else(|| "an unknown interface".into()),
        subject.map(|subject| format!(" {subject}")).unwrap_or_default(),
        if sealed { " (sealed)" } else { "" },
        refusal(activity)
    )
}

/// `changed alice (Account Disabled changed) from false to true`.
fn changed(activity: &Activity) -> String {
    let (details, observed) = (Words(&activity.details), &activity.observed);
    let object = observed.target_account.as_deref().or(observed.dn.as_deref());
    let subject = activity.action_type.map(str::to_owned);
    format!(
        "changed {} ({}){}{}",
        object.unwrap_or("an object"),
        subject.unwrap_or_else(|| details.or("attribute", "its place")),
        details.of(" from ", "old"),
        details.of(" to ", "new")
    )
}

fn kerberos(activity: &Activity, ticket: &str, etype: &'static str) -> String {
    match activity.outcome {
        Outcome::Success => format!("got {ticket}{}", Words(&activity.details).of(" with ", etype)),
        Outcome::Failure => format!("was refused {ticket}{}", refusal(activity)),
        Outcome::Continued => format!("is asked for more before {ticket}{}", refusal(activity)),
        Outcome::Unknown => format!("asked for {ticket}, no answer seen"),
    }
}

fn logs_on(activity: &Activity) -> &'static str {
    match activity.outcome {
        Outcome::Success => "logged on",
        Outcome::Failure => "failed to log on",
        Outcome::Continued | Outcome::Unknown => "tried to log on",
    }
}

/// `: WrongPassword`, else the status' name, where it did not succeed.
fn refusal(activity: &Activity) -> String {
    if activity.outcome == Outcome::Success {
        return String::new();
    }
    let reason = activity.failure_reason.map(|reason| reason.name());
    let status = activity.status.as_ref();
    let name = status.and_then(|status| status.ntstatus_name.or(status.name));
    match (reason.or(name), status) {
        (Some(name), _) => format!(": {name}"),
        (None, Some(status)) => format!(": status {}", status.code),
        (None, None) => String::new(),
    }
}

/// The account, resolved if it could be, else as it stood on the wire.
fn who(resolved: &Resolved) -> String {
    if let Some(actor) = &resolved.actor {
        return actor
            .domain
            .as_deref()
            .map_or_else(|| actor.name.to_string(), |domain| format!("{}@{domain}", actor.name));
    }
    let observed = &resolved.activity.observed;
    match (
        observed.account.as_deref().filter(|account| !account.is_empty()),
        observed.domain.as_deref(),
    ) {
        (Some(account), Some(domain)) if !domain.is_empty() && !account.contains(['@', '\\', '=']) => {
            format!("{account}@{domain}")
        }
        (Some(account), _) => account.to_owned(),
        (None, _) => match (&resolved.source, resolved.activity.known(&resolved.activity.client)) {
            (Some(source), _) => source.name.to_string(),
            (None, Some(client)) => client.ip.to_string(),
            (None, None) => "somebody".to_owned(),
        },
    }
}

/// Details as words.
struct Words<'a>(&'a Fields);

impl Words<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).map(plain)
    }

    /// The value, or what stands for it.
    fn or(&self, name: &str, else_: &str) -> String {
        self.text(name).unwrap_or_else(|| else_.to_owned())
    }

    /// `prefix` and the value, or nothing.
    fn of(&self, prefix: &str, name: &str) -> String {
        self.text(name)
            .map(|value| format!("{prefix}{value}"))
            .unwrap_or_default()
    }
}

/// What was done on a share.
fn file(activity: &Activity) -> String {
    let details = Words(&activity.details);
    let share = details.text("share").unwrap_or_default();
    let path = details.of("\\", "path");
    let verb = match details.text("operation").as_deref() {
        Some("tree_connect") => "connects to",
        Some("delete") => "deletes",
        Some("rename") => "renames",
        Some("create_directory") => "creates the folder",
        Some("delete_directory") => "deletes the folder",
        Some("search") => "searches",
        Some("query_path") => "looks at",
        Some("set_path") => "changes",
        _ => "opens",
    };
    let done = format!(
        "{}{}{}{}{}",
        details.of(", read ", "bytes_read"),
        details.of(", wrote ", "bytes_written"),
        details.of(", copied from ", "copied_from"),
        details.of(", renamed to ", "renamed_to"),
        details.text("deleted").map_or("", |_| ", deleted it")
    );
    format!("{verb} {share}{path}{done}{}", refusal(activity))
}

/// A value without quotes, cut to a readable length.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::Text(text) => text.to_string(),
        Value::Name(text) => (*text).to_owned(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", printable(text.get(..end).unwrap_or_default())),
        None => printable(&text),
    }
}

/// Names come from the wire: control characters never reach the terminal.
fn printable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            let _ = write!(plain, "{}", character.escape_default());
        } else {
            plain.push(character);
        }
    }
    plain
}
