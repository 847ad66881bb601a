"""Compares what regf reads from every hive of the corpus with what independent readers read from it.

    python compare.py --corpus DIR --ours DUMP --rust-peers PEER_DUMP [--report FILE] [--jobs N] [HIVE...]

DUMP is crates/core/regf/examples/dump.rs, PEER_DUMP is bench/src/bin/peer-dump.rs. A hive is checked when at least two
readers agree with ours on every line, but for the differences that known-differences.tsv explains. Hives with
transaction logs are compared once as they lie, and once recovered: with notatin, with what Windows itself made of them
where the corpus has that, and with the digests of yarp's recovery in recovered.tsv.

Exit code: 0 all checked; 1 a difference that nothing explains, or a hive that too few readers could check; 2 a reader
could not be run at all (named on the last lines as "could not run: ...").
"""

import argparse
import collections
import concurrent.futures
import csv
import fnmatch
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import readers

HERE = Path(__file__).parent
SECONDS = 120
MEMORY = 6 << 30
# regipy walks 10,000 values a second.
SMALL = 2 << 20
PLAIN = ["hivex", "dissect", "libregf", "winreg-core", "notatin", "regipy"]
RECOVERING = ["notatin", "yarp"]
# The lines that each reader gives; keys and values where nothing else is said. The last three are asked for with --whole.
TELLS = {"regipy": "K", "hivex": "KVO", "libregf": "KVOC", "dissect": "KVOCS"}


def table(name):
    """The rows of a tab-separated file, as dictionaries; lines that begin with # are comments."""
    with open(HERE / name, encoding="utf-8", newline="") as file:
        rows = (line for line in file if line.strip() and not line.startswith("#"))
        return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


class Known:
    """A difference that is explained: which reader, on which hives, what, and why."""

    def __init__(self, row):
        self.reader, self.hive, self.what, self.why = row["reader"], row["hive"], row["what"], row["why"]
        self.pattern = re.compile(row["pattern"] or "")
        self.used = 0

    def explains(self, reader, hive, what, line=""):
        if reader != self.reader or what != self.what or not fnmatch.fnmatchcase(hive, self.hive):
            return False
        if self.pattern.pattern and not self.pattern.search(line):
            return False
        self.used += 1
        return True


class Outcome:
    """What one program said of one hive."""

    def __init__(self, lines, error):
        self.lines, self.error = lines, error

    @property
    def refused(self):
        return not self.lines


def run(command):
    def limit():
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, preexec_fn=limit, check=False)
    except subprocess.TimeoutExpired:
        return Outcome([], f"not done after {SECONDS} s")
    error = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode < 0:
        error = f"ended by signal {-done.returncode}"
    elif done.returncode and not error:
        error = f"exit code {done.returncode}"
    return Outcome(done.stdout.decode("utf-8", "replace").split("\n")[:-1], error)


class Readers:
    def __init__(self, arguments):
        self.ours, self.rust = arguments.ours, arguments.rust_peers
        self.missing = {}
        for name, module in readers.MODULES.items():
            try:
                found = importlib.util.find_spec(module)
            except ImportError:
                found = None
            if not found:
                self.missing[name] = f"the Python module {module} is not there"
        # No package registry has the reader of that name.
        self.without_yarp = self.missing.pop("yarp", None)
        if not Path(self.rust).is_file():
            for name in ("winreg-core", "notatin"):
                self.missing[name] = f"{self.rust} is not there"

    def has(self, name):
        return name not in self.missing and not (name == "yarp" and self.without_yarp)

    def read(self, name, hive, logs=(), whole=False):
        options = ["--whole"] if whole else []
        if name == "ours":
            return run([self.ours, hive, *options, *(["--recover", *logs] if logs else [])])
        if name in ("winreg-core", "notatin"):
            # notatin takes an empty log for an error.
            return run([self.rust, name, hive, *(it for it in logs if it.stat().st_size)])
        return run([sys.executable, HERE / "readers.py", name, hive, *options, *logs])


def digest(lines):
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()


class Check:
    """One hive, plain or recovered: which readers agree, and what nothing explains."""

    def __init__(self, hive, known):
        self.hive, self.known = hive, known
        self.agree, self.explained, self.refused, self.problems = [], [], [], []

    def explains(self, reader, what, line=""):
        return any([row for row in self.known if row.explains(reader, self.hive, what, line)])

    def compare(self, reader, ours, theirs):
        if theirs.refused and not ours.refused:
            if self.explains(reader, "refuses", theirs.error):
                self.refused.append(reader)
            else:
                self.problems.append(f"{reader} refuses: {theirs.error[:300]}")
            return
        if ours.refused and not theirs.refused:
            if self.explains(reader, "reads alone", ours.error):
                self.refused.append(reader)
            else:
                self.problems.append(f"{reader} reads {len(theirs.lines)} lines, ours refuses: {ours.error[:300]}")
            return
        mine = collections.Counter(line for line in ours.lines if line[:1] in TELLS.get(reader, "KV"))
        other = collections.Counter(theirs.lines)
        differences = [("ours only", line) for line in (mine - other).elements()]
        differences += [("theirs only", line) for line in (other - mine).elements()]
        unexplained = [it for it in differences if not self.explains(reader, *it)]
        if unexplained:
            self.problems.append(f"{reader}: {len(unexplained)} of {len(mine)} lines differ")
            self.problems += [f"    {what}: {line[:240]}" for what, line in unexplained[:6]]
            if theirs.error:
                self.problems.append(f"    it says: {theirs.error[:200]}")
        elif differences:
            self.explained.append(f"{reader} ({len(differences)})")
        else:
            self.agree.append(reader)

    def close(self, needed):
        able = len(self.agree) + len(self.explained)
        if able < needed and not self.problems and not self.explains("all", "too few"):
            self.problems.append(f"{able} readers could check it, {needed} are needed")
        return self

    def __str__(self):
        parts = [f"{len(self.agree)} agree"]
        if self.explained:
            parts.append("explained: " + ", ".join(self.explained))
        if self.refused:
            parts.append("known to fail: " + ", ".join(self.refused))
        head = f"{'FAIL' if self.problems else 'ok  '} {self.hive}: {'; '.join(parts)}"
        return "\n".join([head, *(f"     {problem}" for problem in self.problems)])


def check_plain(everyone, corpus, hive, known):
    path = corpus / hive
    check = Check(hive, known)
    ours = everyone.read("ours", path)
    names = [it for it in PLAIN if everyone.has(it) and (it != "regipy" or path.stat().st_size <= SMALL)]
    for name in names:
        check.compare(name, ours, everyone.read(name, path))
    return check.close(2)


def logs_of(path):
    """The transaction logs beside a hive, .LOG1 and .LOG2 before .LOG; none when all are empty."""
    beside = [it for it in path.parent.iterdir() if it.stem == path.name and it.suffix.upper() in (".LOG", ".LOG1", ".LOG2")]
    if not any(it.stat().st_size for it in beside):
        return []
    return sorted(beside, key=lambda it: (len(it.suffix) == 4, it.suffix))


def check_recovered(everyone, corpus, hive, known, digests):
    path = corpus / hive
    check = Check(f"{hive} recovered", known)
    ours = everyone.read("ours", path, logs_of(path))
    for name in RECOVERING:
        if everyone.has(name):
            check.compare(name, ours, everyone.read(name, path, logs_of(path)))
    for windows in sorted(path.parent.glob("RecoveredHive_*")):
        for name in ("hivex", "dissect"):
            if everyone.has(name):
                theirs = everyone.read(name, windows)
                check.compare(f"{windows.name} by {name}", ours, theirs)
    row = digests.get(hive)
    if row and not everyone.has("yarp"):
        if (str(len(ours.lines)), digest(ours.lines)) == (row["lines"], row["sha256"]):
            check.agree.append("yarp's digest")
        else:
            check.problems.append(f"yarp's recovery has {row['lines']} lines, ours {len(ours.lines)}; the digests differ")
            if ours.error:
                check.problems.append(f"    ours says: {ours.error[:300]}")
    return check.close(1)


def is_primary(path):
    with open(path, "rb") as file:
        head = file.read(512)
    return head[:4] == b"regf" and int.from_bytes(head[28:32], "little") == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True, help="the folder that holds CORPUS.tsv")
    parser.add_argument("--ours", required=True)
    parser.add_argument("--rust-peers", required=True)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--no-recovery", action="store_true", help="leave out what needs transaction logs")
    parser.add_argument("hives", nargs="*", help="paths below the corpus; all when none is given")
    arguments = parser.parse_args()

    everyone = Readers(arguments)
    known = [Known(row) for row in table("known-differences.tsv")]
    digests = {row["hive"]: row for row in table("recovered.tsv")}
    corpus = arguments.corpus
    files = sorted(it for it in corpus.rglob("*") if it.is_file() and it.stat().st_size >= 512)
    hives = arguments.hives or [str(it.relative_to(corpus)) for it in files if is_primary(it)]
    tasks = [(check_plain, everyone, corpus, hive, known) for hive in hives]
    if not arguments.no_recovery:
        tasks += [(check_recovered, everyone, corpus, it, known, digests) for it in hives if logs_of(corpus / it)]
    if not tasks:
        sys.exit("no hive found")

    checks, agreements = [], collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for check in pool.map(lambda task: task[0](*task[1:]), tasks):
            checks.append(check)
            agreements.update(check.agree)
            print(check, flush=True)
    failed = sum(bool(check.problems) for check in checks)
    print("agree in full: " + ", ".join(f"{name} {count}" for name, count in agreements.most_common()))
    if not arguments.hives:
        for row in known:
            if not row.used and " edited " not in row.hive:
                print(f"note: never needed: {row.reader}, {row.hive}, {row.what} {row.pattern.pattern}")
    if everyone.without_yarp:
        print("note: yarp is in no package registry; its recoveries are compared by the digests in recovered.tsv")
    if arguments.report:
        arguments.report.write_text("\n".join(map(str, checks)) + "\n", encoding="utf-8")
    for name, why in everyone.missing.items():
        print(f"could not run: {name}: {why}")
    print(f"hives: {len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 2 if everyone.missing else 0)


if __name__ == "__main__":
    main()
