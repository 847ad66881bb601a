//! Real descriptors, and invalid ones.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Guid;

// Read from the `sk` cells of public hives with dissect.regf: Windows 7 and 10 from mkorman90/regipy (MIT),
// Windows XP from BitCurator/bcc-dfa-sample-data (CC-BY-4.0), NT 4 from skelsec/aiowinreg (MIT).

/// The root of SYSTEM, Windows 10 1709.
const WIN10_ROOT: &str = "0100149c7001000080010000000000001400000002005c010c0000000000180019000200010200000000000520000000\
     21020000000a18000000008001020000000000052000000021020000000018003f000f00010200000000000520000000\
     20020000000a18000000001001020000000000052000000020020000000014003f000f00010100000000000512000000\
     000a140000000010010100000000000512000000000018003f000f0001020000000000052000000020020000000a1400\
     000000100101000000000003000000000000180019000200010200000000000f0200000001000000000a180000000080\
     010200000000000f02000000010000000000380019000200010a00000000000f0300000000040000b031803f6cbc634c\
     3ce050d1970ca1620f01cb197e7aa6c0fae697f119a30cce000a380000000080010a00000000000f0300000000040000\
     b031803f6cbc634c3ce050d1970ca1620f01cb197e7aa6c0fae697f119a30cce01020000000000052000000020020000\
     010100000000000512000000";

/// `Control\Terminal Server\RCM`, Windows 10 1709.
const WIN10_RCM: &str = "0100148c500200005c020000000000001400000002003c0213000000000028003f000300010600000000000550000000\
     6634961ab9aaf15c193012f895ce4874a0fd4e30000a2800ff0103000106000000000005500000006634961ab9aaf15c\
     193012f895ce4874a0fd4e30000028003f000300010600000000000550000000428438f6a00cf3c69c706cb049cbf7d8\
     9a81446f000a2800ff010300010600000000000550000000428438f6a00cf3c69c706cb049cbf7d89a81446f00101400\
     3f000f00010100000000000512000000001a140000000010010100000000000512000000001018003f000f0001020000\
     000000052000000020020000001a18000000001001020000000000052000000020020000001014003900020001010000\
     000000050b000000001b1400000000a001010000000000050b000000001018003f000f00010200000000000520000000\
     41020000001a180000000010010200000000000520000000410200000010180019000200010200000000000520000000\
     21020000001a18000000008001020000000000052000000021020000001a140000000010010100000000000300000000\
     0010180019000200010200000000000f0200000001000000001a180000000080010200000000000f0200000001000000\
     0010380019000200010a00000000000f0300000000040000b031803f6cbc634c3ce050d1970ca1620f01cb197e7aa6c0\
     fae697f119a30cce001a380000000080010a00000000000f0300000000040000b031803f6cbc634c3ce050d1970ca162\
     0f01cb197e7aa6c0fae697f119a30cce010100000000000512000000010100000000000512000000";

/// `…\RCM\Secrets`, Windows 10 1709; on Windows 7 it differs in one flag (no `AI` for an absent SACL).
const WIN10_SECRETS: &str = "01000488440000005000000000000000140000000200300002000000000014003f000f00010100000000000514000000\
     000014003f000f00010100000000000512000000010100000000000514000000010100000000000514000000";

/// `…\RCM\Licensing Core`, Windows 7.
const WIN7_LICENSING_CORE: &str = "01000484a8010000b80100000000000014000000020094010d000000000028003f000300010600000000000550000000\
     6634961ab9aaf15c193012f895ce4874a0fd4e30000a2800ff0103000106000000000005500000006634961ab9aaf15c\
     193012f895ce4874a0fd4e30000028003f000300010600000000000550000000428438f6a00cf3c69c706cb049cbf7d8\
     9a81446f000a2800ff010300010600000000000550000000428438f6a00cf3c69c706cb049cbf7d89a81446f00102800\
     3f0003000106000000000005500000006634961ab9aaf15c193012f895ce4874a0fd4e30001a2800ff01030001060000\
     00000005500000006634961ab9aaf15c193012f895ce4874a0fd4e300010180019000200010200000000000520000000\
     21020000001a18000000008001020000000000052000000021020000001018003f000f00010200000000000520000000\
     20020000001a18000000001001020000000000052000000020020000001014003f000f00010100000000000512000000\
     001a140000000010010100000000000512000000001a1400000000100101000000000003000000000102000000000005\
     200000002002000001020000000000052000000020020000";

/// `Control\Terminal Server`, Windows XP.
const WINXP_TERMINAL_SERVER: &str = "01000484e8000000f800000000000000140000000200d400090000000010180019000200010200000000000520000000\
     21020000001a180000000080010200000000000520000000210200000010180019000200010200000000000520000000\
     23020000001a18000000008001020000000000052000000023020000001018003f000f00010200000000000520000000\
     20020000001a18000000001001020000000000052000000020020000001014003f000f00010100000000000512000000\
     001a140000000010010100000000000512000000001a1400000000100101000000000003000000000102000000000005\
     2000000020020000010100000000000512000000";

/// `Control`, NT 4 Server: the DACL has 140 unused bytes after its last ACE.
const NT4_CONTROL: &str = "01000480140100002401000000000000140000000200000105000000000218001f000300010200000000000520000000\
     250200000002140019000200010100000000000100000000000218003f000f0001020000000000052000000020020000\
     000214003f000f00010100000000000512000000000214003f000f000101000000000003000000000000000000000000\
     000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
     000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
     000000000000000000000000000000000000000000000000000000000000000000000000010200000000000520000000\
     20020000010500000000000515000000a065cf7e784b9b5fe77c877001020000";

/// What [MS-DTYP] 2.5.1.4 prints as the bytes of [`SPECIFICATION_TEXT`].
const SPECIFICATION: &str = "010014b090000000a00000001400000030000000\
     02001c000100000002801400000000800101000000000001000000000200600004000000000318000000\
     00a00102000000000005200000002102000000031800000000100102000000000005200000002002\
     0000000314000000001001010000000000051200000000031400000000100101000000000003000000\
     000102000000000005200000002002000001020000000000052000000020020000";
const SPECIFICATION_TEXT: &str =
    "O:BAG:BAD:P(A;CIOI;GRGX;;;BU)(A;CIOI;GA;;;BA)(A;CIOI;GA;;;SY)(A;CIOI;GA;;;CO)S:P(AU;FA;GR;;;WD)";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().map(|it| u8::try_from(it.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn parse(hex: &str) -> SecurityDescriptor {
    SecurityDescriptor::from_bytes(&bytes(hex)).unwrap()
}

fn sid(text: &str) -> Sid {
    Sid::from_sddl(text).unwrap()
}

#[test]
fn the_specification_s_example() {
    let descriptor: SecurityDescriptor = SPECIFICATION_TEXT.parse().unwrap();
    assert_eq!(descriptor.encode(), bytes(SPECIFICATION));
    assert_eq!(parse(SPECIFICATION), descriptor);
    assert_eq!(
        descriptor.to_sddl().unwrap(),
        "O:BAG:BAD:P(A;OICI;GXGR;;;BU)(A;OICI;GA;;;BA)(A;OICI;GA;;;SY)(A;OICI;GA;;;CO)S:P(AU;FA;GR;;;WD)"
    );
}

#[test]
fn real_descriptors_as_text() {
    // Checked against Samba's security.descriptor().as_sddl(): the same ACEs, with the rights in another
    // order.
    for (hex, text) in [
        (WIN10_SECRETS, "O:NSG:NSD:(A;;KA;;;NS)(A;;KA;;;SY)"),
        (
            WINXP_TERMINAL_SERVER,
            "O:BAG:SYD:AI(A;ID;KR;;;BU)(A;CIIOID;GR;;;BU)(A;ID;KR;;;PU)(A;CIIOID;GR;;;PU)(A;ID;KA;;;BA)\
             (A;CIIOID;GA;;;BA)(A;ID;KA;;;SY)(A;CIIOID;GA;;;SY)(A;CIIOID;GA;;;CO)",
        ),
        (
            WIN7_LICENSING_CORE,
            "O:BAG:BAD:AI\
             (A;;CCDCLCSWRPWPSDRC;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
             (A;CIIO;CCDCLCSWRPWPDTLOCRSDRC;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
             (A;;CCDCLCSWRPWPSDRC;;;S-1-5-80-4130899010-3337817248-2959896732-3640118089-1866760602)\
             (A;CIIO;CCDCLCSWRPWPDTLOCRSDRC;;;S-1-5-80-4130899010-3337817248-2959896732-3640118089-1866760602)\
             (A;ID;CCDCLCSWRPWPSDRC;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
             (A;CIIOID;CCDCLCSWRPWPDTLOCRSDRC;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
             (A;ID;KR;;;BU)(A;CIIOID;GR;;;BU)(A;ID;KA;;;BA)(A;CIIOID;GA;;;BA)(A;ID;KA;;;SY)(A;CIIOID;GA;;;SY)\
             (A;CIIOID;GA;;;CO)",
        ),
        (
            NT4_CONTROL,
            "O:BAG:S-1-5-21-2127521184-1604012920-1887927527-513D:(A;CI;CCDCLCSWRPSDRC;;;SO)(A;CI;KR;;;WD)\
             (A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CI;KA;;;CO)",
        ),
    ] {
        let mut descriptor = parse(hex);
        assert_eq!(descriptor.to_sddl().unwrap(), text);
        // Text cannot represent a flag of an absent list.
        descriptor.set_control(Control::SACL_AUTO_INHERITED, false);
        assert_eq!(text.parse::<SecurityDescriptor>().unwrap(), descriptor);
    }
    assert!(parse(WIN10_ROOT).to_sddl().unwrap().starts_with("O:BAG:SYD:PAI(A;;KR;;;BU)(A;CIIO;GR;;;BU)"));
}

#[test]
fn the_host_s_key_says_who_may_change_the_licensing_mode() {
    let rcm = parse(WIN10_RCM);
    assert_eq!(rcm.owner().and_then(Sid::name).as_deref(), Some(r"NT AUTHORITY\SYSTEM"));
    let on_rcm = |who: &Sid| rcm.granted(std::slice::from_ref(who));
    assert_eq!(on_rcm(&Sid::of_service("TermService")), AccessMask(0x3003F));
    assert_eq!(on_rcm(&Sid::of_service("VmHostAgent")), AccessMask(0x3003F));
    assert_eq!(on_rcm(&sid("BA")), AccessMask::KEY_ALL_ACCESS);
    assert_eq!(on_rcm(&sid("MS")), AccessMask::KEY_ALL_ACCESS);
    assert_eq!(on_rcm(&sid("BU")), AccessMask::KEY_READ);
    assert!(!rcm.grants(&[sid("BU"), sid("AU"), sid("WD")], AccessMask::KEY_SET_VALUE));
    // CREATOR OWNER has an inherit-only ACE, which does not apply to this key.
    assert!(on_rcm(&sid("CO")).is_empty());

    let secrets = parse(WIN10_SECRETS);
    assert!(secrets.granted(&[sid("BA")]).is_empty());
    assert_eq!(secrets.granted(&[sid("NS")]), AccessMask::KEY_ALL_ACCESS);
    assert_eq!(
        Sid::of_service("TermService").service().map(|service| service.title),
        Some("Remote Desktop Services")
    );
}

#[test]
fn the_first_entry_decides() {
    let users = &[sid("BU"), sid("WD")];
    let granted = |text: &str| text.parse::<SecurityDescriptor>().unwrap().granted(users);
    assert_eq!(granted("O:SYD:(D;;DC;;;WD)(A;;KA;;;BU)"), AccessMask(0xF003D));
    assert_eq!(granted("O:SYD:(A;;KA;;;BU)(D;;DC;;;WD)"), AccessMask::KEY_ALL_ACCESS);
    assert_eq!(granted("O:SYD:(D;IO;KA;;;WD)(A;;GR;;;WD)"), AccessMask::KEY_READ);
    assert_eq!(granted("O:SYD:"), AccessMask(0));
    // An absent and a null DACL: everyone has full access.
    assert_eq!(granted("O:SY"), AccessMask::KEY_ALL_ACCESS);
    assert_eq!(granted("O:SYD:NO_ACCESS_CONTROL"), AccessMask::KEY_ALL_ACCESS);
    // The owner may change the list, unless OWNER RIGHTS specifies other rights.
    assert_eq!(granted("O:BUD:"), AccessMask::READ_CONTROL | AccessMask::WRITE_DAC);
    assert_eq!(granted("O:BUD:(A;;RC;;;OW)"), AccessMask::READ_CONTROL);
    assert_eq!(granted("O:BUD:(D;;WD;;;BU)"), AccessMask::READ_CONTROL | AccessMask::WRITE_DAC);
}

#[test]
fn unchanged_bytes_come_back_and_changed_ones_are_put_in_order() {
    let mut nt4 = parse(NT4_CONTROL);
    assert_eq!(nt4.to_bytes(), bytes(NT4_CONTROL));
    assert_eq!(
        nt4.encode().len(),
        bytes(NT4_CONTROL).len() - 140,
        "the unused bytes of the list are left out"
    );
    nt4.set_owner(Some(sid("NS")));
    assert_eq!(nt4.raw(), None);
    assert_eq!(SecurityDescriptor::from_bytes(&nt4.to_bytes()).unwrap(), nt4);
    assert_eq!(nt4.owner(), Some(&sid("NS")));

    for canonical in [WIN10_ROOT, WIN10_RCM, WIN10_SECRETS, WIN7_LICENSING_CORE, WINXP_TERMINAL_SERVER] {
        let descriptor = parse(canonical);
        assert_eq!(descriptor.encode(), bytes(canonical));
    }
}

#[test]
fn a_made_descriptor() {
    let dacl = Acl::new([Ace::allow(AccessMask::KEY_ALL_ACCESS, sid("NS"))]).unwrap();
    let made = SecurityDescriptor::new(sid("NS"), sid("NS"), dacl);
    assert_eq!(made.to_sddl().unwrap(), "O:NSG:NSD:(A;;KA;;;NS)");
    assert_eq!(SecurityDescriptor::from_bytes(&made.to_bytes()).unwrap(), made);
    assert_eq!("O:NSG:NSD:(A;;KA;;;NS)".parse(), Ok(made));
}

#[test]
fn labels_have_their_own_rights() {
    let text = "S:(ML;CI;NWNX;;;LW)(TL;;0x20019;;;S-1-19-512-4096)(SP;;;;;S-1-17-1)";
    let descriptor: SecurityDescriptor = text.parse().unwrap();
    let aces = descriptor.sacl().unwrap().aces();
    assert_eq!((aces[0].kind, aces[0].mask()), (AceKind::MANDATORY_LABEL, Some(AccessMask(5))));
    assert_eq!(aces[1].kind, AceKind::TRUST_LABEL);
    assert_eq!(descriptor.to_sddl().unwrap(), text.replace("0x20019", "KR"));
    assert!(!descriptor.control().contains(Control::DACL_PRESENT));
}

#[test]
fn object_entries() {
    // From Microsoft, "Security Descriptor String Format", String 2.
    let text = "D:(OA;;CCDC;bf967aba-0de6-11d0-a285-00aa003049e2;;AO)S:(AU;SAFA;CCDCSWWPSDWDWO;;;WD)";
    let descriptor: SecurityDescriptor = text.parse().unwrap();
    let dacl = descriptor.dacl().unwrap();
    assert_eq!((dacl.revision(), dacl.aces()[0].stored_len()), (4, 0x2c));
    assert_eq!(descriptor.sacl().unwrap().aces()[0].mask(), Some(AccessMask(0xd002b)));
    assert_eq!(descriptor.to_sddl().unwrap(), text);
    assert_eq!(SecurityDescriptor::from_bytes(&descriptor.encode()).unwrap(), descriptor);
    let plain: SecurityDescriptor = "D:(OA;;CC;;;WD)".parse().unwrap();
    assert_eq!(plain.to_sddl().unwrap(), "D:(A;;CC;;;WD)");
}

#[test]
fn conditions_are_kept_as_bytes_and_refused_as_text() {
    let ace = Ace {
        kind: AceKind::ALLOWED_CALLBACK,
        flags: AceFlags::default(),
        body: AceBody::Simple { mask: AccessMask::KEY_READ, sid: sid("WD"), data: b"artx\0\0\0\0".to_vec() },
    };
    let unknown = Ace { kind: AceKind(0x42), flags: AceFlags(0x20), body: AceBody::Unknown(vec![1, 2, 3]) };
    let dacl = Acl::new([ace.clone(), unknown]).unwrap();
    let descriptor = SecurityDescriptor::new(sid("SY"), sid("SY"), dacl);
    assert_eq!(SecurityDescriptor::from_bytes(&descriptor.encode()).unwrap(), descriptor);
    assert_eq!(descriptor.to_sddl(), Err(Unprintable { list: "DACL", index: 0, kind: ace.kind }));
    assert!(descriptor.has_conditions());
    assert!(descriptor.granted(&[sid("WD")]).is_empty());

    let refused = |text: &str| text.parse::<SecurityDescriptor>().unwrap_err();
    assert_eq!(
        refused("D:AI(XA;OICI;FA;;;WD;(OctetStringType==#1#2#3##))").to_string(),
        "SDDL, character 5: entries of type XA have a condition or an attribute, which SDDL text here does not support"
    );
    assert_eq!(refused(r#"S:(RA;CI;;;;S-1-1-0; ("Project",TS,0,"Windows"))"#).at, 3);
}

#[test]
fn faulty_text_is_located() {
    for (text, at, problem) in [
        ("X:SY", 0, "expected O:, G:, D: or S:"),
        ("O:SYG:SY,", 8, "expected O:, G:, D: or S:"),
        ("O:SYO:SY", 4, "O: occurs twice"),
        ("O:QQ", 2, "“QQ” is not the alias of an account"),
        (
            "O:DAG:SY",
            2,
            "“DA” is the alias of an account of a domain or machine: use its S-1-5-21-… SID instead",
        ),
        ("O:S-1-5-18-G:SY", 2, "expected each sub-authority as a decimal number below 2^32"),
        ("O:é", 2, "“é” is not the alias of an account"),
        ("D:(A;;KA;;;SY", 2, "the entry is not closed by )"),
        ("D:(A;;KA;;SY)", 2, "an entry has 6 fields separated by ;, found 5"),
        ("D:(B;;KA;;;SY)", 3, "“B” is not an ACE type"),
        ("D:(A;CIXX;KA;;;SY)", 7, "“XX” is not an ACE flag: expected CI, OI, NP, IO, ID, SA or FA"),
        ("D:(A;;KAK;;;SY)", 8, "“K” is not an access right"),
        ("D:(A;;0x100000000;;;SY)", 6, "“0x100000000” is not an access right"),
        ("D:(A;;08;;;SY)", 6, "“08” is not an access right"),
        ("D:(OA;;KA;1;;SY)", 10, "expected a GUID of the form XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX"),
        ("D:(A;;KA;bf967aba-0de6-11d0-a285-00aa003049e2;;SY)", 9, "entries of type A have no object types"),
        ("D:NO_ACCESS_CONTROL(A;;KA;;;SY)", 19, "NO_ACCESS_CONTROL cannot be followed by entries"),
    ] {
        let error = text.parse::<SecurityDescriptor>().unwrap_err();
        assert_eq!((error.at, error.problem.to_string().as_str()), (at, problem), "{text}");
    }
}

#[test]
fn white_space_numbers_and_case() {
    let loose = "o:sy g:S-1-5-18\r\n d:pai\n (a;ci;0xf003f;;;ba)\n (A;;010;;;WD) (A;;16;;;WD) ";
    let descriptor: SecurityDescriptor = loose.parse().unwrap();
    assert_eq!(descriptor.to_sddl().unwrap(), "O:SYG:SYD:PAI(A;CI;KA;;;BA)(A;;SW;;;WD)(A;;RP;;;WD)");
    let authority: SecurityDescriptor = "O:S-1-0x0123456789AB-1D:".parse().unwrap();
    assert_eq!(authority.to_sddl().unwrap(), "O:S-1-0x0123456789AB-1D:");
}

#[test]
fn damaged_bytes_are_located() {
    let error = |change: fn(&mut Vec<u8>)| {
        let mut bytes = bytes(WIN10_SECRETS);
        change(&mut bytes);
        SecurityDescriptor::from_bytes(&bytes).unwrap_err()
    };
    assert_eq!(error(|it| it.truncate(6)).offset, 4);
    assert_eq!(error(|it| it[0] = 2).offset, 0);
    assert_eq!(error(|it| it[3] = 0).problem, SecurityProblem::NotSelfRelative(4));
    assert_eq!(error(|it| it[4] = 7).problem, SecurityProblem::Offset { what: "the owner", found: 7 });
    assert_eq!(
        error(|it| it[5] = 1),
        SecurityError {
            offset: 92,
            problem: SecurityProblem::Truncated { what: "the owner", needed: 0x144, available: 0 }
        }
    );
    assert_eq!(
        error(|it| it[20] = 9).problem,
        SecurityProblem::Revision { what: "the DACL", found: 9, expected: "1 to 4" }
    );
    assert_eq!(
        error(|it| it[22] = 7).problem,
        SecurityProblem::Size { what: "the DACL", found: 7, least: 8 }
    );
    assert_eq!(error(|it| it[24] = 3).offset, 68, "a third entry where the list ends");
    assert_eq!(error(|it| it[30] = 3).problem, SecurityProblem::Size { what: "an ACE", found: 3, least: 4 });
    assert_eq!(error(|it| it[37] = 16).problem, SecurityProblem::SubAuthorities(16));
}

#[test]
fn a_list_that_cannot_be_stored_is_refused() {
    let ace = Ace::allow(AccessMask::KEY_READ, sid("WD"));
    let most = (usize::from(u16::MAX) - 8) / ace.stored_len();
    let full = Acl::new(vec![ace.clone(); most]).unwrap();
    let descriptor = SecurityDescriptor::new(sid("SY"), sid("SY"), full);
    assert_eq!(SecurityDescriptor::from_bytes(&descriptor.encode()).unwrap(), descriptor);
    assert!(Acl::new(vec![ace; most + 1]).is_err());
    let long = "D:".to_owned() + &"(A;;KR;;;WD)".repeat(most + 1);
    assert_eq!(long.parse::<SecurityDescriptor>().unwrap_err().problem, SddlProblem::TooLarge);
}

#[test]
fn flags_without_their_list_are_not_looked_at() {
    // The offsets of both lists are set, the two flags are not: Windows sees no lists.
    let mut bytes = bytes(SPECIFICATION);
    bytes[2] = 0;
    let descriptor = SecurityDescriptor::from_bytes(&bytes).unwrap();
    assert_eq!((descriptor.dacl(), descriptor.sacl()), (None, None));
    assert_eq!(descriptor.to_bytes(), bytes);
    assert_eq!(descriptor.to_sddl().unwrap(), "O:BAG:BA");
}

fn any_sid() -> impl Strategy<Value = Sid> {
    let known = (0..WELL_KNOWN.len()).prop_map(|at| WELL_KNOWN[at].sid());
    let free = (0_u64..1 << 48, vec(any::<u32>(), 0..=15))
        .prop_map(|(authority, subs)| Sid::new(authority, subs).unwrap());
    prop_oneof![known, free]
}

/// ACEs that text can represent.
fn any_text_ace() -> impl Strategy<Value = Ace> {
    let flags = any::<u8>().prop_map(|bits| AceFlags(bits & !0x20));
    let mask = || prop_oneof![any::<u32>(), Just(0xF003F), Just(0x20019), 0..8_u32].prop_map(AccessMask);
    let simple = [0x00, 0x01, 0x02, 0x03, 0x11, 0x13, 0x14].map(AceKind);
    let simple = (prop::sample::select(simple.to_vec()), flags.clone(), mask(), any_sid())
        .prop_map(|(kind, flags, mask, sid)| Ace::new(kind, flags, mask, sid));
    let guid = any::<[u8; 16]>().prop_map(Guid::from_bytes);
    let guids = prop_oneof![
        guid.clone().prop_map(|it| (Some(it), None)),
        guid.clone().prop_map(|it| (None, Some(it))),
        (guid.clone(), guid).prop_map(|(one, two)| (Some(one), Some(two))),
    ];
    let object = prop::sample::select([5, 6, 7, 8].map(AceKind).to_vec());
    let object = (object, flags, mask(), guids, any_sid()).prop_map(
        |(kind, flags, mask, (object_type, inherited_object_type), sid)| {
            let data = Vec::new();
            let body =
                AceBody::Object { mask, other_flags: 0, object_type, inherited_object_type, sid, data };
            Ace { kind, flags, body }
        },
    );
    prop_oneof![4 => simple, 1 => object]
}

fn any_ace() -> impl Strategy<Value = Ace> {
    let kept = (any::<u8>(), any::<u8>(), vec(any::<u8>(), 0..40)).prop_map(|(kind, flags, bytes)| Ace {
        kind: AceKind(kind | 0x40),
        flags: AceFlags(flags),
        body: AceBody::Unknown(bytes),
    });
    let callback = (any_sid(), any::<u32>(), vec(any::<u8>(), 0..40)).prop_map(|(sid, mask, data)| Ace {
        kind: AceKind::DENIED_CALLBACK,
        flags: AceFlags::default(),
        body: AceBody::Simple { mask: AccessMask(mask), sid, data },
    });
    prop_oneof![4 => any_text_ace(), 1 => kept, 1 => callback]
}

/// `None`: no list; `Some(None)`: the null list.
type AnyList = Option<Option<Acl>>;

fn any_list<S: Strategy<Value = Ace>>(ace: S) -> impl Strategy<Value = AnyList> {
    let acl = vec(ace, 0..12).prop_map(|aces| Some(Some(Acl::new(aces).unwrap())));
    prop_oneof![1 => Just(None), 1 => Just(Some(None)), 4 => acl]
}

fn any_descriptor<S: Strategy<Value = Ace>>(ace: fn() -> S) -> impl Strategy<Value = SecurityDescriptor> {
    let parts = (prop::option::of(any_sid()), prop::option::of(any_sid()), any_list(ace()), any_list(ace()));
    (parts, any::<u16>()).prop_map(|((owner, group, dacl, sacl), flags)| {
        let mut descriptor = SecurityDescriptor::default();
        descriptor.set_owner(owner);
        descriptor.set_group(group);
        // Text does not contain the flags of an absent list.
        let mut kept = 0;
        if let Some(acl) = dacl {
            descriptor.set_dacl(acl);
            kept |= 0x1500;
            descriptor.set_control(Control::DACL_PRESENT, true);
        }
        if let Some(acl) = sacl {
            descriptor.set_sacl(acl);
            kept |= 0x2A00;
            descriptor.set_control(Control::SACL_PRESENT, true);
        }
        descriptor.set_control(Control(flags & kept), true);
        descriptor
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_again(descriptor in any_descriptor(any_text_ace)) {
        let text = descriptor.to_sddl().unwrap();
        prop_assert_eq!(text.parse::<SecurityDescriptor>().unwrap(), descriptor, "{}", text);
    }

    #[test]
    fn what_is_encoded_is_read_again(descriptor in any_descriptor(any_ace)) {
        let bytes = descriptor.encode();
        let again = SecurityDescriptor::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&again, &descriptor);
        prop_assert_eq!(again.encode(), bytes);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..400)) {
        let _ = SecurityDescriptor::from_bytes(&bytes);
        let _ = Sid::from_bytes(&bytes);
    }

    #[test]
    fn no_damage_makes_it_panic(changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in 0_usize..20) {
        for hex in [WIN10_RCM, NT4_CONTROL, SPECIFICATION] {
            let mut bytes = bytes(hex);
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            bytes.truncate(bytes.len() - cut);
            if let Ok(descriptor) = SecurityDescriptor::from_bytes(&bytes) {
                prop_assert_eq!(descriptor.to_bytes(), bytes);
                prop_assert_eq!(&SecurityDescriptor::from_bytes(&descriptor.encode()).unwrap(), &descriptor);
                let _ = descriptor.to_sddl();
                let _ = descriptor.granted(&[sid("WD"), sid("BA")]);
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "([OGDS]:)?[PARI]{0,4}([(]?(A|D|OA|XA|ML);(CI|OI|é)*;(KA|GR|0x1|😀)?;;;(SY|S-1-0x|S-1-5-[0-9-]{0,30})[)]?){0,3}") {
        let _ = text.parse::<SecurityDescriptor>();
        let _ = text.parse::<Sid>();
        let _ = Sid::from_sddl(&text);
    }

    #[test]
    fn no_characters_make_it_panic(text in "\\PC{0,60}") {
        let _ = text.parse::<SecurityDescriptor>();
        let _ = text.parse::<Sid>();
    }
}
