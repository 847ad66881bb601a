"""Hives as other readers see them, each as the canonical lines that crates/regf/examples/dump.rs prints:

    K <tab> path <tab> last write (FILETIME, hexadecimal)
    V <tab> path <tab> name <tab> type <tab> length of data <tab> SHA-256 of data

Called as `python readers.py READER HIVE [LOG...]`, one process for each hive, since a reader may crash or hang.
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


def hivex(hive):
    """Debian's python3-hivex (LGPL-2.1)."""
    import hivex as peer

    h = peer.Hivex(str(hive))

    def visit(node, path):
        yield key_line(path, h.node_timestamp(node))
        for value in h.node_values(node):
            kind, data = h.value_value(value)
            yield value_line(path, h.value_key(value), kind & 0xFFFFFFFF, data)
        for child in h.node_children(node):
            yield from visit(child, below(path, h.node_name(child)))

    return visit(h.root(), "")


def dissect(hive):
    """dissect.regf (AGPL-3.0)."""
    from dissect.regf import regf

    h = regf.RegistryHive(open(hive, "rb"))

    def visit(key, path):
        yield key_line(path, key.cell.LastWriteTime)
        for value in key.values():
            name = "" if value.cell.NameLength == 0 else value.name
            yield value_line(path, name, int(value.cell.Type) & 0xFFFFFFFF, bytes(value.data))
        for child in key.subkeys():
            yield from visit(child, below(path, child.name))

    return visit(h.root(), "")


def libregf(hive):
    """libregf-python (LGPL-3.0)."""
    import pyregf

    h = pyregf.file()
    h.open(str(hive))

    def visit(key, path):
        yield key_line(path, key.get_last_written_time_as_integer())
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

MODULES = {
    "hivex": "hivex",
    "dissect": "dissect.regf",
    "libregf": "pyregf",
    "regipy": "regipy.registry",
    "yarp": "yarp.Registry",
}


def main():
    reader, *paths = sys.argv[1:]
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        for line in READERS[reader](*paths):
            print(line)
    except Exception as error:  # noqa: BLE001 - whatever a reader raises is what it says of the hive
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
