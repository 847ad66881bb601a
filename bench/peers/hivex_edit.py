"""Carries out a script of edits with hivex (LGPL-2.1): `python hivex_edit.py HIVE < SCRIPT`.

The script is that of crates/core/regf/examples/edit.rs, of which hivex can do `key`, `set`, `unset` and `delete`.
"""

import sys

import hivex


def find(h, path):
    node = h.root()
    for name in path.split("\\") if path else []:
        node = h.node_get_child(node, name)
        if not node:
            sys.exit(f"there is no key {path}")
    return node


def apply(h, fields):
    match fields:
        case ["key", path]:
            above, _, name = path.rpartition("\\")
            h.node_add_child(find(h, above), name)
        case ["set", path, name, kind, data]:
            # Its Python module takes the type as a signed number.
            kind = int(kind) - (1 << 32 if int(kind) >> 31 else 0)
            h.node_set_value(find(h, path), {"key": name, "t": kind, "value": bytes.fromhex(data)})
        case ["unset", path, name]:
            node = find(h, path)
            kept = []
            for value in h.node_values(node):
                if h.value_key(value).lower() != name.lower():
                    kind, data = h.value_value(value)
                    kept.append({"key": h.value_key(value), "t": kind, "value": data})
            h.node_set_values(node, kept)
        case ["delete", path]:
            h.node_delete_child(find(h, path))
        case _:
            sys.exit(f"hivex cannot: {fields}")


def main():
    h = hivex.Hivex(sys.argv[1], write=True)
    for line in sys.stdin.buffer.read().decode("utf-8").split("\n"):
        if line:
            apply(h, line.split("\t"))
    h.commit(None)


if __name__ == "__main__":
    main()
