//! Lists of license servers.

use super::{doctor, first_line};

#[test]
fn a_line_break_in_a_name_is_escaped_57() {
    let run = doctor("57-line-break-shown-raw", []);
    let expected = "RDSH01: ERROR - the local license server list (“ls1.contoso.com\\u{d}\\u{a}ls2.contoso.com”): line break or control character in";
    assert!(first_line(&run).starts_with(expected), "{}", run.stdout);
    assert!(!run.stdout.contains('\r'), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}
