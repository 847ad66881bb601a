//! Many remote machines: reported line by line, interrupted and resumed, with one line for every place.
#![cfg(all(feature = "remote", unix))]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use samba::{PASSWORD, Server, USER};
use serde_json::Value;

use crate::support::{LOCKED_OUT, folder, rdscal_with, run::Run, write};

/// The registry as a running Windows shows it.
fn running(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with(";;"));
    lines.map(|line| line.replace("ControlSet001", "CurrentControlSet") + "\n").collect()
}

/// A server that listens on every address of 127.0.0.0/8.
fn server() -> Option<Server> {
    let server = Server::start(&["bind interfaces only = no", "hosts allow = 127.0.0.0/8"])?;
    server.import(&running(LOCKED_OUT)).unwrap();
    Some(server)
}

fn command(password: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command.args(arguments).env("RDSCAL_PASSWORD", password);
    for variable in ["RDSCAL_USER", "RDSCAL_CREDENTIALS"] {
        command.env_remove(variable);
    }
    command
}

fn rdscal(password: &str, arguments: &[&str]) -> Run {
    rdscal_with(command(password, arguments))
}

/// The complete lines of a file.
fn lines(path: &Path) -> Vec<Value> {
    parsed(&fs::read_to_string(path).unwrap_or_default())
}

fn parsed(text: &str) -> Vec<Value> {
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The outcome of each place, which has exactly one line, and the last line without its time.
fn accounted(lines: &[Value]) -> (BTreeMap<String, String>, Value) {
    let mut places = BTreeMap::new();
    let mut end = Value::Null;
    assert_eq!(lines[0]["line"], "begin");
    for line in &lines[1..] {
        assert!(end.is_null(), "something behind the last line");
        let what = match line["line"].as_str().unwrap() {
            "machine" => {
                assert_eq!(line["machine"]["source"]["locator"], line["place"]);
                let findings = line["machine"]["findings"].as_array().unwrap();
                let rules = findings.iter().map(|finding| finding["rule"].as_str().unwrap());
                format!("{} {}", line["outcome"].as_str().unwrap(), rules.collect::<Vec<_>>().join(" "))
            }
            "failed" => line["class"].as_str().unwrap().to_owned(),
            "end" => {
                end = line.clone();
                end.as_object_mut().unwrap().remove("ended_at");
                continue;
            }
            other => panic!("{other}"),
        };
        let before = places.insert(line["place"].as_str().unwrap().to_owned(), what);
        assert_eq!(before, None, "{} is there twice", line["place"]);
    }
    (places, end)
}

/// A list of `alive` hosts that respond, some that refuse connections, and one that accepts but never
/// responds.
fn list(folder: &Path, server: &Server, alive: u32, silent: SocketAddr) -> PathBuf {
    let mut text = String::new();
    for number in 0..alive {
        let [.., high, low] = number.to_be_bytes();
        let port = if number % 10 == 9 { 1 } else { server.port() };
        writeln!(text, "smb://{USER}@127.3.{high}.{}:{port}", low + 1).unwrap();
    }
    let (silent, port) = (silent.port(), server.port());
    writeln!(text, "smb://{USER}@127.3.9.9:{silent}\nsmb://{USER}@127.3.0.1:{port}").unwrap();
    write(folder.join("hosts"), text)
}

/// The number of hosts; `RDSCAL_HOSTS` overrides it.
fn count() -> u32 {
    std::env::var("RDSCAL_HOSTS").ok().and_then(|count| count.parse().ok()).unwrap_or(120)
}

/// Waits until the file has this length, or the program has ended.
fn grown(child: &mut Child, file: &Path, length: u64) {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_mins(2) {
        if child.try_wait().unwrap().is_some() || fs::metadata(file).is_ok_and(|file| file.len() >= length) {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    panic!("still fewer than {length} bytes");
}

#[test]
fn killed_at_many_moments_and_resumed_it_tells_what_a_run_without_tells() {
    let Some(server) = server() else { return };
    let silent = TcpListener::bind("127.3.9.9:0").unwrap();
    let folder = folder();
    let list = list(folder.path(), &server, count(), silent.local_addr().unwrap());
    let (whole, killed) = (folder.path().join("whole.jsonl"), folder.path().join("killed.jsonl"));
    let arguments = |out: &'static str, file: &Path| {
        let (list, file) = (list.display().to_string(), file.display().to_string());
        // A server that is busy with other tests is retried. A host that never responds costs twice the
        // timeout.
        let fixed = ["doctor", "--format=jsonl", "--at=2026-03-01", "--timeout=4", "--retries=1"];
        fixed
            .map(str::to_owned)
            .into_iter()
            .chain(["--hosts".into(), list, out.into(), file])
            .collect::<Vec<_>>()
    };
    let start = |arguments: &[String]| {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        command(PASSWORD, &arguments)
    };
    let run = rdscal_with(start(&arguments("-o", &whole)));
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{run:?}");
    let (expected, end) = accounted(&lines(&whole));
    assert_eq!(expected.len(), count() as usize + 1, "a host that is listed twice is there once");
    assert_eq!(end["complete"], true);
    assert_eq!(end["places"]["failed"], count() / 10 + 1, "{end}");
    assert_eq!(end["failures"]["timed-out"], 1);

    let length = fs::metadata(&whole).unwrap().len();
    let resumed = arguments("--resume", &killed);
    let mut kills = 0;
    for round in 1..=12 {
        let mut child = start(&resumed).stderr(Stdio::null()).spawn().unwrap();
        grown(&mut child, &killed, length * round / 13 + round * 997 % 5000);
        child.kill().unwrap();
        kills += u32::from(!child.wait().unwrap().success());
        // The file is truncated at an arbitrary byte.
        let bytes = fs::read(&killed).unwrap();
        let torn = bytes.len() - bytes.len().min(usize::try_from(round * 331 % 1500).unwrap());
        fs::write(&killed, &bytes[..torn]).unwrap();
    }
    assert_eq!(kills, 12);
    let run = rdscal_with(start(&resumed));
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(accounted(&lines(&killed)), (expected.clone(), end.clone()));

    // When the run is resumed again, only failed hosts are read, and nothing else changes.
    let before: Vec<_> = lines(&killed).into_iter().filter(|line| line["line"] == "machine").collect();
    assert_eq!(rdscal_with(start(&resumed)).code, Some(3));
    let after: Vec<_> = lines(&killed).into_iter().filter(|line| line["line"] == "machine").collect();
    assert_eq!(after, before);
    assert_eq!(accounted(&lines(&killed)), (expected, end));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn ctrl_c_writes_what_is_there_and_says_that_it_is_not_all() {
    let Some(server) = server() else { return };
    // This host never responds, so only Ctrl-C ends the run soon.
    let silent = TcpListener::bind("127.3.9.9:0").unwrap();
    let folder = folder();
    let list = list(folder.path(), &server, 30, silent.local_addr().unwrap());
    let file = folder.path().join("out.jsonl");
    let arguments =
        ["doctor", "--timeout=3600", "--hosts", list.to_str().unwrap(), "--resume", file.to_str().unwrap()];
    let child = command(PASSWORD, &arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    let begin = Instant::now();
    while lines(&file).len() < 31 && begin.elapsed() < Duration::from_mins(2) {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{said}");
    assert!(said.contains("interrupted: 1 places were not read"), "{said}");
    let (places, end) = accounted(&lines(&file));
    assert_eq!(places.len(), 30);
    assert_eq!((&end["complete"], &end["places"]["not_asked"]), (&false.into(), &1.into()));

    // The other report formats also contain the results so far.
    drop(silent.accept().unwrap());
    let arguments = ["doctor", "--timeout=3600", "--format=json", "--hosts", list.to_str().unwrap()];
    let child = command(PASSWORD, &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // The run has begun.
    drop(silent.accept().unwrap());
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |name: &str| report[name].as_array().unwrap().len();
    assert_eq!(count("machines") + count("problems"), 31);
    assert!(report["problems"].to_string().contains("the run was interrupted"), "{}", report["problems"]);
}

#[test]
fn a_wrong_password_is_not_tried_on_every_host() {
    let Some(server) = server() else { return };
    let folder = folder();
    let host = |n| format!("smb://{USER}@127.4.0.{n}:{}\n", server.port());
    let hosts = (1..=20).map(host).collect::<Vec<_>>().concat();
    let list = write(folder.path().join("hosts"), hosts);
    let file = folder.path().join("out.jsonl");
    let run = |password: &str, more: &[&str]| {
        let arguments = ["doctor", "--hosts", list.to_str().unwrap(), "--resume", file.to_str().unwrap()];
        let run = rdscal(password, &[&arguments, more].concat());
        assert!(!format!("{run:?}").contains(password), "{run:?}");
        (run, accounted(&lines(&file)).1)
    };
    let (first, end) = run("not the password", &[]);
    assert_eq!(first.code, Some(3));
    assert_eq!(end["failures"], serde_json::json!({ "not-attempted": 18, "wrong-password": 2 }));

    // With the correct password, hosts that rejected the credentials are skipped unless --ignore-lockout is
    // given.
    let (second, end) = run(PASSWORD, &["--fail-on", "never"]);
    assert_eq!((second.code, &end["places"]["judged"]), (Some(3), &18.into()), "{}", end["failures"]);
    assert_eq!(end["failures"], serde_json::json!({ "wrong-password": 2 }));
    assert!(second.stderr.contains("skipped 2 hosts that rejected the credentials"), "{second:?}");
    let (third, end) = run(PASSWORD, &["--fail-on", "never", "--ignore-lockout"]);
    assert_eq!((third.code, &end["places"]["judged"]), (Some(0), &20.into()), "{third:?}");
    assert_eq!(
        run(PASSWORD, &[]).0.code,
        Some(1),
        "nothing is asked, and the findings are there all the same"
    );

    let all = rdscal(
        "not the password",
        &["doctor", "--format=jsonl", "--ignore-lockout", "--hosts", list.to_str().unwrap()],
    );
    assert_eq!(accounted(&parsed(&all.stdout)).1["failures"], serde_json::json!({ "wrong-password": 20 }));
}

/// Relays to the server, and closes each of the first `breaks` connections after `after` bytes of responses.
fn fickle(server: &Server, breaks: usize, after: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (server, broken) = (server.port(), Arc::new(AtomicUsize::new(0)));
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let most = if broken.fetch_add(1, Ordering::SeqCst) < breaks { after } else { usize::MAX };
            let upstream = TcpStream::connect(("127.0.0.1", server)).unwrap();
            let (mut from_client, mut to_server) =
                (client.try_clone().unwrap(), upstream.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut from_client, &mut to_server);
                let _ = to_server.shutdown(Shutdown::Both);
            });
            thread::spawn(move || pass(upstream, client, most));
        }
    });
    port
}

fn pass(mut from: TcpStream, mut to: TcpStream, most: usize) {
    let (mut passed, mut buffer) = (0, [0; 4096]);
    while passed < most {
        match from.read(&mut buffer) {
            Ok(length @ 1..) if to.write_all(&buffer[..length]).is_ok() => passed += length,
            _ => break,
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

#[test]
fn a_lost_connection_is_tried_again_and_in_the_end_what_was_read_is_judged() {
    let Some(server) = server() else { return };
    let run = |port: u16, more: &[&str]| {
        let host = format!("smb://{USER}@127.0.0.1:{port}");
        let run = rdscal(PASSWORD, &[&["doctor", "--format=jsonl", &host], more].concat());
        let lines = parsed(&run.stdout);
        (run.code, lines[1].clone(), lines.last().unwrap().clone())
    };
    // At the beginning, and while keys are read.
    for after in [0, 6000] {
        let (code, line, end) = run(fickle(&server, 2, after), &[]);
        assert_eq!(
            (code, &line["outcome"], &line["attempts"]),
            (Some(1), &"judged".into(), &3.into()),
            "{line}"
        );
        assert_eq!(end["places"]["judged"], 1);
    }
    let (code, line, _) = run(fickle(&server, 1, 0), &["--retries=0"]);
    assert_eq!(
        (code, &line["class"], &line["attempts"]),
        (Some(3), &"connection-lost".into(), &1.into()),
        "{line}"
    );
    let (code, line, end) = run(fickle(&server, 99, 6000), &["--retries=1"]);
    assert_eq!(
        (code, &line["outcome"], &line["attempts"]),
        (Some(3), &"broken_off".into(), &2.into()),
        "{line}"
    );
    assert_eq!((&line["broken_off"]["class"], &line["whole"]), (&"connection-lost".into(), &false.into()));
    assert_eq!(end["places"]["broken_off"], 1);
}

#[test]
fn snapshots_of_many_hosts_are_named_after_them_and_taken_once() {
    let Some(server) = server() else { return };
    let folder = folder();
    let port = server.port();
    let hosts =
        format!("smb://{USER}@127.5.0.1:{port}\nsmb://{USER}@127.5.0.2:{port}\nsmb://{USER}@127.5.0.3:1\n");
    let list = write(folder.path().join("hosts"), hosts);
    let out = folder.path().join("farm");
    let run = |more: &[&str]| {
        let fixed = ["snapshot", "--hosts", list.to_str().unwrap(), "-o", out.to_str().unwrap()];
        rdscal(PASSWORD, &[&fixed, more].concat())
    };
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let first = run(&[]);
    let expected = [format!("127.5.0.1-{port}.json"), format!("127.5.0.2-{port}.json")];
    assert_eq!((first.code, names()), (Some(3), expected.to_vec()), "{first:?}");
    assert!(first.stderr.contains("refused"), "{first:?}");

    fs::remove_file(out.join(&expected[1])).unwrap();
    let kept = fs::metadata(out.join(&expected[0])).unwrap().modified().unwrap();
    let again = run(&["--resume"]);
    assert_eq!((again.code, again.stdout.lines().count()), (Some(3), 1), "{again:?}");
    assert_eq!(names(), expected);
    assert_eq!(fs::metadata(out.join(&expected[0])).unwrap().modified().unwrap(), kept);
    assert!(run(&[]).stderr.contains("hint: Use --force to replace it"));

    // An incomplete snapshot has another name, so that the host is read again.
    let port = fickle(&server, 1, 6000);
    let (list, farm) = (format!("smb://{USER}@127.0.0.1:{port}"), folder.path().join("broken"));
    let list = write(folder.path().join("one"), list);
    let run = |more: &[&str]| {
        let fixed = ["snapshot", "--hosts", list.to_str().unwrap(), "-o", farm.to_str().unwrap()];
        rdscal(PASSWORD, &[&fixed, more].concat())
    };
    let broken = run(&["--retries=0"]);
    assert_eq!(broken.code, Some(3), "{broken:?}");
    assert!(farm.join(format!("127.0.0.1-{port}.partial.json")).is_file());
    let whole = run(&["--resume"]);
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let left: Vec<_> = fs::read_dir(&farm).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [format!("127.0.0.1-{port}.json").as_str()]);
}

#[test]
fn a_file_that_holds_something_else_is_not_touched() {
    let folder = folder();
    let host = r"\\host.invalid";
    for (text, expected) in [
        ("dear diary\n", "line 1"),
        ("{\"a\": 1}", "line 1"),
        (
            "{\"line\":\"begin\",\"schema\":\"rdscal.lines/2\",\"tool\":\"\",\"begun_at\":\"2026-01-01T00:00:00Z\",\"options\":{\"at\":null,\"profile\":\"auto\",\"only\":[],\"ignore\":[]}}\n",
            "rdscal.lines/2",
        ),
        (
            "{\"line\":\"begin\",\"schema\":\"rdscal.lines/1\",\"tool\":\"\",\"begun_at\":\"2026-01-01T00:00:00Z\",\"options\":{\"at\":null,\"profile\":\"image\",\"only\":[],\"ignore\":[]}}\n",
            "written with other options",
        ),
    ] {
        let file = write(folder.path().join("file"), text);
        let run = rdscal(PASSWORD, &["doctor", host, "--resume", file.to_str().unwrap()]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(expected), "{run:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    // A file without a complete first line is treated as empty.
    for text in ["", "{\"line\":\"beg"] {
        let file = write(folder.path().join("file"), text);
        let host = folder.path().join("missing");
        let run = rdscal(PASSWORD, &["doctor", host.to_str().unwrap(), "--resume", file.to_str().unwrap()]);
        assert_eq!(run.code, Some(3), "{run:?}");
        assert_eq!(accounted(&lines(&file)).1["failures"]["not-found"], 1);
    }
}
