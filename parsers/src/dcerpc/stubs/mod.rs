//! What calls say: the operations whose stubs are read, interface by interface.
//!
//! An interface is a file (or folder) here with a `pub(super) const STUBS: Stubs`, named in [`TABLES`]. It lists its
//! [`Operation`]s: the kind of activity that each becomes, how its result is to be understood, and the functions that read
//! its request and its response. The association collects stubs (fragments, call ids, verifiers), calls those functions and
//! emits; sealed calls and calls whose stub was lost are emitted under the same kind without arguments. An operation that is
//! in no table stays an `rpc_call`.
//!
//! ```text
//! pub(super) const STUBS: Stubs = Stubs::new("367abb81-9844-35f1-ad32-98f038001003", &[   // in order of opnums
//!     Operation::new(12, Kind::ServiceCreation, Returns::Win32)
//!         .action("Service creation")
//!         .request(create_service)        // fn(&mut Ndr<'_>, &mut Told, &mut Memory) -> Result<(), Malformed>
//!         .response(created_service),
//! ]);
//!
//! /// `RCreateServiceW([in] SC_RPC_HANDLE hSCManager, [in, string] wchar_t *lpServiceName, … )` ([MS-SCMR] 3.1.4.12).
//! fn create_service(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
//!     told.on(ndr.handle("scm handle")?, memory);             // says what the handle names, where that is remembered
//!     let name = ndr.wide_string("service")?.text();          // [string] behind a reference pointer: no pointer on the wire
//!     let shown = ndr.wide_argument("display name")?;         // [unique, string]: pointer and referent
//!     told.details.set("service", name.clone());
//!     told.details.set_some("display_name", shown.map(|shown| shown.text()));
//!     …
//!     told.opens(Subject::new().with("service", name));       // what the handle of the response will name
//!     Ok(())
//! }
//!
//! fn created_service(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
//!     told.opened(ndr.handle("service handle")?, memory);
//!     Ok(())
//! }
//! ```
//!
//! - `details` take only what is the same in every repeat: no handles, no referents, no cookies; and no secrets. Names and
//!   values of `interface opnum operation pipe port auth_* sealed stub_size` are set already.
//! - `told.observed` has the account acted upon (`target_account`, `target_domain`), `sid`, `host`, `dn`. Who acts is set
//!   already, from the authentication.
//! - What changes something is marked with [`Operation::changes`] (or `told.changes`), so that it never folds.
//! - `told.kind` and `told.action` may be changed by a function once it knows more ([`Operation::new`] gives their start).
//! - An answer that hands out an object of DCOM teaches it (`com::handed_out`): every later call of its IPID, sealed or not,
//!   says the details that it was taught with. `told.object` is the IPID that a call is made on.
//! - A long list goes through [`Told::list`], which keeps the first [`LISTED`].
//! - A function may stop early: what it has not read does not matter. `?` on [`Malformed`] keeps what was told until then
//!   and counts a malformed stub. Arrays are read with [`Ndr::conformance`] or [`Ndr::varying`], whose counts are held
//!   against the octets left.
//! - The response function runs only for answers that are no fault, and also for those whose result is an error: null
//!   handles are not remembered, null pointers read as absent.

mod bits;
mod bkrp;
#[cfg(test)]
mod calls;
mod com;
mod dnsserver;
mod drsuapi;
mod dssetup;
mod efsrpc;
mod epmapper;
mod eventlog;
#[cfg(test)]
mod everywhere;
mod fit;
mod forest;
mod fsrvp;
mod handles;
#[cfg(test)]
mod hostile;
mod icpr;
mod long;
mod lsarpc;
mod memory;
mod netdfs;
mod netlogon;
mod reading;
mod rows;
mod samr;
mod secret;
mod srvsvc;
mod svcctl;
mod tasks;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
mod told;
mod unc;
mod winreg;
mod winspool;
mod wkssvc;
mod wmi;
#[cfg(test)]
mod written;

pub(super) use fit::Fit;
use long::LONG;
pub(super) use memory::Memory;
pub(super) use reading::{MAX_STUB, Part, Reading};
pub(super) use told::{LISTED, Subject, Told};

use super::ndr::Ndr;
use super::uuid::Uuid;
use crate::activity::Kind;
use crate::fields::Fields;
use crate::reader::Malformed;

/// Every interface whose stubs are read.
const TABLES: &[Stubs] = &[
    bkrp::STUBS,
    com::ACTIVATION,
    com::ACTIVATOR,
    com::DISPATCH,
    com::EXPORTER,
    com::FACTORY,
    com::PROVIDE_CLASS_INFO,
    com::TYPE_INFO,
    com::UNKNOWN,
    com::UNKNOWN2,
    dnsserver::STUBS,
    drsuapi::STUBS,
    dssetup::STUBS,
    efsrpc::EFSRPC,
    efsrpc::LSARPC,
    epmapper::STUBS,
    eventlog::EVENTLOG,
    eventlog::EVENTLOG6,
    fsrvp::STUBS,
    icpr::STUBS,
    lsarpc::STUBS,
    netdfs::STUBS,
    netlogon::STUBS,
    samr::STUBS,
    srvsvc::STUBS,
    svcctl::STUBS,
    tasks::ATSVC,
    tasks::SASEC,
    tasks::SCHEDULER,
    winreg::STUBS,
    winspool::IREMOTEWINSPOOL,
    winspool::WINSPOOL,
    wkssvc::STUBS,
    wmi::CALL_RESULT,
    wmi::CLIENT_ID,
    wmi::ENUMERATOR,
    wmi::FETCH_SMART_ENUMERATOR,
    wmi::LOGIN,
    wmi::OBJECT_SINK,
    wmi::SERVICES,
    wmi::SMART_ENUMERATOR,
];

/// The operations of an interface that are read.
#[derive(Debug)]
pub(super) struct Stubs {
    interface: Uuid,
    /// In order of their numbers.
    operations: &'static [Operation],
}

impl Stubs {
    /// The operations, in order of their numbers, of the interface that has this UUID.
    const fn new(interface: &str, operations: &'static [Operation]) -> Self {
        Self {
            interface: Uuid::parse(interface),
            operations,
        }
    }

    /// The table of an interface: looked up once a bind.
    pub(super) fn of(interface: Uuid) -> Option<&'static Self> {
        TABLES.iter().find(|stubs| stubs.interface == interface)
    }

    /// Every interface whose stubs are read, with the numbers of the operations that are.
    pub(super) fn all() -> impl Iterator<Item = (Uuid, impl Iterator<Item = u16>)> {
        let opnums = |stubs: &'static Self| stubs.operations.iter().map(|operation| operation.opnum);
        TABLES.iter().map(move |stubs| (stubs.interface, opnums(stubs)))
    }

    /// What is known about an operation.
    pub(super) fn operation(&self, opnum: u16) -> Option<&'static Operation> {
        let at = self
            .operations
            .binary_search_by_key(&opnum, |operation| operation.opnum)
            .ok()?;
        self.operations.get(at)
    }
}

/// What the last four octets of a response are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returns {
    /// An NTSTATUS.
    NtStatus,
    /// A Win32 error code (`NET_API_STATUS`, `error_status_t`, `DWORD`).
    Win32,
    /// An HRESULT.
    Hresult,
    /// No result, or none that is understood.
    Nothing,
}

/// How the stub of one direction is read.
#[derive(Clone, Copy, Debug)]
struct Reads(fn(&mut Ndr<'_>, &mut Told, &mut Memory) -> Result<(), Malformed>);

/// One operation: what it becomes and how it is read.
#[derive(Debug)]
pub(super) struct Operation {
    opnum: u16,
    kind: Kind,
    action: Option<&'static str>,
    changes: bool,
    /// A detail that every call of it has, sealed ones too.
    says: Option<(&'static str, &'static str)>,
    returns: Returns,
    request: Option<Reads>,
    response: Option<Reads>,
    /// Of its response the first fragment is read alone.
    begins: bool,
}

impl Operation {
    /// An operation that becomes a `kind` and ends in `returns`.
    const fn new(opnum: u16, kind: Kind, returns: Returns) -> Self {
        Self {
            opnum,
            kind,
            action: None,
            changes: false,
            says: None,
            returns,
            request: None,
            response: None,
            begins: false,
        }
    }

    /// The hunting tables' name for it.
    const fn action(mut self, action: &'static str) -> Self {
        self.action = Some(action);
        self
    }

    /// It changes something: repeats of it are told one by one, whatever its kind.
    const fn changes(mut self) -> Self {
        self.changes = true;
        self
    }

    /// A detail that every call of it has, sealed ones too.
    const fn says(mut self, name: &'static str, value: &'static str) -> Self {
        self.says = Some((name, value));
        self
    }

    /// The details that every call of it has.
    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        if let Some((name, value)) = self.says {
            fields.set(name, value);
        }
        fields
    }

    /// How its request is read.
    const fn request(mut self, read: fn(&mut Ndr<'_>, &mut Told, &mut Memory) -> Result<(), Malformed>) -> Self {
        self.request = Some(Reads(read));
        self
    }

    /// How its response is read.
    const fn response(mut self, read: fn(&mut Ndr<'_>, &mut Told, &mut Memory) -> Result<(), Malformed>) -> Self {
        self.response = Some(Reads(read));
        self
    }

    /// How its response is read, of which what is told stands at the beginning: the bulk that follows passes.
    const fn response_begins(
        mut self,
        read: fn(&mut Ndr<'_>, &mut Told, &mut Memory) -> Result<(), Malformed>,
    ) -> Self {
        self.begins = true;
        self.response(read)
    }

    /// Whether anybody reads its request.
    pub(super) const fn reads_request(&self) -> bool {
        self.request.is_some()
    }
}
