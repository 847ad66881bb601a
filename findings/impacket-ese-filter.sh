#!/bin/sh
# impacket 0.13.1: a filter on the columns of an ESE table changes the values of the columns that it keeps.
#
# Guess:    getNextRow(cursor, filter_tables=[...]) returns the same values as without the filter, for fewer columns.
# Behavior: columns of fixed size that are left out are not skipped in the record. Each column after the first one left
#           out is read from the place of another column, and there is no error.
# Output:   all: Id 1, Long -13371337 / filtered: Id 1, Long -87567104
#
# Python 3.11, impacket 0.13.1; the database is that of the tests of dissect.esedb 3.18. Needs no root; everything is in a
# temporary folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install -q --disable-pip-version-check impacket==0.13.1
python3 -m pip download -q --disable-pip-version-check --no-deps --no-binary :all: dissect.esedb==3.18
tar -xzf dissect_esedb-3.18.tar.gz --strip-components=3 dissect_esedb-3.18/tests/_data/basic.edb.gz
gunzip basic.edb.gz
cat > run.py << 'PYTHON'
from impacket.ese import ESENT_DB

def first(**options):
    database = ESENT_DB("basic.edb")
    database.mountDB()
    row = database.getNextRow(database.openTable("basic"), **options)
    return f"Id {row[b'Id']}, Long {row[b'Long']}"

print("all:", first())
print("filtered:", first(filter_tables=[b"Id", b"Long"]))
PYTHON
venv/bin/python run.py | tee seen
grep -Fqx "all: Id 1, Long -13371337" seen &&
    grep -Fqx "filtered: Id 1, Long -87567104" seen
