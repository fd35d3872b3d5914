//! What a connection knows, whichever version it speaks: who is logged on, which shares are connected, which files are open.
//!
//! Everything is bounded and tolerant of a start in the middle: an identifier nobody introduced is a fact without a name.

use std::collections::BTreeMap;

use capture::Timestamp;
use compact_str::CompactString;
use hashbrown::HashMap;

use crate::context::Context;
use crate::gss::Identity;
use crate::protocol::ProtocolId;
use crate::smb::activity;
use crate::smb::file::{File, Opened, Opening, Share, Tree};
use crate::smb::pipe::NamedPipe;
use crate::smb::table::Table;
use crate::smb::wire::FileId;

/// Sessions of one connection: terminal servers bring a few hundred users over one.
const SESSIONS: usize = 256;
/// Connected shares of one connection.
const TREES: usize = 512;
/// Open files of one connection.
const FILES: usize = 1024;
/// Files of one connection that copies may name as their source.
const SOURCES: usize = 64;

/// What both ends agreed on.
#[derive(Clone, Debug, Default)]
pub(super) struct Negotiated {
    /// When the first message of the negotiation was seen.
    pub(super) began: Option<Timestamp>,
    /// It is SMB1 that was agreed on.
    pub(super) smb1: bool,
    /// As people write it: `3.1.1`, `NT LM 0.12`.
    pub(super) dialect: Option<CompactString>,
    pub(super) client_guid: Option<[u8; 16]>,
    /// The client's security mode; bits as in SMB2.
    pub(super) client_mode: Option<u16>,
    /// The server's security mode; bits as in SMB2.
    pub(super) server_mode: Option<u16>,
    /// The client offered SMB1 as well, or alone.
    pub(super) smb1_offered: bool,
    /// The dialects that were offered, a bit each.
    pub(super) offered: u8,
    /// What the server can do, SMB2_GLOBAL_CAP_* or the CAP_* of SMB1.
    pub(super) capabilities: Option<u32>,
    pub(super) server_guid: Option<[u8; 16]>,
    /// The cipher of 3.1.1.
    pub(super) cipher: Option<u16>,
    /// What signs messages of 3.1.1.
    pub(super) signing_algorithm: Option<u16>,
    /// What compresses messages of 3.1.1, a bit for each algorithm.
    pub(super) compression: u8,
    /// Names of the NetBIOS session around it: called, calling.
    pub(super) called: Option<CompactString>,
    pub(super) calling: Option<CompactString>,
}

impl Negotiated {
    /// A message of the negotiation was seen.
    pub(super) fn seen(&mut self, time: Timestamp) {
        self.began.get_or_insert(time);
    }

    /// SMB1 was agreed on, or offered alone.
    pub(super) const fn is_smb1(&self) -> bool {
        self.smb1 || (self.smb1_offered && self.dialect.is_none() && self.offered == 0)
    }
}

/// A logged-on session.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    pub(super) identity: Option<Identity>,
}

/// The open files of a connection, in order of their opening.
#[derive(Debug, Default)]
struct Files {
    open: BTreeMap<u64, File>,
    ids: HashMap<FileId, u64>,
    next: u64,
}

/// Everything a connection knows.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) negotiated: Negotiated,
    sessions: Table<u64, Session>,
    trees: Table<(u64, u32), Share>,
    files: Files,
    /// Paths of files that copies name as their source, by key.
    sources: Table<[u8; 24], CompactString>,
    /// A session was set up, or tried to be, or the connection was told of otherwise.
    pub(super) told: bool,
    /// No earlier than this a pipe gives up waiting; sooner than need be is harmless.
    pipes_due: Option<Timestamp>,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            negotiated: Negotiated::default(),
            sessions: Table::new(SESSIONS),
            trees: Table::new(TREES),
            files: Files::default(),
            sources: Table::new(SOURCES),
            told: false,
            pipes_due: None,
        }
    }
}

impl Connection {
    /// A session begins.
    pub(super) fn log_on(&mut self, id: u64, session: Session, context: &mut Context<'_>) {
        if self.sessions.insert(id, session) {
            context.limit("smb.sessions");
        }
    }

    pub(super) fn session(&self, id: u64) -> Option<&Session> {
        self.sessions.find(&id)
    }

    /// A session ends, and with it its shares and files.
    pub(super) fn log_off(&mut self, id: u64, context: &mut Context<'_>) {
        self.end_files(|file| file.session == id, context);
        self.trees.retain(|(session, _)| *session != id);
        self.sessions.retain(|known| *known != id);
    }

    /// A share is connected.
    pub(super) fn connect(&mut self, session: u64, tree: u32, share: Share, context: &mut Context<'_>) {
        if self.trees.insert((session, tree), share) {
            context.limit("smb.trees");
        }
    }

    pub(super) fn share(&self, session: u64, tree: u32) -> Option<&Share> {
        self.trees.find(&(session, tree))
    }

    /// A share is disconnected, and its files are closed.
    pub(super) fn disconnect(&mut self, session: u64, tree: u32, context: &mut Context<'_>) {
        self.end_files(|file| (file.session, file.tree) == (session, tree), context);
        self.trees.retain(|known| *known != (session, tree));
    }

    /// A file is about to be opened; it gets a number that is never used again.
    pub(super) fn open(&mut self, mut file: File, context: &mut Context<'_>) -> u64 {
        if self.files.open.len() >= FILES {
            context.limit("smb.files");
            if let Some((_, oldest)) = self.files.open.pop_first() {
                self.end(oldest, context);
            }
        }
        if file.share.is_none() {
            file.share = self.share(file.session, file.tree).cloned();
        }
        file.pipe = file.pipe.take().or_else(|| self.pipe_of(&file));
        let number = self.files.next;
        self.files.next += 1;
        self.files.open.insert(number, file);
        number
    }

    /// A file on a pipe share is a pipe; where the share is not known, a pipe's name gives it away.
    fn pipe_of(&self, file: &File) -> Option<Box<NamedPipe>> {
        let path = file.opening.as_ref().map(|opening| opening.path.as_str());
        let mut pipe = match &file.share {
            Some(share) if share.is_pipe => match path {
                Some(path) => NamedPipe::new(path),
                None => NamedPipe::midstream(),
            },
            Some(_) => return None,
            None => NamedPipe::new(path.filter(|path| NamedPipe::is_well_known(path))?),
        };
        pipe.act_as(self.identity(file.session));
        Some(Box::new(pipe))
    }

    fn identity(&self, session: u64) -> Option<&Identity> {
        self.session(session)?.identity.as_ref()
    }

    /// The file turns out to be a pipe: only pipes are transacted with.
    pub(super) fn make_pipe(&mut self, number: u64) {
        if let Some(file) = self.files.open.get_mut(&number)
            && file.pipe.is_none()
        {
            file.pipe = Some(midstream(self.sessions.find(&file.session)));
        }
    }

    /// The file with `id`, which was open before anything was seen, is known from its first use on as `file`.
    pub(super) fn used(&mut self, id: FileId, file: File, context: &mut Context<'_>) -> u64 {
        self.number(id).unwrap_or_else(|| {
            let number = self.open(file, context);
            self.name(number, id);
            number
        })
    }

    /// The answer to a file's opening: it goes by an identifier from now on, or it is no more.
    pub(super) fn opened(&mut self, number: u64, status: u32, opened: Option<Opened>, context: &mut Context<'_>) {
        let Some(file) = self.files.open.get_mut(&number) else {
            return;
        };
        file.status = Some(status);
        file.answered = Some(context.time);
        let Some(opened) = opened else {
            return self.close(number, context);
        };
        file.action = Some(opened.action);
        file.size = Some(opened.size);
        file.is_directory = opened.is_directory;
        file.deleted = file.opening.as_ref().is_some_and(Opening::deletes_on_close);
        self.name(number, opened.id);
    }

    /// So many bytes were read, of which `data` are there.
    pub(super) fn have_read(&mut self, number: u64, data: &[u8], length: u32, context: &mut Context<'_>) {
        if let Some(file) = self.file(number) {
            file.bytes_read = file.bytes_read.saturating_add(u64::from(length));
        }
        self.pipe_bytes(number, data, length, context);
    }

    /// So many bytes were written.
    pub(super) fn have_written(&mut self, number: u64, count: u32) {
        if let Some(file) = self.file(number) {
            file.bytes_written = file.bytes_written.saturating_add(u64::from(count));
        }
    }

    /// Copies may name the file as their source by `key`.
    pub(super) fn source(&mut self, number: u64, key: [u8; 24], context: &mut Context<'_>) {
        let opening = self.files.open.get(&number).and_then(|file| file.opening.as_ref());
        if let Some(path) = opening.map(|opening| opening.path.clone())
            && self.sources.insert(key, path)
        {
            context.limit("smb.copy_sources");
        }
    }

    /// The server copied `bytes` to the file, from the one that goes by `key`.
    pub(super) fn copied(&mut self, number: u64, bytes: u32, key: &[u8; 24]) {
        let source = self.sources.find(key).cloned();
        if let Some(file) = self.files.open.get_mut(&number) {
            let rare = file.rare();
            rare.bytes_copied = rare.bytes_copied.saturating_add(u64::from(bytes));
            rare.copied_from = source.or_else(|| rare.copied_from.take());
        }
    }

    /// A share was refused.
    pub(super) fn refused(
        &self,
        protocol: ProtocolId,
        session: u64,
        tree: &Tree,
        status: u32,
        context: &mut Context<'_>,
    ) {
        activity::refused(protocol, tree, status, self.identity(session), context);
    }

    fn name(&mut self, number: u64, id: FileId) {
        if let Some(file) = self.files.open.get_mut(&number) {
            file.id = Some(id);
            self.files.ids.insert(id, number);
        }
    }

    /// The number of the file that goes by `id`.
    pub(super) fn number(&self, id: FileId) -> Option<u64> {
        self.files.ids.get(&id).copied()
    }

    pub(super) fn file(&mut self, number: u64) -> Option<&mut File> {
        self.files.open.get_mut(&number)
    }

    /// Whether `id` is known as a pipe, or as a file, or not at all.
    pub(super) fn is_pipe(&self, id: FileId) -> Option<bool> {
        self.number_is_pipe(self.number(id)?)
    }

    pub(super) fn number_is_pipe(&self, number: u64) -> Option<bool> {
        self.files.open.get(&number).map(|file| file.pipe.is_some())
    }

    /// The pipe that is open in the tree, if there is one and no other: what is read there is read from it.
    pub(super) fn only_pipe(&self, session: u64, tree: u32) -> Option<u64> {
        let mut pipes = (self.files.open.iter())
            .filter(|(_, file)| file.pipe.is_some() && file.session == session && file.tree == tree)
            .map(|(number, _)| *number);
        pipes.next().filter(|_| pipes.next().is_none())
    }

    /// The next bytes of a pipe, in the direction of `context`.
    pub(super) fn pipe_bytes(&mut self, number: u64, data: &[u8], total: u32, context: &mut Context<'_>) {
        let Some(file) = self.files.open.get_mut(&number) else {
            return;
        };
        if file.is_unknown() && NamedPipe::begins(data) {
            file.pipe = Some(midstream(self.sessions.find(&file.session)));
        }
        if let Some(pipe) = &mut file.pipe {
            pipe.bytes(data, u64::from(total), file.protocol.name(), context);
            self.pipes_due = earliest(self.pipes_due, pipe.deadline());
        }
    }

    /// Bytes of the connection were lost, and bytes of its pipes may have been among them.
    pub(super) fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        for file in self.files.open.values_mut() {
            if let Some(pipe) = &mut file.pipe {
                pipe.gap(missing, file.protocol.name(), context);
            }
        }
    }

    /// When a pipe may want to give up waiting.
    pub(super) const fn deadline(&self) -> Option<Timestamp> {
        self.pipes_due
    }

    pub(super) fn expire(&mut self, context: &mut Context<'_>) {
        if self.pipes_due.is_none_or(|due| due > context.time) {
            return;
        }
        self.pipes_due = None;
        for file in self.files.open.values_mut() {
            if let Some(pipe) = &mut file.pipe {
                pipe.expire(file.protocol.name(), context);
                self.pipes_due = earliest(self.pipes_due, pipe.deadline());
            }
        }
    }

    /// The file is closed, or was never opened: says what was done with it.
    pub(super) fn close(&mut self, number: u64, context: &mut Context<'_>) {
        if let Some(file) = self.files.open.remove(&number) {
            self.end(file, context);
        }
    }

    /// Something was done to a path without opening it.
    pub(super) fn tell(&self, mut file: File, context: &mut Context<'_>) {
        file.share = self.share(file.session, file.tree).cloned();
        if !file.share.as_ref().is_some_and(|share| share.is_pipe) {
            activity::file(&file, self.identity(file.session), context);
        }
    }

    /// The flow ends: every file does. One that went no further than its negotiation is told of for that.
    pub(super) fn finish(&mut self, protocol: ProtocolId, context: &mut Context<'_>) {
        self.end_files(|_| true, context);
        if !self.told && self.negotiated.began.is_some() {
            self.told = true;
            activity::negotiation(protocol, &self.negotiated, context);
        }
    }

    fn end_files(&mut self, ends: impl Fn(&File) -> bool, context: &mut Context<'_>) {
        let numbers: Vec<u64> = (self.files.open.iter())
            .filter_map(|(number, file)| ends(file).then_some(*number))
            .collect();
        for number in numbers {
            self.close(number, context);
        }
    }

    fn end(&mut self, mut file: File, context: &mut Context<'_>) {
        if let Some(id) = file.id {
            self.files.ids.remove(&id);
        }
        if let Some(pipe) = &mut file.pipe {
            pipe.finish(file.protocol.name(), context);
        } else {
            activity::file(&file, self.identity(file.session), context);
        }
    }
}

/// A pipe of `session` that was open before anything was seen of it.
fn midstream(session: Option<&Session>) -> Box<NamedPipe> {
    let mut pipe = NamedPipe::midstream();
    pipe.act_as(session.and_then(|session| session.identity.as_ref()));
    Box::new(pipe)
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
