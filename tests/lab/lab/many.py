"""Many users and computers at once, into dc1's own database: how many in all, half of each.

One of each is made as they are made; the others are copies of it in the database below, with names, GUIDs and SIDs of their own. Made one
by one, 20,000 would take minutes. The copies keep the USN of the first: no other controller asks for them.
"""
import struct
import sys
import uuid

import ldb
from samba import Ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

FOLDER = "/var/lib/samba/private"
# Relative identifiers that the domain does not give out for long.
FIRST_RID = 1_000_000
# userAccountControl ([MS-ADTS] 2.2.16).
WORKSTATION_TRUST_ACCOUNT = 0x1000

parameters = LoadParm()
parameters.load_default()
database = SamDB(url=f"{FOLDER}/sam.ldb", session_info=system_session(), lp=parameters)
base = database.domain_dn()
unit = f"OU=Many,{base}"
database.add({"dn": unit, "objectClass": "organizationalUnit"})
database.add({"dn": f"CN=many0,{unit}", "objectClass": "user", "sAMAccountName": "many0", "userPrincipalName": "many0@lab.example",
              "displayName": "Many 0", "mail": "many0@lab.example", "title": "One of many", "department": "Crowd"})
database.add({"dn": f"CN=ws0,{unit}", "objectClass": "computer", "sAMAccountName": "ws0$", "dNSHostName": "ws0.lab.example",
              "userAccountControl": str(WORKSTATION_TRUST_ACCOUNT), "operatingSystem": "Windows 11 Enterprise", "operatingSystemVersion": "10.0 (26100)",
              "servicePrincipalName": ["HOST/ws0", "HOST/ws0.lab.example", "RestrictedKrbHost/ws0", "RestrictedKrbHost/ws0.lab.example"]})


def user(name, number):
    return {"sAMAccountName": name, "userPrincipalName": f"{name}@lab.example", "displayName": f"Many {number}", "mail": f"{name}@lab.example"}


def computer(name, _):
    host = f"{name}.lab.example"
    names = [f"HOST/{name}", f"HOST/{host}", f"RestrictedKrbHost/{name}", f"RestrictedKrbHost/{host}"]
    return {"sAMAccountName": f"{name}$", "dNSHostName": host, "servicePrincipalName": names}


below = Ldb(f"{FOLDER}/sam.ldb.d/{base.upper()}.ldb", lp=parameters, options=["modules:", "batch_mode:1"])


def copies(kind, named, numbers):
    """As many as there are numbers, of the one that is called so with a zero."""
    first = below.search(f"CN={kind}0,{unit}", ldb.SCOPE_BASE)[0]
    sid = bytes(first["objectSid"][0])
    for number in numbers:
        name = f"{kind}{number}"
        copy = ldb.Message(ldb.Dn(below, f"CN={name},{unit}"))
        own = {"cn": name, "name": name, "objectGUID": uuid.uuid4().bytes_le, "objectSid": sid[:-4] + struct.pack("<I", FIRST_RID + number)}
        own.update(named(name, number))
        for attribute in first.keys():
            if attribute not in ("dn", "distinguishedName"):
                value = own.get(attribute, [bytes(value) for value in first[attribute]])
                copy[attribute] = ldb.MessageElement(value, ldb.FLAG_MOD_ADD, attribute)
        below.add(copy)


half = int(sys.argv[1]) // 2
below.transaction_start()
copies("many", user, range(1, half))
copies("ws", computer, range(half, 2 * half - 1))
below.transaction_commit()
