"""Every object of the domain and of its forest's configuration with the attributes asked for, as JSON lines, and the highest USN: runs on a controller, from its own database."""
import base64
import json
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import misc, security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

CLASSES = ("user", "group", "trustedDomain", "foreignSecurityPrincipal", "organizationalUnit", "container", "domainDNS", "builtinDomain",
           "groupPolicyContainer")
OF_FOREST = ("crossRef", "site", "subnet", "server", "nTDSDSA", "configuration")
SIDS = {"objectSid", "sIDHistory", "securityIdentifier"}

parameters = LoadParm()
parameters.load_default()
database = SamDB(url="/var/lib/samba/private/sam.ldb", session_info=system_session(), lp=parameters)
wanted = {name.lower(): name for name in sys.argv[1:]}


def text(name, value):
    value = bytes(value)
    if name in SIDS:
        return str(ndr_unpack(security.dom_sid, value))
    if name == "objectGUID":
        return str(ndr_unpack(misc.GUID, value))
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(value).decode("ascii")


for base, classes in ((database.domain_dn(), CLASSES), (str(database.get_config_basedn()), OF_FOREST)):
    expression = "".join(f"(objectClass={name})" for name in classes)
    for message in database.search(base, expression=f"(|{expression})", attrs=list(wanted.values()), controls=["show_deleted:1"]):
        entry = {"dn": str(message.dn)}
        for attribute in message.keys():
            name = wanted.get(attribute.lower())
            if name:
                entry[name] = [text(name, value) for value in message[attribute]]
        print(json.dumps(entry))
print("usn", database.search("", ldb.SCOPE_BASE, attrs=["highestCommittedUSN"])[0]["highestCommittedUSN"][0])
