//! What the schedulers answer: jobs and tasks by name, where a task was put, whether it is enabled ([MS-TSCH] 3.2.5).

use compact_str::CompactString;

use super::{Job, Malformed, Memory, Ndr, Told, xml};
use crate::dcerpc::stubs::LISTED;
use crate::fields::Fields;

/// `NetrJobEnum`'s `[in, out] LPAT_ENUM_CONTAINER`: `DWORD EntriesRead; [size_is(EntriesRead)] LPAT_ENUM Buffer`, an AT_ENUM
/// being an AT_INFO behind `DWORD JobId` ([MS-TSCH] 2.3.5, 2.3.6).
pub(super) fn jobs(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.align_pointer();
    told.details.set("entries", ndr.u32("jobs")?);
    if !ndr.pointer("jobs")? {
        return Ok(());
    }
    let count = ndr.conformance(20, "jobs")?;
    let mut jobs = Vec::new();
    for _ in 0..count {
        ndr.align_pointer();
        jobs.push((ndr.u32("job id")?, Job::read(ndr)?));
    }
    let mut shown = Vec::new();
    for (id, job) in jobs.into_iter().take(LISTED + 1) {
        let mut fields = Fields::sized(3);
        fields.set("job_id", id);
        fields.set("job_time", job.time);
        if job.command {
            fields.set("command", told.cut(ndr.wide_string("command")?.text()));
        }
        shown.push(fields);
    }
    told.list("jobs", shown);
    Ok(())
}

/// `SchRpcRegisterTask`'s `[out, string] wchar_t **pActualPath`: where the task is, though no path was asked for.
pub(super) fn registered(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "actual path", "actual_path")
}

/// `SchRpcRetrieveTask`'s `[out, string] wchar_t **pXml`.
pub(super) fn retrieved(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if let Some(text) = ndr.wide_argument("xml")? {
        xml(&text.text(), told);
    }
    Ok(())
}

/// `SchRpcGetSecurity`'s `[out, string] wchar_t **sddl`.
pub(super) fn security(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "sddl", "sddl")
}

/// `SchRpcEnumFolders`' names.
pub(super) fn folders(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let names = names(ndr, told)?;
    told.list("folders", names);
    Ok(())
}

/// `SchRpcEnumTasks`' names.
pub(super) fn tasks(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let names = names(ndr, told)?;
    told.list("tasks", names);
    Ok(())
}

/// `[in, out] DWORD *pStartIndex, …, [out] DWORD *pcNames, [out, size_is(, *pcNames), string] TASK_NAMES *pNames`: a pointer
/// to pointers to strings ([MS-TSCH] 2.3.2, 3.2.5.4.7).
fn names(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<Vec<CompactString>, Malformed> {
    ndr.u32("start index")?;
    told.details.set("entries", ndr.u32("names")?);
    told.strings(ndr, "names")
}

/// `SchRpcEnumInstances`' `[out] DWORD *pcGuids`: how many run.
pub(super) fn instances(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("entries", ndr.u32("instances")?);
    Ok(())
}

/// `SchRpcGetInstanceInfo`'s `[out, string] wchar_t **pPath, [out] DWORD *pState, [out, string] wchar_t **pCurrentAction, …`.
pub(super) fn instance(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "path", "path")?;
    state(ndr, told)?;
    told.argument(ndr, "action", "current_action")
}

/// `SchRpcGetTaskInfo`'s `[out] DWORD *pEnabled, [out] DWORD *pState`.
pub(super) fn information(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("enabled", ndr.u32("enabled")? != 0);
    state(ndr, told)
}

/// The state of a task ([MS-TSCH] 2.3.13).
fn state(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let state = ndr.u32("state")?;
    told.details.set("task_state", state);
    told.details.set_some(
        "task_state_name",
        match state {
            0 => Some("TASK_STATE_UNKNOWN"),
            1 => Some("TASK_STATE_DISABLED"),
            2 => Some("TASK_STATE_QUEUED"),
            3 => Some("TASK_STATE_READY"),
            4 => Some("TASK_STATE_RUNNING"),
            _ => None,
        },
    );
    Ok(())
}
