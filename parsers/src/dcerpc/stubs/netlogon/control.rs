//! Control of the service: what is asked of it, and what it says of its channel ([MS-NRPC] 3.5.4.9).

use super::{Malformed, Memory, Ndr, Told, names, server};

/// `NetrLogonControl2Ex([in, unique, string] ServerName, DWORD FunctionCode, DWORD QueryLevel, [switch_is(FunctionCode)]
/// PNETLOGON_CONTROL_DATA_INFORMATION Data, …)`; `NetrLogonControl` ends before the union ([MS-NRPC] 3.5.4.9).
pub(super) fn control(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    let function = ndr.u32("function code")?;
    told.details.set("function", function);
    told.details.set_some("function_name", names::function(function));
    told.details.set("level", ndr.u32("query level")?);
    if ndr.remaining() < 8 {
        return Ok(());
    }
    ndr.union(8);
    ndr.u32("function code")?;
    ndr.union(8);
    let name = match function {
        5 | 6 | 9 | 10 => "domain",
        8 => "account",
        _ => return Ok(()),
    };
    told.argument(ndr, "control data", name)
}

/// `[out, switch_is(QueryLevel)] PNETLOGON_CONTROL_QUERY_INFORMATION Buffer` ([MS-NRPC] 2.2.1.7.2 to 2.2.1.7.6).
///
/// ```text
/// 1: DWORD netlog1_flags; NET_API_STATUS netlog1_pdc_connection_status
/// 2: …; [string] wchar_t *netlog2_trusted_dc_name; NET_API_STATUS netlog2_tc_connection_status
/// 3: DWORD netlog3_flags, netlog3_logon_attempts, …
/// 4: [string] wchar_t *netlog4_trusted_dc_name, *netlog4_trusted_domain_name
/// ```
pub(super) fn controlled(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.union(8);
    let level = ndr.u32("query level")?;
    ndr.union(8);
    if !ndr.pointer("information")? {
        return Ok(());
    }
    match level {
        1 => status(ndr, told),
        2 => channel(ndr, told),
        3 => {
            told.details.set("control_flags", ndr.u32("flags")?);
            Ok(())
        }
        4 => found(ndr, told),
        _ => Ok(()),
    }
}

fn status(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.details.set("control_flags", ndr.u32("flags")?);
    told.details.set("pdc_connection_status", ndr.u32("status")?);
    Ok(())
}

fn channel(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    status(ndr, told)?;
    let controller = ndr.pointer("controller")?;
    told.details.set("channel_status", ndr.u32("status")?);
    ndr.trailer(8);
    if controller {
        names_controller(ndr, told)?;
    }
    Ok(())
}

fn found(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let (controller, domain) = (ndr.pointer("controller")?, ndr.pointer("domain")?);
    if controller {
        names_controller(ndr, told)?;
    }
    if domain {
        told.long("trusted_domain", ndr.wide_string("domain")?.text());
    }
    Ok(())
}

fn names_controller(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let controller = ndr.wide_string("controller")?.text();
    told.long("controller", controller.trim_start_matches('\\').into());
    Ok(())
}
