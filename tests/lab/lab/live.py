"""The daemon beside a live controller: what is changed in the directory becomes an activity, how soon, and with whose name.

Most changes are written over LDAP where the mirror can read them; some are sealed, some are made on the controller itself. The
first kind has an author, the others have none: nobody saw one.
"""
import json
import random
import time
from collections import Counter
from dataclasses import dataclass

from domain import ADMIN_PASSWORD, PASSWORD
from network import ADDRESSES
from shell import Failed, say, wait_for

# Changes, accounts that they are of, and the most seconds from one to the next.
CHANGES, ACCOUNTS, PAUSE = 120, 60, 0.5

# Seconds within which 95 % of the changes have to be activities, and in the end all of them.
BAR, PATIENCE = 10.0, 30.0

BASE = "DC=lab,DC=example"
UNIT = f"OU=Live,{BASE}"
GROUP = f"CN=Live Group,{UNIT}"
OPEN = "ldapmodify -x -H ldap://dc1.lab.example -D adm@lab.example -w '{password}'"
SEALED = "ldbmodify -H ldap://dc1.lab.example -U Administrator%'{password}' --use-kerberos=off --option='client ldap sasl wrapping=seal'"
INSIDE = "ldbmodify -H /var/lib/samba/private/sam.ldb"
TOOL = f"samba-tool user %s -H ldap://dc1.lab.example -U Administrator%'{ADMIN_PASSWORD}' --use-kerberos=off"

# Where each way is gone, and whether the mirror shows who went it.
WAYS = {"ldapmodify": ("client", OPEN.format(password=PASSWORD), True), "ldbmodify, sealed": ("client", SEALED.format(password=ADMIN_PASSWORD), False),
        "samba-tool, sealed": ("client", None, False), "on the controller": ("dc1", INSIDE, False)}


@dataclass
class Change:
    """What was changed when, and how its activity is known."""
    way: str
    began: float
    action: str
    dn: str
    value: object
    row: dict = None

    def is_told_by(self, row):
        """Whether an activity tells of it."""
        if (row["kind"], row.get("action_type"), row.get("dn", "").lower()) != ("directory_change", self.action, self.dn.lower()):
            return False
        details = json.loads(row.get("details") or "{}")
        return self.value in (details.get("new"), details.get("change"), details.get("name"), *details.get("added", ()))

    def seconds(self):
        return self.row["stored"] / 1e6 - self.began

    def trouble(self):
        """What is wrong with who made it; nothing where that is right."""
        author = (self.row.get("actor_name"), self.row.get("correlated"), self.row.get("client_ip"))
        wanted = ("adm", "directory_write", ADDRESSES["client"]) if WAYS[self.way][2] else (None, None, None)
        return None if author == wanted else f"{self.action} of {self.dn} ({self.way}) is told as of {author}, not of {wanted}"


class Deeds:
    """Changes of many kinds, each of which has an activity of its own."""

    def __init__(self, lab):
        self.domain, self.dice = lab.domain, random.Random(lab.seed)
        self.members, self.enabled = set(), set()

    def prepare(self):
        """Accounts and a group to change."""
        accounts = "\n".join(account(f"live{number}") for number in range(ACCOUNTS))
        self.write("on the controller", f"dn: {UNIT}\nchangetype: add\nobjectClass: organizationalUnit\n\n{accounts}\n"
                                        f"dn: {GROUP}\nchangetype: add\nobjectClass: group\nsAMAccountName: Live Group\n")

    def write(self, way, text):
        host, command, _ = WAYS[way]
        self.domain[host].shell(command, stdin=text)

    def one(self, number):
        """Makes a change; what it was."""
        way = self.dice.choices(list(WAYS), weights=(12, 4, 1, 4))[0]
        tool = WAYS[way][1] is None
        kind = self.enable if tool else self.dice.choice((self.title, self.mail, self.delegate, self.join, self.enable, self.create))
        name = f"live{number % ACCOUNTS}"
        dn, action, value, text = kind(f"CN={name},{UNIT}", number)
        began = time.time()
        if tool:
            self.domain["client"].shell(TOOL.replace("%s", f"{'disable' if value else 'enable'} {name}"))
        else:
            self.write(way, text)
        return Change(way, began, action, dn, value)

    @staticmethod
    def title(dn, number):
        return dn, "User Title changed", f"Title {number}", replace(dn, "title", f"Title {number}")

    @staticmethod
    def mail(dn, number):
        return dn, "User Mail changed", f"live{number}@lab.example", replace(dn, "mail", f"live{number}@lab.example")

    @staticmethod
    def delegate(dn, number):
        service = f"cifs/host{number}"
        return dn, "Account Constrained Delegation SPNs changed", service, replace(dn, "msDS-AllowedToDelegateTo", service)

    def join(self, dn, _number):
        how, told = ("delete", "removed") if dn in self.members else ("add", "added")
        self.members ^= {dn}
        return dn, "Group Membership changed", told, f"dn: {GROUP}\nchangetype: modify\n{how}: member\nmember: {dn}\n"

    def enable(self, dn, _number):
        disabled = dn in self.enabled
        self.enabled ^= {dn}
        return dn, "Account Disabled changed", disabled, replace(dn, "userAccountControl", "546" if disabled else "544")

    @staticmethod
    def create(_dn, number):
        return f"CN=new{number},{UNIT}", "Security Principal created", f"new{number}", account(f"new{number}")


def account(name):
    """A new one, disabled: whoever has no password is that."""
    return f"dn: CN={name},{UNIT}\nchangetype: add\nobjectClass: user\nsAMAccountName: {name}\nuserAccountControl: 546\n"


def replace(dn, attribute, value):
    return f"dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n"


def live(lab):
    """Changes at known times against the daemon on the mirror."""
    deeds = Deeds(lab)
    say(f"live: changes by seed {lab.seed}")
    deeds.prepare()
    lab.switch.mirror("dc1")
    sensor = lab.knowing("live")
    sensor.start()
    try:
        changes = []
        for number in range(CHANGES):
            time.sleep(deeds.dice.random() * PAUSE)
            changes.append(deeds.one(number))
        wait_for("every change is an activity", lambda: found(changes, sensor.rows()), PATIENCE, every=1.0)
        sensor.close()
    except Failed as error:
        sensor.abandon()
        missing = [f"{change.action} of {change.dn} ({change.way})" for change in changes if not change.row]
        raise Failed(f"live, seed {lab.seed}: {error}; {len(missing)} of {len(changes)} are not: {missing[:10]}") from error
    finally:
        lab.switch.quiet()
    return judged(changes)


def found(changes, rows):
    """Gives each change its activity; whether all have one."""
    left = [row for row in rows if row["kind"] == "directory_change"]
    for change in changes:
        change.row = next((row for row in left if change.is_told_by(row)), None)
        if change.row:
            left.remove(change.row)
    return all(change.row for change in changes)


def judged(changes):
    wrong = [trouble for change in changes if (trouble := change.trouble())]
    if wrong:
        raise Failed(f"{len(wrong)} of {len(changes)} have the wrong author:\n  " + "\n  ".join(wrong[:10]))
    seconds = sorted(change.seconds() for change in changes)
    half, most = seconds[len(seconds) // 2], seconds[len(seconds) * 95 // 100]
    ways = ", ".join(f"{count} {way}" for way, count in Counter(change.way for change in changes).items())
    told = (f"{len(changes)} changes ({ways}): from change to stored activity p50 {half:.2f} s, p95 {most:.2f} s, at most {seconds[-1]:.2f} s; "
            f"{sum(WAYS[change.way][2] for change in changes)} have their author, and the others none")
    if most >= BAR:
        raise Failed(f"the bar of {BAR} s is missed: {told}")
    return told
