//! Scheduled tasks: [MS-TSCH]'s three interfaces, ATSvc, SASec and ITaskSchedulerService.
//!
//! All is `task_scheduling`: the path or job, the command, the XML up to a limit. Credentials that come with a task give
//! their user and nothing else.

mod answers;
#[cfg(test)]
mod tests;

use compact_str::CompactString;

use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

const ACTION: &str = "Task scheduling";

const fn job(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::TaskScheduling, Returns::Win32).action(ACTION)
}

const fn task(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::TaskScheduling, Returns::Hresult).action(ACTION)
}

/// `atsvc` ([MS-TSCH] 3.2.5.2).
pub(super) const ATSVC: Stubs = Stubs::new(
    "1ff70682-0a51-30e8-076d-740be8cee98b",
    &[
        job(0).request(job_add).response(job_added),
        job(1).request(job_delete),
        job(2).request(job_server).response(answers::jobs),
        job(3).request(job_get).response(job_got),
    ],
);

/// `sasec` ([MS-TSCH] 3.2.5.3).
pub(super) const SASEC: Stubs = Stubs::new(
    "378e52b0-c0a9-11cf-822d-00aa0051e40f",
    &[
        task(0).request(set_account),
        task(1).request(set_net_account),
        task(2),
        task(3).request(get_account),
    ],
);

/// `ITaskSchedulerService` ([MS-TSCH] 3.2.5.4).
pub(super) const SCHEDULER: Stubs = Stubs::new(
    "86d35949-83c9-4044-b424-db363231fd0c",
    &[
        task(0),
        task(1).request(register).response(answers::registered),
        task(2).request(path).response(answers::retrieved),
        task(3).request(create_folder),
        task(4).request(set_security),
        task(5).request(path).response(answers::security),
        task(6).request(path).response(answers::folders),
        task(7).request(path).response(answers::tasks),
        task(8).request(maybe_path).response(answers::instances),
        task(9).response(answers::instance),
        task(10),
        task(11).request(maybe_path),
        task(12).request(run),
        task(13).request(path),
        task(14).request(rename),
        task(15).request(path),
        task(16).request(path),
        task(17).request(path).response(answers::information),
        task(18).request(path),
        task(19).request(enable),
    ],
);

/// `NetrJobAdd([unique, string] ServerName, [in] LPAT_INFO pAtInfo, [out] LPDWORD pJobId)` ([MS-TSCH] 3.2.5.2.1).
fn job_add(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.wide_argument("server name")?;
    at_info(ndr, told)
}

/// `AT_INFO { DWORD_PTR JobTime; DWORD DaysOfMonth; UCHAR DaysOfWeek; UCHAR Flags; [string] WCHAR *Command; }` ([MS-TSCH]
/// 2.3.4).
fn at_info(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    let job = Job::read(ndr)?;
    told.details.set("job_time", job.time);
    if job.command {
        told.long("command", ndr.wide_string("command")?.text());
    }
    Ok(())
}

/// What AT_INFO and AT_ENUM have in common.
struct Job {
    time: CompactString,
    /// Its command follows.
    command: bool,
}

impl Job {
    /// From the job's time on, which is in milliseconds since midnight.
    fn read(ndr: &mut Ndr<'_>) -> Result<Self, Malformed> {
        let since_midnight = ndr.size("job time")? / 1000;
        let (hour, minute, second) = (since_midnight / 3600, since_midnight / 60 % 60, since_midnight % 60);
        ndr.u32("days of month")?;
        ndr.u8("days of week")?;
        ndr.u8("flags")?;
        Ok(Self {
            time: compact_str::format_compact!("{hour:02}:{minute:02}:{second:02}"),
            command: ndr.pointer("command")?,
        })
    }
}

fn job_added(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("job_id", ndr.u32("job id")?);
    Ok(())
}

/// `NetrJobDel([unique, string] ServerName, DWORD MinJobId, DWORD MaxJobId)`.
fn job_delete(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.wide_argument("server name")?;
    told.details.set("job_id", ndr.u32("job id")?);
    told.details.set("last_job_id", ndr.u32("job id")?);
    Ok(())
}

fn job_server(ndr: &mut Ndr<'_>, _: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.wide_argument("server name").map(|_| ())
}

/// `NetrJobGetInfo([unique, string] ServerName, DWORD JobId, [out] LPAT_INFO *ppAtInfo)`.
fn job_get(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.wide_argument("server name")?;
    told.details.set("job_id", ndr.u32("job id")?);
    Ok(())
}

fn job_got(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("job")? {
        true => at_info(ndr, told),
        false => Ok(()),
    }
}

/// `SASetAccountInformation([unique, string] Handle, [string] pwszJobName, [string] pwszAccount, …)`.
fn set_account(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.wide_argument("server name")?;
    told.long("path", ndr.wide_string("job name")?.text());
    told.long("user", ndr.wide_string("account")?.text());
    Ok(())
}

/// `SASetNSAccountInformation([unique, string] Handle, [unique, string] pwszAccount, …)`.
fn set_net_account(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.wide_argument("server name")?;
    told.argument(ndr, "account", "user")
}

/// `SAGetAccountInformation([unique, string] Handle, [string] pwszJobName, …)`.
fn get_account(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.wide_argument("server name")?;
    path(ndr, told, memory)
}

/// `SchRpcRegisterTask([unique, string] path, [string] xml, DWORD flags, [unique, string] sddl, DWORD logonType, DWORD
/// cCreds, [unique, size_is(cCreds)] TASK_USER_CRED *pCreds, …)` ([MS-TSCH] 3.2.5.4.2).
fn register(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    maybe_path(ndr, told, memory)?;
    xml(&ndr.wide_string("xml")?.text(), told);
    told.details.set("flags", ndr.u32("flags")?);
    told.argument(ndr, "sddl", "sddl")?;
    told.details.set("logon_type", ndr.u32("logon type")?);
    ndr.u32("credentials")?;
    credentials(ndr, told)
}

/// `TASK_USER_CRED { [string] userId; [string] password; DWORD flags; }`: whose credentials, and not what they are.
fn credentials(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    if !ndr.pointer("credentials")? || ndr.conformance(12, "credentials")? == 0 {
        return Ok(());
    }
    ndr.align_pointer();
    let user = ndr.pointer("user")?;
    ndr.pointer("password")?;
    ndr.u32("flags")?;
    told.details.set("credentials", true);
    // Of several, the referents follow after the last structure: only a single one's stands here.
    if user && ndr.remaining() > 0 {
        told.details
            .set_some("user", ndr.wide_string("user").ok().map(|user| user.text()));
    }
    Ok(())
}

/// The XML of a task up to a limit, and what it runs ([MS-TSCH] 2.5).
fn xml(text: &str, told: &mut Told) {
    if let Some(command) = content(text, "Command") {
        let command = match content(text, "Arguments") {
            Some(arguments) => compact_str::format_compact!("{command} {arguments}"),
            None => command,
        };
        told.long("command", command);
    }
    for (name, element) in [("class_id", "ClassId"), ("run_as", "UserId")] {
        if let Some(content) = content(text, element) {
            told.long(name, content);
        }
    }
    told.long("xml", text.into());
}

/// The content of the first element called `element`.
fn content(text: &str, element: &str) -> Option<CompactString> {
    let mut rest = text;
    loop {
        let (_, tag) = rest.split_once('<')?;
        rest = tag;
        if let Some(after) = tag.strip_prefix(element)
            && after.starts_with(['>', ' '])
        {
            let (_, content) = after.split_once('>')?;
            let (content, _) = content.split_once('<')?;
            return Some(unescape(content.trim()));
        }
    }
}

/// The five entities of XML 1.0 §4.6.
fn unescape(text: &str) -> CompactString {
    if !text.contains('&') {
        return text.into();
    }
    let quotes = text.replace("&quot;", "\"").replace("&apos;", "'");
    let angles = quotes.replace("&lt;", "<").replace("&gt;", ">");
    angles.replace("&amp;", "&").into()
}

/// Operations that begin with `[string] path`.
fn path(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.long("path", ndr.wide_string("path")?.text());
    Ok(())
}

/// Operations that begin with `[unique, string] path`.
fn maybe_path(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "path", "path")
}

/// `SchRpcCreateFolder([string] path, [unique, string] sddl, DWORD flags)`.
fn create_folder(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    told.argument(ndr, "sddl", "sddl")
}

/// `SchRpcSetSecurity([string] path, [string] sddl, DWORD flags)`.
fn set_security(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    told.long("sddl", ndr.wide_string("sddl")?.text());
    Ok(())
}

/// `SchRpcRun([string] path, DWORD cArgs, [unique, size_is(cArgs), string] wchar_t **pArgs, DWORD flags, DWORD sessionId,
/// [unique, string] user, [out] GUID *pGuid)`.
fn run(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    ndr.u32("arguments")?;
    if ndr.pointer("arguments")? {
        let count = ndr.conformance(4, "arguments")?;
        let mut present = 0;
        for _ in 0..count {
            present += usize::from(ndr.pointer("argument")?);
        }
        let mut arguments = Vec::new();
        for _ in 0..present {
            arguments.push(ndr.wide_string("argument")?.text());
        }
        told.list("arguments", arguments);
    }
    ndr.u32("flags")?;
    ndr.u32("session")?;
    told.argument(ndr, "user", "user")
}

/// `SchRpcRename([string] path, [string] newName, DWORD flags)`.
fn rename(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    told.long("new_name", ndr.wide_string("new name")?.text());
    Ok(())
}

/// `SchRpcEnableTask([string] path, DWORD enabled)`.
fn enable(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    told.details.set("enabled", ndr.u32("enabled")? != 0);
    Ok(())
}
