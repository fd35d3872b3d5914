"""Fills the new domain's database before Samba starts: runs on dc1, with the users' password as its argument."""
import sys

import ldb
from samba import dsdb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

PASSWORD = sys.argv[1]
parameters = LoadParm()
parameters.load_default()
database = SamDB(session_info=system_session(), lp=parameters)
BASE = database.domain_dn()


def modify(name, unit, attribute, value):
    message = ldb.Message(ldb.Dn(database, f"CN={name},OU={unit},{BASE}"))
    message[attribute] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, attribute)
    database.modify(message)


def user(name, unit="Staff", control=0, spns=(), enctypes=None):
    database.newuser(name, PASSWORD, userou=f"OU={unit}", useusernameascn=True)
    if control:
        modify(name, unit, "userAccountControl", str(dsdb.UF_NORMAL_ACCOUNT | control))
    if spns:
        modify(name, unit, "servicePrincipalName", list(spns))
    if enctypes is not None:
        modify(name, unit, "msDS-SupportedEncryptionTypes", str(enctypes))


database.transaction_start()
# Passwords change as often as a scenario likes.
database.modify_ldif(f"dn: {BASE}\nchangetype: modify\nreplace: pwdProperties\npwdProperties: 0\n-\nreplace: minPwdAge\nminPwdAge: 0\n"
                     "-\nreplace: pwdHistoryLength\npwdHistoryLength: 0\n")
for unit_name in ("Staff", "Service"):
    database.add({"dn": f"OU={unit_name},{BASE}", "objectClass": "organizationalUnit"})
for person in ("alice", "bob", "carol", "dave", "erin", "jürgen", "adm"):
    user(person)
user("disab", control=dsdb.UF_ACCOUNTDISABLE)
user("roast", control=dsdb.UF_DONT_REQUIRE_PREAUTH)
user("svc_sql", "Service", spns=["MSSQLSvc/sql1.lab.example:1433"])
user("svc_web", "Service", spns=["HTTP/web1.lab.example"], enctypes=0x18)
user("svc_rc4", "Service", spns=["HTTP/legacy.lab.example"], enctypes=0x4)
database.add_remove_group_members("Domain Admins", ["adm"], add_members_operation=True)
database.newgroup("Helpdesk")
database.add_remove_group_members("Helpdesk", ["bob", "carol"], add_members_operation=True)
database.transaction_commit()
