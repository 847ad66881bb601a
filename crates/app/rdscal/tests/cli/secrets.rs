//! Secrets are never in a snapshot; only their presence is recorded.

use std::fs;

use regf::build::{NewKey, build};

use crate::support::{folder, key, plain_root, rdscal, value, write};

/// The data that no output may contain.
const SECRET: &[u8] = b"correct horse battery staple";

fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn with_values(name: &str, values: &[&str]) -> NewKey {
    let values = values.iter().map(|name| value(name, 3, SECRET)).collect();
    NewKey { values, ..key(name, Vec::new()) }
}

fn system() -> Vec<u8> {
    let secrets = with_values("Secrets", &["L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75"]);
    let listener = with_values("RDP-Tcp", &["Password"]);
    let server = key("Terminal Server", vec![key("RCM", vec![secrets]), key("WinStations", vec![listener])]);
    let mut root = plain_root();
    root.subkeys =
        vec![key("ControlSet001", vec![key("Control", vec![server])]), key("MountedDevices", Vec::new())];
    root.subkeys.push(with_values("Setup", &["CmdLine"]));
    build(&root, "SYSTEM").unwrap()
}

fn security() -> Vec<u8> {
    let secrets = [
        "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588",
        "L$HYDRAENCKEY_52d1ad03-4565-44f3-8bfd-bbb0591f4b9d",
        "L$TermServLicensingSignKey-12d4b7c8-77d5-11d1-8c24-00c04fa3080d",
        "DefaultPassword",
    ];
    let secrets = secrets
        .iter()
        .map(|name| key(name, vec![with_values("CurrVal", &[""]), with_values("OldVal", &[""])]))
        .collect();
    let mut root = plain_root();
    root.subkeys = vec![
        key("Cache", Vec::new()),
        key("Policy", vec![key("Secrets", secrets)]),
        key("RXACT", Vec::new()),
    ];
    build(&root, "SECURITY").unwrap()
}

fn export() -> Vec<u8> {
    let hex = hex(SECRET, ",");
    let text = [
        (
            r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets",
            "L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75",
        ),
        (r"SECURITY\Policy\Secrets\L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588\CurrVal", ""),
        (r"SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp", "Password"),
        (r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon", "DefaultPassword"),
    ]
    .map(|(path, name)| format!("[HKEY_LOCAL_MACHINE\\{path}]\r\n\"{name}\"=hex:{hex}\r\n\r\n"))
    .concat();
    format!("Windows Registry Editor Version 5.00\r\n\r\n{text}").into_bytes()
}

#[test]
fn no_output_holds_a_secret() {
    let folder = folder();
    let sources = folder.path().join("sources");
    write(sources.join("hives/SYSTEM"), system());
    write(sources.join("hives/SECURITY"), security());
    write(sources.join("text/export.reg"), export());
    let out = folder.path().join("out");
    let run = rdscal(["snapshot".into(), sources.clone(), "-o".into(), out.clone()]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let mut outputs: Vec<String> =
        fs::read_dir(&out).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert_eq!(outputs.len(), 2);
    for format in ["text", "json", "csv", "html", "sarif"] {
        let args = ["doctor", "--format", format].map(Into::into).into_iter().chain([sources.clone()]);
        outputs.push(rdscal(args).stdout);
    }
    outputs.push(rdscal(["show".into(), sources.clone()]).stdout);
    let diff = ["hives", "text/export.reg"].map(|side| sources.join(side));
    outputs.push(rdscal(["diff".into()].into_iter().chain(diff)).stdout);
    let (together, spaced) = (hex(SECRET, ""), hex(&SECRET[..4], " "));
    for output in &outputs {
        for secret in [&together, &spaced, std::str::from_utf8(SECRET).unwrap()] {
            assert!(!output.contains(secret), "{output}");
        }
    }
    // The presence of the secrets is reported.
    let presence = [
        r"L$HYDRAENCKEY_28ada6da",
        "L$RTMTIMEBOMB_1320153D",
        r"L$TermServLicensingSignKey",
        "\"length\": 28",
    ];
    for name in presence {
        assert!(outputs[0].contains(name) || outputs[1].contains(name), "{name}");
    }
    assert!(
        !outputs.iter().any(|output| output.contains("DefaultPassword")),
        "nobody asked for other secrets"
    );
}
