"""Many users at once, into dc1's own database: how many.

One is made as users are made; the others are copies of it in the database below, with names, GUIDs and SIDs of their own. Made one
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

parameters = LoadParm()
parameters.load_default()
database = SamDB(url=f"{FOLDER}/sam.ldb", session_info=system_session(), lp=parameters)
base = database.domain_dn()
unit = f"OU=Many,{base}"
database.add({"dn": unit, "objectClass": "organizationalUnit"})
database.add({"dn": f"CN=many0,{unit}", "objectClass": "user", "sAMAccountName": "many0", "userPrincipalName": "many0@lab.example",
              "displayName": "Many 0", "mail": "many0@lab.example", "title": "One of many", "department": "Crowd"})

below = Ldb(f"{FOLDER}/sam.ldb.d/{base.upper()}.ldb", lp=parameters, options=["modules:", "batch_mode:1"])
first = below.search(f"CN=many0,{unit}", ldb.SCOPE_BASE)[0]
sid = bytes(first["objectSid"][0])
below.transaction_start()
for number in range(1, int(sys.argv[1])):
    name = f"many{number}"
    copy = ldb.Message(ldb.Dn(below, f"CN={name},{unit}"))
    own = {"cn": name, "name": name, "sAMAccountName": name, "userPrincipalName": f"{name}@lab.example", "displayName": f"Many {number}",
           "mail": f"{name}@lab.example", "objectGUID": uuid.uuid4().bytes_le, "objectSid": sid[:-4] + struct.pack("<I", FIRST_RID + number)}
    for attribute in first.keys():
        if attribute not in ("dn", "distinguishedName"):
            values = [own[attribute]] if attribute in own else [bytes(value) for value in first[attribute]]
            copy[attribute] = ldb.MessageElement(values, ldb.FLAG_MOD_ADD, attribute)
    below.add(copy)
below.transaction_commit()
