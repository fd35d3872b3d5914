//! Addresses as an operator writes them: where to listen, and whom to listen to.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

/// Where to listen: an address, and a port where it is not the service's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Place {
    ip: IpAddr,
    port: Option<u16>,
}

/// Hosts whose addresses begin alike: one, or a network (RFC 4632, RFC 4291 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Place {
    /// With `port` where none is given.
    pub(crate) fn socket(self, port: u16) -> SocketAddr {
        SocketAddr::new(self.ip, self.port.unwrap_or(port))
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        if let Ok(ip) = bare.unwrap_or(&text).parse() {
            return Ok(Self { ip, port: None });
        }
        let socket: SocketAddr = text.parse().map_err(|_| {
            format!(
                "invalid value: {text:?} is no address to listen at, such as 10.0.0.5, 10.0.0.5:514 or [fd00::5]:514"
            )
        })?;
        Ok(Self {
            ip: socket.ip(),
            port: Some(socket.port()),
        })
    }
}

impl Prefix {
    /// Whether `ip` is one of them.
    pub(crate) fn holds(self, ip: IpAddr) -> bool {
        let (bits, width) = bits(ip);
        let (own, own_width) = bits_of(self.address);
        let ignored = u32::from(own_width.saturating_sub(self.length));
        width == own_width && (bits ^ own).checked_shr(ignored).unwrap_or_default() == 0
    }

    /// How much of an address it says.
    pub(crate) const fn length(self) -> u8 {
        self.length
    }

    /// The only host it names, where it names one.
    pub(crate) fn host(self) -> Option<IpAddr> {
        (self.length == bits_of(self.address).1).then_some(self.address)
    }
}

impl TryFrom<String> for Prefix {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let refused = || {
            format!(
                "invalid value: {text:?} is neither an address nor a network, such as 10.0.0.5, 10.0.0.0/24 or fd00::/64"
            )
        };
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse().map_err(|_| refused())?)),
            None => (text.as_str(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let address = address.to_canonical();
        let width = bits_of(address).1;
        let length = length.unwrap_or(width);
        (length <= width)
            .then_some(Self { address, length })
            .ok_or_else(refused)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host() {
            Some(host) => host.fmt(f),
            None => write!(f, "{}/{}", self.address, self.length),
        }
    }
}

/// An address as a number, and how many bits it has; an IPv4 address in IPv6's clothes is an IPv4 address.
fn bits(ip: IpAddr) -> (u128, u8) {
    bits_of(ip.to_canonical())
}

fn bits_of(ip: IpAddr) -> (u128, u8) {
    match ip {
        IpAddr::V4(ip) => (ip.to_bits().into(), 32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        Prefix::try_from(text.to_owned()).unwrap()
    }

    fn holds(text: &str, ip: &str) -> bool {
        prefix(text).holds(ip.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_hosts_alone() {
        assert!(holds("10.0.0.0/24", "10.0.0.255") && !holds("10.0.0.0/24", "10.0.1.0"));
        assert!(holds("10.0.0.5", "::ffff:10.0.0.5") && !holds("10.0.0.5", "10.0.0.6"));
        assert!(holds("0.0.0.0/0", "9.9.9.9") && !holds("0.0.0.0/0", "fd00::1"));
        assert!(holds("::/0", "fd00::1") && !holds("::/0", "9.9.9.9"));
        assert!(holds("fd00::/64", "fd00::9") && !holds("fd00::/64", "fd00:0:0:1::9"));
        assert_eq!(prefix("fd00::1").host(), "fd00::1".parse().ok());
        assert_eq!(
            (prefix("10.0.0.0/8").host(), prefix("10.0.0.0/8").to_string()),
            (None, "10.0.0.0/8".into())
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "gateway", "10.0.0.0/-1"] {
            assert!(Prefix::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert!(Place::try_from("localhost:514".to_owned()).is_err());
        let place = |text: &str| Place::try_from(text.to_owned()).unwrap().socket(514).to_string();
        assert_eq!(place("10.0.0.5"), "10.0.0.5:514");
        assert_eq!(place("[fd00::5]:1514"), "[fd00::5]:1514");
    }
}
