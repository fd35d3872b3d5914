//! What is written to a mailslot: announcements of the browser service ([MS-BRWS] 2.2) and the older of the two ways to look for a
//! domain controller ([MS-ADTS] 6.3.5).
//!
//! Nobody answers for what an announcement says: it is as true as its sender.

mod browser;
mod netlogon;

use crate::fields::{Fields, Value};

pub(super) use browser::announcement;

/// Which mailslot, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Browse,
    /// Lan Manager's browser: its frames are told by their number.
    LanMan,
    Netlogon,
}

impl Slot {
    fn of(name: &str) -> Option<Self> {
        match inside(name)?.to_ascii_uppercase().as_str() {
            "BROWSE" => Some(Self::Browse),
            "LANMAN" => Some(Self::LanMan),
            "NET\\NETLOGON" | "NET\\NTLOGON" => Some(Self::Netlogon),
            slot if slot.starts_with("NET\\GETDC") || slot.starts_with("TEMP\\NETLOGON") => Some(Self::Netlogon),
            _ => None,
        }
    }
}

/// What stands behind `\MAILSLOT\`.
fn inside(name: &str) -> Option<&str> {
    const PREFIX: &str = r"\MAILSLOT\";
    let (prefix, inside) = name.split_at_checked(PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then_some(inside)
}

/// Whether `name` is a mailslot's, and no pipe's.
pub(super) fn is_one(name: &str) -> bool {
    inside(name).is_some()
}

/// The one thing that is done to a mailslot ([MS-CIFS] 2.2.5.12).
pub(super) fn function_name(code: u16) -> Value {
    match code {
        1 => Value::Name("TRANS_MAILSLOT_WRITE"),
        _ => Value::from(code),
    }
}

/// Writes what `data`, written to the mailslot `name`, says: as far as it is whole.
pub(super) fn fields(name: &str, data: &[u8], fields: &mut Fields) {
    let mut said = Fields::new();
    match Slot::of(name) {
        Some(Slot::Browse) => browser::fields(data, &mut said),
        Some(Slot::LanMan) => said.set_some("browser_opcode", data.first().copied()),
        Some(Slot::Netlogon) => netlogon::fields(data, &mut said),
        None => {}
    }
    fields.append(said);
}
