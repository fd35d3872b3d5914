//! Shares, sessions and open files of a file server: [MS-SRVS].
//!
//! Who asks for sessions, files, connections and shares enumerates (`session_enumeration`): what was asked for, and the names
//! that were answered. Times and identifiers, which differ in every answer, are left out. The rest stays an `rpc_call`.

#[cfg(test)]
mod tests;

use super::rows::{self, Column, Level};
use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

const fn enumerates(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::SessionEnumeration, Returns::Win32).action("SMB session")
}

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `srvsvc`.
pub(super) const STUBS: Stubs = Stubs::new(
    "4b324fc8-1670-01d3-1278-5a47bf6ee188",
    &[
        enumerates(8).request(connections).response(connected),
        enumerates(9).request(files).response(opened),
        enumerates(12).request(sessions).response(logged_on),
        call(13).request(session),
        call(14).request(rows::server_level),
        enumerates(15).request(shares).response(shared),
        call(16).request(share_level),
        call(17).request(share_level),
        call(18).request(share),
        call(21).request(rows::server_level),
        call(22).request(rows::server_level),
        call(28).request(rows::server),
        enumerates(36).request(shares).response(shared),
    ],
);

/// CONNECTION_INFO ([MS-SRVS] 2.2.4.1, 2.2.4.2).
const CONNECTIONS: &[Level] = &[
    Level {
        number: 0,
        columns: &[Column::Skip],
    },
    Level {
        number: 1,
        columns: &[
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("user"),
            Column::Text("client"),
        ],
    },
];

/// FILE_INFO ([MS-SRVS] 2.2.4.6, 2.2.4.7).
const FILES: &[Level] = &[
    Level {
        number: 2,
        columns: &[Column::Skip],
    },
    Level {
        number: 3,
        columns: &[
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("path"),
            Column::Text("user"),
        ],
    },
];

/// SESSION_INFO ([MS-SRVS] 2.2.4.11 to 2.2.4.15).
const SESSIONS: &[Level] = &[
    Level {
        number: 0,
        columns: &[Column::Text("client")],
    },
    Level {
        number: 1,
        columns: &[
            Column::Text("client"),
            Column::Text("user"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
        ],
    },
    Level {
        number: 2,
        columns: &[
            Column::Text("client"),
            Column::Text("user"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Hidden,
        ],
    },
    Level {
        number: 10,
        columns: &[Column::Text("client"), Column::Text("user"), Column::Skip, Column::Skip],
    },
    Level {
        number: 502,
        columns: &[
            Column::Text("client"),
            Column::Text("user"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Hidden,
            Column::Hidden,
        ],
    },
];

/// SHARE_INFO ([MS-SRVS] 2.2.4.22 to 2.2.4.27). The password of levels 2, 502 and 503 is not told.
const SHARES: &[Level] = &[
    Level {
        number: 0,
        columns: &[Column::Text("share")],
    },
    Level {
        number: 1,
        columns: &[Column::Text("share"), Column::Number("type"), Column::Text("remark")],
    },
    Level {
        number: 2,
        columns: &[
            Column::Text("share"),
            Column::Number("type"),
            Column::Text("remark"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("path"),
            Column::Hidden,
        ],
    },
    Level {
        number: 501,
        columns: &[
            Column::Text("share"),
            Column::Number("type"),
            Column::Text("remark"),
            Column::Skip,
        ],
    },
    Level {
        number: 502,
        columns: &[
            Column::Text("share"),
            Column::Number("type"),
            Column::Text("remark"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("path"),
            Column::Hidden,
            Column::Skip,
            Column::Octets,
        ],
    },
    Level {
        number: 503,
        columns: &[
            Column::Text("share"),
            Column::Number("type"),
            Column::Text("remark"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("path"),
            Column::Hidden,
            Column::Text("server"),
            Column::Skip,
            Column::Octets,
        ],
    },
];

/// `NetrSessionEnum([unique, string] ServerName, [unique, string] ClientName, [unique, string] UserName, [in, out]
/// PSESSION_ENUM_STRUCT InfoStruct, …)` ([MS-SRVS] 3.1.4.5).
fn sessions(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "client_filter", "client_filter")?;
    told.argument(ndr, "user_filter", "user_filter")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn logged_on(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, SESSIONS, "sessions")
}

/// `NetrFileEnum([unique, string] ServerName, [unique, string] BasePath, [unique, string] UserName, [in, out]
/// PFILE_ENUM_STRUCT InfoStruct, …)` ([MS-SRVS] 3.1.4.2).
fn files(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "path_filter", "path_filter")?;
    told.argument(ndr, "user_filter", "user_filter")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn opened(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, FILES, "files")
}

/// `NetrConnectionEnum([unique, string] ServerName, [unique, string] Qualifier, [in, out] LPCONNECT_ENUM_STRUCT InfoStruct,
/// …)` ([MS-SRVS] 3.1.4.1).
fn connections(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "qualifier", "qualifier")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn connected(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, CONNECTIONS, "connections")
}

/// `NetrShareEnum`, `NetrShareEnumSticky([unique, string] ServerName, [in, out] LPSHARE_ENUM_STRUCT InfoStruct, …)`
/// ([MS-SRVS] 3.1.4.8).
fn shares(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.details.set("level", rows::level(ndr)?);
    Ok(())
}

fn shared(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    rows::answered(ndr, told, SHARES, "shares")
}

/// `NetrSessionDel([unique, string] ServerName, [unique, string] ClientName, [unique, string] UserName)`.
fn session(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.argument(ndr, "client_filter", "client_filter")?;
    told.argument(ndr, "user_filter", "user_filter")
}

/// `NetrShareGetInfo`, `NetrShareSetInfo([unique, string] ServerName, [string] NetName, DWORD Level, …)`.
fn share_level(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    share(ndr, told, memory)?;
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

/// `NetrShareDel([unique, string] ServerName, [string] NetName, DWORD Reserved)`.
fn share(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")?;
    told.long("share", ndr.wide_string("share")?.text());
    Ok(())
}
