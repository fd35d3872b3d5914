//! Documents that are printed, and jobs that are changed.

use super::rows::{self, Column, Level};
use super::{Malformed, Memory, Ndr, Told, handles, without_password};

/// DOC_INFO_1 ([MS-RPRN] 2.2.1.4.1).
const DOCUMENTS: &[Level] = &[Level {
    number: 1,
    columns: &[
        Column::Text("document"),
        Column::Text("output_file"),
        Column::Text("data_type"),
    ],
}];

/// `RpcStartDocPrinter(PRINTER_HANDLE hPrinter, DOC_INFO_CONTAINER *pDocInfoContainer, …)` ([MS-RPRN] 3.1.4.9.1): with a file
/// that is written in the printer's place.
pub(super) fn start(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    rows::level(ndr)?;
    rows::single(ndr, told, DOCUMENTS)?;
    for name in ["document", "output_file"] {
        without_password(told, name);
    }
    told.leads_away("output_file");
    Ok(())
}

/// `[out] DWORD *pJobId`.
pub(super) fn started(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("job_id", ndr.u32("job")?);
    Ok(())
}

/// `RpcSetJob(PRINTER_HANDLE hPrinter, DWORD JobId, …)` ([MS-RPRN] 3.1.4.3.1).
pub(super) fn set(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    told.details.set("job_id", ndr.u32("job")?);
    Ok(())
}
