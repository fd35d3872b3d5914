"""Changes at random, on a controller's own database: a seed and how many. Says what it did, a line each, and the highest USN."""
import random
import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

parameters = LoadParm()
parameters.load_default()
database = SamDB(url="/var/lib/samba/private/sam.ldb", session_info=system_session(), lp=parameters)
BASE = database.domain_dn()
dice = random.Random(sys.argv[1])
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


def modify(dn, changes, controls=()):
    message = ldb.Message(ldb.Dn(database, dn))
    for attribute, value, flag in changes:
        message[attribute] = ldb.MessageElement(value, flag, attribute)
    database.modify(message, controls=list(controls))


def set_text():
    modify(anybody(), [(dice.choice(TEXTS), f"text {dice.randrange(1000)}, mit Umlaut ä", ldb.FLAG_MOD_REPLACE)])


def clear_text():
    modify(anybody(), [(dice.choice(TEXTS), [], ldb.FLAG_MOD_REPLACE)])


def disable():
    dn = anybody()
    control = int(str(database.search(dn, ldb.SCOPE_BASE, attrs=["userAccountControl"])[0]["userAccountControl"]))
    modify(dn, [("userAccountControl", str(control ^ 2), ldb.FLAG_MOD_REPLACE)])


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
                                                                         rename_unit, delete, delete, restore, restore_and_join]
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
