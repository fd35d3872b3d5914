"""Many users at once, on dc1's own database: how many."""
import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

parameters = LoadParm()
parameters.load_default()
database = SamDB(url="/var/lib/samba/private/sam.ldb", session_info=system_session(), lp=parameters)
unit = f"OU=Many,{database.domain_dn()}"
database.add({"dn": unit, "objectClass": "organizationalUnit"})
for start in range(0, int(sys.argv[1]), 2_000):
    database.transaction_start()
    for number in range(start, min(start + 2_000, int(sys.argv[1]))):
        name = f"many{number}"
        database.add({"dn": f"CN={name},{unit}", "objectClass": "user", "sAMAccountName": name, "userPrincipalName": f"{name}@lab.example",
                      "displayName": f"Many {number}", "mail": f"{name}@lab.example", "title": "One of many", "department": "Crowd"})
    database.transaction_commit()
