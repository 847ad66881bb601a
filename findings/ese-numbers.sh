#!/bin/sh
# Three readers of ESE databases return different numbers for the same record.
#
# Guess:    the columns Currency (a signed 64-bit number), IEEESingle and LongLong have one value in every reader.
# Behavior: libesedb 20260704 returns 0.0 for every IEEESingle, and Currency unsigned. impacket 0.13.1 returns Currency and
#           LongLong unsigned. dissect.database 1.1 returns all of them as they were written.
# Output:   written: -1339133913391339 -2.0 -13371337
#           dissect.database -1339133913391339 -2.0 -13371337
#           libesedb 18445404939796160277 0.0 -13371337
#           impacket 18445404939796160277 -2.0 18446744073696180279
#
# Python 3.11, packages from PyPI as pinned below; the database is that of the tests of dissect.esedb 3.18, which state the
# numbers that were written. Needs no root; everything is in a temporary folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install -q --disable-pip-version-check \
    impacket==0.13.1 dissect.database==1.1 libesedb-python==20260704
python3 -m pip download -q --disable-pip-version-check --no-deps --no-binary :all: dissect.esedb==3.18
tar -xzf dissect_esedb-3.18.tar.gz --strip-components=3 dissect_esedb-3.18/tests/_data/basic.edb.gz
gunzip basic.edb.gz
cat > run.py << 'PYTHON'
import pyesedb
from dissect.database.ese import ESE
from impacket.ese import ESENT_DB

# The Currency and IEEESingle of the second record, and the LongLong of the first.
with open("basic.edb", "rb") as file:
    one, two = ESE(file).table("basic").records()
    print("dissect.database", two.get("Currency"), two.get("IEEESingle"), one.get("LongLong"))

file = pyesedb.file()
file.open("basic.edb")
one, two = file.get_table_by_name("basic").records
number = {one.get_column_name(index): index for index in range(one.get_number_of_values())}
print("libesedb", two.get_value_data_as_integer(number["Currency"]),
      two.get_value_data_as_floating_point(number["IEEESingle"]), one.get_value_data_as_integer(number["LongLong"]))

database = ESENT_DB("basic.edb")
database.mountDB()
cursor = database.openTable("basic")
one, two = dict(database.getNextRow(cursor)), dict(database.getNextRow(cursor))
print("impacket", two[b"Currency"], two[b"IEEESingle"], one[b"LongLong"])
PYTHON
venv/bin/python run.py | tee seen
grep -Fqx "dissect.database -1339133913391339 -2.0 -13371337" seen &&
    grep -Fqx "libesedb 18445404939796160277 0.0 -13371337" seen &&
    grep -Fqx "impacket 18445404939796160277 -2.0 18446744073696180279" seen
