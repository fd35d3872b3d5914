//! Filters: printed by RFC 4515, read back, the same; and none is too much.

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

use crate::asn1::Walker;
use crate::ldap::filter::{self, DEEPEST, LONGEST, Printed};

use super::build::{all, octets, tlv};

/// A filter, for encoding and for reading its text back.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Model {
    Set(u8, Vec<Model>),
    Not(Box<Model>),
    /// 3, 5, 6, 8.
    Compare(u8, String, Vec<u8>),
    Present(String),
    Substrings(String, Option<Vec<u8>>, Vec<Vec<u8>>, Option<Vec<u8>>),
    Extensible(Option<String>, Option<String>, bool, Vec<u8>),
}

fn print(encoded: &[u8]) -> Printed {
    filter::print(Walker::new(encoded).next().unwrap().unwrap())
}

fn encode(model: &Model) -> Vec<u8> {
    match model {
        Model::Set(kind, items) => tlv(0xa0 | kind, &items.iter().flat_map(encode).collect::<Vec<_>>()),
        Model::Not(item) => tlv(0xa2, &encode(item)),
        Model::Compare(kind, name, value) => tlv(0xa0 | kind, &all(&[octets(name.as_bytes()), octets(value)])),
        Model::Present(name) => tlv(0x87, name.as_bytes()),
        Model::Substrings(name, initial, any, last) => {
            let parts = initial
                .iter()
                .map(|part| tlv(0x80, part))
                .chain(any.iter().map(|part| tlv(0x81, part)))
                .chain(last.iter().map(|part| tlv(0x82, part)));
            let parts: Vec<u8> = parts.flatten().collect();
            tlv(0xa4, &all(&[octets(name.as_bytes()), tlv(0x30, &parts)]))
        }
        Model::Extensible(rule, name, dn, value) => {
            let mut parts = Vec::new();
            parts.extend(rule.iter().flat_map(|rule| tlv(0x81, rule.as_bytes())));
            parts.extend(name.iter().flat_map(|name| tlv(0x82, name.as_bytes())));
            parts.extend(tlv(0x83, value));
            if *dn {
                parts.extend(tlv(0x84, &[0xff]));
            }
            tlv(0xa9, &parts)
        }
    }
}

/// Reads RFC 4515 text.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    fn filter(&mut self) -> Model {
        self.eat(b'(');
        let model = match self.0[0] {
            b'&' => self.set(0),
            b'|' => self.set(1),
            b'!' => {
                self.eat(b'!');
                Model::Not(Box::new(self.filter()))
            }
            _ => self.item(),
        };
        self.eat(b')');
        model
    }

    fn eat(&mut self, byte: u8) {
        assert_eq!(self.0[0], byte);
        self.0 = &self.0[1..];
    }

    fn set(&mut self, kind: u8) -> Model {
        self.0 = &self.0[1..];
        let mut items = Vec::new();
        while self.0[0] == b'(' {
            items.push(self.filter());
        }
        Model::Set(kind, items)
    }

    fn item(&mut self) -> Model {
        let end = self.0.iter().position(|byte| *byte == b')').unwrap();
        let (item, rest) = self.0.split_at(end);
        self.0 = rest;
        let at = item.iter().position(|byte| *byte == b'=').unwrap();
        let (name, value) = (&item[..at], &item[at + 1..]);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        match name.last() {
            Some(b':') => {
                let mut parts = text(&name[..name.len() - 1]);
                let dn = parts.contains(":dn");
                parts = parts.replacen(":dn", "", 1);
                let (name, rule) = parts.split_once(':').unwrap_or((&parts, ""));
                let some = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
                Model::Extensible(some(rule), some(name), dn, unescape(value))
            }
            Some(b'>') => Model::Compare(5, text(&name[..at - 1]), unescape(value)),
            Some(b'<') => Model::Compare(6, text(&name[..at - 1]), unescape(value)),
            Some(b'~') => Model::Compare(8, text(&name[..at - 1]), unescape(value)),
            _ if value == b"*" => Model::Present(text(name)),
            _ if value.contains(&b'*') => {
                let mut parts: Vec<_> = value.split(|byte| *byte == b'*').map(unescape).collect();
                let last = parts.pop().filter(|part| !part.is_empty());
                let initial = Some(parts.remove(0)).filter(|part| !part.is_empty());
                Model::Substrings(text(name), initial, parts, last)
            }
            _ => Model::Compare(3, text(name), unescape(value)),
        }
    }
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' {
            let digits = [*bytes.next().unwrap(), *bytes.next().unwrap()];
            value.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            value.push(*byte);
        }
    }
    value
}

fn models() -> impl Strategy<Value = Model> {
    let name = || "[a-zA-Z][a-zA-Z0-9-]{0,8}";
    let value = || {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..8),
            "\\PC{0,6}".prop_map(String::into_bytes)
        ]
    };
    let part = || prop::collection::vec(any::<u8>(), 1..6);
    let leaf = prop_oneof![
        (prop_oneof![Just(3), Just(5), Just(6), Just(8)], name(), value())
            .prop_map(|(kind, name, value)| Model::Compare(kind, name, value)),
        name().prop_map(Model::Present),
        (
            name(),
            prop::option::of(part()),
            prop::collection::vec(part(), 0..3),
            prop::option::of(part())
        )
            .prop_filter("a substring", |(_, first, any, last)| first.is_some()
                || !any.is_empty()
                || last.is_some())
            .prop_map(|(name, first, any, last)| Model::Substrings(name, first, any, last)),
        (
            prop::option::of("[1-9](\\.[1-9]){1,4}"),
            prop::option::of(name()),
            any::<bool>(),
            value()
        )
            .prop_map(|(rule, name, dn, value)| Model::Extensible(rule, name, dn, value)),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            (0..2_u8, prop::collection::vec(inner.clone(), 0..5)).prop_map(|(kind, items)| Model::Set(kind, items)),
            inner.prop_map(|item| Model::Not(Box::new(item))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(model in models()) {
        let printed = print(&encode(&model));
        assert_eq!((printed.limit, printed.damage), (None, None));
        let mut text = Text(printed.text.as_bytes());
        assert_eq!(text.filter(), model, "{}", printed.text);
        assert!(text.0.is_empty());
    }

    #[test]
    fn parts_around_what_cannot_be_read_stand(
        before in prop::collection::vec(models(), 0..4),
        behind in prop::collection::vec(models(), 0..4),
    ) {
        let of = |models: &[Model]| models.iter().flat_map(encode).collect::<Vec<_>>();
        let text = |models: &[Model]| -> String {
            models.iter().map(|model| print(&encode(model)).text.into_string()).collect()
        };
        let printed = print(&tlv(0xa0, &all(&[of(&before), tlv(0xaf, b"x"), of(&behind)])));
        assert_eq!(printed.text, format!("(&{}(?){})", text(&before), text(&behind)));
        assert!(printed.damage.is_some());
    }

    #[test]
    fn damaged_filters_print_something(model in models(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut encoded = encode(&model);
        let at = at.index(encoded.len());
        encoded[at] = byte;
        if let Ok(Some(element)) = Walker::new(&encoded).next() {
            let printed = filter::print(element);
            assert!(printed.text.len() <= LONGEST);
        }
    }
}

/// Nests without recursion and without copying what is inside again and again: lengths first, then headers.
fn nested(levels: usize) -> Vec<u8> {
    let leaf = tlv(0x87, b"a");
    let headers: Vec<Vec<u8>> = (0..levels)
        .scan(leaf.len(), |length, _| {
            let header = [&[0xa2, 0x84][..], &u32::try_from(*length).unwrap().to_be_bytes()].concat();
            *length += header.len();
            Some(header)
        })
        .collect();
    headers.into_iter().rev().flatten().chain(leaf).collect()
}

#[test]
fn deep_filters_end_in_a_marker() {
    let printed = print(&nested(DEEPEST));
    assert_eq!((printed.limit, printed.text.len()), (None, DEEPEST * 3 + 5));
    let printed = print(&nested(100_000));
    assert_eq!(printed.limit, Some("ldap.filter_depth"));
    assert!(printed.text.starts_with("(!(!") && printed.text.contains("(…)"));
    assert!(printed.text.len() < DEEPEST * 4);
}

#[test]
fn long_filters_are_cut() {
    let many: Vec<u8> = (0..10_000).flat_map(|_| tlv(0x87, "имя".as_bytes())).collect();
    let printed = print(&tlv(0xa1, &many));
    assert_eq!(printed.limit, Some("ldap.filter_size"));
    assert!(printed.text.len() <= LONGEST && printed.text.ends_with('…'));
    let value = print(&tlv(0xa3, &all(&[octets(b"a"), octets(&vec![0xff; 100_000])])));
    assert!(value.text.len() <= LONGEST);
}

#[test]
fn damage_is_marked() {
    let printed = print(&tlv(0xa0, &all(&[tlv(0x87, b"cn"), tlv(0xab, b"")])));
    assert_eq!(printed.text, "(&(cn=*)(?))");
    assert!(printed.damage.is_some());
    assert_eq!(print(&tlv(0xab, b"x")).text, "(?)");
}

#[test]
fn what_cannot_be_read_costs_itself_alone() {
    let text = |parts: &[Vec<u8>]| {
        let printed = print(&tlv(0xa0, &all(&[all(parts), tlv(0x87, b"sn")])));
        assert!(printed.damage.is_some(), "{}", printed.text);
        printed.text
    };
    let cn = || tlv(0x87, b"cn");
    let no_choice = || tlv(0xab, b"no choice");
    let no_value = || tlv(0xa3, &octets(b"cn"));
    assert_eq!(text(&[no_choice()]), "(&(?)(sn=*))");
    assert_eq!(
        text(&[cn(), no_value(), no_choice(), cn()]),
        "(&(cn=*)(?)(?)(cn=*)(sn=*))"
    );
    assert_eq!(text(&[tlv(0xa2, &no_choice())]), "(&(!(?))(sn=*))");
    // A part's header that is longer than what it stands in, and one of a tag that LDAP does not have.
    for cut in [&[0x87, 9, b'c'][..], &[0xbf, 0x1f, 0]] {
        let within = tlv(0xa1, &all(&[cn(), cut.to_vec()]));
        assert_eq!(text(&[within, cn()]), "(&(|(cn=*)(?))(cn=*)(sn=*))");
        let parts = tlv(0x30, &all(&[tlv(0x80, b"a"), cut.to_vec()]));
        let within = tlv(0xa4, &all(&[octets(b"cn"), parts]));
        assert_eq!(text(&[within, cn()]), "(&(cn=a(?))(cn=*)(sn=*))");
    }
}

#[test]
fn parts_that_cannot_be_read_are_bounded() {
    let many = [0xab, 0].repeat(1000);
    let printed = print(&tlv(0xa1, &many.repeat(100)));
    assert_eq!(printed.limit, Some("ldap.filter_size"));
    assert!(printed.text.len() <= LONGEST && printed.text.starts_with("(|(?)(?)"));
}

#[test]
fn special_characters_are_escaped() {
    let value = tlv(
        0xa3,
        &all(&[octets(b"cn"), octets("j*(ürgen)\\\0\u{7f}Иван".as_bytes())]),
    );
    assert_eq!(print(&value).text, "(cn=j\\2a\\28ürgen\\29\\5c\\00\\7fИван)");
    let bytes = tlv(0xa3, &all(&[octets(b"objectGUID"), octets(&[0xfc, b'a', 0x80])]));
    assert_eq!(print(&bytes).text, "(objectGUID=\\fca\\80)");
}

#[test]
fn what_somebody_believes_a_secret_to_be_is_not_printed() {
    let guess = || b"Summer2026!".to_vec();
    let by_name = Model::Compare(3, "userPassword".into(), guess());
    let by_identifier = Model::Extensible(None, Some("2.5.4.35".into()), false, guess());
    let in_parts = Model::Substrings("ms-Mcs-AdmPwd;x".into(), Some(guess()), vec![guess()], None);
    let printed = [by_name, by_identifier, in_parts].map(|model| print(&encode(&model)).text);
    assert_eq!(printed, ["(userPassword=…)", "(2.5.4.35:=…)", "(ms-Mcs-AdmPwd;x=…*…*)"]);
}
