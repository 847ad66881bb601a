"""Hives as Debian's reglookup (GPL-3.0) sees them, and the lines of `dump --whole` brought to the same form.

    K path <tab> last write in seconds          V path/name <tab> type [<tab> length <tab> SHA-256]
    C path <tab> class name                     S path <tab> owner, group, DACL, SACL

What reglookup does not tell is left out of both: the bytes of data other than binary, which it takes apart as it prints it;
rights, flags and types of entries that it has no name for. It knows names in ASCII, and prints the stored bytes of all others.
"""

import calendar
import hashlib
import time
from urllib.parse import unquote_to_bytes

KINDS = {
    "NONE": 0, "SZ": 1, "EXPAND_SZ": 2, "BINARY": 3, "DWORD": 4, "DWORD_BE": 5, "LINK": 6, "MULTI_SZ": 7,
    "RSRC_LIST": 8, "RSRC_DESC": 9, "RSRC_REQ_LIST": 10, "QWORD": 11,
}  # fmt: skip
ACES = {"ALLOW": 0, "DENY": 1, "AUDIT": 2, "ALARM": 3}
FLAGS = {"OI": 1, "CI": 2, "NP": 4, "IO": 8, "IA": 0x10}
RIGHTS = {
    "QRY_VAL": 1, "SET_VAL": 2, "CREATE_KEY": 4, "ENUM_KEYS": 8, "NOTIFY": 0x10, "CREATE_LNK": 0x20, "WOW64_64": 0x100,
    "WOW64_32": 0x200, "DELETE": 1 << 16, "R_CONT": 1 << 17, "W_DAC": 1 << 18, "W_OWNER": 1 << 19, "SYNC": 1 << 20,
    "SYS_SEC": 1 << 24, "MAX_ALLWD": 1 << 25, "GEN_A": 1 << 28, "GEN_X": 1 << 29, "GEN_W": 1 << 30, "GEN_R": 1 << 31,
}  # fmt: skip
# From 1601 to 1970.
EPOCH = 11_644_473_600


def stored(name):
    """The bytes of a name as hives store them: Latin-1 where that can say it."""
    return name.encode("latin-1") if all(ord(it) < 256 for it in name) else name.encode("utf-16-le", "surrogatepass")


def number(text, names):
    return sum(int(it, 16) if it.startswith("0x") else names[it] for it in text.split())


def acl(text):
    entries = []
    for entry in filter(None, text.split("|")):
        sid, kind, rights, flags = entry.split(":")
        # Bits without a name come out where they are alone.
        flags, rights = number(flags, FLAGS) & sum(FLAGS.values()), number(rights, RIGHTS) & sum(RIGHTS.values())
        entries.append(f"{ACES.get(kind, kind)}:{flags:x}:{rights:x}:{sid}")
    return ",".join(entries)


def shown(raw):
    """Bytes of a name, each as a character that does not break a line."""
    return raw.decode("latin-1").translate({at: f"\\x{at:02x}" for at in range(32)})


def theirs(output):
    """The lines of what `reglookup -H -s` prints."""
    lines, keys = [], set()
    for row in output.decode("latin-1").split("\n")[:-1]:
        path, kind, data, written, owner, group, sacl, dacl, *class_name = row.split(",")
        # Of the root's values, the path begins with two.
        path = "/".join(shown(unquote_to_bytes(it)) for it in path.replace("//", "/", path.startswith("//")).split("/"))
        if kind == "KEY":
            path = "" if path == "/" else path
            seconds = calendar.timegm(time.strptime(written, "%Y-%m-%d %H:%M:%S"))
            lines.append(f"K\t{path}\t{seconds}")
            lines.append(f"S\t{path}\t{owner} {group} {acl(dacl)} {acl(sacl)}")
            if any(class_name):
                lines.append(f"C\t{path}\t{shown(unquote_to_bytes(class_name[0]))}")
            continue
        kind = KINDS.get(kind) if kind in KINDS else int(kind, 16)
        line = f"V\t{path}\t{kind}"
        if kind == 3:
            data = b"" if data == "(null)" else unquote_to_bytes(data)
            line += f"\t{len(data)}\t{hashlib.sha256(data).hexdigest()}"
        lines.append(line)
    return lines


def ours(lines):
    """The same of the lines of `dump --whole`."""
    parts = {row[1]: row[3] for row in (line.split("\t") for line in lines) if row[0] == "D"}

    def known(acl):
        entries = []
        for entry in filter(None, acl.strip("-").split(",")):
            kind, flags, mask, sid = entry.split(":", 3)
            kind = kind if int(kind, 16) in ACES.values() else "UNKNOWN"
            flags, mask = int(flags, 16) & sum(FLAGS.values()), int(mask, 16) & sum(RIGHTS.values())
            entries.append(f"{kind}:{flags:x}:{mask:x}:{sid}")
        return ",".join(entries)

    def plain(name, wide=False):
        name = name.replace("\\\\", "\\")
        return shown(name.encode("utf-16-le", "surrogatepass") if wide and not name.isascii() else stored(name))

    found = []
    for line in lines:
        kind, path, *rest = line.split("\t")
        path = "".join(f"/{shown(stored(name))}" for name in path.split("\\")) if path else ""
        if kind == "K":
            found.append(f"K\t{path}\t{int(rest[0], 16) // 10_000_000 - EPOCH}")
        elif kind == "V":
            data = rest[1:] if rest[1] == "3" else rest[1:2]
            found.append("\t".join(["V", f"{path}/{plain(rest[0])}", *data]))
        elif kind == "C":
            # Class names are always stored as UTF-16.
            found.append(f"C\t{path}\t{plain(rest[0], wide=True)}")
        elif kind == "S":
            owner, group, _, dacl, sacl = parts[rest[0]].split(" ")
            found.append(f"S\t{path}\t{owner} {group} {known(dacl)} {known(sacl)}")
    return found
