#!/bin/sh
# hivex 1.3.23: a new key gets the last-write time of its parent, and no later change updates it.
#
# Guess:    hivex_node_add_child stamps the new key and its parent with the present time, or leaves the time zero; setting
#           a value updates the time of its key, as Windows does.
# Behavior: the time is copied from the parent. Setting values leaves it. A timeline of a hive that hivex edited shows
#           new keys as old as the key above them.
# Output:   parent 2012-12-14 / new key 2012-12-14 / after set_value 2012-12-14
#
# Debian 12, libhivex0 and python3-hivex 1.3.23-1+b1. Needs no root; everything is in a temporary folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in libhivex0=1.3.23-1+b1 python3-hivex=1.3.23-1+b1; do
    apt-get download -q "$package" > /dev/null 2> apt.log
done
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libhivex.so.0')")
PYTHONPATH=$folder/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH PYTHONPATH
cat > times.py << 'PYTHON'
import struct
from datetime import datetime, timedelta
import hivex

def cell(data):
    size = (len(data) + 11) // 8 * 8
    return struct.pack("<i", -size) + data.ljust(size - 4, b"\0")

# An empty hive of version 1.5: the root key and its security descriptor.
time = 130000000000000000
root = cell(b"nk" + struct.pack("<HQ15I2H", 0x2c, time, 0, 2**32 - 1, 0, 0, 2**32 - 1, 2**32 - 1, 0, 2**32 - 1,
                                32 + 88, 2**32 - 1, 0, 0, 0, 0, 0, 4, 0) + b"ROOT")
system = bytes.fromhex("010100000000000512000000")
descriptor = struct.pack("<BBHIIII", 1, 0, 0x8000, 20, 32, 0, 0) + system + system
security = cell(b"sk" + struct.pack("<HIIII", 0, 32 + len(root), 32 + len(root), 1, len(descriptor)) + descriptor)
cells = root + security
assert len(root) == 88
cells += struct.pack("<i", 4064 - len(cells)) + bytes(4060 - len(cells))
head = struct.pack("<4sIIQ7I", b"regf", 1, 1, time, 1, 5, 0, 1, 32, 4096, 1).ljust(508, b"\0")
checksum = 0
for (word,) in struct.iter_unpack("<I", head):
    checksum ^= word
head = (head + struct.pack("<I", checksum)).ljust(4096, b"\0")
open("hive", "wb").write(head + struct.pack("<4sII5I", b"hbin", 0, 4096, 0, 0, 0, 0, 0) + cells)

def day(node):
    return (datetime(1601, 1, 1) + timedelta(microseconds=hive.node_timestamp(node) // 10)).date()

hive = hivex.Hivex("hive", write=True)
new = hive.node_add_child(hive.root(), "new")
print("parent", day(hive.root()))
print("new key", day(new))
hive.node_set_value(new, {"key": "value", "t": 4, "value": struct.pack("<I", 1)})
print("after set_value", day(new))
PYTHON
/usr/bin/python3 times.py | tee seen
grep -Fqx "parent 2012-12-14" seen &&
    grep -Fqx "new key 2012-12-14" seen &&
    grep -Fqx "after set_value 2012-12-14" seen
