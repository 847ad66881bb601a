//! Tests that passed without running, as they report by a line that begins with `skipped:` or `not run:`.

/// The tests of a JUnit report that printed such a line, as `test: reason`.
pub(crate) fn in_junit(xml: &str) -> Vec<String> {
    let mut found = Vec::new();
    for case in xml.split("<testcase ").skip(1) {
        let case = case.split("</testcase>").next().unwrap_or(case);
        let test = [attribute(case, "classname"), attribute(case, "name")].join(" ");
        for why in in_output(&unescaped(case)) {
            let line = format!("{}: {why}", test.trim());
            if !found.contains(&line) {
                found.push(line);
            }
        }
    }
    found
}

/// The reasons in lines that begin with `skipped:` or `not run:`.
pub(crate) fn in_output(output: &str) -> Vec<String> {
    output
        .lines()
        .filter_map(|line| {
            // The first line of an output follows its tag.
            let line = line.rsplit_once('>').map_or(line, |(_, text)| text).trim();
            let (word, why) = line.split_once(':')?;
            let said = ["skipped", "not run"].iter().any(|it| word.eq_ignore_ascii_case(it));
            said.then(|| why.trim().to_owned())
        })
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    tag.split_once(&format!(" {name}=\""))
        .or_else(|| tag.strip_prefix(&format!("{name}=\"")).map(|rest| ("", rest)))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("", |(value, _)| value)
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "‹")
        .replace("&gt;", "›")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_say_so_are_named() {
        let xml = r#"<testsuite name="rdscal-regf"><testcase name="each_hive" classname="rdscal-regf::corpus" time="0.1">
            <system-out>running 1 test
skipped: not this one? it is &quot;gone&quot;
</system-out><system-err>not run: no corpus at ../shared
</system-err></testcase>
            <testcase name="fine" classname="rdscal-regf"><system-out>none was skipped: all is well</system-out></testcase>
            <testcase name="silent" classname="rdscal-regf"/></testsuite>"#;
        assert_eq!(
            in_junit(xml),
            [
                "rdscal-regf::corpus each_hive: not this one? it is \"gone\"",
                "rdscal-regf::corpus each_hive: no corpus at ../shared"
            ]
        );
    }
}
