"""A registry as a plain tree, and random edits of it: what a hive must say after a script of edits.

Built from the lines of `dump --whole`; gives such lines back. It shares no code with regf.
"""

import hashlib

# The last-write time that crates/core/regf/examples/edit.rs gives to what it changes.
TIME = 134_000_000_000_000_000

SDDL = [
    "O:BAG:SYD:P(A;CI;0xf003f;;;BA)(A;CI;0xf003f;;;SY)(A;CI;0x20019;;;BU)",
    "O:SYG:SYD:AI(D;CIIO;0x20006;;;AN)(A;CIID;0xf003f;;;CO)(A;;0x20019;;;WD)",
    "O:S-1-5-21-1004336348-1177238915-682003330-512G:BAD:(A;;0xf003f;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)",
    "O:BAG:BAD:(A;OICI;GA;;;BA)S:(AU;CISAFA;0x10006;;;WD)",
    "O:NSG:NSD:PAI(A;CI;0xf003f;;;NS)(A;CI;0x20019;;;S-1-5-5-0-1234567)",
]


def units(name):
    raw = name.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), 2)]


def upper(name):
    """Upper case as names are compared: unit by unit, surrogates as they are."""

    def up(unit):
        other = chr(unit).upper()
        return ord(other) if len(other) == 1 and ord(other) < 0x10000 else unit

    return tuple(up(unit) for unit in units(name))


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Key:
    def __init__(self, time):
        self.time = time
        self.subkeys = []
        self.values = []
        self.class_name = None
        # The SHA-256 of the descriptor, or the SDDL that it was made from.
        self.security = None


class Model:
    def __init__(self, lines):
        """Of the lines that `dump --whole` prints."""
        self.keys, data = {}, {}
        for line in lines:
            kind, path, *rest = line.split("\t")
            if kind == "K":
                self.keys[path] = Key(int(rest[0], 16))
            elif kind == "V":
                # Two keys of one name may lie in a damaged hive; such a one is not edited.
                data[path, rest[0]] = (int(rest[1]), int(rest[2]), rest[3])
        for line in lines:
            kind, path, *rest = line.split("\t")
            if kind == "O" and rest[0] == "K":
                self.keys[path].subkeys = rest[1:]
            elif kind == "O":
                self.keys[path].values = [(name, *data[path, name]) for name in rest[1:]]
            elif kind == "C":
                self.keys[path].class_name = rest[0]
            elif kind == "S":
                self.keys[path].security = rest[0]

    def lines(self):
        lines = []
        for path, key in self.keys.items():
            lines.append(f"K\t{path}\t{key.time:016x}")
            lines += [f"V\t{path}\t{name}\t{kind}\t{length}\t{sha}" for name, kind, length, sha in key.values]
            if key.subkeys:
                lines.append("\t".join(["O", path, "K", *key.subkeys]))
            if key.values:
                lines.append("\t".join(["O", path, "V", *(value[0] for value in key.values)]))
            if key.class_name:
                lines.append(f"C\t{path}\t{key.class_name}")
            lines.append(f"S\t{path}\t{key.security}")
        return lines

    def create(self, path, class_name=None, security=None):
        above, _, name = path.rpartition("\\")
        parent, key = self.keys[above], Key(TIME)
        place = sum(upper(it) < upper(name) for it in parent.subkeys)
        parent.subkeys.insert(place, name)
        parent.time = TIME
        key.class_name, key.security = class_name, security or parent.security
        self.keys[path] = key

    def delete(self, path):
        above, _, name = path.rpartition("\\")
        self.keys[above].subkeys.remove(name)
        self.keys[above].time = TIME
        for below in self.below(path):
            del self.keys[below]

    def below(self, path):
        """A key and all below it."""
        found = [path]
        for at in found:
            found += [f"{at}\\{name}" if at else name for name in self.keys[at].subkeys]
        return found

    def value(self, path, name):
        """The place of a value; none where there is none."""
        wanted = upper(name)
        names = (place for place, value in enumerate(self.keys[path].values) if upper(value[0]) == wanted)
        return next(names, None)

    def set(self, path, name, kind, data, place=None):
        key = self.keys[path]
        entry = (kind, len(data), digest(data))
        old = self.value(path, name)
        if old is not None:
            key.values[old] = (key.values[old][0], *entry)
        else:
            key.values.insert(len(key.values) if place is None else place, (name, *entry))
        key.time = TIME

    def unset(self, path, name):
        del self.keys[path].values[self.value(path, name)]
        self.keys[path].time = TIME


def plain(text):
    """Nothing in it is escaped, nor would break a script's lines."""
    return text.isprintable() and "�" not in text


class Edits:
    """Random edits: made to a model, and written down as a script."""

    def __init__(self, model, random, descriptors, hivex=False):
        self.model, self.random, self.descriptors, self.hivex = model, random, descriptors, hivex
        self.script = []
        # Few keys, so that edits meet each other.
        paths = self.all()
        self.hot = random.sample(paths, min(12, len(paths)))

    def all(self):
        return sorted(path for path in self.model.keys if self.editable(path))

    def editable(self, path):
        names = self.model.keys[path].subkeys
        # hivex writes all values of a key anew, and data in one cell whatever its length: where version 1.5 has segments,
        # others cannot read it then.
        if self.hivex and any(length > 16_344 for _, _, length, _ in self.model.keys[path].values):
            return False
        return plain(path) and path.count("\\") < 400 and all(map(plain, names)) and "\\\\" not in path

    def name(self):
        letters = ["abcdABCD_", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-/,{}", "äöÜéß", "ЖжКлючДд日本語€", "😀a"]
        # hivex upcases ASCII alone, and puts names in order by their lengths in UTF-8.
        letters = self.random.choice(letters[:2] if self.hivex else letters)
        most = self.random.choice([2, 8, 30] if letters != "😀a" else [3])
        return "".join(self.random.choices(letters, k=self.random.randint(1, most)))

    def data(self, kind):
        random = self.random
        if kind == 4:
            return random.randbytes(4)
        if kind in (1, 2):
            return (self.name() * random.choice([1, 1, 1, 200])).encode("utf-16-le") + b"\0\0"
        longest = [16_340, 16_400] if random.random() < 0.5 else [30_000, 50_000]
        longest = [16_300, 16_344] if self.hivex else longest
        low, high = random.choice([[0, 6], [0, 6], [0, 300], [0, 300], [4000, 4100], longest])
        return random.randbytes(random.randint(low, high))

    def key(self):
        while True:
            path = self.random.choice(self.hot)
            if path in self.model.keys and self.editable(path):
                return path
            self.hot.remove(path)
            if not self.hot:
                self.hot = [self.random.choice(self.all())]

    def say(self, *fields):
        self.script.append("\t".join(map(str, fields)))

    def some(self, number):
        for _ in range(number):
            edits = [(self.create, 5), (self.delete, 1), (self.set, 6), (self.change, 3), (self.unset, 3)]
            if not self.hivex:
                edits += [(self.insert, 1), (self.set_class, 1), (self.secure, 2), (self.many, 0.3)]
            self.random.choices([it for it, _ in edits], [weight for _, weight in edits])[0]()
        return self.script

    def create(self):
        above, name = self.key(), self.name()
        path = f"{above}\\{name}" if above else name
        if any(upper(it) == upper(name) for it in self.model.keys[above].subkeys):
            return
        self.hot.append(path)
        if self.hivex or self.random.random() < 0.5:
            self.model.create(path)
            self.say("key", path)
            return
        class_name = self.random.choice(["", self.name()])
        descriptor = self.random.choice([b"", self.random.choice(self.descriptors)])
        self.model.create(path, class_name, digest(descriptor) if descriptor else None)
        self.say("new", path, class_name, descriptor.hex())

    def many(self):
        """So many subkeys and values that lists grow, and are cut in two."""
        above = self.key()
        for number in range(self.random.choice([40, 600])):
            name = f"n{number * 7919 % 1000:03}"
            path = f"{above}\\{name}" if above else name
            if path not in self.model.keys and not any(upper(it) == upper(name) for it in self.model.keys[above].subkeys):
                self.model.create(path)
                self.say("key", path)
            self.model.set(above, name, 3, name.encode())
            self.say("set", above, name, 3, name.encode().hex())

    def delete(self):
        path = self.key()
        if path and len(self.model.below(path)) <= 60 and all(map(self.editable, self.model.below(path))):
            self.model.delete(path)
            self.say("delete", path)

    def set(self):
        path, name = self.key(), self.random.choice(["", self.name(), self.name(), self.name()])
        kind = self.random.choice([0, 1, 1, 2, 3, 3, 4, 4, 7, 11, 12, 0x20001, 0xFFFF0012])
        data = self.data(kind)
        self.model.set(path, name, kind, data)
        self.say("set", path, name, kind, data.hex())

    def existing(self):
        path = self.key()
        names = [value[0] for value in self.model.keys[path].values if plain(value[0]) and "\\" not in value[0]]
        return path, self.random.choice(names) if names else None

    def change(self):
        path, name = self.existing()
        if name is not None:
            data = self.data(3)
            self.model.set(path, name, 3, data)
            self.say("set", path, name, 3, data.hex())

    def unset(self):
        path, name = self.existing()
        if name is not None:
            self.model.unset(path, name)
            self.say("unset", path, name)

    def insert(self):
        path, name = self.key(), self.name()
        place = self.random.randint(0, len(self.model.keys[path].values))
        if self.model.value(path, name) is None:
            data = self.data(3)
            self.model.set(path, name, 3, data, place)
            self.say("insert", path, place, name, 3, data.hex())

    def set_class(self):
        path, name = self.key(), self.random.choice(["", self.name()])
        self.model.keys[path].class_name, self.model.keys[path].time = name, TIME
        self.say("class", path, name)

    def secure(self):
        key = self.model.keys[path := self.key()]
        key.time = TIME
        if self.random.random() < 0.5:
            key.security = self.random.choice(SDDL)
            self.say("sddl", path, key.security)
        else:
            descriptor = self.random.choice(self.descriptors)
            key.security = digest(descriptor)
            self.say("secure", path, descriptor.hex())
