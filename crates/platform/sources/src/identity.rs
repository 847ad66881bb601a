//! Whether sources in one folder are those of one machine.

use snapshot::KeyPath;

/// The computer that Group Policy was last applied to, such as `CN=HOST,OU=Servers,DC=contoso,DC=com`.
///
/// Measured: domain members have this value since Windows 2000, and no other machine has it.
const POLICY_STATE: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine";
const VERSION: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";

/// Why the keys of SYSTEM and SOFTWARE are not those of one machine; `None` if nothing contradicts it.
///
/// A SOFTWARE hive contains neither computer name nor SID. What both hives show is the kind of Windows, and
/// on a domain member the name of the computer. `text` reads a value of the machine.
pub(super) fn contradiction(text: impl Fn(&KeyPath, &str) -> Option<String>) -> Option<String> {
    let text =
        |key: &'static str, name: &str| text(&KeyPath::fixed_hklm(key), name).filter(|text| !text.is_empty());
    let product_type = text(r"SYSTEM\CurrentControlSet\Control\ProductOptions", "ProductType");
    if let (Some(product_type), Some(installation)) = (product_type, text(VERSION, "InstallationType")) {
        // Multi-session Windows is a client that calls itself a server.
        let is_multi_session = text(VERSION, "EditionID").is_some_and(|edition| is(&edition, "ServerRdsh"));
        let (one, other) = (is(&product_type, "WinNT"), is(&installation, "Client"));
        if one != other && !is_multi_session && (other || starts(&installation, "Server")) {
            let kind = |is_client: bool| if is_client { "a client" } else { "a server" };
            return Some(format!(
                "the SYSTEM hive is from {} (ProductType {product_type}) and the SOFTWARE hive from {} (InstallationType {installation}): {ADVICE}",
                kind(one),
                kind(other),
            ));
        }
    }
    let name = text(r"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName", "ComputerName")?;
    let policy = text(POLICY_STATE, "Distinguished-Name")?;
    let applied = policy.split(',').next()?.trim().strip_prefix("CN=")?.to_owned();
    (!is(&applied, &name)).then(|| {
        format!(
            "the SYSTEM hive is from {name} and the SOFTWARE hive from {applied} (Group Policy state): {ADVICE}"
        )
    })
}

const ADVICE: &str =
    "they are hives of two machines and are not judged together; put each machine in a folder of its own";

fn is(text: &str, other: &str) -> bool {
    text.eq_ignore_ascii_case(other)
}

fn starts(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| is(head, start))
}
