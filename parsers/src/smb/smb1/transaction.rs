//! Transactions of SMB1 on the wire: TRANSACTION, TRANSACTION2 and NT_TRANSACT, their secondaries and their answers, which
//! are one thing in three widths ([MS-CIFS] 2.2.4.33, 2.2.4.46, 2.2.4.62).

use compact_str::CompactString;

use crate::reader::{Malformed, Reader};
use crate::smb::smb1::wire::{Block, Header, command, string};
use crate::smb::wire::available;

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Named pipes and mailslots.
    Pipe,
    /// TRANSACTION2.
    Two,
    /// NT_TRANSACT.
    Nt,
}

impl Family {
    /// The family of a command, and whether it is a secondary's.
    pub(super) const fn of(code: u8) -> Option<(Self, bool)> {
        Some(match code {
            command::TRANSACTION => (Self::Pipe, false),
            command::TRANSACTION_SECONDARY => (Self::Pipe, true),
            command::TRANSACTION2 => (Self::Two, false),
            command::TRANSACTION2_SECONDARY => (Self::Two, true),
            command::NT_TRANSACT => (Self::Nt, false),
            command::NT_TRANSACT_SECONDARY => (Self::Nt, true),
            _ => return None,
        })
    }

    /// The command that opens a transaction, by which its answer is found.
    pub(super) const fn command(self) -> u8 {
        match self {
            Self::Pipe => command::TRANSACTION,
            Self::Two => command::TRANSACTION2,
            Self::Nt => command::NT_TRANSACT,
        }
    }
}

/// A part of the parameters or the data of a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// How long all of it is.
    pub(super) total: u32,
    /// How long this part claims to be.
    pub(super) length: u32,
    /// Where it belongs in all of it.
    pub(super) at: u32,
    /// As much of it as is there.
    pub(super) bytes: &'a [u8],
}

impl Part<'_> {
    /// There is no other.
    pub(super) const fn is_whole(&self) -> bool {
        self.at == 0 && self.length >= self.total
    }

    /// Nothing comes after it.
    pub(super) const fn is_last(&self) -> bool {
        self.at.saturating_add(self.length) >= self.total
    }
}

/// The first message of a transaction, or one of its others.
#[derive(Clone, Debug)]
pub(super) struct Transaction<'a> {
    pub(super) family: Family,
    /// Another part of one that began before.
    pub(super) is_secondary: bool,
    /// What is to be done: the first setup word, of NT_TRANSACT the function.
    pub(super) function: Option<u16>,
    /// The words behind it: of pipes the file, of NT_TRANSACT whatever the function takes.
    pub(super) setup: &'a [u8],
    /// `\PIPE\` or a mailslot.
    pub(super) name: CompactString,
    pub(super) parameters: Part<'a>,
    pub(super) data: Part<'a>,
}

impl<'a> Transaction<'a> {
    /// A request.
    ///
    /// ```text
    /// TRANSACTION, TRANSACTION2 (14 words and the setup): TotalParameterCount(2) TotalDataCount(2) MaxParameterCount(2)
    ///     MaxDataCount(2) MaxSetupCount(1) Reserved1(1) Flags(2) Timeout(4) Reserved2(2) ParameterCount(2)
    ///     ParameterOffset(2) DataCount(2) DataOffset(2) SetupCount(1) Reserved3(1) Setup(2)*; Name …
    /// NT_TRANSACT (19 words and the setup): MaxSetupCount(1) Reserved1(2) TotalParameterCount(4) TotalDataCount(4)
    ///     MaxParameterCount(4) MaxDataCount(4) ParameterCount(4) ParameterOffset(4) DataCount(4) DataOffset(4)
    ///     SetupCount(1) Function(2) Setup(2)*
    /// ```
    pub(super) fn request(header: &Header, block: &Block<'a>) -> Result<Self, Malformed> {
        let (family, is_secondary) = Family::of(block.command).ok_or(Malformed("transaction"))?;
        if is_secondary {
            return Self::secondary(family, block);
        }
        let mut words = block.words();
        let wide = family == Family::Nt;
        words.skip(if wide { 3 } else { 0 }, WHAT)?;
        let totals = [number(wide, &mut words)?, number(wide, &mut words)?];
        words.skip(if wide { 8 } else { 14 }, WHAT)?;
        let [parameters, data] = parts(wide, &mut words, block, totals)?;
        let count = usize::from(words.u8(WHAT)?);
        let (function, setup) = if wide {
            (Some(words.u16_le(WHAT)?), words.take(count * 2, "setup")?)
        } else {
            words.skip(1, WHAT)?;
            let function = if count > 0 { Some(words.u16_le("setup")?) } else { None };
            (function, words.take(count.saturating_sub(1) * 2, "setup")?)
        };
        Ok(Self {
            family,
            is_secondary,
            function,
            setup,
            name: match family {
                Family::Pipe => string(&mut block.bytes(), header.is_unicode()),
                Family::Two | Family::Nt => CompactString::default(),
            },
            parameters,
            data,
        })
    }

    /// ```text
    /// TotalParameterCount TotalDataCount ParameterCount ParameterOffset ParameterDisplacement DataCount DataOffset
    /// DataDisplacement, of 2 bytes each; of NT_TRANSACT Reserved1(3), and then of 4 bytes each
    /// ```
    fn secondary(family: Family, block: &Block<'a>) -> Result<Self, Malformed> {
        let mut words = block.words();
        let [parameters, data] = displaced(family, &mut words, block)?;
        Ok(Self {
            family,
            is_secondary: true,
            function: None,
            setup: &[],
            name: CompactString::default(),
            parameters,
            data,
        })
    }
}

/// A part of the answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answer<'a> {
    pub(super) parameters: Part<'a>,
    pub(super) data: Part<'a>,
}

impl<'a> Answer<'a> {
    /// ```text
    /// TRANSACTION, TRANSACTION2 (10 words and the setup): TotalParameterCount(2) TotalDataCount(2) Reserved1(2)
    ///     ParameterCount(2) ParameterOffset(2) ParameterDisplacement(2) DataCount(2) DataOffset(2) DataDisplacement(2) …
    /// NT_TRANSACT (18 words and the setup): Reserved1(3), then without the other Reserved, of 4 bytes each
    /// ```
    pub(super) fn parse(block: &Block<'a>) -> Result<Self, Malformed> {
        let (family, _) = Family::of(block.command).ok_or(Malformed("transaction"))?;
        let mut words = block.words();
        let [parameters, data] = match family {
            Family::Nt => displaced(family, &mut words, block)?,
            Family::Pipe | Family::Two => {
                let totals = [number(false, &mut words)?, number(false, &mut words)?];
                words.skip(2, WHAT)?;
                placed(false, &mut words, block, totals)?
            }
        };
        Ok(Self { parameters, data })
    }

    /// No more of it comes.
    pub(super) const fn is_last(&self) -> bool {
        self.parameters.is_last() && self.data.is_last()
    }
}

const WHAT: &str = "transaction";

/// Two bytes, or four.
fn number(wide: bool, words: &mut Reader<'_>) -> Result<u32, Malformed> {
    if wide {
        words.u32_le(WHAT)
    } else {
        words.u16_le(WHAT).map(u32::from)
    }
}

/// Count and offset of parameters and data.
fn parts<'a>(
    wide: bool,
    words: &mut Reader<'_>,
    block: &Block<'a>,
    totals: [u32; 2],
) -> Result<[Part<'a>; 2], Malformed> {
    let mut part = |total| {
        let length = number(wide, words)?;
        let offset = number(wide, words)?;
        Ok(of(block, total, length, offset, 0))
    };
    let [parameters, data] = totals;
    Ok([part(parameters)?, part(data)?])
}

fn displaced<'a>(family: Family, words: &mut Reader<'_>, block: &Block<'a>) -> Result<[Part<'a>; 2], Malformed> {
    let wide = family == Family::Nt;
    words.skip(if wide { 3 } else { 0 }, WHAT)?;
    let totals = [number(wide, words)?, number(wide, words)?];
    placed(wide, words, block, totals)
}

/// Count, offset and displacement of parameters and data.
fn placed<'a>(
    wide: bool,
    words: &mut Reader<'_>,
    block: &Block<'a>,
    totals: [u32; 2],
) -> Result<[Part<'a>; 2], Malformed> {
    let mut part = |total| {
        let length = number(wide, words)?;
        let offset = number(wide, words)?;
        let at = number(wide, words)?;
        Ok(of(block, total, length, offset, at))
    };
    let [parameters, data] = totals;
    Ok([part(parameters)?, part(data)?])
}

fn of<'a>(block: &Block<'a>, total: u32, length: u32, offset: u32, at: u32) -> Part<'a> {
    Part {
        total,
        length,
        at,
        bytes: available(block.message, offset as usize, length as usize),
    }
}
