#!/usr/bin/env python3
"""Failed logons per account, from a store that `adtap replay` or `adtap receive` wrote.

usage: failed-logons.py STORE        (needs: pip install duckdb)
"""
import sys

import duckdb

QUERY = """
SELECT AccountName, FailureReason, count(*) AS failures
FROM read_parquet(?, hive_partitioning = true)
WHERE ActionType = 'LogonFailed'
GROUP BY ALL ORDER BY failures DESC, AccountName
"""

if len(sys.argv) != 2:
    sys.exit(__doc__)
rows = duckdb.execute(QUERY, [f"{sys.argv[1]}/IdentityLogonEvents/**/*.parquet"]).fetchall()
print(f"{'account':24} {'reason':20} failures")
for account, reason, failures in rows:
    print(f"{account or '(not shown)':24} {reason or '':20} {failures}")
sys.exit(0 if rows else 1)
