#!/bin/sh
# dissect.regf 3.14: whether the case of a key name matters depends on the kind of the subkey list.
#
# Guess:    names are found whatever their case, as in Windows.
# Behavior: that is so in lists of the kinds lf and lh, which have a hint or a hash for each name. In a list of the kind
#           li, which has neither, only the exact spelling is found; another raises RegistryKeyNotFoundError.
# Output:   lf: Alpha found, alpha found / li: Alpha found, alpha not found
#
# Python 3.11, packages from PyPI as pinned below. Needs no root; everything is in a temporary folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install -q --disable-pip-version-check --no-deps \
    dissect.regf==3.14 dissect.cstruct==4.7 dissect.util==3.24
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

from dissect.regf import regf

def found(kind, name):
    with open(kind, "rb") as file:
        try:
            regf.RegistryHive(file).open(name)
            return f"{name} found"
        except regf.RegistryKeyNotFoundError:
            return f"{name} not found"

for kind, hint in [("lf", b"Alph"), ("li", b"")]:
    cells.clear()
    subkey = key(b"Alpha", 0)
    items = cell(kind.encode() + struct.pack("<HI", 1, subkey) + hint)
    write(kind, key(b"ROOT", NONE, subkeys=(1, items)))
    print(f"{kind}: {found(kind, 'Alpha')}, {found(kind, 'alpha')}")
PYTHON
venv/bin/python run.py | tee seen
grep -Fqx "lf: Alpha found, alpha found" seen &&
    grep -Fqx "li: Alpha found, alpha not found" seen
