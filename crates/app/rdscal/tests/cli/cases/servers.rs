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

fn tidy(path: &str) -> crate::support::Run {
    crate::support::rdscal_in(&super::folder(), ["fix", "tidy-servers", path, "--width=200"])
}

#[test]
fn text_that_is_not_a_host_name_is_an_error_53() {
    for (case, entry) in
        [("array", "System.String[]"), ("variable", "%COMPUTERNAME%"), ("ps-literal", "@(ls1")]
    {
        let path = format!("53-impossible-server-names/{case}");
        let run = doctor(&path, []);
        let expected =
            format!("ERROR - the license server list contains text that is not a host name: “{entry}");
        assert!(first_line(&run).contains(&expected), "{}", run.stdout);
        assert!(!run.stdout.contains("RDSL-034"), "{}", run.stdout);
        assert_eq!(run.code, Some(1));
        assert_eq!(tidy(&path).code, Some(1), "{case}");
    }
}

#[test]
fn a_list_in_single_bytes_is_an_error_54() {
    let run = doctor("54-multi-sz-as-single-bytes/input", []);
    assert!(
        first_line(&run).contains(
            "ERROR - users are locked out as soon as the grace period is over: the local license server list is \
             text in single bytes"
        ),
        "{}",
        run.stdout
    );
    let flowing = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flowing.contains("the intended names: “ls1.contoso.com”, “ls2.contoso.com”"), "{flowing}");
    assert_eq!(run.code, Some(1));
    let fix = tidy("54-multi-sz-as-single-bytes/input");
    assert!(fix.stdout.contains(r#"["ls1.contoso.com", "ls2.contoso.com"]"#), "{fix:?}");
    assert!(fix.stdout.contains("text in single bytes becomes UTF-16"), "{fix:?}");
}

#[test]
fn names_joined_by_a_literal_nul_are_split_55() {
    let run = doctor("55-multi-sz-with-literal-backslash-0/input", []);
    assert!(first_line(&run).contains("ERROR - the local license server list"), "{}", run.stdout);
    assert!(run.stdout.contains(r"several names joined by “\0” in"), "{}", run.stdout);
    assert!(!run.stdout.contains("RDSL-024"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let fix = tidy("55-multi-sz-with-literal-backslash-0/input");
    assert!(fix.stdout.contains("is split into"), "{fix:?}");
}
