"""Who logged on, from which computer: the SIDs that the controllers wrote down, held against those that the activities carry.

Samba's audit log has the SID of whoever a logon became, and the address it came from. Whose address that is, the lab knows: the
computer's object is looked up in the controller's own database.
"""
import json
from collections import Counter, namedtuple

from truth import WAYS

# The ways in which services say that a Kerberos ticket was accepted.
TICKET = ("krb5", "gss_krb5")
NOBODY = "S-1-5-7"

Logon = namedtuple("Logon", "kind server client port account sid")


def read(server, line):
    """The logon that a line of a log states, if it is one that a mirror can show."""
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    authentication, authorization = record.get("Authentication"), record.get("Authorization")
    if authentication:
        return authenticated(server, authentication)
    return authorized(server, authorization) if authorization else None


def authenticated(server, record):
    """The KDC tells of each AS exchange, services of NTLM and of simple binds."""
    kind = "kerberos_as" if record["serviceDescription"] == "Kerberos KDC" else WAYS.get(record["authDescription"])
    if not kind or record["status"] != "NT_STATUS_OK" or "TLS" in record["serviceDescription"] + record["authDescription"]:
        return None
    return logon(kind, server, record["remoteAddress"], record["becameAccount"], record["becameSid"])


def authorized(server, record):
    """A ticket that a service accepted."""
    if record["authType"] not in TICKET or "TLS" in record["serviceDescription"] + record["transportProtection"]:
        return None
    return logon("kerberos_ap", server, record["remoteAddress"], record["account"], record["sid"])


def logon(kind, server, remote, account, sid):
    if not sid or sid == NOBODY or not (remote or "").startswith("ipv4:"):
        return None
    client, port = remote.removeprefix("ipv4:").rsplit(":", 1)
    if client in ("127.0.0.1", server):
        return None
    return Logon(kind, server, client, int(port), account, sid)


def is_it(wanted, row):
    """Whether an activity is the logon: a ticket that was too big for UDP was granted all the same."""
    place = (row["kind"], row.get("server_ip"), row.get("client_ip"), row.get("client_port"))
    granted = row.get("outcome") == "success" or (row["kind"] == "kerberos_as" and row.get("status_code") == 52)
    return granted and place == wanted[:4]


def details(row):
    return json.loads(row.get("details") or "{}")


class Issues:
    """Where tickets come from. None says whose it is: that is known where its issue was seen, and, where that is armoured, the issue of
    what it was bought with, down to an AS exchange. Computers have had theirs before, or of themselves."""

    def __init__(self, rows):
        issued = (details(row) for row in rows if row["kind"] in ("kerberos_as", "kerberos_tgs"))
        self.bought_with = {issue["ticket_sha256"]: issue.get("tgt_sha256") for issue in issued if "ticket_sha256" in issue}

    def is_hidden(self, wanted, row):
        """Whether it was used by a computer, and its issue is out of sight, or that of what it was bought with."""
        if row.get("actor_sid") or wanted.kind != "kerberos_ap" or not wanted.account.endswith("$"):
            return False
        ticket = details(row).get("ticket_sha256")
        for _ in range(len(self.bought_with)):
            if ticket not in self.bought_with:
                return True
            ticket = self.bought_with[ticket]
            if ticket is None:
                return False  # bought with a password, or a key
        return True


class Identities:
    """Logons held against activities: accounts, and the computers at both ends."""

    def __init__(self, logons, rows, mirrored, computers):
        self.counts, self.wrong = Counter(), []
        self.issues = Issues(rows)
        own = [row for row in rows if row["kind"] in {wanted.kind for wanted in logons}]
        told = {wanted[:4]: {other.sid for other in logons if other[:4] == wanted[:4]} for wanted in logons}
        for wanted in logons:
            if mirrored & {wanted.server, wanted.client}:
                self.hold(wanted, [row for row in own if is_it(wanted, row)], told[wanted[:4]], computers)

    def hold(self, wanted, rows, sids, computers):
        """One logon; on one connection there may be several."""
        self.counts["logons"] += 1
        row = next((row for row in rows if row.get("actor_sid") == wanted.sid), None)
        if row is None and any(self.issues.is_hidden(wanted, row) for row in rows):
            self.counts["by tickets that were issued out of sight"] += 1
            return
        if row is None:
            have = [row.get("actor_sid") for row in rows if row.get("actor_sid") not in sids]
            self.wrong.append(f"{wanted.kind} of {wanted.account} from {wanted.client}:{wanted.port} is of {wanted.sid}, not of {have or 'nobody'}")
            return
        self.counts["SIDs equal"] += 1
        for end, address in (("source", wanted.client), ("destination", wanted.server)):
            self.computer(wanted, row, end, computers.get(address))

    def computer(self, wanted, row, end, real):
        have = row.get(f"{end}_sid")
        if have == real:
            self.counts[f"{end} equal, {row.get(f'{end}_certainty')}"] += 1
        else:
            self.wrong.append(f"{wanted.kind} of {wanted.account}: its {end} is {have or 'not told'} ({row.get(f'{end}_name')}), and really {real}")

    def told(self):
        return ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items(), key=lambda item: (item[0] != "logons", item[0])))
