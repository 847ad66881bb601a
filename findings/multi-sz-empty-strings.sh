#!/bin/sh
# REG_MULTI_SZ with empty strings: three readers of hives return three different lists.
#
# Guess:    a list such as PendingFileRenameOperations, in which an empty string means "delete", comes back with its
#           four strings from every reader.
# Behavior: dissect.regf 3.14 ends the list at the first empty string, as the documentation of RegSetValueEx defines it.
#           regipy 6.5.0 leaves out every empty string, so that the pairs shift. python-registry 1.3.1 keeps them and
#           adds two that are not in the list.
# Output:   dissect.regf 1 / regipy 3 / python-registry 6
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

strings = [r"\??\C:\old.dll", "", r"\??\C:\new.tmp", r"\??\C:\new.dll"]
data = "".join(text + "\0" for text in strings + [""]).encode("utf-16le")
name = b"PendingFileRenameOperations"
root = key(b"ROOT", NONE)
value = cell(b"vk" + struct.pack("<HIIIHH", len(name), len(data), cell(data), 7, 1, 0) + name)
key(b"ROOT", NONE, values=(1, cell(struct.pack("<I", value))))
cells[0] = cells.pop()  # the same key, with its value
write("hive", root)

from dissect.regf import regf
from regipy.registry import RegistryHive
from Registry import Registry

with open("hive", "rb") as file:
    print("dissect.regf", len(regf.RegistryHive(file).root().value(name.decode()).value))
print("regipy", len(next(RegistryHive("hive").root.iter_values(as_json=False)).value))
print("python-registry", len(Registry.Registry("hive").root().value(name.decode()).value()))
PYTHON
venv/bin/python run.py | tee seen
grep -Fqx "dissect.regf 1" seen &&
    grep -Fqx "regipy 3" seen &&
    grep -Fqx "python-registry 6" seen
