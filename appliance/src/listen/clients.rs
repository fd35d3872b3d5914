//! Who reports sessions, by the address its packets come from.

use std::net::IpAddr;

use parsers::radius::server::Client;

use super::address::Prefix;
use super::config::RadiusConfig;
use super::secret;
use crate::exit::{Code, Failure};

/// The clients of `[radius]`, with their secrets.
#[derive(Debug)]
pub(crate) struct Clients {
    /// The narrowest first.
    prefixes: Vec<(Prefix, usize)>,
    clients: Vec<(String, Client)>,
}

impl Clients {
    /// Reads every secret.
    pub(crate) fn read(config: &RadiusConfig) -> Result<Self, Failure> {
        let mut clients = Vec::new();
        let mut prefixes = Vec::new();
        for client in &config.clients {
            let path = client.secret_path().ok_or_else(|| {
                let sentence = format!(
                    "radius.clients: {:?}: secret-credential needs systemd's LoadCredential=, and adtap was not started with any; nothing was started; add it to the unit, or give secret-file",
                    client.name
                );
                Failure::new(Code::Config, sentence)
            })?;
            let secret = secret::read(&path, &client.name)?;
            prefixes.extend(client.addresses.iter().map(|prefix| (*prefix, clients.len())));
            let require_message_authenticator = client.require_message_authenticator;
            clients.push((
                client.name.clone(),
                Client {
                    secret,
                    require_message_authenticator,
                },
            ));
        }
        prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.length()));
        Ok(Self { prefixes, clients })
    }

    /// The number of the client at `ip`, and what it has to prove.
    pub(super) fn at(&self, ip: IpAddr) -> Option<(usize, &Client)> {
        let (_, number) = self.prefixes.iter().find(|(prefix, _)| prefix.holds(ip))?;
        self.clients.get(*number).map(|(_, client)| (*number, client))
    }

    /// Their names, by number.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_network_decides() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "xyzzy").unwrap();
        let text = format!(
            "listen = [\"127.0.0.1\"]\n[[clients]]\nname = \"any\"\naddresses = [\"10.0.0.0/8\", \"fd00::/8\"]\nsecret-file = {path:?}\n[[clients]]\nname = \"vpn\"\naddresses = [\"10.0.0.1\"]\nsecret-file = {path:?}\n"
        );
        let clients = Clients::read(&toml::from_str(&text).unwrap()).unwrap();
        let at = |ip: &str| clients.at(ip.parse().unwrap()).map(|(number, _)| number);
        assert_eq!(
            [at("10.0.0.1"), at("10.0.0.2"), at("fd00::1"), at("192.0.2.1")],
            [Some(1), Some(0), Some(0), None]
        );
        assert_eq!(clients.names().collect::<Vec<_>>(), ["any", "vpn"]);
    }
}
