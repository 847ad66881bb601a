//! CAL ids and Windows releases.

use super::{
    answer::{Explanation, TopicKind},
    text::Topic,
};
use crate::knowledge::{
    Certainty, Generation,
    products::{
        self, BUILDS, CAL_VERSIONS, CalKind, CalVersion, ProductId, Suffix, compatibility, parse_product_id,
        terms,
    },
    sources,
};

/// Explanations for CAL ids and release names.
pub(super) fn find(topic: &Topic, found: &mut Vec<Explanation>) {
    let text = topic.text();
    if text.contains('\\') {
        return;
    }
    for word in text.split(|c: char| c.is_whitespace() || ",;()\"'".contains(c)) {
        if let Some(id) = parse_product_id(word) {
            found.push(cal_id(word, &id));
        }
    }
    if let Some(generation) = release(topic.words()) {
        let about_cals = topic.words().iter().any(|word| word == "cal" || word == "rdscal");
        if about_cals && let Some((version, _)) = compatibility::least_cal(generation) {
            found.push(cal_version(version).scored(960));
        }
        found.push(release_of(generation).scored(if about_cals { 800 } else { 950 }));
    }
}

/// Explanation for a build number. Known ones always; unknown ones only when the topic says that it is a
/// build.
pub(super) fn build(number: u32, said: bool, found: &mut Vec<Explanation>) {
    let known = BUILDS.iter().find(|row| row.build == number);
    let points = if said { 1000 } else { 860 };
    match known {
        Some(row) => {
            let product = products::product(number, None);
            let mut explanation = release_of(row.generation).scored(points);
            explanation.title = format!("build {number}: {}", product.name);
            explanation.id = format!("product:build-{number}");
            explanation.certainty = Some(product.certainty);
            found.push(explanation);
        }
        None if said && number >= 1000 => {
            let product = products::product(number, None);
            let mut explanation = Explanation::new(
                format!("product:build-{number}"),
                TopicKind::Product,
                format!("build {number}"),
            );
            "A build that is not in the tables: too new, or a pre-release.".clone_into(&mut explanation.what);
            "It is shown and counted like any other build; results that depend on the release are unknown."
                .clone_into(&mut explanation.meaning);
            explanation.certainty = Some(product.certainty);
            explanation.sources.push(sources::WINDOWS_REGISTRY);
            found.push(explanation.scored(800));
        }
        None => {}
    }
}

/// The release that a short topic names: "windows server 2019", "server 2012 r2".
fn release(words: &[String]) -> Option<Generation> {
    let has = |word: &str| words.iter().any(|w| w == word);
    if words.len() > 5 || !(has("server") || has("window") || has("cal") || has("rds") || has("ws")) {
        return None;
    }
    let r2 = has("r2");
    Some(match () {
        () if has("2000") => Generation::W2000,
        () if has("2003") => Generation::W2003,
        () if has("2008") && r2 => Generation::W2008R2,
        () if has("2008") => Generation::W2008,
        () if has("2012") && r2 => Generation::W2012R2,
        () if has("2012") => Generation::W2012,
        () if has("2016") => Generation::W2016,
        () if has("2019") => Generation::W2019,
        () if has("2022") => Generation::W2022,
        () if has("23h2") && has("server") => Generation::W23H2,
        () if has("2025") => Generation::W2025,
        () => return None,
    })
}

fn release_of(generation: Generation) -> Explanation {
    let name = generation.name();
    let mut explanation = Explanation::new(format!("product:{name}"), TopicKind::Product, name.clone());
    explanation.what = format!("{name} from the point of view of licensing.");
    let builds: Vec<String> =
        BUILDS.iter().filter(|row| row.generation == generation).map(|row| row.build.to_string()).collect();
    explanation.fact("builds", builds.join(", "));
    let mut sentences = Vec::new();
    if let Some(term) = terms::terms_of(generation) {
        sentences.push(match term.grace_days {
            Some(days) => format!(
                "Its grace period is {days} days; a temporary CAL is valid for {} days.",
                term.temporary_days
            ),
            None => {
                format!("It has no grace period; a temporary CAL is valid for {} days.", term.temporary_days)
            }
        });
        explanation.sources.extend(term.sources);
    }
    if let Some((cal, certainty)) = compatibility::least_cal(generation) {
        sentences.push(format!(
            "As a session host it accepts {} or newer; as a license server it holds that version or older.",
            cal.name()
        ));
        if certainty != Certainty::Documented {
            explanation.notes.push(format!("Which CALs it accepts is {}.", certainty.phrase()));
        }
    }
    explanation.meaning = sentences.join(" ");
    explanation.certainty = Some(Certainty::Documented);
    if !explanation.sources.contains(&sources::CALS) {
        explanation.sources.push(sources::CALS);
    }
    explanation
}

fn cal_id(text: &str, id: &ProductId) -> Explanation {
    let kind = match id.kind {
        CalKind::PerDevice => "Per Device",
        CalKind::PerUser => "Per User",
    };
    let mut explanation = Explanation::new(
        format!("cal:{}", text.trim().to_uppercase()),
        TopicKind::Cal,
        format!("{}: a {kind} CAL", text.trim().to_uppercase()),
    )
    .scored(1000);
    explanation.what = match id.kind {
        CalKind::PerDevice => {
            "The product ID of a Per Device CAL. It occurs in client licenses and in CAL packs.".to_owned()
        }
        CalKind::PerUser => {
            "The product ID of a Per User CAL. It occurs in CAL packs and in user objects in the directory."
                .to_owned()
        }
    };
    explanation.sources.extend([sources::RDPELE_LICENSE, sources::CHECKMK]);
    explanation.certainty = Some(Certainty::Code);
    if let Some(version) = id.version {
        describe(version, &mut explanation);
    }
    match &id.suffix {
        Some(Suffix::Sold) => explanation.fact("suffix", "S: sold, as a pack or by agreement"),
        Some(Suffix::BuiltIn) => {
            explanation.fact("suffix", "EX: built in, for clients that run the same Windows (2000 only)");
        }
        Some(Suffix::VdiSuite) => explanation.fact("suffix", "VDIS: VDI suite"),
        Some(Suffix::Other(other)) => explanation.fact("suffix", format!("{other}: unknown")),
        None => {}
    }
    explanation.rules.extend(["RDSL-013", "RDSL-106"].map(str::to_owned));
    explanation
}

fn cal_version(version: CalVersion) -> Explanation {
    let name = version.name();
    let mut explanation = Explanation::new(format!("cal:{name}"), TopicKind::Cal, name.clone());
    explanation.what =
        format!("{name}: the license for one device or one user to connect to a session host.");
    explanation.sources.push(sources::CALS);
    explanation.certainty = Some(Certainty::Documented);
    describe(version, &mut explanation);
    explanation.rules.extend(["RDSL-106", "RDSL-107"].map(str::to_owned));
    explanation
}

fn describe(version: CalVersion, explanation: &mut Explanation) {
    explanation.fact("version", version.name());
    let hosts: Vec<String> = HOSTS
        .iter()
        .filter(|host| matches!(products::host_accepts(**host, version), products::Fit::Yes(_)))
        .map(|host| host.name())
        .collect();
    let holders: Vec<String> = HOSTS
        .iter()
        .filter(|host| matches!(products::server_holds(**host, version), products::Fit::Yes(_)))
        .map(|host| host.name())
        .collect();
    if hosts.is_empty() {
        "Which hosts accept this version is unknown.".clone_into(&mut explanation.meaning);
        return;
    }
    "A host accepts CALs of its own version or newer; a license server holds its own version or older."
        .clone_into(&mut explanation.meaning);
    explanation.fact("accepted by hosts", hosts.join(", "));
    explanation.fact("held by license servers", holders.join(", "));
    if let Some(row) = CAL_VERSIONS.iter().find(|row| row.version == version) {
        explanation
            .fact("number", format!("{}.{:02} ({})", row.number.0, row.number.1, row.certainty.phrase()));
    }
}

const HOSTS: &[Generation] = &[
    Generation::W2000,
    Generation::W2003,
    Generation::W2008,
    Generation::W2008R2,
    Generation::W2012,
    Generation::W2012R2,
    Generation::W2016,
    Generation::W2019,
    Generation::W2022,
    Generation::W23H2,
    Generation::W2025,
];
