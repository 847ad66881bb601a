//! Repairs.

use super::{doctor, first_line, folder};
use crate::support::rdscal_in;

#[test]
fn the_program_of_a_service_is_not_the_folder_of_the_database_92() {
    for file in ["lsx.reg", "two-paths.reg"] {
        let source = format!("92-database-recipe-takes-servicedll/{file}");
        let asked = ["fix", "license-server-database", &source, "--move-to", r"E:\LServer"];
        let plan = rdscal_in(&folder(), [&asked[..], &["--format=json"]].concat());
        assert_eq!(plan.code, Some(0), "{plan:?}");
        assert_eq!(plan.json()["steps"].as_array().map(Vec::len), Some(0), "{}", plan.stdout);
        let text = rdscal_in(&folder(), asked);
        assert!(text.stdout.contains("no registry value for the folder"), "{}", text.stdout);
        assert!(!text.stdout.contains("ServiceDll"), "{}", text.stdout);
        let shown = rdscal_in(&folder(), ["show", &source, "--width=200"]);
        assert!(shown.stdout.contains("“ServiceDll”"), "{}", shown.stdout);
        assert!(!shown.stdout.contains("possibly that of the database"), "{}", shown.stdout);
        let judged = doctor(&source, []);
        assert!(!judged.stdout.contains("RDSL-119"), "{}", judged.stdout);
        assert!(first_line(&judged).starts_with("RDLSX"), "{}", judged.stdout);
    }
}
