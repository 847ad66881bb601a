//! The same input gives the same output, byte for byte.

use crate::support::{CLIENT, HOST, LOCKED_OUT, folder, rdscal, renamed, write_hives};

#[test]
fn two_runs_are_equal() {
    let folder = folder();
    for (index, text) in [HOST, LOCKED_OUT, CLIENT, HOST, LOCKED_OUT, CLIENT].into_iter().enumerate() {
        write_hives(folder.path().join(index.to_string()), "", &renamed(text, &format!("M{index}")));
    }
    for format in ["text", "json", "csv", "html", "sarif"] {
        let run = || {
            let args = ["doctor", "--at=2026-01-01", "--format", format].map(Into::into);
            rdscal(args.into_iter().chain([folder.path().to_owned()]))
        };
        let first = run();
        assert!(first.stdout.contains("M5"), "{format}: {first:?}");
        for _ in 0..3 {
            assert_eq!(run().stdout, first.stdout, "{format}");
        }
    }
}
