"""What the controllers wrote down themselves: the activities that adtap has to have seen.

Samba logs a JSON record for each authentication and a line for each verdict of its KDC, both with the client's address and
port. What happened inside TLS, or without leaving the controller, no mirror can show.
"""
import json
import os
import re
from collections import Counter, namedtuple

from network import ADDRESSES

KINDS = ("kerberos_as", "kerberos_tgs", "ntlm_authenticate", "ldap_bind")

VERDICT = re.compile(r"^Kerberos: (AS|TGS)-REQ (SUCCESS|UNKNOWN-0|\S*ERR_\w+|KRB5KDC_\w+) ipv4:(\S+):(\d+) (\S+)")
# UNKNOWN-0 is a refusal of Samba's own behind the KDC: here, of a disabled account.
CODES = {"SUCCESS": None, "UNKNOWN-0": 18, "C_PRINCIPAL_UNKNOWN": 6, "S_PRINCIPAL_UNKNOWN": 7, "BADOPTION": 13, "ETYPE_NOSUPP": 14,
         "CLIENT_REVOKED": 18, "KEY_EXPIRED": 23, "PREAUTH_FAILED": 24, "PREAUTH_REQUIRED": 25, "RESPONSE_TOO_BIG": 52}
WAYS = {"NTLMSSP": "ntlm_authenticate", "bare-NTLM": "ntlm_authenticate", "simple bind": "ldap_bind"}
LOGS = ("log/log.samba", "log/log.smbd", "samba.log")

Fact = namedtuple("Fact", "kind server client port account result")


class Logs:
    """Positions in the controllers' logs: what is written between two of them is one scenario's."""

    def __init__(self, controllers):
        self.files = [(host.address, host.path(name)) for host in controllers for name in LOGS]

    def mark(self):
        return {path: os.path.getsize(path) if os.path.exists(path) else 0 for _, path in self.files}

    def lines(self, start, end):
        """Each controller's address with a line that it wrote."""
        for server, path in self.files:
            if end[path] > start[path]:
                with open(path, "rb") as file:
                    file.seek(start[path])
                    text = file.read(end[path] - start[path]).decode("utf-8", "replace")
                yield from ((server, line.strip()) for line in text.splitlines())

    def between(self, start, end, hidden):
        """Facts in order; `hidden` counts what no mirror shows."""
        return [fact for server, line in self.lines(start, end) if (fact := read(server, line, hidden))]


def read(server, line, hidden):
    """The fact that a line of a log states, if any."""
    verdict = VERDICT.match(line)
    fact = None
    if verdict:
        fact = kerberos(server, *verdict.groups())
    elif line.startswith("{"):
        try:
            fact = authentication(server, json.loads(line).get("Authentication"), hidden)
        except ValueError:
            return None
    if fact and fact.client in ("127.0.0.1", server):
        hidden["on the controller itself"] += 1
        return None
    return fact


def kerberos(server, exchange, verdict, client, port, account):
    error = re.sub(r"^\S*?ERR_", "", verdict)
    if error not in CODES:
        return None
    return Fact(f"kerberos_{exchange.lower()}", server, client, int(port), account.split("@")[0].lower(), CODES[error])


def authentication(server, record, hidden):
    kind = record and WAYS.get(record["authDescription"])
    account = record and (record.get("mappedAccount") or record.get("clientAccount"))
    if not kind or not account or not (record.get("remoteAddress") or "").startswith("ipv4:"):
        return None
    if "TLS" in record["serviceDescription"] + record["authDescription"]:
        hidden["inside TLS"] += 1
        return None
    client, port = record["remoteAddress"].removeprefix("ipv4:").rsplit(":", 1)
    result = "success" if record["status"] == "NT_STATUS_OK" else "failure"
    return Fact(kind, server, client, int(port), account.lower(), result)


def seen(row):
    """The same of an activity as it was stored; nothing for other kinds."""
    kind = row["kind"]
    if kind not in KINDS:
        return None
    result = row.get("outcome")
    if kind.startswith("kerberos"):
        result = None if result == "success" else row.get("status_code")
    account = row.get("account") or row.get("dn") or ""
    return Fact(kind, row.get("server_ip"), row.get("client_ip"), row.get("client_port"), account.lower(), result)


def same(wanted, found):
    """Kerberos names a client by address, port and result; the account of others may stand on the wire as a UPN or a DN."""
    if wanted._replace(account="") != found._replace(account=""):
        return False
    return wanted.kind.startswith("kerberos") or wanted.account in found.account or not found.account


class Comparison:
    """Facts held against activities."""

    def __init__(self, facts, rows, mirrored, hidden):
        self.expected, self.found, self.extra, self.explained = Counter(), Counter(), Counter(), Counter()
        self.missing, self.surplus, self.hidden = [], [], hidden
        left = [(fact, row) for row in rows if (fact := seen(row))]
        for fact in facts:
            if not mirrored & {fact.server, fact.client}:
                hidden["between hosts that are not mirrored"] += 1
                continue
            self.expected[fact.kind] += 1
            at = next((at for at, (have, _) in enumerate(left) if same(fact, have)), None)
            if at is None:
                self.missing.append(fact)
            else:
                left.pop(at)
                self.found[fact.kind] += 1
        self.judge(left)

    def judge(self, left):
        """What adtap has seen and no controller wrote down."""
        for fact, row in left:
            reason = explain(fact, row)
            if reason:
                self.explained[reason] += 1
            else:
                self.extra[fact.kind] += 1
                self.surplus.append(fact)

    def recall(self):
        expected = sum(self.expected.values())
        return sum(self.found.values()) / expected if expected else 0.0


def explain(fact, row):
    """Why a controller wrote nothing about it."""
    if fact.server not in (ADDRESSES["dc1"], ADDRESSES["dc2"]):
        return "at a server that is no controller"
    if fact.result == "continued":
        return "a step of a longer exchange"
    if fact.kind == "ldap_bind" and json.loads(row.get("details") or "{}").get("method", "").startswith("sasl"):
        return "a bind whose authentication is told beside it"
    if not fact.account:
        return "anonymous"
    return None
