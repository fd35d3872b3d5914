//! Services of another machine: [MS-SCMR].
//!
//! What creates, changes, starts, controls or deletes a service is a `service_creation`; what only looks stays an `rpc_call`
//! that names its service. A handle's service is remembered from the call that opened it. Passwords are stepped over.

mod answers;
#[cfg(test)]
mod tests;

use self::answers::{PROCESS_ROW, STATUS_ROW};
use super::{Memory, Operation, Returns, Stubs, Subject, Told, handles};
use crate::activity::Kind;
use crate::dcerpc::ndr::{Ndr, Text};
use crate::reader::Malformed;

/// SERVICE_NO_CHANGE ([MS-SCMR] 3.1.4.11).
const NO_CHANGE: u32 = 0xffff_ffff;

/// Arguments of a start that are told.
const MAX_ARGUMENTS: usize = 64;

/// The hunting tables' name of a service that is created.
const CREATION: &str = "Service creation";

const fn change(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::ServiceCreation, Returns::Win32)
}

const fn create(opnum: u16) -> Operation {
    change(opnum).action(CREATION).response(created)
}

const fn look(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `svcctl`.
pub(super) const STUBS: Stubs = Stubs::new(
    "367abb81-9844-35f1-ad32-98f038001003",
    &[
        look(0).request(on_handle).response(handles::gone),
        change(1).request(control).response(answers::status),
        change(2).request(on_handle),
        look(4).request(on_handle),
        change(5).request(on_handle),
        look(6).request(on_handle).response(answers::status),
        change(11).request(change_config::<true>),
        create(12).request(create_service::<true>),
        look(13)
            .request(on_handle)
            .response(answers::enumerated::<true, STATUS_ROW>),
        look(14)
            .request(enumerate)
            .response(answers::enumerated::<true, STATUS_ROW>),
        look(15).request(open_manager::<true>),
        look(16).request(open_service::<true>).response(opened),
        look(17).request(on_handle).response(answers::configured::<true>),
        change(19).request(start::<true>),
        look(20)
            .request(names_service::<true>)
            .response(answers::display_name::<true>),
        look(21)
            .request(shows_service::<true>)
            .response(answers::key_name::<true>),
        change(23).request(change_config::<false>),
        create(24).request(create_service::<false>),
        look(25)
            .request(on_handle)
            .response(answers::enumerated::<false, STATUS_ROW>),
        look(26)
            .request(enumerate)
            .response(answers::enumerated::<false, STATUS_ROW>),
        look(27).request(open_manager::<false>),
        look(28).request(open_service::<false>).response(opened),
        look(29).request(on_handle).response(answers::configured::<false>),
        change(31).request(start::<false>),
        look(32)
            .request(names_service::<false>)
            .response(answers::display_name::<false>),
        look(33)
            .request(shows_service::<false>)
            .response(answers::key_name::<false>),
        look(35)
            .request(enumerate)
            .response(answers::enumerated::<true, STATUS_ROW>),
        change(36).request(change_config2::<false>),
        change(37).request(change_config2::<true>),
        look(38)
            .request(level_of_handle)
            .response(answers::configured2::<false>),
        look(39).request(level_of_handle).response(answers::configured2::<true>),
        look(40).request(on_handle).response(answers::status_ex),
        look(41)
            .request(enumerate_ex)
            .response(answers::enumerated::<false, PROCESS_ROW>),
        look(42)
            .request(enumerate_ex)
            .response(answers::enumerated::<true, PROCESS_ROW>),
        create(44).request(create_service::<false>),
        create(45).request(create_service::<true>),
        change(50).request(control).response(answers::controlled),
        change(51).request(control).response(answers::controlled),
        look(56).request(level_of_handle),
        create(60).request(create_service::<true>),
        look(64).request(open_manager2),
    ],
);

/// Operations that have nothing before their handle, and nothing behind it that tells more.
fn on_handle(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("service handle")?, memory);
    Ok(())
}

/// `ROpenSCManager([unique, string] lpMachineName, [unique, string] lpDatabaseName, DWORD dwDesiredAccess)`.
fn open_manager<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    argument::<WIDE>(ndr, "machine name")?;
    argument::<WIDE>(ndr, "database name")?;
    told.details.set("desired_access", ndr.u32("access")?);
    Ok(())
}

/// `ROpenSCManager2([unique, string] DatabaseName, DWORD DesiredAccess)`.
fn open_manager2(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.wide_argument("database name")?;
    told.details.set("desired_access", ndr.u32("access")?);
    Ok(())
}

/// `ROpenService(hSCManager, [string] lpServiceName, DWORD dwDesiredAccess, [out] lpServiceHandle)` ([MS-SCMR] 3.1.4.16).
fn open_service<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("manager handle")?, memory);
    let service = string::<WIDE>(ndr, "service name")?.text();
    told.details.replace("service", service.clone());
    told.opens(Subject::new().with("service", service));
    told.details.set("desired_access", ndr.u32("access")?);
    Ok(())
}

fn opened(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.opened(ndr.handle("service handle")?, memory);
    Ok(())
}

/// `RCreateService(hSCManager, [string] lpServiceName, [unique, string] lpDisplayName, DWORD dwDesiredAccess, DWORD
/// dwServiceType, DWORD dwStartType, DWORD dwErrorControl, [string] lpBinaryPathName, [unique, string] lpLoadOrderGroup,
/// [in, out, unique] LPDWORD lpdwTagId, [unique, size_is] LPBYTE lpDependencies, DWORD dwDependSize, [unique, string]
/// lpServiceStartName, [unique, size_is] LPBYTE lpPassword, DWORD dwPwSize, [out] lpServiceHandle)` ([MS-SCMR] 3.1.4.12).
fn create_service<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("manager handle")?, memory);
    let service = string::<WIDE>(ndr, "service name")?.text();
    told.details.replace("service", service.clone());
    told.opens(Subject::new().with("service", service));
    some(told, "display_name", argument::<WIDE>(ndr, "display name")?);
    told.details.set("desired_access", ndr.u32("access")?);
    configuration(ndr, told)?;
    told.long("binary_path", string::<WIDE>(ndr, "binary path")?.text());
    account::<WIDE>(ndr, told)
}

/// `[in, out] lpdwTagId, [out] lpServiceHandle`.
fn created(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("tag")? {
        ndr.u32("tag")?;
    }
    told.opened(ndr.handle("service handle")?, memory);
    Ok(())
}

/// `RChangeServiceConfig(hService, DWORD dwServiceType, DWORD dwStartType, DWORD dwErrorControl, [unique, string]
/// lpBinaryPathName, …, [unique, string] lpDisplayName)` ([MS-SCMR] 3.1.4.11).
fn change_config<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("service handle")?, memory);
    configuration(ndr, told)?;
    if let Some(path) = argument::<WIDE>(ndr, "binary path")? {
        told.long("binary_path", path.text());
    }
    account::<WIDE>(ndr, told)?;
    some(told, "display_name", argument::<WIDE>(ndr, "display name")?);
    Ok(())
}

/// `RChangeServiceConfig2(hService, SC_RPC_CONFIG_INFO Info)`: a union of pointers by level, of which the description and
/// what happens upon failure tell something ([MS-SCMR] 2.2.22, 3.1.4.35).
fn change_config2<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("service handle")?, memory);
    ndr.align_pointer();
    let level = ndr.u32("level")?;
    told.details.set("level", level);
    told.details.set_some("level_name", config_level(level));
    ndr.union(8);
    ndr.u32("level")?;
    ndr.union(8);
    if !ndr.pointer("information")? {
        return Ok(());
    }
    match level {
        1 => some(told, "description", argument::<WIDE>(ndr, "description")?),
        2 => failure_actions::<WIDE>(ndr, told)?,
        _ => {}
    }
    Ok(())
}

/// `SERVICE_FAILURE_ACTIONS { DWORD dwResetPeriod; [string] lpRebootMsg; [string] lpCommand; DWORD cActions; … }`.
fn failure_actions<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("reset period")?;
    let (message, command) = (ndr.pointer("reboot message")?, ndr.pointer("command")?);
    ndr.u32("actions")?;
    ndr.pointer("actions")?;
    if message {
        string::<WIDE>(ndr, "reboot message")?;
    }
    if command {
        told.long("failure_command", string::<WIDE>(ndr, "command")?.text());
    }
    Ok(())
}

/// `RStartService(hService, DWORD argc, [unique, size_is(argc)] argv)`, the first of which is the service's own name
/// ([MS-SCMR] 3.1.4.19).
fn start<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("service handle")?, memory);
    ndr.u32("arguments")?;
    if !ndr.pointer("arguments")? {
        return Ok(());
    }
    let count = ndr.conformance(4, "arguments")?;
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("argument")?);
    }
    let mut arguments = Vec::new();
    for _ in 0..present.min(MAX_ARGUMENTS) {
        arguments.push(string::<WIDE>(ndr, "argument")?.text());
    }
    told.list("arguments", arguments);
    Ok(())
}

/// `RControlService(hService, DWORD dwControl, …)` ([MS-SCMR] 3.1.4.2).
fn control(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("service handle")?, memory);
    let code = ndr.u32("control")?;
    told.details.set("control", code);
    told.details.set_some("control_name", control_name(code));
    Ok(())
}

/// `RGetServiceDisplayName(hSCManager, [string] lpServiceName, …)`.
fn names_service<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("manager handle")?, memory);
    told.details
        .replace("service", string::<WIDE>(ndr, "service name")?.text());
    Ok(())
}

/// `RGetServiceKeyName(hSCManager, [string] lpDisplayName, …)`: whose name is asked for.
fn shows_service<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("manager handle")?, memory);
    some(told, "display_name", Some(string::<WIDE>(ndr, "display name")?));
    Ok(())
}

/// `RQueryServiceConfig2(hService, DWORD dwInfoLevel, …)`.
fn level_of_handle(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("service handle")?, memory);
    let level = ndr.u32("level")?;
    told.details.set("level", level);
    told.details.set_some("level_name", config_level(level));
    Ok(())
}

/// `REnumServicesStatus(hSCManager, DWORD dwServiceType, DWORD dwServiceState, …)`.
fn enumerate(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("manager handle")?, memory);
    told.details.set("service_type", ndr.u32("service type")?);
    told.details.set("service_state", ndr.u32("service state")?);
    Ok(())
}

/// `REnumServicesStatusEx(hSCManager, SC_ENUM_TYPE InfoLevel, DWORD dwServiceType, DWORD dwServiceState, …)`.
fn enumerate_ex(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("manager handle")?, memory);
    ndr.enumeration("information level")?;
    told.details.set("service_type", ndr.u32("service type")?);
    told.details.set("service_state", ndr.u32("service state")?);
    Ok(())
}

/// `DWORD dwServiceType, DWORD dwStartType, DWORD dwErrorControl`: all as they were where they say so.
fn configuration(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let (kind, start) = (ndr.u32("service type")?, ndr.u32("start type")?);
    ndr.u32("error control")?;
    if kind != NO_CHANGE {
        told.details.set("service_type", kind);
        told.details.set_some("service_type_name", service_type(kind));
    }
    if start != NO_CHANGE {
        told.details.set("start_type", start);
        told.details.set_some("start_type_name", start_type(start));
    }
    Ok(())
}

/// `[unique, string] lpLoadOrderGroup, [in, out, unique] lpdwTagId, [unique, size_is] lpDependencies, DWORD dwDependSize,
/// [unique, string] lpServiceStartName, [unique, size_is] lpPassword, DWORD dwPwSize`.
fn account<const WIDE: bool>(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    some(told, "load_order_group", argument::<WIDE>(ndr, "load order group")?);
    if ndr.pointer("tag")? {
        ndr.u32("tag")?;
    }
    skip_octets(ndr, "dependencies")?;
    some(told, "account", argument::<WIDE>(ndr, "account")?);
    skip_octets(ndr, "password")
}

/// `[unique, size_is(size)] LPBYTE octets, DWORD size`.
fn skip_octets(ndr: &mut Ndr<'_>, what: &'static str) -> Result<(), Malformed> {
    if ndr.pointer(what)? {
        let count = ndr.conformance(1, what)?;
        ndr.skip(count, what)?;
    }
    ndr.u32(what).map(|_| ())
}

fn string<'a, const WIDE: bool>(ndr: &mut Ndr<'a>, what: &'static str) -> Result<Text<'a>, Malformed> {
    if WIDE {
        ndr.wide_string(what)
    } else {
        ndr.narrow_string(what)
    }
}

fn argument<'a, const WIDE: bool>(ndr: &mut Ndr<'a>, what: &'static str) -> Result<Option<Text<'a>>, Malformed> {
    if WIDE {
        ndr.wide_argument(what)
    } else {
        ndr.narrow_argument(what)
    }
}

fn some(told: &mut Told, name: &'static str, text: Option<Text<'_>>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        told.long(name, text.text());
    }
}

/// Service types ([MS-SCMR] 3.1.4.12).
const fn service_type(code: u32) -> Option<&'static str> {
    Some(match code {
        0x001 => "SERVICE_KERNEL_DRIVER",
        0x002 => "SERVICE_FILE_SYSTEM_DRIVER",
        0x010 => "SERVICE_WIN32_OWN_PROCESS",
        0x020 => "SERVICE_WIN32_SHARE_PROCESS",
        0x110 => "SERVICE_WIN32_OWN_PROCESS|SERVICE_INTERACTIVE_PROCESS",
        0x120 => "SERVICE_WIN32_SHARE_PROCESS|SERVICE_INTERACTIVE_PROCESS",
        _ => return None,
    })
}

/// When a service starts ([MS-SCMR] 3.1.4.12).
const fn start_type(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "SERVICE_BOOT_START",
        1 => "SERVICE_SYSTEM_START",
        2 => "SERVICE_AUTO_START",
        3 => "SERVICE_DEMAND_START",
        4 => "SERVICE_DISABLED",
        _ => return None,
    })
}

/// What a service may be asked to do ([MS-SCMR] 3.1.4.2).
const fn control_name(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "SERVICE_CONTROL_STOP",
        2 => "SERVICE_CONTROL_PAUSE",
        3 => "SERVICE_CONTROL_CONTINUE",
        4 => "SERVICE_CONTROL_INTERROGATE",
        5 => "SERVICE_CONTROL_SHUTDOWN",
        6 => "SERVICE_CONTROL_PARAMCHANGE",
        7 => "SERVICE_CONTROL_NETBINDADD",
        8 => "SERVICE_CONTROL_NETBINDREMOVE",
        9 => "SERVICE_CONTROL_NETBINDENABLE",
        10 => "SERVICE_CONTROL_NETBINDDISABLE",
        _ => return None,
    })
}

/// Levels of the second configuration ([MS-SCMR] 3.1.4.35).
const fn config_level(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "SERVICE_CONFIG_DESCRIPTION",
        2 => "SERVICE_CONFIG_FAILURE_ACTIONS",
        3 => "SERVICE_CONFIG_DELAYED_AUTO_START_INFO",
        4 => "SERVICE_CONFIG_FAILURE_ACTIONS_FLAG",
        5 => "SERVICE_CONFIG_SERVICE_SID_INFO",
        6 => "SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO",
        7 => "SERVICE_CONFIG_PRESHUTDOWN_INFO",
        8 => "SERVICE_CONFIG_TRIGGER_INFO",
        9 => "SERVICE_CONFIG_PREFERRED_NODE",
        12 => "SERVICE_CONFIG_LAUNCH_PROTECTED",
        _ => return None,
    })
}
