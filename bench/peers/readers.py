"""Hives as other readers see them, each as the canonical lines that crates/core/regf/examples/dump.rs prints:

    K <tab> path <tab> last write (FILETIME, hexadecimal)
    V <tab> path <tab> name <tab> type <tab> length of data <tab> SHA-256 of data

Called as `python readers.py READER HIVE [--whole] [LOG...]`, one process for each hive, since a reader may crash or hang.

With --whole, what a reader can tell beyond that comes too, as the lines O (names in their order), C (class names), and
S (SHA-256 of security descriptors) of dump.rs.
"""

import hashlib
import sys
from pathlib import Path

# Deeper than the registry's limit of 512 levels.
sys.setrecursionlimit(4000)

ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\\": "\\\\"})


def escaped(name):
    """A name with the characters escaped that would break the line; unpaired surrogates as \\uXXXX."""
    # Readers hand out surrogate pairs as two units or as one character.
    units = name.encode("utf-16-le", "surrogatepass")
    try:
        return units.decode("utf-16-le").translate(ESCAPES)
    except UnicodeDecodeError:
        pass
    text = units.decode("utf-16-le", "surrogatepass").translate(ESCAPES)
    return "".join(f"\\u{ord(c):04x}" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


def below(path, name):
    return f"{path}\\{escaped(name)}" if path else escaped(name)


def key_line(path, last_write):
    return f"K\t{path}\t{last_write:016x}"


def value_line(path, name, kind, data):
    return f"V\t{path}\t{escaped(name)}\t{kind}\t{len(data)}\t{hashlib.sha256(data).hexdigest()}"


def order_lines(path, subkeys, values):
    """The lines of the order of names; none where there are no names."""
    for kind, names in ("K", subkeys), ("V", values):
        names = [escaped(name) for name in names]
        if names:
            yield "\t".join(["O", path, kind, *names])


def hivex(hive, whole=False):
    """Debian's python3-hivex (LGPL-2.1)."""
    import hivex as peer

    h = peer.Hivex(str(hive))

    def visit(node, path):
        yield key_line(path, h.node_timestamp(node))
        if whole:
            subkeys, values = map(h.node_name, h.node_children(node)), map(h.value_key, h.node_values(node))
            yield from order_lines(path, subkeys, values)
        for value in h.node_values(node):
            kind, data = h.value_value(value)
            yield value_line(path, h.value_key(value), kind & 0xFFFFFFFF, data)
        for child in h.node_children(node):
            yield from visit(child, below(path, h.node_name(child)))

    return visit(h.root(), "")


def dissect(hive, whole=False):
    """dissect.regf (AGPL-3.0)."""
    from dissect.regf import regf

    h = regf.RegistryHive(open(hive, "rb"))

    def name_of(value):
        return "" if value.cell.NameLength == 0 else value.name

    def more(key, path):
        yield from order_lines(path, [it.name for it in key.subkeys()], map(name_of, key.values()))
        if key.cell.ClassLength:
            name = h.cell_data(key.cell.Class)[: key.cell.ClassLength].decode("utf-16-le", "surrogatepass")
            yield f"C\t{path}\t{escaped(name)}"
        descriptor = bytes(h.cell(key.cell.Security).cell.Descriptor)
        yield f"S\t{path}\t{hashlib.sha256(descriptor).hexdigest()}"

    def visit(key, path):
        yield key_line(path, key.cell.LastWriteTime)
        if whole:
            yield from more(key, path)
        for value in key.values():
            name = name_of(value)
            yield value_line(path, name, int(value.cell.Type) & 0xFFFFFFFF, bytes(value.data))
        for child in key.subkeys():
            yield from visit(child, below(path, child.name))

    return visit(h.root(), "")


def libregf(hive, whole=False):
    """libregf-python (LGPL-3.0)."""
    import pyregf

    h = pyregf.file()
    h.open(str(hive))

    def visit(key, path):
        yield key_line(path, key.get_last_written_time_as_integer())
        if whole:
            yield from order_lines(path, [it.name or "" for it in key.sub_keys], [it.name or "" for it in key.values])
            if key.class_name:
                yield f"C\t{path}\t{escaped(key.class_name)}"
        for value in key.values:
            yield value_line(path, value.name or "", value.type & 0xFFFFFFFF, value.data or b"")
        for child in key.sub_keys:
            yield from visit(child, below(path, child.name or ""))

    return visit(h.get_root_key(), "")


def regipy(hive):
    """regipy (MIT), keys alone: its values come out decoded."""
    from regipy.registry import RegistryHive

    h = RegistryHive(str(hive))

    def visit(key, path):
        yield key_line(path, key.header.last_modified)
        if key.subkey_count:
            for child in key.iter_subkeys():
                yield from visit(child, below(path, child.name))

    return visit(h.root, "")


def yarp(hive, *logs):
    """yarp (GPL-3.0), with recovery: the reference. It is in no package registry; used where somebody has it."""
    from yarp import Registry

    logs = {Path(log).suffix.upper(): open(log, "rb") for log in logs}
    h = Registry.RegistryHive(open(hive, "rb"))
    if logs:
        h.recover_auto(logs.get(".LOG"), logs.get(".LOG1"), logs.get(".LOG2"))

    def visit(key, path):
        yield key_line(path, key.key_node.get_last_written_timestamp())
        for value in key.values():
            yield value_line(path, value.name() or "", value.type_raw(), bytes(value.data_raw()))
        for child in key.subkeys():
            yield from visit(child, below(path, child.name()))

    return visit(h.root_key(), "")


READERS = {
    "hivex": hivex,
    "dissect": dissect,
    "libregf": libregf,
    "regipy": regipy,
    "yarp": yarp,
}

# Readers that tell more than keys and values.
WHOLE = {"hivex", "dissect", "libregf"}

MODULES = {
    "hivex": "hivex",
    "dissect": "dissect.regf",
    "libregf": "pyregf",
    "regipy": "regipy.registry",
    "yarp": "yarp.Registry",
}


def main():
    reader, *paths = sys.argv[1:]
    options = {"whole": True} if "--whole" in paths and reader in WHOLE else {}
    paths = [path for path in paths if path != "--whole"]
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        for line in READERS[reader](*paths, **options):
            print(line)
    except Exception as error:  # noqa: BLE001 - whatever a reader raises is what it says of the hive
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
