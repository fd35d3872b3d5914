//! What the service manager answers: states, configurations, names ([MS-SCMR] 3.1.4).
//!
//! Structures of the older calls are marshalled; lists and second configurations come as a [`Buffer`] that no marshaller
//! knows. Process numbers and counters, which differ in every answer, are left out.

use compact_str::CompactString;

use super::{Malformed, Memory, Ndr, Told, configuration, some, string};
use crate::dcerpc::stubs::LISTED;
use crate::dcerpc::stubs::long::LONG;
use crate::text;

/// Octets of a service's name in a list, which has 256 characters at most ([MS-SCMR] 3.1.4.12).
const MAX_NAME: usize = 512;

/// ENUM_SERVICE_STATUS: two offsets and a SERVICE_STATUS ([MS-SCMR] 2.2.10, 2.2.11).
pub(super) const STATUS_ROW: usize = 36;

/// ENUM_SERVICE_STATUS_PROCESS: two offsets and a SERVICE_STATUS_PROCESS ([MS-SCMR] 2.2.12, 2.2.13).
pub(super) const PROCESS_ROW: usize = 44;

/// `[out, size_is(cbBufSize)] LPBYTE`: octets whose numbers are little-endian whatever the order of the PDU, and whose texts
/// stand at offsets from their start.
#[derive(Clone, Copy)]
struct Buffer<'a>(&'a [u8]);

impl<'a> Buffer<'a> {
    fn read(ndr: &mut Ndr<'a>) -> Result<Self, Malformed> {
        let size = ndr.conformance(1, "buffer")?;
        ndr.octets(size, "buffer").map(Self)
    }

    fn number(self, at: usize) -> Option<u32> {
        let octets = self.0.get(at..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*octets))
    }

    /// The text whose offset stands at `at`, its first `most` octets; none where the offset is 0 or leads out of the buffer.
    fn text<const WIDE: bool>(self, at: usize, most: usize, told: &mut Told) -> Option<CompactString> {
        let offset = self.number(at).filter(|offset| *offset != 0)?;
        let octets = self.0.get(usize::try_from(offset).ok()?..)?;
        let octets = octets.get(..most).unwrap_or(octets);
        let width = if WIDE { 2 } else { 1 };
        let end = octets
            .chunks_exact(width)
            .position(|unit| unit.iter().all(|octet| *octet == 0));
        if end.is_none() && octets.len() == most {
            told.limit = Some("dcerpc.text");
        }
        let octets = octets.get(..end.map_or(octets.len(), |end| end * width))?;
        Some(if WIDE { text::utf16(octets) } else { text::bytes(octets) })
    }
}

/// `[out] LPSERVICE_STATUS`: `DWORD dwServiceType, dwCurrentState, dwControlsAccepted, …` ([MS-SCMR] 2.2.47).
pub(super) fn status(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("service type")?;
    state(ndr.u32("current state")?, told);
    Ok(())
}

/// `RControlServiceEx`'s `[out, switch_is(dwInfoLevel)] PSC_RPC_SERVICE_CONTROL_OUT_PARAMS`, whose only arm leads to a
/// SERVICE_STATUS_PROCESS ([MS-SCMR] 2.2.32, 2.2.33).
pub(super) fn controlled(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.union(8);
    ndr.u32("information level")?;
    ndr.union(8);
    match ndr.pointer("status")? {
        true => status(ndr, told, memory),
        false => Ok(()),
    }
}

/// `RQueryServiceStatusEx`'s `[out, size_is(cbBufSize)] LPBYTE lpBuffer`, a SERVICE_STATUS_PROCESS ([MS-SCMR] 3.1.4.38).
pub(super) fn status_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if let Some(current) = Buffer::read(ndr)?.number(4) {
        state(current, told);
    }
    Ok(())
}

/// A state of 0 is that of a call that failed.
fn state(code: u32, told: &mut Told) {
    if code != 0 {
        told.details.set("current_state", code);
        told.details.set_some("current_state_name", state_name(code));
    }
}

/// `[out] LPQUERY_SERVICE_CONFIG`, all zeros where the call failed ([MS-SCMR] 2.2.15).
///
/// ```text
/// DWORD dwServiceType, dwStartType, dwErrorControl; [string] *lpBinaryPathName, *lpLoadOrderGroup; DWORD dwTagId;
/// [string] *lpDependencies, *lpServiceStartName, *lpDisplayName
/// ```
pub(super) fn configured<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    _: &mut Memory,
) -> Result<(), Malformed> {
    ndr.align_pointer();
    let mut ahead = *ndr;
    if ahead.u32("service type")? == 0 {
        return Ok(());
    }
    configuration(ndr, told)?;
    let (path, group) = (ndr.pointer("binary path")?, ndr.pointer("load order group")?);
    ndr.u32("tag")?;
    let rest = [
        ndr.pointer("dependencies")?,
        ndr.pointer("account")?,
        ndr.pointer("display name")?,
    ];
    let names = [
        "binary_path",
        "load_order_group",
        "dependencies",
        "account",
        "display_name",
    ];
    for (name, present) in names.into_iter().zip([path, group].into_iter().chain(rest)) {
        if present {
            let text = string::<WIDE>(ndr, name)?;
            match name {
                "dependencies" => depends(&text.text(), told),
                _ => some(told, name, Some(text)),
            }
        }
    }
    Ok(())
}

/// Names that are answered with a slash behind each.
fn depends(names: &str, told: &mut Told) {
    let names = names.split('/').filter(|name| !name.is_empty());
    told.list("dependencies", names.map(CompactString::new));
}

/// `RQueryServiceConfig2`'s `[out, size_is(cbBufSize)] LPBYTE lpBuffer`: SERVICE_DESCRIPTION_WOW64 `{ DWORD
/// dwDescriptionOffset }`, SERVICE_FAILURE_ACTIONS_WOW64 `{ DWORD dwResetPeriod, dwRebootMsgOffset, dwCommandOffset, cActions,
/// dwsaActionsOffset }`, or a single number ([MS-SCMR] 2.2.35 to 2.2.38, 3.1.4.37).
pub(super) fn configured2<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    _: &mut Memory,
) -> Result<(), Malformed> {
    let buffer = Buffer::read(ndr)?;
    let (name, at) = match told.number("level") {
        Some(1) => ("description", 0),
        Some(2) => ("failure_command", 8),
        Some(3) => {
            let delayed = buffer.number(0).is_some_and(|delayed| delayed != 0);
            told.details.flag("delayed_start", delayed);
            return Ok(());
        }
        _ => return Ok(()),
    };
    if let Some(text) = buffer.text::<WIDE>(at, 2 * LONG, told) {
        told.long(name, text);
    }
    Ok(())
}

/// `[out, size_is(cbBufSize)] LPBYTE lpBuffer, [out] pcbBytesNeeded, [out] lpServicesReturned, …`: how many rows of `ROW`
/// octets, and the names to which their first numbers lead.
pub(super) fn enumerated<const WIDE: bool, const ROW: usize>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    _: &mut Memory,
) -> Result<(), Malformed> {
    let buffer = Buffer::read(ndr)?;
    ndr.u32("bytes needed")?;
    let count = ndr.u32("services returned")?;
    told.details.set("entries", count);
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(buffer.0.len() / ROW);
    let mut names = Vec::new();
    for at in 0..count.min(LISTED + 1) {
        names.push(buffer.text::<WIDE>(at * ROW, MAX_NAME, told).unwrap_or_default());
    }
    told.list("services", names);
    Ok(())
}

/// `RGetServiceDisplayName`'s `[out, string] lpDisplayName, [in, out] DWORD *lpcchBuffer`.
pub(super) fn display_name<const WIDE: bool>(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    _: &mut Memory,
) -> Result<(), Malformed> {
    some(told, "display_name", Some(string::<WIDE>(ndr, "display name")?));
    Ok(())
}

/// `RGetServiceKeyName`'s `[out, string] lpKeyName, [in, out] DWORD *lpcchBuffer`.
pub(super) fn key_name<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    some(told, "service", Some(string::<WIDE>(ndr, "service name")?));
    Ok(())
}

/// States of a service ([MS-SCMR] 2.2.47).
const fn state_name(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "SERVICE_STOPPED",
        2 => "SERVICE_START_PENDING",
        3 => "SERVICE_STOP_PENDING",
        4 => "SERVICE_RUNNING",
        5 => "SERVICE_CONTINUE_PENDING",
        6 => "SERVICE_PAUSE_PENDING",
        7 => "SERVICE_PAUSED",
        _ => return None,
    })
}
