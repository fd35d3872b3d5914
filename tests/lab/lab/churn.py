"""Changes at random, on a controller's own database: a seed and how many. Says what it did, a line each, and the highest USN."""
import random
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

parameters = LoadParm()
parameters.load_default()
database = SamDB(url="/var/lib/samba/private/sam.ldb", session_info=system_session(), lp=parameters)
BASE = database.domain_dn()
FOREST = str(database.get_config_basedn())
dice = random.Random(sys.argv[1])
# DONT_EXPIRE_PASSWORD, SMARTCARD_REQUIRED, TRUSTED_FOR_DELEGATION, NOT_DELEGATED, USE_DES_KEY_ONLY, DONT_REQUIRE_PREAUTH ([MS-ADTS] 2.2.16).
FLAGS = (0x10000, 0x40000, 0x80000, 0x100000, 0x200000, 0x400000)
TEXTS = ("displayName", "mail", "title", "department", "telephoneNumber", "mobile")
number = dice.randrange(10**9)


def found(expression, controls=()):
    return sorted(str(message.dn) for message in
                  database.search(f"OU=Churn,{BASE}", expression=expression, attrs=["dn"], controls=list(controls)))


def fresh(kind):
    global number
    number += 1
    return f"{kind}{number}"


def place():
    return dice.choice([f"OU=Churn,{BASE}", *found("(&(objectClass=organizationalUnit)(!(ou=Churn)))")])


def anybody():
    return dice.choice(found("(&(objectClass=user)(sAMAccountName=*))") or [create_user()])


def any_group():
    return dice.choice(found("(objectClass=group)") or [create_group()])


def create_user():
    name = fresh("user")
    dn = f"CN={name},{place()}"
    database.add({"dn": dn, "objectClass": "user", "sAMAccountName": name, "userPrincipalName": f"{name}@lab.example", "displayName": "Ünï " + name})
    return dn


def create_computer():
    name = fresh("PC")
    dn = f"CN={name},{place()}"
    database.add({"dn": dn, "objectClass": "computer", "sAMAccountName": f"{name}$", "userAccountControl": "4096",
                  "dNSHostName": f"{name}.lab.example", "servicePrincipalName": [f"HOST/{name}", f"HOST/{name}.lab.example"]})
    return dn


def create_group():
    name = fresh("group")
    dn = f"CN={name},{place()}"
    database.add({"dn": dn, "objectClass": "group", "sAMAccountName": name, "groupType": "-2147483646"})
    return dn


def create_unit():
    dn = f"OU={fresh('unit')},OU=Churn,{BASE}"
    database.add({"dn": dn, "objectClass": "organizationalUnit"})
    return dn


def modify(dn, changes, controls=()):
    message = ldb.Message(ldb.Dn(database, dn))
    for attribute, value, flag in changes:
        message[attribute] = ldb.MessageElement(value, flag, attribute)
    database.modify(message, controls=list(controls))


def set_text():
    modify(anybody(), [(dice.choice(TEXTS), f"text {dice.randrange(1000)}, mit Umlaut ä", ldb.FLAG_MOD_REPLACE)])


def clear_text():
    modify(anybody(), [(dice.choice(TEXTS), [], ldb.FLAG_MOD_REPLACE)])


def value(dn, attribute):
    return database.search(dn, ldb.SCOPE_BASE, attrs=[attribute])[0][attribute][0]


def turn(flag):
    dn = anybody()
    modify(dn, [("userAccountControl", str(int(value(dn, "userAccountControl")) ^ flag), ldb.FLAG_MOD_REPLACE)])


def disable():
    turn(2)


def set_flag():
    turn(dice.choice(FLAGS))


def expire():
    modify(anybody(), [("accountExpires", str(dice.choice([0, 116444736000000000 + dice.randrange(2**57)])), ldb.FLAG_MOD_REPLACE)])


def change_at_logon():
    modify(anybody(), [("pwdLastSet", dice.choice(["0", "-1"]), ldb.FLAG_MOD_REPLACE)])


def call_otherwise():
    """The names that an account logs on by."""
    dn, name = anybody(), fresh("called")
    computer = "computer" in {str(own) for own in database.search(dn, ldb.SCOPE_BASE, attrs=["objectClass"])[0]["objectClass"]}
    modify(dn, [("sAMAccountName", name + "$" * computer, ldb.FLAG_MOD_REPLACE)])
    modify(dn, [("userPrincipalName", f"{name}@other.{dice.randrange(9)}.example", ldb.FLAG_MOD_REPLACE)])


def computer():
    return dice.choice(found("(objectClass=computer)") or [create_computer()])


def serve():
    name = fresh("host")
    modify(computer(), [("servicePrincipalName", [f"{kind}/{name}" for kind in dice.sample(["HOST", "HTTP", "MSSQLSvc", "TERMSRV"], 2)], ldb.FLAG_MOD_REPLACE)])


def reinstall():
    dn = computer()
    modify(dn, [("operatingSystem", f"Windows {dice.randrange(99)}", ldb.FLAG_MOD_REPLACE), ("operatingSystemVersion", f"10.0 ({dice.randrange(99999)})", ldb.FLAG_MOD_REPLACE)])
    modify(dn, [("dNSHostName", f"{fresh('host')}.lab.example", ldb.FLAG_MOD_REPLACE)])


def encrypt():
    modify(anybody(), [("msDS-SupportedEncryptionTypes", str(dice.choice([4, 8, 16, 24, 28])), ldb.FLAG_MOD_REPLACE)])


def act_for():
    """Resource-based constrained delegation."""
    sid = ndr_unpack(security.dom_sid, value(anybody(), "objectSid"))
    descriptor = security.descriptor.from_sddl(f"O:BAD:(A;;0xf01ff;;;{sid})", security.dom_sid(database.get_domain_sid()))
    modify(computer(), [("msDS-AllowedToActOnBehalfOfOtherIdentity", ndr_pack(descriptor), ldb.FLAG_MOD_REPLACE)])


def make_primary():
    """Its primary group is another from now on: it is a member of the old one, and of the new one no longer."""
    dn, group = create_user(), any_group()
    modify(group, [("member", dn, ldb.FLAG_MOD_ADD)])
    rid = str(ndr_unpack(security.dom_sid, value(group, "objectSid"))).rsplit("-", 1)[1]
    modify(dn, [("primaryGroupID", rid, ldb.FLAG_MOD_REPLACE)])


def widen():
    """A global group becomes a universal one, or the other way round."""
    modify(any_group(), [("groupType", dice.choice(["-2147483646", "-2147483640"]), ldb.FLAG_MOD_REPLACE)])


def link():
    policy = f"[LDAP://cn={{{dice.choice(['31B2F340-016D-11D2-945F-00C04FB984F9', '6AC1786C-016F-11D2-945F-00C04fB984F9'])}}},cn=policies,cn=system,{BASE};{dice.randrange(3)}]"
    modify(create_unit(), [("gPLink", policy, ldb.FLAG_MOD_REPLACE), ("gPOptions", dice.choice("01"), ldb.FLAG_MOD_REPLACE)])


def open_site():
    """A site, and a subnet that is said to be there."""
    site = f"CN={fresh('site')},CN=Sites,{FOREST}"
    database.add({"dn": site, "objectClass": "site"})
    database.add({"dn": f"CN=10.{dice.randrange(100, 200)}.{dice.randrange(256)}.0/24,CN=Subnets,CN=Sites,{FOREST}", "objectClass": "subnet", "siteObject": site})


def move_subnet():
    def below(base, kind):
        return sorted(str(message.dn) for message in database.search(base, expression=f"(objectClass={kind})", attrs=["dn"]))
    subnets = below(f"CN=Subnets,CN=Sites,{FOREST}", "subnet")
    if subnets:
        subnet = dice.choice(subnets)
        modify(subnet, [("siteObject", dice.choice(below(f"CN=Sites,{FOREST}", "site")), ldb.FLAG_MOD_REPLACE)])
        if dice.randrange(3) == 0:
            database.delete(subnet)


def set_manager():
    modify(anybody(), [("manager", anybody(), ldb.FLAG_MOD_REPLACE)])


def delegate():
    modify(anybody(), [("msDS-AllowedToDelegateTo", [f"cifs/{fresh('host')}", f"http/{fresh('host')}"], ldb.FLAG_MOD_REPLACE)])


def join():
    group, members = any_group(), sorted({anybody() for _ in range(dice.randrange(1, 5))} | {any_group()})
    for member in members:
        try:
            if member != group:
                modify(group, [("member", member, ldb.FLAG_MOD_ADD)])
        except ldb.LdbError:
            pass  # it belongs to it already


def leave():
    group = any_group()
    members = [str(value) for value in database.search(group, ldb.SCOPE_BASE, attrs=["member"])[0].get("member", [])]
    if members:
        modify(group, [("member", dice.sample(members, dice.randrange(1, len(members) + 1)), ldb.FLAG_MOD_DELETE)])


def rename():
    dn = anybody()
    database.rename(dn, f"CN={fresh('renamed')},{dn.split(',', 1)[1]}")


def move():
    dn = dice.choice([anybody(), any_group()])
    target = f"{dn.split(',', 1)[0]},{place()}"
    if target.lower() != dn.lower():
        database.rename(dn, target)


def rename_unit():
    units = found("(&(objectClass=organizationalUnit)(!(ou=Churn)))")
    if units:
        database.rename(dice.choice(units), f"OU={fresh('unit')},OU=Churn,{BASE}")


def delete():
    database.delete(dice.choice([anybody(), anybody(), any_group()]))


def restore():
    gone = database.search(BASE, expression="(&(isDeleted=TRUE)(objectClass=user)(lastKnownParent=*))", attrs=["lastKnownParent", "sAMAccountName"],
                           controls=["show_deleted:1"])
    # By name, and not by DN: that of a tombstone has a GUID in it, and the same seed has to do the same again.
    gone = sorted((message for message in gone if "sAMAccountName" in message), key=lambda message: str(message["sAMAccountName"]))
    if not gone:
        return None
    message = dice.choice(gone)
    target = f"CN={fresh('restored')},OU=Churn,{BASE}"
    modify(str(message.dn), [("isDeleted", [], ldb.FLAG_MOD_DELETE), ("distinguishedName", target, ldb.FLAG_MOD_REPLACE)], ["show_deleted:1"])
    return target


def restore_and_join():
    """Before anybody has asked: what the account was is gone, and what it is now stands with the group."""
    dn, group = restore(), any_group()
    if dn:
        modify(group, [("member", dn, ldb.FLAG_MOD_ADD)])


DEEDS = [create_user] * 4 + [create_computer] * 2 + [create_group] * 2 + [create_unit, set_text, set_text, set_text, clear_text, disable, disable,
                                                                         set_manager, delegate, join, join, join, leave, leave, rename, move, move,
                                                                         rename_unit, delete, delete, restore, restore_and_join,
                                                                         set_flag, expire, change_at_logon, call_otherwise, serve, reinstall, encrypt,
                                                                         act_for, make_primary, widen, link, open_site, move_subnet]
try:
    database.add({"dn": f"OU=Churn,{BASE}", "objectClass": "organizationalUnit"})
except ldb.LdbError:
    pass  # it is there from the round before
for _ in range(int(sys.argv[2])):
    deed = dice.choice(DEEDS)
    try:
        deed()
        print("did", deed.__name__)
    except ldb.LdbError as error:
        print("could not", deed.__name__, error)
print("usn", database.search("", ldb.SCOPE_BASE, attrs=["highestCommittedUSN"])[0]["highestCommittedUSN"][0])
