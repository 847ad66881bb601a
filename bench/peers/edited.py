"""Edits hives at random with regf's editor, and compares what other readers read from them with what they must say.

    python edited.py --corpus DIR --samples DIR --ours DUMP --edit EDIT --rust-peers PEER_DUMP [--only TEXT] [--seed N]

Each hive goes through rounds of edits made by ours and by hivex in turn. After each round there are these views of it:

* what it must say: a model (model.py) that was given the same edits and shares no code with regf;
* what ours says, line for line: keys, values, types, data, order, class names, security descriptors;
* what each other reader says, of as much as it can tell (compare.TELLS), compared with ours;
* what reglookup says of descriptors, and Samba of each descriptor that was met;
* whether the rules of the format hold (invariants.py), where they held before.

And each of our commits is broken off after some of its steps: then the hive, recovered by ours and by other programs that
know logs, must be in the old state or in the new one.

Differences that known-differences.tsv explains pass; hives are named as in it with " edited" behind. Exit codes as those
of compare.py.
"""

import argparse
import collections
import concurrent.futures
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import compare
import invariants
import reglookup
import security
from model import SDDL, Edits, Model, digest

HERE = Path(__file__).parent

# Hive, its edits in each round, who edits in turn, options of the editor. Several generations of Windows, versions 1.3 and
# 1.5, clean ones and dirty ones with logs of both formats.
OURS_AND_HIVEX = ("ours", "hivex", "ours")
HIVEX_AND_OURS = ("hivex", "ours", "hivex", "ours")
CASES = [
    ("samples/rdsh0*/S*", 60, OURS_AND_HIVEX, ()),
    ("hives/nt4-server/SYSTEM", 80, OURS_AND_HIVEX, ("--old-log",)),
    ("hives/nt4-server/SOFTWARE", 80, HIVEX_AND_OURS, ()),
    ("hives/winxp/SYSTEM", 80, OURS_AND_HIVEX, ("--old-log",)),
    ("hives/win7/SYSTEM", 120, ("ours",), ()),
    ("hives/win10-dirty/SYSTEM", 60, ("ours",), ()),
    ("hives/ntuser-dirty/NTUSER.DAT", 80, OURS_AND_HIVEX, ()),
    ("hives/misc/BCD", 80, HIVEX_AND_OURS, ()),
    ("hives/misc/UsrClassDeletedBags.dat", 80, OURS_AND_HIVEX, ()),
    ("hives/misc/100_sub_keys.hiv", 80, OURS_AND_HIVEX, ("--old-log",)),
    ("hives/hivex/minimal", 80, HIVEX_AND_OURS, ()),
    ("hives/hivex/rlenvalue", 60, HIVEX_AND_OURS, ()),
    ("hives/yarp/ManySubkeysHive", 60, OURS_AND_HIVEX, ()),
    ("hives/yarp/BigDataHive", 60, OURS_AND_HIVEX, ()),
    ("hives/yarp/UnicodeHive", 60, OURS_AND_HIVEX, ()),
    ("hives/yarp/OffHive", 60, OURS_AND_HIVEX, ()),
    # hivex does not write it.
    ("hives/yarp/OldDirtyHive/OldDirtyHive", 60, ("ours", "ours"), ()),
    ("hives/yarp/NewDirtyHive1/NewDirtyHive", 60, OURS_AND_HIVEX, ()),
]
EVERY = ["hivex", "dissect", "libregf", "winreg-core", "notatin", "regipy"]


def is_dirty(hive):
    with open(hive, "rb") as file:
        head = file.read(12)
    return head[4:8] != head[8:12]


def log_in_use(hive, logs):
    """The log whose header bears the number that the hive is being written with."""
    with open(hive, "rb") as file:
        number = file.read(8)[4:]
    return next((log for log in logs if log.read_bytes()[4:8] == number), None)


class Case:
    """One hive on its way through the rounds."""

    def __init__(self, everyone, name, path, number, editors, options, seed, known, folder):
        self.everyone, self.name, self.number, self.editors, self.options = everyone, name, number, editors, options
        self.random = random.Random(f"{name} {seed}")
        self.known = known
        self.checks, self.lines_compared, self.states = [], 0, 0
        self.descriptors = {}
        folder.mkdir(parents=True)
        self.folder, self.hive = folder, folder / path.name
        for file in [path, *compare.logs_of(path)]:
            shutil.copyfile(file, folder / file.name)

    def run(self):
        logs = compare.logs_of(self.hive)
        self.lines = self.everyone.read("ours", self.hive, logs, whole=True).lines
        # A hive may break rules before; hivex leaves free neighbors apart.
        self.broken = invariants.broken(self.hive.read_bytes()) if not logs else None
        model = Model(self.lines)
        for at, editor in enumerate(self.editors):
            check = compare.Check(f"{self.name} edited {at + 1} by {editor}", self.known)
            self.checks.append(check)
            try:
                model = self.round(check, model, editor)
            except Exception as error:  # noqa: BLE001 - the other hives are checked all the same
                check.problems.append(f"{type(error).__name__}: {error}")
            if check.problems:
                break
        return self

    def round(self, check, model, editor):
        raws = [bytes.fromhex(line.split("\t")[2]) for line in self.lines if line.startswith("D")]
        descriptors = [*raws[:20], *(security.to_bytes(it) for it in SDDL if self.everyone.samba)]
        edits = Edits(model, self.random, descriptors, hivex=editor == "hivex")
        script = "".join(f"{line}\n" for line in edits.some(self.number)).encode()
        if editor == "ours":
            self.interrupted = self.folder / "interrupted"
            shutil.rmtree(self.interrupted, ignore_errors=True)
            shutil.copytree(self.folder, self.interrupted)
        old = self.lines
        command = [self.everyone.edit, self.hive, "--accept-dirty", "--accept-transactions", *self.options]
        if editor == "hivex":
            command = [sys.executable, HERE / "hivex_edit.py", self.hive]
        said = self.edit(command, script)
        ours = self.everyone.read("ours", self.hive, whole=True)
        self.lines = ours.lines
        if is_dirty(self.hive):
            check.problems.append("the hive is dirty after it was edited")
        if ours.error:
            check.problems.append(f"ours says: {ours.error[:300]}")
        # hivex gives keys whatever time it likes.
        new = self.settle(check, model, ours.lines, times=editor == "ours")
        self.peers(check, ours)
        self.rules(check, editor)
        if editor == "ours" and not check.problems:
            steps = int(said.split(" steps")[0].split()[-1])
            self.interrupt(check, script, steps, old, ours.lines)
        return new

    def edit(self, command, script):
        done = subprocess.run(command, input=script, capture_output=True, timeout=compare.SECONDS, check=False)
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} fails: {said.strip()[-400:]}")
        return said

    def settle(self, check, model, lines, times):
        """Compares ours with the model; the model with its descriptors made from text resolved."""
        found = Model([line for line in lines if not line.startswith("D")])
        raws = {row[1]: bytes.fromhex(row[2]) for row in (it.split("\t") for it in lines) if row[0] == "D"}
        for path, key in model.keys.items():
            other = found.keys.get(path)
            if other is None:
                continue
            if key.security in SDDL and (not self.everyone.samba or security.says(raws[other.security], key.security)):
                key.security = other.security
            if not times:
                key.time = other.time
        self.compare(check, "the model", model.lines(), found.lines())
        return model

    def compare(self, check, reader, theirs, ours):
        """Two lists of lines that must be the same but for what is known."""
        mine, other = collections.Counter(ours), collections.Counter(theirs)
        self.lines_compared += len(ours)
        differences = [("ours only", line) for line in (mine - other).elements()]
        differences += [("theirs only", line) for line in (other - mine).elements()]
        unexplained = [it for it in differences if not check.explains(reader, *it)]
        if unexplained:
            check.problems.append(f"{reader}: {len(unexplained)} of {len(ours)} lines differ")
            check.problems += [f"    {what}: {line[:300]}" for what, line in unexplained[:6]]
        elif differences:
            check.explained.append(f"{reader} ({len(differences)})")
        else:
            check.agree.append(reader)

    def peers(self, check, ours):
        for name in EVERY:
            if self.everyone.has(name) and (name != "regipy" or self.small()):
                check.compare(name, ours, self.everyone.read(name, self.hive, whole=True))
                self.lines_compared += sum(line[:1] in compare.TELLS.get(name, "KV") for line in ours.lines)
        if self.everyone.has("reglookup"):
            done = subprocess.run(["reglookup", "-H", "-s", self.hive], capture_output=True, check=False)
            self.compare(check, "reglookup", reglookup.theirs(done.stdout), reglookup.ours(ours.lines))
        for line in ours.lines:
            if line.startswith("D"):
                _, sha, raw, parts, sddl = line.split("\t")
                self.descriptors[sha] = (bytes.fromhex(raw), parts, sddl)

    def rules(self, check, editor):
        broken = invariants.broken(self.hive.read_bytes())
        if self.broken is None:
            # What Windows' own logs leave behind: cells that nothing leads to (8 in NewDirtyHive).
            leaks = "what is allocated is used"
            self.broken = {leaks: broken[leaks]} if leaks in broken else {}
        if editor == "hivex":
            self.broken = broken
        for rule, places in broken.items():
            # Where hivex left faults, ours may at most mend them.
            if editor == "ours" and len(places) > len(self.broken.get(rule, ())):
                check.problems.append(f"rule broken: {rule} at {places[:4]}, {len(places)} places")

    def interrupt(self, check, script, steps, old, new):
        """Stops after some steps, and lets all that can recover the hive do so."""
        # A dozen of the first commit of a small hive; of the others one before the pages, one amid them, one behind them.
        many = self.small() and not self.states
        stops = range(0, steps + 1, 1 + steps // 12) if many else sorted({2, steps - 3, steps - 2})
        seen = []
        for stop in stops:
            folder = self.folder / "stop"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.interrupted, folder)
            hive = folder / self.hive.name
            options = ["--accept-dirty", "--accept-transactions", *self.options, "--stop", str(stop)]
            self.edit([self.everyone.edit, hive, *options], script)
            logs = compare.logs_of(hive)
            ours = self.everyone.read("ours", hive, logs, whole=True)
            self.states += 1
            lines = collections.Counter(ours.lines)
            state = {"old": lines == collections.Counter(old), "new": lines == collections.Counter(new)}
            if not any(state.values()):
                check.problems.append(f"torn after {stop} of {steps} steps")
                return
            dirty = is_dirty(hive)
            seen.append(("n" if state["new"] else "o").upper() if dirty else ("n" if state["new"] else "o"))
            for name, theirs in self.recoveries(hive, logs, dirty):
                if theirs is not None:
                    check.compare(name, ours, theirs)
        check.states = "".join(seen)

    def small(self):
        return self.hive.stat().st_size <= compare.SMALL

    def recoveries(self, hive, logs, dirty):
        if not dirty:
            if self.everyone.has("hivex"):
                yield "hivex", self.everyone.read("hivex", hive, whole=True)
            return
        if self.everyone.has("yarp"):
            yield "yarp", self.everyone.read("yarp", hive, logs)
        log = log_in_use(hive, logs)
        new = log is not None and log.read_bytes()[512:516] == b"HvLE"
        # notatin leaves out logs of the old format without a word.
        if new and self.everyone.has("notatin"):
            yield "notatin recovered", self.everyone.read("notatin", hive, logs)
        for name in ["regipy", "python-registry"] if new else ["regipy"]:
            # What they recover is read by dissect, which takes its time.
            if log is None or not self.everyone.has(name) or hive.stat().st_size > 4 * compare.SMALL:
                continue
            recovered = hive.parent / "recovered"
            recovered.unlink(missing_ok=True)
            done = compare.run([sys.executable, HERE / "recover.py", name, hive, log, recovered])
            if not recovered.is_file():
                yield f"{name} recovered", compare.Outcome([], done.error or "nothing was recovered")
            elif self.everyone.has("dissect"):
                # regipy's own keys and values come out decoded.
                yield f"{name} recovered", self.everyone.read("dissect", recovered)


class Everyone(compare.Readers):
    """The readers, and what else is needed."""

    def __init__(self, arguments):
        super().__init__(arguments)
        self.edit = arguments.edit
        self.samba = security.security is not None
        if not self.samba:
            self.missing["samba"] = "the Python module samba is not there (Debian: python3-samba)"
        if not shutil.which("reglookup"):
            self.missing["reglookup"] = "it is not there (Debian: reglookup)"
        if not compare.importlib.util.find_spec("Registry"):
            self.missing["python-registry"] = "the Python module Registry is not there"


def samba(everyone, cases, known):
    """Every descriptor that was met, as Samba reads it: its parts, and the text that ours writes of it."""
    met = {sha: it for case in cases for sha, it in case.descriptors.items()}
    check = compare.Check(f"{len(met)} security descriptors by Samba", known)
    texts = collections.Counter()
    for sha, (raw, parts, sddl) in sorted(met.items()):
        if (theirs := security.parts(raw)) != parts:
            check.problems += [f"{sha[:16]}: ours   {parts}", f"{'':16}  Samba  {theirs}"]
        texts[same := security.says(raw, sddl)] += 1
        if same is False:
            check.problems.append(f"not the same to Samba: {sddl}, {raw.hex()}")
    check.agree.append("Samba")
    check.states = f"text: {texts[True]} the same, {texts[None]} that Samba cannot read"
    return check


def cases(arguments, everyone, known, folder):
    made = []
    for name, number, editors, options in CASES:
        root = arguments.samples.parent if name.startswith("samples/") else arguments.corpus
        for path in sorted(root.glob(name)):
            name = str(path.relative_to(root))
            if arguments.only and arguments.only not in name:
                continue
            if not everyone.has("hivex"):
                editors = [it for it in editors if it != "hivex"]
            place = folder / str(len(made))
            made.append(Case(everyone, name, path, number, editors, options, arguments.seed, known, place))
    return made


def main():
    # A large hive takes dissect half a minute where nothing else runs.
    compare.SECONDS = 600
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True, help="the folder that holds CORPUS.tsv")
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--edit", required=True)
    parser.add_argument("--rust-peers", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", help="only hives whose paths contain this")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--keep", type=Path, help="work in this new folder, and leave the hives there")
    arguments = parser.parse_args()

    everyone = Everyone(arguments)
    known = [compare.Known(row) for row in compare.table("known-differences.tsv")]
    agreements, failed, count, done = collections.Counter(), 0, 0, []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        made = cases(arguments, everyone, known, arguments.keep or Path(folder))
        if not made:
            sys.exit("no hive found")
        for case in pool.map(Case.run, made):
            done.append(case)
            for check in case.checks:
                print(check, f"[{check.states}]" if hasattr(check, "states") else "", flush=True)
        checks = [check for case in done for check in case.checks]
        if everyone.samba:
            checks.append(samba(everyone, done, known))
            print(checks[-1], f"[{checks[-1].states}]")
    for check in checks:
        count += 1
        failed += bool(check.problems)
        agreements.update(check.agree)
    lines, states = sum(case.lines_compared for case in done), sum(case.states for case in done)
    print("agree in full: " + ", ".join(f"{name} {count}" for name, count in agreements.most_common()))
    for name, why in everyone.missing.items():
        print(f"could not run: {name}: {why}")
    print(f"hives: {count - failed} passed, {failed} failed; {lines} lines compared, {states} commits broken off")
    sys.exit(1 if failed else 2 if everyone.missing else 0)


if __name__ == "__main__":
    main()
