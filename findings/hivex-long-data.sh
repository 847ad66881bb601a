#!/bin/sh
# hivex 1.3.23 stores long data in a way that libregf 20260526 and dissect.regf 3.14 do not read.
#
# Guess:    in a hive of version 1.4 or later, data of more than 16,344 bytes is stored in segments (a "db" cell), because
#           Windows stores it so; and whatever hivex writes, the other readers read.
# Behavior: hivex writes one plain cell, whatever the version. python-registry 1.3.1 and regipy 6.5.0 read it. libregf and
#           dissect.regf expect the segments and raise errors.
# Output:   hivex 20000 / python-registry 20000 / regipy 20000 / dissect.regf NotImplementedError / libregf OSError
#
# Debian 12, libhivex0 and python3-hivex 1.3.23-1+b1; Python packages as pinned below. Needs no root; everything is in a
# temporary folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in libhivex0=1.3.23-1+b1 python3-hivex=1.3.23-1+b1; do
    apt-get download -q "$package" > /dev/null 2> apt.log
done
for package in *.deb; do dpkg -x "$package" root; done
python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --no-deps --target packages \
    dissect.regf==3.14 dissect.cstruct==4.7 dissect.util==3.24 regipy==6.5.0 construct==2.10.70 inflection==0.5.1 \
    pytz==2026.6 python-registry==1.3.1 enum-compat==0.0.3 unicodecsv==0.14.1 libregf-python==20260526
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libhivex.so.0')")
PYTHONPATH=$folder/packages:$folder/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH PYTHONPATH
cat > run.py << 'PYTHON'
import struct
import hivex
import pyregf
from dissect.regf import regf
from regipy.registry import RegistryHive
from Registry import Registry

def cell(data):
    size = (len(data) + 11) // 8 * 8
    return struct.pack("<i", -size) + data.ljust(size - 4, b"\0")

# An empty hive of version 1.5: the root key and its security descriptor.
time = 0
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

hive = hivex.Hivex("hive", write=True)
new = hive.node_add_child(hive.root(), "new")
hive.node_set_value(new, {"key": "value", "t": 3, "value": bytes(20000)})
hive.commit(None)

def by_hivex():
    hive = hivex.Hivex("hive")
    return hive.value_value(hive.node_get_value(hive.node_get_child(hive.root(), "new"), "value"))[1]

def by_dissect():
    with open("hive", "rb") as file:
        return regf.RegistryHive(file).open("new").value("value").value

def by_libregf():
    file = pyregf.file()
    file.open("hive")
    return file.get_root_key().get_sub_key(0).get_value(0).data

readers = {
    "hivex": by_hivex,
    "python-registry": lambda: Registry.Registry("hive").open("new").value("value").value(),
    "regipy": lambda: RegistryHive("hive").get_key("\\new").get_value("value"),
    "dissect.regf": by_dissect,
    "libregf": by_libregf,
}
for name, read in readers.items():
    try:
        print(name, len(read()))
    except Exception as error:
        print(name, type(error).__name__)
PYTHON
/usr/bin/python3 run.py | tee seen
for line in "hivex 20000" "python-registry 20000" "regipy 20000" "dissect.regf NotImplementedError" "libregf OSError"; do
    grep -qx "$line" seen
done
