"""A second forest: one controller of other.example, and a trust between both forests, each of which trusts the other."""
import os

from domain import ADMINISTRATOR, ADMIN_PASSWORD, certify, configure_controller, provision, start_controller
from network import ADDRESSES, Host
from shell import run, say

REALM, WORKGROUP = "OTHER.EXAMPLE", "OTHER"

# Members from the other forest stand as foreignSecurityPrincipals.
FOREIGN = "dn: CN={group},CN=Builtin,{base}\nchangetype: modify\nadd: member\nmember: <SID={sid}>\n"


class Forest:
    """Its controller, `far`; dc1 asks far's DNS from now on, which forwards what is not its own to dc1."""

    def __init__(self, lab):
        self.domain, self.far, self.name = lab.domain, Host("far", os.path.dirname(lab.host.state)), REALM.lower()
        self.daemon = None

    def start(self):
        far, dc1 = self.far, self.domain["dc1"]
        far.start()
        # dc2 learns of the trust by replication, when far has asked about it already.
        far.net("ip", "route", "add", "unreachable", self.domain["dc2"].address)
        resolve_by(far, far.address)
        provision(far, REALM, WORKGROUP)
        certify(far, dc1, self.name)
        configure_controller(far, f"\n\tdns forwarder = {dc1.address}")
        self.daemon = start_controller(far, self.name)
        say(f"{self.name} answers")
        resolve_by(dc1, far.address)
        dc1.run("samba-tool", "domain", "trust", "create", self.name, "--type=forest", "--direction=both", "--create-location=both",
                f"-U{ADMINISTRATOR}@{REALM}%{ADMIN_PASSWORD}", timeout=120)
        say("both forests trust each other")

    @staticmethod
    def cut(off):
        """Takes it off the network, or puts it back."""
        run("ip", "link", "set", "v-far", "down" if off else "up")

    def mix(self):
        """Each domain's administrators into a group of the other."""
        for host, other in ((self.far, self.domain["dc1"]), (self.domain["dc1"], self.far)):
            said = other.shell("ldbsearch -H /var/lib/samba/private/sam.ldb '(sAMAccountName=Domain Admins)' objectSid").stdout
            sid = next(line.split()[1] for line in said.splitlines() if line.startswith("objectSid:"))
            base = "DC=other,DC=example" if host is self.far else "DC=lab,DC=example"
            host.shell("ldbmodify -H /var/lib/samba/private/sam.ldb", stdin=FOREIGN.format(group="Backup Operators", base=base, sid=sid))


def forest_of(lab):
    """The lab's second forest, which is made once, with members across."""
    if not lab.forest:
        lab.forest = Forest(lab)
        lab.forest.start()
        lab.forest.mix()
    return lab.forest


def resolve_by(host, address):
    """Which DNS server the host asks."""
    with open(host.path("etc/resolv.conf"), "w", encoding="utf-8") as file:
        file.write(f"nameserver {address}\noptions timeout:2 attempts:2\n")
