"""What people and attackers do in the domain: one shell command each, and how it has to end.

A command that ends otherwise is a fault of the lab, not of adtap, and is told as such.
"""
from dataclasses import dataclass

from domain import ADMIN_PASSWORD, PASSWORD
from shell import Failed

PRELUDE = f"""P='{PASSWORD}' AP='{ADMIN_PASSWORD}' D=dc1.lab.example D2=dc2.lab.example B=DC=lab,DC=example
export KRB5CCNAME=FILE:/tmp/cc.$$
ki() {{ local who=$1 password=$2; shift 2; echo "$password" | kinit "$@" "$who" >/dev/null; }}
conf() {{ sed -e "s/^\\[libdefaults\\]/[libdefaults]\\n$1/" /etc/krb5.conf >/tmp/krb5.$$.conf; export KRB5_CONFIG=/tmp/krb5.$$.conf; }}
"""


@dataclass(frozen=True)
class Activity:
    """A command on a host; `codes`, what it may end with, is empty where that says nothing."""
    name: str
    command: str
    codes: tuple = (0,)
    host: str = "client"


SMB = "smbclient //$D/netlogon --use-kerberos=off -c ls -U LAB/"
LDAP = "ldapsearch -x -LLL -H ldap://$D -b $B -s base "
SEALED = "ldapsearch -LLL -N -H ldap://$D -b $B '(cn=bob)' memberOf "

ACTIVITIES = (
    # Kerberos
    Activity("as", "ki alice $P"),
    Activity("as over TCP", "conf 'udp_preference_limit = 1'; ki bob $P"),
    Activity("as, wrong password", "ki alice wrong", (1,)),
    Activity("as, unknown account", "ki nosuchuser $P", (1,)),
    Activity("as, disabled account", "ki disab $P", (1,)),
    Activity("as, rc4 only", r"conf 'default_tkt_enctypes = rc4-hmac\npermitted_enctypes = rc4-hmac'; ki bob $P"),
    Activity("as, armoured", "ki alice $P -c FILE:/tmp/armour && ki bob $P -T FILE:/tmp/armour"),
    Activity("as, enterprise name", "ki alice@lab.example $P -E"),
    Activity("as, name outside ASCII", "ki jürgen $P"),
    Activity("as, no preauthentication", "ki roast $P"),
    Activity("as, machine", "kinit -k 'CLIENT$'"),
    Activity("as at dc2", "export KRB5_CONFIG=/etc/krb5-dc2.conf; ki carol $P && kvno HTTP/web1.lab.example"),
    Activity("tgs", "ki alice $P; kvno HTTP/web1.lab.example HTTP/legacy.lab.example cifs/dc1.lab.example"),
    Activity("tgs, unknown service", "ki alice $P; kvno nosuch/host.lab.example", (1,)),
    Activity("renewal", "ki alice $P -r 2d -f; kinit -R"),
    Activity("kpasswd", "printf '%s\\n%s\\n%s\\n' \"$OLD\" \"$NEW\" \"$NEW\" | kpasswd dave"),
    # NTLM and SMB
    Activity("ntlm", SMB + "alice%$P"),
    Activity("ntlm, wrong password", SMB + "alice%wrong", (1,)),
    Activity("ntlm, unknown account", SMB + "nouser%x", (1,)),
    Activity("ntlm, disabled account", SMB + "disab%$P", (1,)),
    Activity("ntlm over SMB1", SMB + "alice%$P -m NT1"),
    Activity("ntlm, encrypted SMB", SMB + "alice%$P -m SMB3 --client-protection=encrypt"),
    Activity("ntlm at dc2", "smbclient //$D2/netlogon --use-kerberos=off -c ls -U LAB/carol%$P"),
    Activity("anonymous SMB", "smbclient -U% -L //$D"),
    Activity("kerberos over SMB", "ki alice $P; smbclient //$D/sysvol --use-kerberos=required -c ls"),
    # srv1 maps no account to a user of Unix and lets nobody in; it has asked the controller before.
    Activity("member server", "ki alice $P; smbclient //srv1.lab.example/data --use-kerberos=required -c ls", ()),
    Activity("pass-through", "smbclient //srv1.lab.example/data -U LAB/bob%$P --use-kerberos=off -c ls", ()),
    # LDAP
    Activity("simple bind", LDAP + "-D bob@lab.example -w $P objectSid"),
    Activity("simple bind, wrong password", LDAP + "-D bob@lab.example -w wrong", (49,)),
    Activity("simple bind by DN", LDAP + "-D CN=bob,OU=Staff,$B -w $P objectSid"),
    Activity("simple bind at dc2", "ldapsearch -x -LLL -H ldap://$D2 -b $B -s base -D bob@lab.example -w $P objectSid"),
    Activity("anonymous rootDSE", "ldapsearch -x -LLL -H ldap://$D -s base -b ''"),
    Activity("gssapi", "ki alice $P; " + SEALED + "-Y GSSAPI"),
    Activity("gssapi, unsealed", "ki alice $P; " + SEALED + "-Y GSSAPI -O maxssf=0"),
    Activity("spnego", "ki alice $P; " + SEALED + "-Y GSS-SPNEGO"),
    Activity("ntlm over LDAP", "ldbsearch -H ldap://$D -U alice%$P --use-kerberos=off -b $B '(cn=bob)' cn"),
    Activity("starttls", "ldapsearch -x -LLL -ZZ -H ldap://$D -D bob@lab.example -w $P -b $B cn=bob"),
    Activity("paged search", "ldapsearch -x -LLL -E pr=5/noprompt -H ldap://$D -D bob@lab.example -w $P -b $B '(objectClass=user)' cn"),
    # the rest of what a controller is asked
    Activity("dns", "for q in 'A dc1.lab.example' 'SRV _kerberos._tcp.lab.example' 'A nosuch.lab.example'; do dig @$D $q; done"),
    Activity("dns update", "net ads dns register -P"),
    Activity("cldap", "net ads lookup -S $D"),
    Activity("samr", "rpcclient $D -U LAB/alice%$P --use-kerberos=off -c enumdomusers"),
    Activity("lsa", "rpcclient $D -U LAB/alice%$P --use-kerberos=off -c 'lookupnames alice Administrator'"),
    Activity("sessions", "rpcclient $D -U LAB/adm%$P --use-kerberos=off -c netsessenum"),
    Activity("samr over TCP", "rpcclient 'ncacn_ip_tcp:dc1.lab.example[seal]' -U LAB/alice%$P -c enumdomusers"),
    Activity("secure channel", "wbinfo -t", host="srv1"),
    Activity("replication", "samba-tool drs replicate $D2 $D $B -U Administrator%$AP", host="client"),
    Activity("replication back", "samba-tool drs replicate $D $D2 $B -U Administrator%$AP", host="client"),
)

# A logon of every kind: where the scenario is about faults, and not about what there is to see.
FEW = ("as", "as, wrong password", "tgs", "ntlm", "ntlm, wrong password", "simple bind", "simple bind, wrong password")


class Drive:
    """Does activities; how often it did is part of the changing password."""

    def __init__(self, domain):
        self.domain, self.changes = domain, 0

    def all(self):
        self.do(ACTIVITIES)

    def few(self):
        self.do([activity for activity in ACTIVITIES if activity.name in FEW])

    def do(self, activities):
        wrong = [said for activity in activities if (said := self.one(activity))]
        if wrong:
            raise Failed("activities that ended otherwise than they have to:\n" + "\n".join(wrong))

    def one(self, activity):
        """Nothing, or how it ended wrongly."""
        words = ""
        if activity.name == "kpasswd":
            words = f"OLD='{self.password()}'; "
            self.changes += 1
            words += f"NEW='{self.password()}'; "
        done = self.domain[activity.host].shell(PRELUDE + words + activity.command, check=False, timeout=40)
        if not activity.codes or done.returncode in activity.codes:
            return None
        return f"{activity.name}: {done.returncode}: {done.stdout.strip()[-300:]}"

    def password(self):
        return PASSWORD + (f"+{self.changes}" if self.changes else "")
