"""The rules that hives written by Windows keep, looked for in the bytes of a clean hive; no other code of this project.

    python invariants.py HIVE...        prints the broken rules, and where

Source: Maxim Suhanov, "Windows registry file format specification" (CC-BY 4.0), and what was measured on real hives.
"""

import collections
import struct
import sys
from pathlib import Path

from model import upper

NIL = 0xFFFFFFFF
SEGMENT = 16344


class Walk:
    def __init__(self, hive):
        self.hive, self.found = hive, collections.defaultdict(list)
        self.cells, self.used, self.holders = {}, collections.Counter(), collections.Counter()
        self.minor = self.u32(24 - 4096)

    def broke(self, rule, place):
        self.found[rule].append(place)

    def u16(self, at):
        return struct.unpack_from("<H", self.hive, at + 4096)[0]

    def u32(self, at):
        return struct.unpack_from("<I", self.hive, at + 4096)[0]

    def u32s(self, at, count):
        return struct.unpack_from(f"<{count}I", self.hive, at + 4096)

    def bytes(self, at, length):
        return self.hive[at + 4096 : at + 4096 + length]

    def all(self):
        self.header()
        self.bins(self.u32(40 - 4096))
        self.key_tree(self.u32(36 - 4096))
        self.security_ring()
        for cell, size in self.cells.items():
            if size < 0 and not self.used[cell]:
                self.broke("what is allocated is used", cell)
        return dict(self.found)

    def header(self):
        words = self.u32s(-4096, 128)
        total = 0
        for word in words[:127]:
            total ^= word
        total = {NIL: NIL - 1, 0: 1}.get(total, total)
        if total != words[127] or words[1] != words[2] or self.hive[:4] != b"regf":
            self.broke("the header is that of a clean hive", 0)

    def bins(self, size):
        at = 0
        while at < size:
            length = self.u32(at + 8)
            if self.bytes(at, 4) != b"hbin" or self.u32(at + 4) != at or not length or length % 4096:
                return self.broke("bins follow each other", at)
            self.bin(at + 32, at + length)
            at += length
        if at != size:
            self.broke("bins follow each other", at)

    def bin(self, at, end):
        free = False
        while at < end:
            size = struct.unpack_from("<i", self.hive, at + 4096)[0]
            if not size or size % 8 or at + abs(size) > end:
                return self.broke("cells fill their bin", at)
            if size > 0 and free:
                self.broke("free neighbors are joined", at)
            free = size > 0
            self.cells[at] = size
            at += abs(size)

    def cell(self, at, what, magic=b"", shared=False):
        """Where the data of a cell in use begins, and its length."""
        if self.cells.get(at, 0) >= 0:
            self.broke(f"{what} lies in an allocated cell", at)
            return None
        self.used[at] += 1
        if self.used[at] > 1 and not shared:
            self.broke("each cell is used once", at)
            return None
        if not self.bytes(at + 4, 2).startswith(magic):
            self.broke(f"{what} is one", at)
            return None
        return at + 4, -self.cells[at] - 4

    def name(self, at, length, narrow):
        return self.bytes(at, length).decode("latin-1" if narrow else "utf-16-le", "surrogatepass")

    def key_name(self, at):
        """Of the key in a cell."""
        return self.name(at + 80, self.u16(at + 76), self.u16(at + 6) & 0x20)

    def key_tree(self, root):
        waiting = [(root, None)]
        while waiting:
            key, above = waiting.pop()
            if not (cell := self.cell(key, "a key", b"nk")):
                continue
            at, _ = cell
            if (above is None) != bool(self.u16(at + 2) & 4) or above not in (None, self.u32(at + 16)):
                self.broke("keys know what is above them", key)
            security = self.u32(at + 44)
            self.holders[security] += 1
            if self.u16(at + 74):
                cell = self.cell(self.u32(at + 48), "a class name")
                if cell and cell[1] < self.u16(at + 74):
                    self.broke("class names are whole", key)
            elif self.u32(at + 48) != NIL:
                self.broke("without a class name there is no cell for it", key)
            waiting += [(subkey, key) for subkey in self.subkeys(key, at)]
            if not self.u16(at + 2) & 0x40:
                self.values(key, at)

    def leaf(self, at, top):
        """Subkeys with what the list says of each."""
        if not (cell := self.cell(at, "a subkey list")):
            return []
        data, room = cell
        kind, count = self.bytes(data, 2), self.u16(data + 2)
        wide = kind in (b"lf", b"lh")
        if kind not in (b"lf", b"lh", b"li", b"ri") or 4 + count * (8 if wide else 4) > room or not count:
            self.broke("subkey lists are whole and not empty", at)
            return []
        if kind == b"ri":
            if not top:
                self.broke("index roots lead to leaves", at)
                return []
            return [it for leaf in self.u32s(data + 4, count) for it in self.leaf(leaf, False)]
        words = self.u32s(data + 4, count * (2 if wide else 1))
        return [(kind, *words[place : place + (2 if wide else 1)]) for place in range(0, len(words), 2 if wide else 1)]

    def subkeys(self, key, at):
        count, top = self.u32(at + 20), self.u32(at + 28)
        if not count or top == NIL:
            if count or top != NIL:
                self.broke("no subkeys, no list", key)
            return []
        elements, before, found = self.leaf(top, True), None, []
        if len(elements) != count:
            self.broke("keys count their subkeys", key)
        for kind, subkey, *hint in elements:
            if self.cells.get(subkey, 0) >= 0:
                self.broke("a key lies in an allocated cell", subkey)
                continue
            name = self.key_name(subkey)
            order = upper(name)
            if before is not None and before >= order:
                self.broke("subkeys are in order", subkey)
            before = order
            if kind == b"lh":
                value = 0
                for unit in order:
                    value = (value * 37 + unit) & NIL
                if hint != [value]:
                    self.broke("hashes are right", subkey)
            elif kind == b"lf":
                start = name[:4].encode("latin-1", "ignore")
                start = start if len(start) == len(name[:4]) else b""
                if hint != [int.from_bytes(start.ljust(4, b"\0"), "little")]:
                    self.broke("hints are right", subkey)
            if self.u16(at + 52) < 2 * len(order) or self.u32(at + 56) < self.u16(subkey + 78):
                self.broke("keys know their longest subkey", key)
            found.append(subkey)
        return found

    def values(self, key, at):
        count = self.u32(at + 36)
        if not count or not (cell := self.cell(self.u32(at + 40), "a value list")):
            return
        if cell[1] < 4 * count:
            return self.broke("value lists are whole", key)
        names = set()
        for value in self.u32s(cell[0], count):
            if not (record := self.cell(value, "a value", b"vk")):
                continue
            data = record[0]
            name = upper(self.name(data + 20, self.u16(data + 2), self.u16(data + 16) & 1))
            if name in names:
                self.broke("values have names of their own", value)
            names.add(name)
            size = self.u32(data + 4)
            length = size & 0x7FFFFFFF
            if self.u32(at + 60) < 2 * len(name) or self.u32(at + 64) < length:
                self.broke("keys know their longest value", key)
            if size >> 31 and length > 4 or not size >> 31 and length <= 4:
                self.broke("four bytes and fewer lie in the record, more do not", value)
            elif length > 4:
                self.data(value, self.u32(data + 8), length)

    def data(self, value, at, length):
        if not (cell := self.cell(at, "data")):
            return
        if length <= SEGMENT or self.minor <= 3:
            if cell[1] < length:
                self.broke("data is whole", value)
            return
        count = self.u16(cell[0] + 2)
        if self.bytes(cell[0], 2) != b"db" or count != -(-length // SEGMENT):
            return self.broke("long data lies in segments", value)
        if not (segments := self.cell(self.u32(cell[0] + 4), "a list of segments")):
            return
        for place, segment in enumerate(self.u32s(segments[0], count)):
            part = self.cell(segment, "a segment")
            if part and part[1] < min(SEGMENT, length - place * SEGMENT):
                self.broke("data is whole", value)

    def security_ring(self):
        for cell, count in self.holders.items():
            if not (data := self.cell(cell, "a security item", b"sk", shared=True)):
                continue
            at = data[0]
            if self.u32(at + 12) != count:
                self.broke("security items count their keys", cell)
            for there, back in (self.u32(at + 4), 8), (self.u32(at + 8), 4):
                if there not in self.holders or self.u32(there + 4 + back) != cell:
                    self.broke("security items form a ring", cell)


def broken(hive):
    """The broken rules of a hive, each with the places."""
    walk = Walk(hive)
    try:
        return walk.all()
    except struct.error:
        return {**walk.found, "everything lies in the file": [0]}


if __name__ == "__main__":
    for path in sys.argv[1:]:
        for rule, places in broken(Path(path).read_bytes()).items():
            print(f"{path}: {rule}: {len(places)}, the first at {places[0]:#x}")
