//! What SMB1 commands say ([MS-CIFS] 2.2.4, [MS-SMB] 2.2.4): one sum for both ways.

use compact_str::CompactString;

use crate::fields::{Fields, Value};
use crate::reader::Malformed;
use crate::smb::smb1::mailslot;
use crate::smb::smb1::negotiation::{self, Chosen, Connected, Setup, SetupAnswer};
use crate::smb::smb1::open::{self, Create, Created};
use crate::smb::smb1::operation::{Whole, function_name};
use crate::smb::smb1::path::OnPath;
use crate::smb::smb1::payload::{self, Data};
use crate::smb::smb1::transaction::{Answer, Family, Transaction};
use crate::smb::smb1::wire::{Block, Header, command};

/// A command that was understood; others are shown by name.
#[derive(Clone, Debug)]
pub(super) enum Body<'a> {
    Offer(Vec<CompactString>),
    Chosen(Chosen<'a>),
    Setup(Setup<'a>),
    SetupAnswer(SetupAnswer<'a>),
    TreeConnect(CompactString),
    TreeConnected(Connected),
    TreeDisconnect,
    Logoff,
    Create(Create),
    Created(Created),
    Close(u16),
    Read(u16),
    HaveRead(Data<'a>),
    Write(u16, Data<'a>),
    WriteAndClose(u16, Data<'a>),
    Written(u32),
    OnPath(OnPath),
    Transaction(Box<Transaction<'a>>),
    Answered(Answer<'a>),
    /// A file is locked, flushed, or looked at.
    About(u16),
    Echo(u16),
    Other,
}

impl<'a> Body<'a> {
    pub(super) fn parse(header: &Header, block: &Block<'a>) -> Result<Self, Malformed> {
        match header.is_response() {
            true => Self::response(header, block),
            false => Self::request(header, block),
        }
    }

    fn request(header: &Header, block: &Block<'a>) -> Result<Self, Malformed> {
        match (block.command, block.count) {
            (command::NEGOTIATE, _) => Ok(Self::Offer(negotiation::dialects(block.bytes()))),
            (command::SESSION_SETUP_ANDX, _) => negotiation::setup(header, block),
            (command::TREE_CONNECT_ANDX, 4..) => negotiation::tree_connect_andx(header, block),
            (command::TREE_CONNECT, 0) => negotiation::tree_connect(header, block),
            (command::TREE_DISCONNECT, _) => Ok(Self::TreeDisconnect),
            (command::LOGOFF_ANDX, _) => Ok(Self::Logoff),
            (command::NT_CREATE_ANDX, 24..) => open::create(header, block),
            (command::OPEN_ANDX, 15..) => open::open_andx(header, block),
            (command::OPEN, 2..) => open::open(header, block),
            (command::CREATE | command::CREATE_NEW, 3..) => {
                open::create_dos(header, block, block.command == command::CREATE_NEW)
            }
            (command::CLOSE, 1..) => Ok(Self::Close(block.words().u16_le("fid")?)),
            (command::READ_ANDX, 3..) => Ok(Self::Read(block.andx_words().u16_le("fid")?)),
            (command::READ | command::LOCK_AND_READ, 1..) => Ok(Self::Read(block.words().u16_le("fid")?)),
            (command::WRITE_ANDX, 12..) => payload::write_andx(block),
            (command::WRITE | command::WRITE_AND_UNLOCK | command::WRITE_AND_CLOSE, 5..) => payload::write(block),
            (command::LOCKING_ANDX, 3..) => Ok(Self::About(block.andx_words().u16_le("fid")?)),
            (command::FLUSH | command::SEEK | command::LOCK_BYTE_RANGE | command::UNLOCK_BYTE_RANGE, 1..) => {
                Ok(Self::About(block.words().u16_le("fid")?))
            }
            (command::ECHO, 1..) => Ok(Self::Echo(block.words().u16_le("echo count")?)),
            (
                command::CREATE_DIRECTORY
                | command::DELETE_DIRECTORY
                | command::DELETE
                | command::RENAME
                | command::NT_RENAME
                | command::QUERY_INFORMATION
                | command::SET_INFORMATION
                | command::CHECK_DIRECTORY
                | command::SEARCH,
                _,
            ) => OnPath::parse(header, block),
            (command::TRANSACTION | command::TRANSACTION2, 14..)
            | (command::TRANSACTION_SECONDARY | command::TRANSACTION2_SECONDARY, 8..)
            | (command::NT_TRANSACT, 19..)
            | (command::NT_TRANSACT_SECONDARY, 18..) => {
                Transaction::request(header, block).map(|transaction| Self::Transaction(Box::new(transaction)))
            }
            _ => Ok(Self::Other),
        }
    }

    fn response(header: &Header, block: &Block<'a>) -> Result<Self, Malformed> {
        match (block.command, block.count) {
            (command::NEGOTIATE, 1..) => negotiation::chosen(header, block),
            (command::SESSION_SETUP_ANDX, 3..) => negotiation::setup_answer(header, block),
            (command::TREE_CONNECT_ANDX, 2..) => negotiation::connected_andx(header, block),
            (command::TREE_CONNECT, 2..) => negotiation::connected(block),
            (command::NT_CREATE_ANDX, 34..) => open::created(block),
            (command::OPEN_ANDX, 10..) => open::opened_andx(block),
            (command::OPEN, 5..) => open::opened(block),
            (command::CREATE | command::CREATE_NEW, 1..) => open::created_dos(block),
            (command::READ_ANDX, 12..) => payload::have_read_andx(block),
            (command::READ | command::LOCK_AND_READ, 1..) => payload::have_read(block),
            (command::WRITE_ANDX, 6..) => payload::written_andx(block),
            (command::WRITE | command::WRITE_AND_UNLOCK | command::WRITE_AND_CLOSE, 1..) => payload::written(block),
            (command::ECHO, 1..) => Ok(Self::Echo(block.words().u16_le("sequence number")?)),
            (command::TRANSACTION | command::TRANSACTION2, 10..) | (command::NT_TRANSACT, 18..) => {
                Answer::parse(block).map(Self::Answered)
            }
            _ => Ok(Self::Other),
        }
    }

    pub(super) fn fields(&self, header: &Header, fields: &mut Fields) {
        match self {
            Self::Offer(dialects) => fields.list("dialects", dialects.iter().cloned()),
            Self::Chosen(chosen) => chosen.fields(fields),
            Self::Setup(setup) => setup.fields(fields),
            Self::SetupAnswer(answer) => answer.fields(fields),
            Self::TreeConnect(path) => {
                if let Some((_, share)) = path.rsplit_once('\\') {
                    put(fields, "share", &CompactString::new(share));
                }
                put(fields, "path", path);
            }
            Self::TreeConnected(connected) => connected.fields(fields),
            Self::Create(create) => create.fields(fields),
            Self::Created(created) => created.fields(fields),
            Self::Close(fid) | Self::Read(fid) | Self::About(fid) => put_number(fields, "fid", *fid),
            Self::Write(fid, data) | Self::WriteAndClose(fid, data) => {
                put_number(fields, "fid", *fid);
                put_number(fields, "length", data.length);
            }
            Self::HaveRead(data) => put_number(fields, "length", data.length),
            Self::Written(count) => put_number(fields, "length", *count),
            Self::OnPath(on) => on.fields(fields),
            Self::Transaction(transaction) => transaction_fields(header, transaction, fields),
            Self::Answered(answer) => {
                put_number(fields, "parameter_length", answer.parameters.length);
                put_number(fields, "length", answer.data.length);
                put_number(fields, "displacement", answer.data.at);
            }
            Self::Echo(count) => put_number(fields, "echo_count", *count),
            Self::TreeDisconnect | Self::Logoff | Self::Other => {}
        }
    }
}

fn transaction_fields(header: &Header, transaction: &Transaction<'_>, fields: &mut Fields) {
    let (parameters, data) = (&transaction.parameters, &transaction.data);
    let is_mailslot = transaction.family == Family::Pipe && mailslot::is_one(&transaction.name);
    if let Some(function) = transaction.function {
        let name = match is_mailslot {
            true => mailslot::function_name(function),
            false => function_name(transaction.family, function),
        };
        put_number(fields, "function", name);
    }
    put(fields, "name", &transaction.name);
    if is_mailslot {
        mailslot::fields(&transaction.name, data.bytes, fields);
    }
    put_number(fields, "parameter_length", parameters.length);
    put_number(fields, "length", data.length);
    if !parameters.is_whole() || !data.is_whole() {
        put_number(fields, "total_length", data.total);
        put_number(fields, "displacement", data.at);
    }
    // In several messages, only what the first one has of it is shown.
    if !transaction.is_secondary && parameters.is_whole() && fields.get("fid").is_none() && fields.get("path").is_none()
    {
        let whole = Whole {
            family: transaction.family,
            function: transaction.function,
            setup: transaction.setup,
            parameters: parameters.bytes,
            data: data.bytes,
            unicode: header.is_unicode(),
        };
        whole.operation().fields(fields);
    }
}

/// A chain can hold two commands that say the same: the first counts.
pub(super) fn put(fields: &mut Fields, name: &'static str, value: &CompactString) {
    if fields.get(name).is_none() {
        fields.text(name, value.clone());
    }
}

/// As [`put`], for what is no text.
pub(super) fn put_number(fields: &mut Fields, name: &'static str, value: impl Into<Value>) {
    if fields.get(name).is_none() {
        fields.set(name, value);
    }
}

/// As [`put`], for lists.
pub(super) fn put_list(fields: &mut Fields, name: &'static str, values: Vec<Value>) {
    if fields.get(name).is_none() {
        fields.list(name, values);
    }
}
