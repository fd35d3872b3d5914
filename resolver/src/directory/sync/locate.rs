//! Which hosts are a domain's controllers, asked of DNS: `_ldap._tcp.dc._msdcs.DOMAIN` ([MS-ADTS] 6.3.2.3, RFC 2782), and the
//! addresses of a host. Bytes in, bytes out: the sockets are those of whoever drives it.

use std::net::IpAddr;

use compact_str::{CompactString, ToCompactString};
use domain::base::iana::{Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name, ToName};
use domain::rdata::{A, Aaaa, Srv};

/// Controllers of one domain that are kept; beyond, they are counted.
pub const MAX_CONTROLLERS: usize = 64;
/// Addresses of one host that are kept.
const MAX_ADDRESSES: usize = 8;
/// Records of one answer that are read.
const MAX_RECORDS: usize = 1_024;
/// Octets of a datagram that an answer may have (EDNS(0), RFC 6891 §6.2.5): it is then not cut into fragments.
const DATAGRAM: u16 = 1_232;

/// A question to a DNS server.
#[derive(Clone, Debug)]
pub struct Query {
    id: u16,
    name: Name<Vec<u8>>,
    rtype: Rtype,
    datagram: Vec<u8>,
}

/// What a DNS server answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Hosts of the service, the one to ask first at the beginning.
    pub hosts: Vec<Host>,
    /// Addresses of the host that was asked for.
    pub addresses: Vec<IpAddr>,
    /// Hosts for which there was no room.
    pub beyond: u64,
    /// The answer did not fit into a datagram: the same question has to be asked over TCP (RFC 2181 §9).
    pub truncated: bool,
}

/// A host of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name in lower case.
    pub name: CompactString,
    /// The lower, the sooner.
    priority: u16,
    /// Among those of one priority, the greater the sooner.
    weight: u16,
}

impl Query {
    /// For the controllers of `domain`. `id` should be nobody's to guess. None where that is no name.
    #[must_use]
    pub fn controllers(id: u16, domain: &str) -> Option<Self> {
        Self::new(id, &format!("_ldap._tcp.dc._msdcs.{domain}"), Rtype::SRV)
    }

    /// For the addresses of `host`: IPv4, then IPv6.
    #[must_use]
    pub fn addresses(id: u16, host: &str) -> Option<[Self; 2]> {
        Some([
            Self::new(id, host, Rtype::A)?,
            Self::new(id.wrapping_add(1), host, Rtype::AAAA)?,
        ])
    }

    fn new(id: u16, name: &str, rtype: Rtype) -> Option<Self> {
        let name: Name<Vec<u8>> = name.parse().ok()?;
        let mut message = MessageBuilder::new_vec();
        let header = message.header_mut();
        header.set_id(id);
        header.set_rd(true);
        let mut question = message.question();
        question.push((&name, rtype)).ok()?;
        let mut additional = question.additional();
        additional
            .opt(|options| {
                options.set_udp_payload_size(DATAGRAM);
                Ok(())
            })
            .ok()?;
        Some(Self {
            id,
            rtype,
            datagram: additional.finish(),
            name,
        })
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.datagram
    }

    /// The message as it goes over TCP: its length before it (RFC 1035 §4.2.2).
    #[must_use]
    pub fn framed(&self) -> Vec<u8> {
        let length = u16::try_from(self.datagram.len()).unwrap_or_default();
        [&length.to_be_bytes(), self.datagram.as_slice()].concat()
    }

    /// What `message` says; none where it answers something else.
    ///
    /// # Errors
    /// Why there is no answer, as the rest of a sentence.
    #[must_use]
    pub fn answer(&self, message: &[u8]) -> Option<Result<Answer, &'static str>> {
        let message = Message::from_slice(message).ok()?;
        let header = message.header();
        let asked = message.sole_question().ok()?;
        let same = asked.qname().name_eq(&self.name) && asked.qtype() == self.rtype;
        if !header.qr() || header.id() != self.id || !same {
            return None;
        }
        Some(match header.rcode() {
            Rcode::NOERROR => Ok(Answer {
                truncated: header.tc(),
                ..self.read(message).unwrap_or_default()
            }),
            Rcode::NXDOMAIN => Err("knows no such name"),
            Rcode::REFUSED => Err("refuses the question"),
            Rcode::SERVFAIL => Err("could not find out"),
            _ => Err("reports an error"),
        })
    }

    /// Reads as far as records are in order: a damaged one ends the answer.
    fn read(&self, message: &Message<[u8]>) -> Option<Answer> {
        let mut answer = Answer::default();
        let records = || Some(message.answer().ok()?.take(MAX_RECORDS).map_while(Result::ok));
        match self.rtype {
            Rtype::SRV => {
                for record in records()? {
                    let Some(record) = record.to_record::<Srv<_>>().ok().flatten() else {
                        continue;
                    };
                    answer.host(Host {
                        name: record.data().target().to_compact_string().to_ascii_lowercase(),
                        priority: record.data().priority(),
                        weight: record.data().weight(),
                    });
                }
            }
            Rtype::A => {
                let own = records()?.filter_map(|record| Some(record.to_record::<A>().ok()??.data().addr().into()));
                answer.addresses = own.take(MAX_ADDRESSES).collect();
            }
            _ => {
                let own = records()?.filter_map(|record| Some(record.to_record::<Aaaa>().ok()??.data().addr().into()));
                answer.addresses = own.take(MAX_ADDRESSES).collect();
            }
        }
        answer.hosts.sort_by_key(|host| (host.priority, u16::MAX - host.weight));
        Some(answer)
    }
}

impl Answer {
    /// `.` is no host: the service is decidedly not there (RFC 2782).
    fn host(&mut self, host: Host) {
        let known = self.hosts.iter().any(|other| other.name == host.name);
        if known || host.name.is_empty() || host.name == "." {
            return;
        }
        match self.hosts.len() < MAX_CONTROLLERS {
            true => self.hosts.push(host),
            false => self.beyond += 1,
        }
    }
}

/// Whether `host` lies in `domain`. Who answers DNS may name any host, and any certificate of that host's would then be good.
#[must_use]
pub fn lies_in(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    host.strip_suffix(&domain)
        .is_some_and(|head| head.ends_with('.') && head.len() > 1)
}

#[cfg(test)]
mod tests {
    use domain::base::Ttl;
    use domain::base::iana::Class;
    use domain::base::message_builder::AnswerBuilder;
    use proptest::prelude::*;

    use super::*;

    /// An answer of the server to `query`.
    fn answered(query: &Query, rcode: Rcode, fill: impl FnOnce(&mut AnswerBuilder<Vec<u8>>)) -> Vec<u8> {
        let asked = Message::from_octets(query.message().to_vec()).unwrap();
        let mut answer = MessageBuilder::new_vec().start_answer(&asked, rcode).unwrap();
        fill(&mut answer);
        answer.finish()
    }

    fn push(answer: &mut AnswerBuilder<Vec<u8>>, host: &str, priority: u16, weight: u16) {
        let owner: Name<Vec<u8>> = "_ldap._tcp.dc._msdcs.lab.example".parse().unwrap();
        let target: Name<Vec<u8>> = host.parse().unwrap();
        let data = Srv::new(priority, weight, 389, target);
        answer.push((owner, Class::IN, Ttl::from_secs(600), data)).unwrap();
    }

    #[test]
    fn controllers_come_by_priority_and_weight() {
        let query = Query::controllers(7, "lab.example").unwrap();
        let message = answered(&query, Rcode::NOERROR, |answer| {
            push(answer, "far.lab.example", 10, 0);
            push(answer, "DC2.lab.example", 0, 1);
            push(answer, "dc1.lab.example", 0, 100);
            push(answer, "dc2.lab.example", 0, 1);
        });
        let answer = query.answer(&message).unwrap().unwrap();
        let names: Vec<&str> = answer.hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(names, ["dc1.lab.example", "dc2.lab.example", "far.lab.example"]);
        assert_eq!((answer.beyond, answer.truncated), (0, false));
    }

    #[test]
    fn there_is_a_limit_and_what_is_beyond_is_counted() {
        let query = Query::controllers(7, "lab.example").unwrap();
        let message = answered(&query, Rcode::NOERROR, |answer| {
            for number in 0..MAX_CONTROLLERS + 3 {
                push(answer, &format!("dc{number}.lab.example"), 0, 0);
            }
        });
        let answer = query.answer(&message).unwrap().unwrap();
        assert_eq!((answer.hosts.len(), answer.beyond), (MAX_CONTROLLERS, 3));
    }

    #[test]
    fn addresses_are_of_either_kind() {
        let [four, six] = Query::addresses(9, "dc1.lab.example").unwrap();
        let owner = || "dc1.lab.example".parse::<Name<Vec<u8>>>().unwrap();
        let message = answered(&four, Rcode::NOERROR, |answer| {
            answer
                .push((owner(), Class::IN, Ttl::from_secs(1), A::new([10, 77, 0, 10].into())))
                .unwrap();
        });
        assert_eq!(
            four.answer(&message).unwrap().unwrap().addresses,
            [IpAddr::from([10, 77, 0, 10])]
        );
        assert_eq!(six.answer(&message), None, "it answers the other question");
        let message = answered(&six, Rcode::NOERROR, |answer| {
            answer
                .push((
                    owner(),
                    Class::IN,
                    Ttl::from_secs(1),
                    Aaaa::new("fd77::10".parse().unwrap()),
                ))
                .unwrap();
        });
        assert_eq!(
            six.answer(&message).unwrap().unwrap().addresses,
            ["fd77::10".parse::<IpAddr>().unwrap()]
        );
    }

    #[test]
    fn refusals_say_why_and_a_service_may_be_decidedly_absent() {
        let query = Query::controllers(7, "lab.example").unwrap();
        let message = answered(&query, Rcode::NXDOMAIN, |_| {});
        assert_eq!(query.answer(&message), Some(Err("knows no such name")));
        let message = answered(&query, Rcode::NOERROR, |answer| push(answer, ".", 0, 0));
        assert_eq!(query.answer(&message), Some(Ok(Answer::default())));
        let mut foreign = answered(&query, Rcode::NOERROR, |_| {});
        foreign[1] ^= 1;
        assert_eq!(query.answer(&foreign), None, "another's id");
        assert_eq!(query.answer(query.message()), None, "a question is no answer");
        assert!(Query::controllers(1, &"x".repeat(64)).is_none());
        assert_eq!(
            usize::from(u16::from_be_bytes([query.framed()[0], query.framed()[1]])),
            query.message().len()
        );
    }

    #[test]
    fn only_hosts_of_the_domain_itself_are_its_controllers() {
        assert!(lies_in("dc1.Lab.example", "lab.example"));
        for host in [
            "lab.example",
            ".lab.example",
            "evillab.example",
            "lab.example.net",
            "example",
        ] {
            assert!(!lies_in(host, "lab.example"), "{host}");
        }
    }

    proptest! {
        #[test]
        fn garbage_is_no_answer_or_a_short_one(mut bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..200) {
            let query = Query::controllers(7, "lab.example").unwrap();
            let mut whole = answered(&query, Rcode::NOERROR, |answer| {
                push(answer, "dc1.lab.example", 0, 0);
                push(answer, "dc2.lab.example", 0, 0);
            });
            let _ = query.answer(&bytes);
            let at = cut.min(whole.len());
            whole.truncate(at);
            whole.append(&mut bytes);
            if let Some(Ok(answer)) = query.answer(&whole) {
                prop_assert!(answer.hosts.len() <= MAX_CONTROLLERS);
            }
        }
    }
}
