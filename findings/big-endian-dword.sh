#!/bin/sh
# REG_DWORD_BIG_ENDIAN: python-registry 1.3.1 returns 83886080 for every number, and regipy 6.5.0 returns no number.
#
# Guess:    values of the type REG_DWORD_BIG_ENDIAN with the bytes 00 00 00 07 and 00 00 00 09 are 7 and 9 in every reader
#           that knows the type.
# Behavior: python-registry knows the type by name and returns the type itself (5), in the wrong byte order. regipy
#           returns empty text. dissect.regf 3.14 returns the numbers.
# Output:   dissect.regf [7, 9] / python-registry [83886080, 83886080] / regipy ['', '']
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

root = key(b"ROOT", NONE)
# Data of four bytes is in the place of its offset.
values = [cell(b"vk" + struct.pack("<HI", 1, 2**31 + 4) + struct.pack(">I", number) + struct.pack("<IHH", 5, 1, 0) + name)
          for name, number in [(b"a", 7), (b"b", 9)]]
key(b"ROOT", NONE, values=(2, cell(struct.pack("<2I", *values))))
cells[0] = cells.pop()  # the same key, with its values
write("hive", root)

from dissect.regf import regf
from regipy.registry import RegistryHive
from Registry import Registry

with open("hive", "rb") as file:
    print("dissect.regf", [value.value for value in regf.RegistryHive(file).root().values()])
print("python-registry", [value.value() for value in Registry.Registry("hive").root().values()])
print("regipy", [value.value for value in RegistryHive("hive").root.iter_values(as_json=False)])
PYTHON
venv/bin/python run.py | tee seen
grep -Fqx "dissect.regf [7, 9]" seen &&
    grep -Fqx "python-registry [83886080, 83886080]" seen &&
    grep -Fqx "regipy ['', '']" seen
