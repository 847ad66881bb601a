use super::element::dotted;
use super::*;

#[test]
fn numbers_survive_a_round_trip() {
    for number in [0, 1, 127, 128, 255, 256, 65535, -1, -128, -129, i64::MAX, i64::MIN] {
        let mut writer = Writer::default();
        writer.number(INTEGER, number);
        let bytes = writer.into_bytes();
        assert_eq!(Reader::new(&bytes).number(INTEGER), Ok(number), "{bytes:02X?}");
    }
}

#[test]
fn lengths_survive_a_round_trip() {
    for length in [0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 20] {
        let mut writer = Writer::default();
        writer.octets(vec![7; length]);
        let bytes = writer.into_bytes();
        assert_eq!(Reader::new(&bytes).content(OCTET_STRING).map(<[u8]>::len), Ok(length));
    }
}

#[test]
fn long_forms_of_a_length_are_read() {
    for (bytes, content) in [
        (&[0x04, 0x01, 0xAA][..], &[0xAA][..]),
        (&[0x04, 0x81, 0x01, 0xAA], &[0xAA]),
        (&[0x04, 0x84, 0, 0, 0, 1, 0xAA], &[0xAA]),
        (&[0x04, 0x00], &[]),
    ] {
        let mut reader = Reader::new(bytes);
        assert_eq!(reader.element().unwrap().content, content);
        assert_eq!(reader.finish(), Ok(()));
    }
}

#[test]
fn malformed_heads_are_refused() {
    let truncated = |needed, left| Defect::Truncated { needed, left };
    for (bytes, defect) in [
        (&[][..], truncated(2, 0)),
        (&[0x04], truncated(2, 1)),
        (&[0x04, 0x02, 0xAA], truncated(4, 3)),
        (&[0x04, 0x82, 0x01], truncated(4, 3)),
        (&[0x30, 0x80, 0, 0], Defect::Length(0x80)),
        (&[0x04, 0x85, 0, 0, 0, 0, 0], Defect::Length(0x85)),
        (&[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], truncated(6 + 0xFFFF_FFFF, 6)),
        (&[0x1F, 0x01, 0x00], Defect::LongTag(0x1F)),
        (&[0x3F, 0x81, 0x01, 0], Defect::LongTag(0x3F)),
    ] {
        assert_eq!(Reader::new(bytes).element(), Err(Malformed { offset: 0, defect }), "{bytes:x?}");
    }
}

#[test]
fn malformed_contents_are_refused() {
    let read = |bytes| Reader::new(bytes).element().unwrap();
    let at_content = |defect| Malformed { offset: 2, defect };
    assert_eq!(read(&[INTEGER, 0]).number(), Err(at_content(Defect::EmptyInteger)));
    assert_eq!(read(&[INTEGER, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]).number(), Err(at_content(Defect::Range)));
    assert_eq!(read(&[INTEGER, 1, 0x80]).unsigned(), Err(at_content(Defect::Negative)));
    assert_eq!(read(&[INTEGER, 3, 0, 0, 7]).unsigned(), Ok(&[7][..]));
    assert_eq!(read(&[UTF8_STRING, 1, 0xFF]).text(), Err(at_content(Defect::Text)));
    assert_eq!(read(&[BIT_STRING, 2, 3, 8]).bits(), Err(at_content(Defect::UnusedBits(3))));
    assert_eq!(read(&[BIT_STRING, 0]).bits(), Err(at_content(Defect::Truncated { needed: 1, left: 0 })));
    assert_eq!(read(&[OID, 1, 0x80]).oid(), Err(at_content(Defect::Oid)));
}

#[test]
fn object_identifiers() {
    for (content, text) in [
        (&[0x2B, 0x0E, 0x03, 0x02, 0x1D][..], "1.3.14.3.2.29"),
        (&[0x2B, 6, 1, 4, 1, 0x82, 0x37, 0x12, 4], "1.3.6.1.4.1.311.18.4"),
        (&[0x88, 0x37], "2.999"),
        (&[0x55, 4, 3], "2.5.4.3"),
    ] {
        assert_eq!(dotted(content).as_deref(), Some(text));
    }
    assert_eq!(dotted(&[]), None);
    assert_eq!(dotted(&[0x2B, 0x80]), None);
    assert_eq!(dotted(&[0x2B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]), None);
}

#[test]
fn offsets_count_from_the_start_of_the_input() {
    let bytes = [0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00];
    let mut inner = Reader::at(&bytes, 100).element().unwrap().children();
    assert_eq!(inner.element().unwrap().offset, 102);
    let error = inner.require(INTEGER).unwrap_err();
    assert_eq!(error.to_string(), "at byte 105: expected tag 0x02, found tag 0x05");
    assert_eq!(inner.offset(), 105);
}
