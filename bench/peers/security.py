"""Security descriptors as Samba reads and writes them (python3-samba, GPL-3.0), in the form of `dump --whole`."""

import re

try:
    from samba.dcerpc import security
    from samba.ndr import ndr_pack, ndr_unpack
except ImportError:
    security = None

# Samba 4.17 does not know the names of rights to keys, and takes those of rights to files for something else.
RIGHTS = {
    "KA": 0xF003F, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019,
    "FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0,
}  # fmt: skip


def from_sddl(text):
    text = re.sub(r"(\([^;]*;[^;]*;)([KF][ARWX])(?=;)", lambda it: it[1] + hex(RIGHTS[it[2]]), text)
    return security.descriptor.from_sddl(text, security.dom_sid("S-1-5-21-1-2-3"))


def to_bytes(sddl):
    """A descriptor, in the order of parts that Samba uses."""
    return ndr_pack(from_sddl(sddl))


def parts(raw):
    descriptor = ndr_unpack(security.descriptor, raw)

    def entries(acl):
        if acl is None:
            return "-"
        return ",".join(f"{it.type:x}:{it.flags:x}:{it.access_mask:x}:{it.trustee}" for it in acl.aces)

    sids = [str(sid) if sid else "-" for sid in (descriptor.owner_sid, descriptor.group_sid)]
    return " ".join([*sids, f"{descriptor.type:x}", entries(descriptor.dacl), entries(descriptor.sacl)])


def says(raw, sddl):
    """Whether bytes and text are the same to Samba; none where it cannot read the text.

    Samba 4.17 cannot read integrity and trust labels, app containers, and lists that are not there.
    """
    domain = security.dom_sid("S-1-5-21-1-2-3")
    try:
        wanted = from_sddl(sddl)
    except TypeError:
        return None
    return ndr_unpack(security.descriptor, raw).as_sddl(domain) == wanted.as_sddl(domain)
