#!/bin/sh
# registrypol 1.0.1: entries of Registry.pol that contain the byte 0x0A are lost without an error.
#
# Guess:    a parser of Registry.pol returns every entry, whatever its data.
# Behavior: it splits the file with a regular expression in which "." does not match a line feed. A DWORD of 10, a text of
#           two lines, and any binary value with that byte are not in the result.
# Output:   4 entries in the file / 2 read: 9, 11
#
# Python 3.11, registrypol 1.0.1 from PyPI. Needs no root; everything is in a temporary folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install -q --disable-pip-version-check --no-deps \
    registrypol==1.0.1
cat > run.py << 'PYTHON'
import struct
import registrypol

def wide(text):
    return text.encode("utf-16le")

def entry(name, kind, data):
    # [MS-GPREG] 2.2.1: [key;value;type;size;data]
    return (wide("[Software\\Policies\\A\0;" + name + "\0;") + struct.pack("<I", kind) + wide(";") +
            struct.pack("<I", len(data)) + wide(";") + data + wide("]"))

entries = [entry(f"n{number}", 4, struct.pack("<I", number)) for number in (9, 10, 11)]
entries.append(entry("text", 1, wide("one\ntwo\0")))
with open("Registry.pol", "wb") as file:
    file.write(b"PReg" + struct.pack("<I", 1) + b"".join(entries))
print(len(entries), "entries in the file")
with open("Registry.pol", "rb") as file:
    read = registrypol.load(file).values
print(f"{len(read)} read:", ", ".join(str(int.from_bytes(value.data, "little")) for value in read))
PYTHON
venv/bin/python run.py | tee seen
grep -Fqx "4 entries in the file" seen &&
    grep -Fqx "2 read: 9, 11" seen
