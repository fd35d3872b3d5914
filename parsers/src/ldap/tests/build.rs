//! Encodes messages, for conversations that no capture holds.

/// An element: identifier, length, contents.
pub(in crate::ldap) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(length @ 0..=0x7f) => bytes.push(length),
        _ => {
            bytes.push(0x84); // as Active Directory writes every length
            bytes.extend(u32::try_from(contents.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend(contents);
    bytes
}

/// Elements one after another.
pub(in crate::ldap) fn all(elements: &[Vec<u8>]) -> Vec<u8> {
    elements.concat()
}

pub(in crate::ldap) fn octets(value: &[u8]) -> Vec<u8> {
    tlv(4, value)
}

pub(in crate::ldap) fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    tlv(0x30, &all(&[tlv(2, &[id]), operation.to_vec()]))
}

pub(super) fn simple_bind(id: u8, name: &str, password: &str) -> Vec<u8> {
    let contents = all(&[tlv(2, &[3]), octets(name.as_bytes()), tlv(0x80, password.as_bytes())]);
    message(id, &tlv(0x60, &contents))
}

pub(super) fn sasl_bind(id: u8, mechanism: &str, credentials: &[u8]) -> Vec<u8> {
    let sasl = all(&[octets(mechanism.as_bytes()), octets(credentials)]);
    message(id, &tlv(0x60, &all(&[tlv(2, &[3]), octets(b""), tlv(0xa3, &sasl)])))
}

/// An answer that is an LDAPResult, under identifier octet `tag`.
pub(super) fn result(id: u8, tag: u8, code: u8) -> Vec<u8> {
    message(id, &tlv(tag, &all(&[tlv(10, &[code]), octets(b""), octets(b"")])))
}

pub(super) fn search(id: u8, base: &str, filter: &[u8]) -> Vec<u8> {
    search_for(id, base, filter, &[])
}

/// A search that asks for `attributes`.
pub(in crate::ldap) fn search_for(id: u8, base: &str, filter: &[u8], attributes: &[&str]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes.iter().flat_map(|name| octets(name.as_bytes())).collect();
    let contents = all(&[
        octets(base.as_bytes()),
        tlv(10, &[2]),
        tlv(10, &[0]),
        tlv(2, &[0]),
        tlv(2, &[0]),
        tlv(1, &[0]),
        filter.to_vec(),
        tlv(0x30, &attributes),
    ]);
    message(id, &tlv(0x63, &contents))
}

/// A search is done.
pub(in crate::ldap) fn answered(id: u8) -> Vec<u8> {
    result(id, 0x65, 0)
}

pub(in crate::ldap) fn present(attribute: &str) -> Vec<u8> {
    tlv(0x87, attribute.as_bytes())
}

pub(super) fn entry(id: u8, dn: &str, filling: usize) -> Vec<u8> {
    let value = tlv(0x31, &octets(&vec![b'x'; filling]));
    let attributes = tlv(0x30, &tlv(0x30, &all(&[octets(b"description"), value])));
    message(id, &tlv(0x64, &all(&[octets(dn.as_bytes()), attributes])))
}

/// A modify with changes of (operation, attribute, values).
pub(super) fn modify(id: u8, dn: &str, changes: &[(u8, &str, &[&[u8]])]) -> Vec<u8> {
    let changes: Vec<u8> = changes
        .iter()
        .flat_map(|(operation, name, values)| tlv(0x30, &all(&[tlv(10, &[*operation]), attribute(name, values)])))
        .collect();
    message(id, &tlv(0x66, &all(&[octets(dn.as_bytes()), tlv(0x30, &changes)])))
}

pub(in crate::ldap) fn attribute(name: &str, values: &[&[u8]]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|value| octets(value)).collect();
    tlv(0x30, &all(&[octets(name.as_bytes()), tlv(0x31, &values)]))
}

/// A SASL buffer around a token of RFC 4121 that is signed alone, turned as `turn` says.
pub(super) fn signed(payload: &[u8], acceptor: bool, turn: usize) -> Vec<u8> {
    let mut body = payload.to_vec();
    body.extend([0xcc; 12]);
    body.rotate_right(turn);
    let turn = u8::try_from(turn).unwrap();
    let mut token = vec![
        5,
        4,
        4 | u8::from(acceptor),
        0xff,
        0,
        12,
        0,
        turn,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
    ];
    token.extend(body);
    buffer(&token)
}

/// A SASL buffer around an NTLM signature and what follows it.
pub(super) fn ntlm(payload: &[u8]) -> Vec<u8> {
    let mut token = vec![1, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0];
    token.extend(payload);
    buffer(&token)
}

pub(super) fn buffer(token: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(token.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(token);
    bytes
}
