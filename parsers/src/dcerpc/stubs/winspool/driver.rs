//! Libraries that the spooler is told to load: drivers, monitors, print processors and driver packages.

use super::{Malformed, Memory, Ndr, Told, environment, server};
use crate::dcerpc::stubs::unc;

/// `RpcAddPrinterDriver([in, string, unique] STRING_HANDLE pName, DRIVER_CONTAINER *pDriverContainer)` ([MS-RPRN] 3.1.4.4.1).
pub(super) fn add(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    contained(ndr, told).map(|_| ())
}

/// `RpcAddPrinterDriverEx`, `RpcAsyncAddPrinterDriver`: with `DWORD dwFileCopyFlags` ([MS-RPRN] 3.1.4.4.8, [MS-PAR] 3.1.4.2.2),
/// which is read where nothing lies before it that nobody reads.
pub(super) fn add_ex(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if contained(ndr, told)? == 2 {
        told.details.set("copy_flags", ndr.u32("copy flags")?);
    }
    Ok(())
}

/// The driver, and its level.
fn contained(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<u32, Malformed> {
    server(ndr, told)?;
    ndr.align_pointer();
    ndr.u32("driver level")?;
    ndr.union(8);
    let level = ndr.u32("driver level")?;
    ndr.union(8);
    told.details.set("driver_level", level);
    if ndr.pointer("driver")? {
        driver(ndr, told, level)?;
    }
    Ok(level)
}

/// What every level from 2 on begins with ([MS-RPRN] 2.2.1.5): `DWORD cVersion; [string] wchar_t *pName, *pEnvironment,
/// *pDriverPath, *pDataFile, *pConfigFile`.
fn driver(ndr: &mut Ndr<'_>, told: &mut Told, level: u32) -> Result<(), Malformed> {
    const NAMES: [&str; 5] = ["driver", "environment", "driver_path", "data_file", "config_file"];
    ndr.align_pointer();
    if let 6 | 8 = level {
        ndr.align(8); // DWORDLONG dwlDriverVersion
    }
    let known = match level {
        1 => NAMES.get(..1),
        2 | 3 | 4 | 6 | 8 => Some(&NAMES[..]),
        _ => None,
    };
    if level != 1 {
        ndr.u32("driver version")?;
    }
    let mut present = [false; 5];
    let names = known.unwrap_or_default();
    for (_, present) in names.iter().zip(&mut present) {
        *present = ndr.pointer("driver")?;
    }
    beyond(ndr, level)?;
    for (name, _) in names.iter().zip(present).filter(|(_, present)| *present) {
        told.long(name, ndr.wide_string("driver")?.text());
    }
    leads_away(told);
    Ok(())
}

/// What follows in the levels above 2, up to what the pointers mean.
fn beyond(ndr: &mut Ndr<'_>, level: u32) -> Result<(), Malformed> {
    if level < 3 {
        return Ok(());
    }
    // pHelpFile, pMonitorName, pDefaultDataType; cchDependentFiles, pDependentFiles.
    pointers(ndr, 3)?;
    counted(ndr)?;
    if level >= 4 {
        counted(ndr)?; // cchPreviousNames, pszzPreviousNames
    }
    if level >= 6 {
        // ftDriverDate, dwlDriverVersion; pMfgName, pOEMUrl, pHardwareID, pProvider.
        ndr.large("driver date")?;
        ndr.u64("driver version")?;
        pointers(ndr, 4)?;
    }
    if level == 8 {
        // pPrintProcessor, pVendorSetup; cchColorProfiles, pszzColorProfiles; pInfPath; dwPrinterDriverAttributes;
        // cchCoreDependencies, pszzCoreDriverDependencies; ftMinInboxDriverVerDate, dwlMinInboxDriverVerVersion.
        pointers(ndr, 2)?;
        counted(ndr)?;
        pointers(ndr, 1)?;
        ndr.u32("driver attributes")?;
        counted(ndr)?;
        ndr.large("driver date")?;
        ndr.u64("driver version")?;
    }
    Ok(())
}

fn pointers(ndr: &mut Ndr<'_>, count: usize) -> Result<(), Malformed> {
    for _ in 0..count {
        ndr.pointer("driver")?;
    }
    Ok(())
}

fn counted(ndr: &mut Ndr<'_>) -> Result<(), Malformed> {
    ndr.u32("driver")?;
    ndr.pointer("driver").map(|_| ())
}

/// The first file that lies on another host.
fn leads_away(told: &mut Told) {
    let files = ["driver_path", "data_file", "config_file"];
    let away = files
        .iter()
        .filter_map(|name| told.details.get_text(name))
        .find(|path| unc::host(path).is_some());
    if let Some(path) = away.map(compact_str::CompactString::new) {
        told.path(path);
    }
}

/// `RpcAddPrintProcessor([in, string, unique] STRING_HANDLE pName, [in, string] pEnvironment, [in, string] pPathName, [in,
/// string] pPrintProcessorName)` ([MS-RPRN] 3.1.4.8.1).
pub(super) fn add_print_processor(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.long("environment", ndr.wide_string("environment")?.text());
    told.path(ndr.wide_string("path")?.text());
    told.long("print_processor", ndr.wide_string("print processor")?.text());
    Ok(())
}

/// `RpcAddMonitor([in, string, unique] STRING_HANDLE Name, MONITOR_CONTAINER *pMonitorContainer)` ([MS-RPRN] 3.1.4.7.1):
/// `MONITOR_INFO_2 { [string] wchar_t *pName, *pEnvironment, *pDLLName }`.
pub(super) fn add_monitor(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    ndr.align_pointer();
    ndr.u32("monitor level")?;
    ndr.union(8);
    let level = ndr.u32("monitor level")?;
    ndr.union(8);
    if !ndr.pointer("monitor")? || level != 2 {
        return Ok(());
    }
    let present = [
        ndr.pointer("monitor")?,
        ndr.pointer("environment")?,
        ndr.pointer("library")?,
    ];
    let names = ["monitor", "environment", "library"];
    for (name, _) in names.iter().zip(present).filter(|(_, present)| *present) {
        let text = ndr.wide_string("monitor")?.text();
        match *name {
            "library" => told.path(text),
            name => told.long(name, text),
        }
    }
    Ok(())
}

/// `RpcAsyncInstallPrinterDriverFromPackage([in, string, unique] pszServer, [in, string, unique] pszInfPath, [in, string]
/// pszDriverName, [in, string] pszEnvironment, DWORD dwFlags)` ([MS-PAR] 3.1.4.2.8).
pub(super) fn install_package(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    if let Some(path) = ndr.wide_argument("inf path")? {
        told.path(path.text());
    }
    told.long("driver", ndr.wide_string("driver")?.text());
    told.long("environment", ndr.wide_string("environment")?.text());
    Ok(())
}

/// `RpcAsyncUploadPrinterDriverPackage([in, string, unique] pszServer, [in, string] pszInfPath, [in, string]
/// pszEnvironment, DWORD dwFlags, …)` ([MS-PAR] 3.1.4.2.9).
pub(super) fn upload_package(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.path(ndr.wide_string("inf path")?.text());
    told.long("environment", ndr.wide_string("environment")?.text());
    Ok(())
}

/// `RpcAsyncDeletePrinterDriverPackage([in, string, unique] pszServer, [in, string] pszInfPath, [in, string] pszEnvironment)`
/// ([MS-PAR] 3.1.4.2.12).
pub(super) fn delete_package(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.path(ndr.wide_string("inf path")?.text());
    told.long("environment", ndr.wide_string("environment")?.text());
    Ok(())
}

/// `RpcDeletePrinterDriver([in, string, unique] STRING_HANDLE pName, [in, string] pEnvironment, [in, string] pDriverName)`
/// ([MS-RPRN] 3.1.4.4.5).
pub(super) fn delete(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    told.long("environment", ndr.wide_string("environment")?.text());
    told.long("driver", ndr.wide_string("driver")?.text());
    Ok(())
}

/// `RpcDeletePrinterDriverEx(…, DWORD dwDeleteFlag, DWORD dwVersionNum)` ([MS-RPRN] 3.1.4.4.7).
pub(super) fn delete_ex(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    delete(ndr, told, memory)?;
    told.details.set("flags", ndr.u32("flags")?);
    Ok(())
}

/// `RpcDeleteMonitor([in, string, unique] STRING_HANDLE Name, [in, string, unique] pEnvironment, [in, string] pMonitorName)`
/// ([MS-RPRN] 3.1.4.7.3).
pub(super) fn delete_monitor(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    environment(ndr, told)?;
    told.long("monitor", ndr.wide_string("monitor")?.text());
    Ok(())
}

/// `RpcDeletePrintProcessor([in, string, unique] STRING_HANDLE Name, [in, string, unique] pEnvironment, [in, string]
/// pPrintProcessorName)` ([MS-RPRN] 3.1.4.8.4).
pub(super) fn delete_print_processor(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    environment(ndr, told)?;
    told.long("print_processor", ndr.wide_string("print processor")?.text());
    Ok(())
}
