//! Zone transfers: many answers to one query (AXFR: RFC 5936 §2.2, IXFR: RFC 1995 §4).
//!
//! A transfer begins with the zone's SOA record and ends when that record comes again: once more in a full transfer, twice
//! more in an incremental one, whose second record is another SOA. A client that is up to date gets the SOA record alone,
//! which the first message of a long transfer may look like: that one ends with its flow or its time.

use super::record;
use super::wire::Packet;

/// How far a transfer has come.
#[derive(Debug, Default)]
pub(super) struct Transfer {
    /// Records received.
    pub(super) records: u64,
    /// Octets of the messages that brought them.
    pub(super) bytes: u64,
    /// Serial of the first SOA record.
    serial: Option<u32>,
    /// How often that record came.
    seen: u8,
    incremental: bool,
}

impl Transfer {
    /// Adds an answer; whether the transfer is complete with it.
    pub(super) fn add(&mut self, packet: &Packet<'_>, bytes: u64) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        let Ok(answers) = packet.answers() else { return true };
        let mut records = 0_u64;
        for record in answers.map_while(Result::ok) {
            records += 1;
            let first = self.records.saturating_add(records);
            if let Some(serial) = record::serial(&record) {
                self.authority(serial, first);
            }
        }
        self.records = self.records.saturating_add(records);
        let expected = if self.incremental { 3 } else { 2 };
        packet.rcode() != 0 || records == 0 || self.seen >= expected
    }

    /// A SOA record, the `position`-th record of the transfer.
    fn authority(&mut self, serial: u32, position: u64) {
        let known = *self.serial.get_or_insert(serial);
        if known == serial {
            self.seen = self.seen.saturating_add(1);
        } else if position == 2 {
            self.incremental = true;
        }
    }
}
