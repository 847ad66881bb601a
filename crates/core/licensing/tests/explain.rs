//! Texts that administrators type or paste, and the entry that must come first.

#![allow(clippy::panic)] // A test helper panics with the topic that failed.

use licensing::{
    explain::{Answer, Explanation, MAX_MATCHES, MAX_SUGGESTIONS, RuleTopic, TopicKind, explain},
    knowledge::{Certainty, Role, claims, errors, events, keys, messages, sources, values},
};
use proptest::prelude::*;

const RULES: &[RuleTopic<'static>] = &[
    RuleTopic {
        id: "RDSL-001",
        aliases: &["mode-not-configured"],
        title: "Licensing mode not configured on a session host",
        summary: "The host has no licensing mode.",
        sections: &[("Why it matters", "Nobody gets a license."), ("Fix", "Set the mode.")],
        certainty: Some(Certainty::Documented),
        sources: &[sources::MODE_WARNING],
    },
    RuleTopic {
        id: "RDSL-021",
        aliases: &["blanks-in-server-list", "RDSL-B21"],
        title: "Blanks or empty entries in the license server list",
        summary: "A name in the list carries blanks.",
        sections: &[("Fix", "Trim the list.")],
        certainty: Some(Certainty::Code),
        sources: &[sources::RDS_LIC_CHK],
    },
];

fn ask(topic: &str) -> Answer {
    explain(topic, RULES)
}

fn first(topic: &str) -> String {
    ask(topic).matches.first().map_or_else(|| "nothing".to_owned(), |best| best.id.clone())
}

/// Topics, each with the entry that must come first.
const TOPICS: &[(&str, &str)] = &[
    // Texts from a screen: complete, in part, in old wording, misspelled, with the text around them.
    (
        "the remote session was disconnected because the local computer client access license could not be upgraded or renewed",
        "error:reason-265",
    ),
    (
        "The remote session was disconnected because the local computer\u{2019}s client access licence could not be upgraded or renewed. \
             Please contact the server administrator.",
        "error:reason-265",
    ),
    ("LOCAL COMPUTER CLIENT ACESS LICENCE COULD NOT BE UPGRADED OR RENEWD", "error:reason-265"),
    ("there are no Remote Desktop License Servers available to provide a license", "error:reason-257"),
    (
        "because there are no terminal server license servers available to provide a license",
        "error:reason-257",
    ),
    (
        "[Window Title] Remote Desktop Connection [Content] The remote session was disconnected because there are no Remote Desktop \
             License Servers available to provide a license. Please contact the server administrator. [OK] [Help]",
        "error:reason-257",
    ),
    (
        "remote session was disconected becuase there are no remote desktop client access licenses available for this computer",
        "error:reason-258",
    ),
    ("client access license stored on this computer has been modified", "error:reason-260"),
    ("Your Remote Desktop session will be disconnected in 60 minutes", "error:screen-60-minutes"),
    (
        "there is a problem with your remote desktop licence, your session will be disconected in 60 minuts",
        "error:screen-60-minutes",
    ),
    (
        "The remote session was disconnected because of an error in the licensing protocol",
        "error:screen-protocol-error",
    ),
    ("...temporary license has expired", "error:screen-temporary-expired"),
    (
        "Remote Desktop licensing mode is not configured. Remote Desktop Services will stop working in 42 days.",
        "error:screen-mode-grace",
    ),
    (
        "Remote Desktop Services will stop working because this computer is past its licensing grace period",
        "error:screen-mode-over",
    ),
    (
        "because of a security error the client could not connect to the terminal server",
        "error:screen-security-error",
    ),
    ("An internal error has occurred", "other:internal-error"),
    // Codes.
    ("265", "error:reason-265"),
    ("0x109", "error:reason-265"),
    ("extended reason 265", "error:reason-265"),
    ("Extended error code: 0x10B", "error:reason-267"),
    ("Connection failed. Disconnect reason: 2056. Extended reason: 267. Please advise!", "error:reason-267"),
    ("0x808", "error:disconnect-2056"),
    ("error 0x904 extended 0x7", "other:cannot-connect"),
    ("0x80041016", "error:wmi-policy"),
    ("-2147217386", "error:wmi-policy"),
    ("connectivity status 8", "error:connectivity-8"),
    ("ERR_NO_LICENSE_SERVER", "error:pdu-6"),
    ("tls_e_corrupt_database", "error:tls-corrupt-database"),
    // Events.
    ("event 1069", "event:session_host:1069"),
    ("TermService 1004", "event:session_host:1004"),
    ("Event ID: 4105", "event:license_server:4105"),
    ("50280", "event:session_host:1128"),
    ("event 50282", "event:session_host:1130"),
    ("ESENT 623", "event:license_server:623"),
    // Keys and values in any spelling.
    (
        r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Terminal Server\RCM\Licensing Core",
        "key:licensing-core",
    ),
    (
        r"Computer\HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod\",
        "key:grace-period",
    ),
    (
        r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing Core]",
        "key:licensing-core-2003",
    ),
    (r"hklm:\software\microsoft\mslicensing\store\license000", "key:mslicensing-license"),
    (r"HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing\HardwareID\ClientHWID", "value:client-hwid"),
    (r"\Registry\Machine\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services", "key:policy"),
    (
        r#"reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services" /v LicenseServers"#,
        "value:policy-license-servers",
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\SpecifiedLicenseServers",
        "value:specified-license-servers",
    ),
    (r"RCM\Secrets", "key:rcm-secrets"),
    ("LicensingMode", "value:licensing-mode"),
    ("LicencingMode", "value:licensing-mode"),
    ("MaxVerPages", "value:max-ver-pages"),
    ("GracePeriod", "key:grace-period"),
    ("MSLicensing", "key:mslicensing"),
    // Settings without effect.
    (r"RCM\LicenseServers\rdls01", "key:folklore-rcm-licenseservers-name"),
    (r"TermService\Parameters\SpecifiedLicenseServers", "value:folklore-list-too-high"),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp\LicensingMode",
        "value:folklore-mode-in-listener",
    ),
    (r"SYSTEM\ControlSet002\Services\TermServices\Parameters", "key:misspelt-termservices"),
    ("LicenseKeyStore", "key:folklore-licensekeystore"),
    ("\" DisableWorkgroupAuthEnforcement\"", "value:blank-disable-workgroup-auth"),
    ("DisableWorkgroupAuthEnforcement", "value:disable-workgroup-auth"),
    ("lServer.mdb", "claim:lserver-mdb"),
    ("180 days", "claim:180-days"),
    ("how do I reset the 120-day grace period?", "claim:reset-grace-period"),
    ("CVE-2024-38099", "claim:workgroup-hardening"),
    // Products.
    ("A02-6.00-S", "cal:A02-6.00-S"),
    ("2019 CAL on a 2022 server", "cal:Windows Server 2019 RDS CAL"),
    ("Windows Server 2012 R2", "product:Windows Server 2012 R2"),
    ("build 17763", "product:build-17763"),
    ("build 31000", "product:build-31000"),
    // Rules.
    ("RDSL-001", "rule:RDSL-001"),
    ("rdsl 21", "rule:RDSL-021"),
    ("blanks in server list", "rule:RDSL-021"),
    ("RDSL-B21", "rule:RDSL-021"),
];

#[test]
fn topics_lead_to_what_is_meant() {
    let wrong: Vec<String> = TOPICS
        .iter()
        .filter(|(topic, wanted)| first(topic) != *wanted)
        .map(|(topic, wanted)| format!("{topic}\n  wanted {wanted}, got {}", first(topic)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_ours_is_not_explained() {
    for topic in [
        "",
        "   ",
        "\"\"",
        "?",
        "my printer is on fire",
        "hello world",
        "asdfghjkl",
        "how to cook pasta",
        "outlook cannot open mailbox",
        "remote desktop black screen",
        "remote desktop printer redirection does not work",
        "windows activation failed",
        "office license expired",
        "kms server not reachable",
        "The trust relationship between this workstation and the primary domain failed",
        "event 7036",
        "license",
        r"HKLM\SOFTWARE\Adobe\Acrobat",
        r"C:\Windows\System32\drivers\etc\hosts",
        "RDSL-999",
        "12345678",
    ] {
        let answer = ask(topic);
        let first = answer.matches.first();
        assert!(
            first.is_none_or(|best| best.kind == TopicKind::Other),
            "{topic}: {:?}",
            first.map(|best| &best.id)
        );
    }
}

/// Texts of screens, logs and consoles; see the head of the file.
const TEXTS: &str = include_str!("explain/texts.tsv");

#[test]
fn texts_lead_to_what_is_meant() {
    let mut wrong = Vec::new();
    for line in TEXTS.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [wanted, source, text] = fields.as_slice() else { panic!("not three fields: {line}") };
        assert!(!source.is_empty(), "{text}");
        let answer = licensing::rules::explain(text);
        let id = answer.matches.first().map_or("none", |best| best.id.as_str());
        let other = id.starts_with("other:");
        let right = wanted.split('|').any(|wanted| match wanted {
            "other" => other,
            "not" => other || id == "none",
            wanted => wanted == id,
        });
        if !right {
            wrong.push(format!("{text}\n  wanted {wanted}, got {id}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn advice_about_licensing_never_comes_first_for_something_else() {
    // Each message about something else, with names, cut off, and with a number that licensing uses too.
    for (number, text) in messages::OTHER.iter().flat_map(|row| row.texts).enumerate() {
        let topic = match number % 4 {
            0 => (*text).to_owned(),
            1 => text.chars().take(90).collect(),
            2 => format!("RDP disconnected! 264 {text} (\"srv-rds01.contoso.com\")"),
            _ => format!("{text} Error code: 0x104"),
        };
        let answer = licensing::rules::explain(&topic);
        let first = answer.matches.first();
        assert!(
            first.is_none_or(|best| best.kind == TopicKind::Other),
            "{topic}: {:?}",
            first.map(|best| &best.id)
        );
    }
}

#[test]
fn every_text_of_the_tables_leads_to_its_answer() {
    for row in messages::RECOGNIZED.iter().copied().flatten() {
        for text in row.texts {
            let answer = licensing::rules::explain(text);
            let found: Vec<&str> = answer.matches.iter().map(|found| found.id.as_str()).collect();
            assert!(
                found.iter().take(3).any(|id| *id == row.answer),
                "{text}: {found:?}, not {}",
                row.answer
            );
        }
    }
    for (symbol, id) in messages::SYMBOLS {
        assert_eq!(first(symbol), *id, "{symbol}");
    }
}

#[test]
fn near_misses_are_suggested() {
    let suggestions = |topic| ask(topic).suggestions.into_iter().map(|s| s.topic).collect::<Vec<_>>();
    assert!(suggestions("licensing").contains(&"LicensingMode".to_owned()));
    assert!(suggestions("LicensMod").contains(&"LicensingMode".to_owned()));
    assert!(suggestions("RDSL-02").iter().any(|topic| topic == "RDSL-021"));
    assert!(suggestions("my printer is on fire").is_empty());
    // A suggestion can itself be explained.
    for topic in ["licensing", "LicensMod", "license", "remote desktop printer redirection does not work"] {
        for suggestion in suggestions(topic) {
            let answer = ask(&suggestion);
            assert!(!answer.matches.is_empty() || !answer.suggestions.is_empty(), "{topic}: {suggestion}");
        }
    }
}

fn find(topic: &str, id: &str) -> Explanation {
    let answer = ask(topic);
    answer.matches.into_iter().find(|found| found.id == id).unwrap_or_else(|| panic!("{topic}: no {id}"))
}

#[test]
fn notes_say_what_was_done_to_the_topic() {
    let masked = find("50280", "event:session_host:1128");
    assert!(masked.notes.iter().any(|note| note.contains("50280 is 1128")), "{:?}", masked.notes);
    assert!(find("event 1128", "event:session_host:1128").notes.is_empty());
    let four = find("\"LicensingMode\"=dword:00000004", "value:licensing-mode");
    assert_eq!(four.notes, ["4 means: Per User."]);
    let three = find("LicensingMode = 3", "value:licensing-mode");
    assert_eq!(three.notes, ["3 is not a known number for this value."]);
    let misspelt = find("SpecifiedLicenceServers", "value:specified-license-servers");
    assert!(misspelt.notes.iter().any(|note| note.contains("misspelling")), "{:?}", misspelt.notes);
    let narrow =
        find(r"HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing\Store\LICENSE000", "key:mslicensing-license");
    assert!(narrow.notes.iter().any(|note| note.contains("32-bit")), "{:?}", narrow.notes);
    let nowhere = find(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Foo", "key:rcm");
    assert!(nowhere.notes.iter().any(|note| note.contains("not known to read")));
}

#[test]
fn a_number_with_two_meanings_gets_both() {
    // Clients show the plain reason, which has nothing to do with licensing, so it comes first.
    for (number, expected) in [
        ("264", ["other:timed-out", "error:reason-264"]),
        ("0x104", ["other:name-lookup", "error:reason-260"]),
        ("262", ["other:out-of-memory", "error:reason-262"]),
    ] {
        let answer = ask(number);
        let ids: Vec<&str> = answer.matches.iter().map(|found| found.id.as_str()).collect();
        assert_eq!(ids, expected);
    }
    // With the word "extended", only one entry matches.
    assert_eq!(ask("extended 264").matches.len(), 1);
}

#[test]
fn the_reset_is_answered_honestly() {
    for topic in [
        "reset grace period",
        "grace period reset script",
        "delete GracePeriod key",
        "extend the grace period",
    ] {
        let reset = find(topic, "claim:reset-grace-period");
        assert!(reset.what.contains("does not remove the reason"), "{topic}");
        assert!(reset.causes.len() >= 4, "causes come first");
        let last = reset.fixes.last().expect("has fixes");
        assert!(last.contains("after a backup"), "removing the record is the last resort: {last}");
        assert!(last.contains("Never do it on a schedule"), "{last}");
        assert!(reset.fixes.iter().take(reset.fixes.len() - 1).all(|fix| !fix.contains("remove it")));
        assert!(!reset.sources.is_empty());
    }
}

#[test]
fn harmless_steps_come_before_harmful_ones() {
    for row in errors::all() {
        let place = |what: &str| row.fixes.iter().position(|fix| fix.contains(what));
        if let Some(whole) = place("delete the whole MSLicensing key") {
            assert_eq!(whole, row.fixes.len() - 1, "{}", row.id);
            assert!(place("LICENSE00n").is_some_and(|part| part < whole), "{}", row.id);
        }
    }
    for row in events::all() {
        let place = |what: &str| row.fixes.iter().position(|fix| fix.contains(what));
        if let Some(rebuild) = place("rebuild the database") {
            assert_eq!(rebuild, row.fixes.len() - 1, "{}", row.id);
        }
    }
}

#[test]
fn every_row_is_found_by_its_own_name() {
    let ids = |topic: &str| ask(topic).matches.into_iter().map(|found| found.id).collect::<Vec<_>>();
    for row in keys::all() {
        let path = row.path.replace("**", "SOFTWARE").replace('*', "0");
        let found = ids(&path);
        assert!(found.contains(&format!("key:{}", row.id)), "{path}: {found:?}");
    }
    for row in values::all() {
        let key =
            row.key_row().expect("checked with the tables").path.replace("**", "SOFTWARE").replace('*', "0");
        let path = format!(r"{key}\{}", row.name.replace('*', "2"));
        let found = ids(&path);
        let wanted = format!("value:{}", row.id);
        // A key with the same path may come before it.
        let first = found.iter().find(|id| id.starts_with("value:"));
        assert!(first == Some(&wanted) || row.name.contains('*'), "{path}: {found:?}");
    }
    for row in events::all() {
        // Without severity bits, these are the numbers of other events.
        let bits = if events::OF_OTHERS.contains(&row.id) { 0xC000 } else { 0 };
        let found = ids(&format!("event {}", row.id | bits));
        assert!(found.iter().any(|id| id.ends_with(&format!(":{}", row.id))), "event {}: {found:?}", row.id);
    }
    for row in errors::all() {
        let wanted = format!("error:{}", row.id);
        for text in row.texts {
            let found = ids(text);
            assert!(found.iter().take(2).any(|id| *id == wanted), "{text}: {found:?}");
        }
        if !row.symbol.is_empty() {
            assert!(ids(row.symbol).contains(&wanted), "{}", row.symbol);
        }
    }
    for row in claims::all() {
        for alias in row.aliases {
            let found = ids(alias);
            assert!(found.contains(&format!("claim:{}", row.id)), "{alias}: {found:?}");
        }
    }
}

#[test]
fn an_explanation_carries_its_evidence() {
    for topic in [
        "LicensingMode",
        "GracePeriod",
        "265",
        "event 4105",
        "180 days",
        "A02-6.00-S",
        "Windows Server 2022",
        "RDSL-001",
    ] {
        for found in ask(topic).matches {
            assert!(!found.title.is_empty() && !found.what.is_empty(), "{topic}: {}", found.id);
            assert!(!found.sources.is_empty() && found.certainty.is_some(), "{topic}: {}", found.id);
        }
    }
    let rule = find("RDSL-001", "rule:RDSL-001");
    assert_eq!(rule.kind, TopicKind::Rule);
    assert_eq!(rule.sections.len(), 2);
    let secret = find(r"RCM\Secrets", "key:rcm-secrets");
    assert!(secret.facts.iter().any(|fact| fact.label == "never touched"));
    let stray = find("RCM\\SpecifiedLicenseServers", "key:folklore-rcm-specified");
    assert!(stray.fixes.iter().any(|fix| fix.contains(r"Services\TermService\Parameters\LicenseServers")));
    assert!(keys::by_id("folklore-rcm-specified").is_some_and(|row| row.role == Role::Folklore));
}

#[test]
fn the_answer_of_the_issue_in_full() {
    let answer = ask(
        "the remote session was disconnected because the local computer client access license could not be upgraded or renewed",
    );
    insta::assert_json_snapshot!(answer);
}

#[test]
fn folklore_in_full() {
    insta::assert_json_snapshot!(ask(
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers"
    ));
}

fn sound(topic: &str) -> Result<(), TestCaseError> {
    let answer = ask(topic);
    prop_assert!(answer.matches.len() <= MAX_MATCHES && answer.suggestions.len() <= MAX_SUGGESTIONS);
    prop_assert!(answer.matches.is_empty() || answer.suggestions.is_empty());
    prop_assert!(answer.matches.windows(2).all(|pair| pair[0].score >= pair[1].score));
    for found in &answer.matches {
        prop_assert!(found.score <= 1000 && found.score >= 200, "{}", found.id);
        prop_assert!(!found.title.is_empty() && !found.sources.is_empty(), "{}", found.id);
    }
    prop_assert_eq!(ask(topic), answer);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(topic in any::<String>()) {
        sound(&topic)?;
    }

    #[test]
    fn any_path_is_survived(topic in r#"(HKLM|hkey_local_machine|Registry::|\\Registry\\Machine|)[:\\/]{0,3}([A-Za-z $*"'\[\]ÄßİK0-9-]{0,14}[\\/]){0,9}[ A-Za-z*]{0,20}( /v | -Name |"|\]){0,2}[ A-Za-z"]{0,12}"#) {
        sound(&topic)?;
    }

    #[test]
    fn any_mix_of_known_words_is_survived(words in prop::collection::vec(
        prop::sample::select(vec![
            "license", "server", "remote", "desktop", "session", "disconnected", "event", "error", "0x109", "1069", "4294967295",
            "-2147483648", "0xffffffffff", "mode", "build", "cal", "2019", "r2", "A02-6.00-S", "RDSL-001", "grace", "reset", "\\", "=",
            "dword:00000004", "\u{2019}", "\0", "client", "access", "renewed", "extended", "HKLM", "LicensingMode", "é", "文",
        ]), 0..60)) {
        sound(&words.join(" "))?;
    }
}

#[test]
fn a_very_long_topic_is_cut() {
    let long = "license server ".repeat(100_000);
    let answer = ask(&long);
    assert!(answer.topic.chars().count() <= licensing::explain::MAX_TOPIC_CHARS);
    sound(&r"HKLM\".repeat(50_000)).expect("sound");
    sound(&r"a\".repeat(50_000)).expect("sound");
    sound(&"x".repeat(50_000)).expect("sound");
    sound(&"265 ".repeat(10_000)).expect("sound");
}
