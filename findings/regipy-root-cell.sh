#!/bin/sh
# regipy 6.5.0: the root of a hive is the first cell, whatever the header says.
#
# Guess:    readers start at the root cell whose offset is in the base block.
# Behavior: regipy takes the first cell of the first bin. If that is another key, every key of the hive is missing, and
#           nothing reports it. dissect.regf 3.14 and python-registry 1.3.1 follow the base block.
# Output:   dissect.regf ['Alpha'] / python-registry ['Alpha'] / regipy []
#
# Python 3.11, packages from PyPI as pinned below. Needs no root; everything is in a temporary folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install -q --disable-pip-version-check --no-deps \
    dissect.regf==3.14 dissect.cstruct==4.7 dissect.util==3.24 regipy==6.5.0 construct==2.10.70 inflection==0.5.1 \
    pytz==2026.6 python-registry==1.3.1 enum-compat==0.0.3 unicodecsv==0.14.1
cat > run.py << 'PYTHON'
import struct

NONE = 2**32 - 1
cells = []

def cell(data):
    size = (len(data) + 11) // 8 * 8
    at = 32 + sum(map(len, cells))
    cells.append(struct.pack("<i", -size) + data.ljust(size - 4, b"\0"))
    return at

def key(name, parent, subkeys=(0, NONE), values=(0, NONE)):
    flags = 0x2c if parent == NONE else 0x20
    return cell(b"nk" + struct.pack("<HQ15I2H", flags, 0, 0, parent, subkeys[0], 0, subkeys[1], NONE, *values, NONE, NONE,
                                    0, 0, 0, 0, 0, len(name), 0) + name)

def write(name, root):
    body = b"".join(cells)
    body += struct.pack("<i", 4064 - len(body)).ljust(4064 - len(body), b"\0")
    head = struct.pack("<4sIIQ7I", b"regf", 1, 1, 0, 1, 5, 0, 1, root, 4096, 1).ljust(508, b"\0")
    checksum = 0
    for (word,) in struct.iter_unpack("<I", head):
        checksum ^= word
    with open(name, "wb") as file:
        file.write((head + struct.pack("<I", checksum)).ljust(4096, b"\0"))
        file.write(struct.pack("<4sII5I", b"hbin", 0, 4096, 0, 0, 0, 0, 0) + body)

# The root is the second cell, at offset 128; the subkey is before it.
subkey = key(b"Alpha", 128)
assert 32 + len(cells[0]) == 120
cell(b"")
items = b"lf" + struct.pack("<HI", 1, subkey) + b"Alph"
root = key(b"ROOT", NONE, subkeys=(1, 216))
assert root == 128
assert cell(items) == 216
write("hive", root)

from dissect.regf import regf
from regipy.registry import RegistryHive
from Registry import Registry

with open("hive", "rb") as file:
    print("dissect.regf", [key.name for key in regf.RegistryHive(file).root().subkeys()])
print("python-registry", [key.name() for key in Registry.Registry("hive").root().subkeys()])
print("regipy", [key.name for key in RegistryHive("hive").root.iter_subkeys()])
PYTHON
venv/bin/python run.py | tee seen
grep -Fqx "dissect.regf ['Alpha']" seen &&
    grep -Fqx "python-registry ['Alpha']" seen &&
    grep -Fqx "regipy []" seen
