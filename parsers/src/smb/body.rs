//! The bodies of SMB2 messages, by command: one sum for what is asked, one for what is answered.

use crate::fields::Fields;
use crate::reader::Malformed;
use crate::smb::wire::file::{About, CloseResponse, ReadRequest, ReadResponse, WriteRequest, WriteResponse};
use crate::smb::wire::info::{DirectoryRequest, QueryRequest, SetRequest, output_length};
use crate::smb::wire::lock::{Break, Changes, Lock, Watch};
use crate::smb::wire::session::{SetupRequest, SetupResponse, TreeRequest, TreeResponse};
use crate::smb::wire::{Command, Header, create, ioctl, is_error, negotiate};

/// What a client asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'a> {
    Negotiate(negotiate::Request<'a>),
    SessionSetup(SetupRequest<'a>),
    Logoff,
    TreeConnect(TreeRequest<'a>),
    TreeDisconnect,
    Create(create::Request<'a>),
    Close(About),
    Read(ReadRequest),
    Write(WriteRequest<'a>),
    Ioctl(ioctl::Request<'a>),
    SetInfo(SetRequest<'a>),
    QueryDirectory(DirectoryRequest<'a>),
    /// Nothing follows from these for the connection.
    Other(Inquiry<'a>),
}

/// Requests that are only shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inquiry<'a> {
    Flush(About),
    Lock(Lock<'a>),
    ChangeNotify(Watch),
    QueryInfo(QueryRequest),
    OplockBreak(Break),
    /// CANCEL, ECHO
    Empty,
}

impl<'a> Request<'a> {
    pub(super) fn parse(header: &Header, message: &'a [u8]) -> Result<Self, Malformed> {
        Ok(match header.command {
            Command::Negotiate => Self::Negotiate(negotiate::Request::parse(message)?),
            Command::SessionSetup => Self::SessionSetup(SetupRequest::parse(message)?),
            Command::Logoff => Self::Logoff,
            Command::TreeConnect => Self::TreeConnect(TreeRequest::parse(message)?),
            Command::TreeDisconnect => Self::TreeDisconnect,
            Command::Create => Self::Create(create::Request::parse(message)?),
            Command::Close => Self::Close(About::parse(message)?),
            Command::Read => Self::Read(ReadRequest::parse(message)?),
            Command::Write => Self::Write(WriteRequest::parse(message)?),
            Command::Ioctl => Self::Ioctl(ioctl::Request::parse(message)?),
            Command::SetInfo => Self::SetInfo(SetRequest::parse(message)?),
            Command::QueryDirectory => Self::QueryDirectory(DirectoryRequest::parse(message)?),
            _ => Self::Other(Inquiry::parse(header.command, message)?),
        })
    }

    pub(super) fn fields(&self, fields: &mut Fields) {
        match self {
            Self::Negotiate(body) => body.fields(fields),
            Self::SessionSetup(body) => body.fields(fields),
            Self::TreeConnect(body) => body.fields(fields),
            Self::Create(body) => body.fields(fields),
            Self::Close(body) => body.fields(fields),
            Self::Read(body) => body.fields(fields),
            Self::Write(body) => body.fields(fields),
            Self::Ioctl(body) => body.fields(fields),
            Self::SetInfo(body) => body.fields(fields),
            Self::QueryDirectory(body) => body.fields(fields),
            Self::Other(body) => body.fields(fields),
            Self::Logoff | Self::TreeDisconnect => {}
        }
    }
}

impl<'a> Inquiry<'a> {
    fn parse(command: Command, message: &'a [u8]) -> Result<Self, Malformed> {
        Ok(match command {
            Command::Flush => Self::Flush(About::parse(message)?),
            Command::Lock => Self::Lock(Lock::parse(message)?),
            Command::ChangeNotify => Self::ChangeNotify(Watch::parse(message)?),
            Command::QueryInfo => Self::QueryInfo(QueryRequest::parse(message)?),
            Command::OplockBreak => Self::OplockBreak(Break::parse(message)?),
            _ => Self::Empty,
        })
    }

    fn fields(&self, fields: &mut Fields) {
        match self {
            Self::Flush(body) => body.fields(fields),
            Self::Lock(body) => body.fields(fields),
            Self::ChangeNotify(body) => body.fields(fields),
            Self::QueryInfo(body) => body.fields(fields),
            Self::OplockBreak(body) => body.fields(fields),
            Self::Empty => {}
        }
    }
}

/// What a server answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Response<'a> {
    Negotiate(negotiate::Response<'a>),
    SessionSetup(SetupResponse<'a>),
    TreeConnect(TreeResponse),
    Create(create::Response<'a>),
    Close(CloseResponse),
    Read(ReadResponse<'a>),
    Write(WriteResponse),
    Ioctl(ioctl::Response<'a>),
    /// QUERY_INFO, QUERY_DIRECTORY: so many bytes, which nobody reads.
    Output(u32),
    ChangeNotify(Changes<'a>),
    OplockBreak(Break),
    /// The status says it all.
    Empty,
}

impl<'a> Response<'a> {
    pub(super) fn parse(header: &Header, message: &'a [u8]) -> Result<Self, Malformed> {
        if is_error(header, message) {
            return Ok(Self::Empty);
        }
        Ok(match header.command {
            Command::Negotiate => Self::Negotiate(negotiate::Response::parse(message)?),
            Command::SessionSetup => Self::SessionSetup(SetupResponse::parse(message)?),
            Command::TreeConnect => Self::TreeConnect(TreeResponse::parse(message)?),
            Command::Create => Self::Create(create::Response::parse(message)?),
            Command::Close => Self::Close(CloseResponse::parse(message)?),
            Command::Read => Self::Read(ReadResponse::parse(message)?),
            Command::Write => Self::Write(WriteResponse::parse(message)?),
            Command::Ioctl => Self::Ioctl(ioctl::Response::parse(message)?),
            Command::QueryInfo | Command::QueryDirectory => Self::Output(output_length(message)?),
            Command::ChangeNotify => Self::ChangeNotify(Changes::parse(message)?),
            Command::OplockBreak => Self::OplockBreak(Break::parse(message)?),
            _ => Self::Empty,
        })
    }

    pub(super) fn fields(&self, fields: &mut Fields) {
        match self {
            Self::Negotiate(body) => body.fields(fields),
            Self::SessionSetup(body) => body.fields(fields),
            Self::TreeConnect(body) => body.fields(fields),
            Self::Create(body) => body.fields(fields),
            Self::Close(body) => body.fields(fields),
            Self::Read(body) => body.fields(fields),
            Self::Write(body) => body.fields(fields),
            Self::Ioctl(body) => body.fields(fields),
            Self::Output(length) => fields.set("length", *length),
            Self::ChangeNotify(body) => body.fields(fields),
            Self::OplockBreak(body) => body.fields(fields),
            Self::Empty => {}
        }
    }
}
