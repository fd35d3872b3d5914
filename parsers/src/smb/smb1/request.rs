//! What clients ask of SMB1, and what is to be remembered of it until the answer comes.

use compact_str::CompactString;

use crate::context::Context;
use crate::ntlm;
use crate::pending::Evicted;
use crate::protocol::ProtocolId;
use crate::smb::connection::Connection;
use crate::smb::file::{Alteration, File, Opening, Tree};
use crate::smb::logon::Logon;
use crate::smb::smb1::body::Body;
use crate::smb::smb1::negotiation::{Proof, Setup};
use crate::smb::smb1::open::Create;
use crate::smb::smb1::operation::{Operation, Whole};
use crate::smb::smb1::path::OnPath;
use crate::smb::smb1::payload::Data;
use crate::smb::smb1::reassembly::Partial;
use crate::smb::smb1::transaction::Transaction;
use crate::smb::smb1::wire::{Block, Header};
use crate::smb::smb1::{Asked, Dialogue, Waiting, give_up};
use crate::smb::wire::FileId;

/// The file that an earlier command of the same chain opened ([MS-CIFS] 2.2.3.4).
const CHAINED: u16 = 0xffff;

impl Dialogue {
    /// One command; `chained` is the file that one before it in the same message opened.
    pub(super) fn request(
        &mut self,
        header: &Header,
        block: &Block<'_>,
        body: Body<'_>,
        chained: &mut Option<u64>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        let mut command = block.command;
        let waiting = match body {
            Body::Offer(dialects) => Some(offered(dialects, connection, context)),
            Body::Setup(setup) => Some(Waiting::Setup(self.setup(header, setup, context))),
            Body::TreeConnect(path) => Some(Waiting::Tree(Tree {
                path,
                asked: context.time,
            })),
            Body::TreeDisconnect => Some(Waiting::TreeDisconnect(header.tid)),
            Body::Logoff => Some(Waiting::Logoff(header.uid)),
            Body::Create(create) => {
                let number = open(header, create, connection, context);
                *chained = Some(number);
                Some(Waiting::Create(number))
            }
            Body::Close(fid) => known(fid, *chained, connection).map(Waiting::Close),
            Body::Read(fid) => Some(Waiting::Read(used(header, fid, *chained, connection, context))),
            Body::Write(fid, data) => {
                let number = used(header, fid, *chained, connection, context);
                Some(Waiting::Write(written(number, &data, connection, context)))
            }
            Body::WriteAndClose(fid, data) => {
                let number = used(header, fid, *chained, connection, context);
                Some(Waiting::WriteAndClose(written(number, &data, connection, context)))
            }
            Body::OnPath(on) => Some(on_path(header, on, context)),
            Body::Transaction(transaction) => {
                command = transaction.family.command();
                self.transaction(header, &transaction, connection, context)
            }
            _ => None,
        };
        if let Some(waiting) = waiting {
            self.wait((header.key(), command), waiting, connection, context);
        }
    }

    fn wait(&mut self, key: (u32, u8), waiting: Waiting, connection: &mut Connection, context: &mut Context<'_>) {
        match self.pending.insert(key, context.time, Asked { key, waiting }) {
            Some(Evicted::Full(oldest)) => {
                context.limit("smb1.pending");
                give_up(oldest.waiting, connection, context);
            }
            Some(Evicted::Reused(earlier)) => give_up(earlier.waiting, connection, context),
            None => {}
        }
    }

    fn setup(&mut self, header: &Header, setup: Setup<'_>, context: &mut Context<'_>) -> Box<Logon> {
        let known = match header.uid {
            0 => None,
            uid => self.setups.take(&uid),
        };
        let mut logon = known.unwrap_or_else(|| Box::new(Logon::new(ProtocolId::Smb1, context.time)));
        match setup.proof {
            Proof::Token(token) => logon.token(token, context),
            Proof::Responses { lm, nt } => {
                logon.anonymous = setup.account.is_empty() && nt.is_empty();
                logon.cleartext = [lm, nt].iter().any(|proof| self.is_cleartext(proof));
                let raw = ntlm::Raw {
                    account: &setup.account,
                    domain: &setup.domain,
                    lm: self.challenged(lm),
                    nt: self.challenged(nt),
                    challenge: self.challenge.as_ref(),
                };
                logon.raw_ntlm(&raw, context);
            }
        }
        logon.client.set(setup.os, setup.lan_manager);
        logon
    }

    /// A challenge response has at least 24 bytes ([MS-NLMP] 2.2.2.3); what is shorter is a password in the clear, which
    /// goes no further, or one null byte that stands for none. Some servers want nothing but passwords.
    fn is_cleartext(&self, proof: &[u8]) -> bool {
        (self.plaintext || proof.len() < 24) && proof.iter().any(|byte| *byte != 0)
    }

    fn challenged<'a>(&self, proof: &'a [u8]) -> &'a [u8] {
        if self.plaintext || proof.len() < 24 { &[] } else { proof }
    }

    /// A transaction, or a part of one: what it asks for is read once all of it is there.
    fn transaction(
        &mut self,
        header: &Header,
        transaction: &Transaction<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) -> Option<Waiting> {
        if transaction.is_secondary {
            return self.secondary(header, transaction, connection, context);
        }
        let whole = Whole {
            family: transaction.family,
            function: transaction.function,
            setup: transaction.setup,
            parameters: transaction.parameters.bytes,
            data: transaction.data.bytes,
            unicode: header.is_unicode(),
        };
        let operation = whole.operation();
        if let Operation::Transact(fid) = operation {
            let number = used(header, fid, None, connection, context);
            connection.make_pipe(number);
            let data = &transaction.data;
            connection.pipe_bytes(number, data.bytes, data.length, context);
            return Some(Waiting::Transact(number));
        }
        if transaction.parameters.is_whole() && transaction.data.is_whole() {
            return operate(header, &operation, connection, context);
        }
        let (partial, fits) = Partial::begin(transaction);
        if !fits {
            context.limit("smb1.transaction_size");
        }
        if let Some(Evicted::Full(_)) = self.partial.insert(header.key(), context.time, Box::new(partial)) {
            context.limit("smb1.transactions");
        }
        None
    }

    fn secondary(
        &mut self,
        header: &Header,
        part: &Transaction<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) -> Option<Waiting> {
        if let Some(Waiting::Transact(number)) = self.waits(&(header.key(), part.family.command())) {
            connection.pipe_bytes(*number, part.data.bytes, part.data.length, context);
            return None;
        }
        let partial = self.partial.peek(&header.key())?;
        if !partial.add(part) {
            context.limit("smb1.transaction_size");
        }
        if !partial.is_complete() {
            return None;
        }
        let partial = self.partial.take(&header.key())?;
        let whole = Whole {
            family: part.family,
            function: partial.function,
            setup: &partial.setup,
            parameters: partial.parameters(),
            data: partial.data(),
            unicode: header.is_unicode(),
        };
        operate(header, &whole.operation(), connection, context)
    }
}

fn offered(dialects: Vec<CompactString>, connection: &mut Connection, context: &Context<'_>) -> Waiting {
    let negotiated = &mut connection.negotiated;
    negotiated.seen(context.time);
    negotiated.smb1_offered |= dialects.iter().any(|dialect| !dialect.starts_with("SMB 2"));
    Waiting::Negotiate(dialects)
}

/// What follows from an operation whose answer is waited for.
fn operate(
    header: &Header,
    operation: &Operation<'_>,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Option<Waiting> {
    let alteration = operation.change().and_then(|change| Alteration::of(&change));
    let (name, path) = match operation {
        Operation::Open(create) => {
            return Some(Waiting::Create(open(header, create.clone(), connection, context)));
        }
        Operation::SetFile { file, .. } | Operation::SetSecurity { file, .. } => {
            let number = used(header, *file, None, connection, context);
            return alteration.map(|alteration| Waiting::Alter(number, alteration));
        }
        Operation::Search { pattern, .. } => ("search", pattern),
        Operation::QueryPath { path, .. } => ("query_path", path),
        Operation::SetPath { path, .. } => ("set_path", path),
        Operation::CreateDirectory(path) => ("create_directory", path),
        _ => return None,
    };
    Some(Waiting::Path(at_path(header, name, path.clone(), context), alteration))
}

fn on_path(header: &Header, on: OnPath, context: &Context<'_>) -> Waiting {
    let alteration = match on.operation {
        "delete" | "delete_directory" => Some(Alteration::Disposition(true)),
        _ => on.new_path.map(Alteration::Rename),
    };
    Waiting::Path(at_path(header, on.operation, on.path, context), alteration)
}

/// Something done to a path without opening it.
fn at_path(header: &Header, operation: &'static str, path: CompactString, context: &Context<'_>) -> Box<File> {
    let mut file = file(header, context);
    file.opening = Some(Opening {
        path,
        operation: Some(operation),
        ..Opening::default()
    });
    Box::new(file)
}

fn open(header: &Header, create: Create, connection: &mut Connection, context: &mut Context<'_>) -> u64 {
    let mut file = file(header, context);
    file.opening = Some(Opening {
        path: create.path,
        access: create.access,
        disposition: create.disposition,
        options: create.options,
        operation: None,
    });
    connection.open(file, context)
}

fn file(header: &Header, context: &Context<'_>) -> File {
    File::new(
        ProtocolId::Smb1,
        u64::from(header.uid),
        u32::from(header.tid),
        context.time,
    )
}

/// The number of a file, where it has one.
fn known(fid: u16, chained: Option<u64>, connection: &Connection) -> Option<u64> {
    chained
        .filter(|_| fid == CHAINED)
        .or_else(|| connection.number(FileId::of_smb1(fid)))
}

/// The number of a file; one that was open before anything was seen is known from its first use on.
fn used(
    header: &Header,
    fid: u16,
    chained: Option<u64>,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> u64 {
    known(fid, chained, connection).unwrap_or_else(|| {
        let file = file(header, context);
        connection.used(FileId::of_smb1(fid), file, context)
    })
}

fn written(number: u64, data: &Data<'_>, connection: &mut Connection, context: &mut Context<'_>) -> u64 {
    connection.pipe_bytes(number, data.bytes, data.length, context);
    number
}
