//! Unmodified hives of real machines have no findings at `warning` or above.

use crate::support::{corpus, rdscal};

#[test]
fn untouched_machines_have_no_findings_of_weight() {
    for (set, name) in [
        ("win7", "WKS-WIN732BITA"),
        ("win10-1709", "DESKTOP-2KGM189"),
        ("win10-dirty", "DESKTOP-PM6C56D"),
        ("winxp", "M57-PAT"),
        ("nt4-server", "SERVER"),
    ] {
        let Some(folder) = corpus(&format!("hives/{set}")) else { return };
        for path in [folder.clone(), folder.join("SYSTEM")] {
            let run =
                rdscal(["doctor".into(), "--format=json".into(), "--fail-on=warning".into(), path.clone()]);
            let report = run.json();
            let machines = report["machines"].as_array().unwrap();
            assert_eq!(machines.len(), 1, "{set}");
            assert_eq!(machines[0]["name"], name);
            let weighty: Vec<_> = machines[0]["findings"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|finding| finding["severity"] != "info")
                .map(|finding| format!("{} {}", finding["rule"], finding["title"]))
                .collect();
            assert!(weighty.is_empty(), "{}: {weighty:#?}", path.display());
            // A hive alone may lack evidence that decides.
            let codes = if path == folder { vec![Some(0)] } else { vec![Some(0), Some(3)] };
            assert!(codes.contains(&run.code), "{}: {run:?}", path.display());
            assert_eq!(report["problems"], serde_json::json!([]));
        }
    }
}

#[test]
fn the_whole_corpus_is_read() {
    let Some(folder) = corpus("") else { return };
    let run = rdscal(["doctor".into(), "--format=json".into(), folder]);
    // The corpus contains damaged hives and policies.
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let report = run.json();
    let names: Vec<_> =
        report["machines"].as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
    for name in ["WKS-WIN732BITA", "DESKTOP-2KGM189", "DESKTOP-PM6C56D", "M57-PAT", "SERVER"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}

/// The key of Remote Desktop cannot be read, so the machine is not called healthy.
#[test]
fn a_damaged_hive_is_not_called_healthy() {
    let Some(folder) = corpus("hives/damaged") else { return };
    let run = rdscal(["doctor".into(), "--width=1000".into(), folder.join("corrupted_system_hive")]);
    assert_eq!(
        run.stdout.lines().next(),
        Some(
            "GINEVRA: UNDETERMINED - this machine is not a session host and needs no RDS CAL, as far as this \
             source can be read"
        ),
        "{}",
        run.stdout
    );
    assert_eq!(run.code, Some(3));
}
