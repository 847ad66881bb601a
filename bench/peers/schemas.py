"""Validates what rdscal prints as JSON against docs/schema, with the package jsonschema.

    python schemas.py RDSCAL

Each output names its schema ("rdscal.report/1"); the file in docs/schema that asks for that name is the one.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]


def named(schema):
    """The name that a schema asks its documents to carry."""
    return schema.get("properties", {}).get("schema", {}).get("const")


def main():
    program = str(ROOT / sys.argv[1])
    schemas = {}
    for file in sorted((ROOT / "docs/schema").glob("*.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        jsonschema.validators.validator_for(schema).check_schema(schema)
        schemas[named(schema)] = (file.name, schema)

    samples = sorted(it for it in (ROOT / "samples").iterdir() if it.is_dir())
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot.json"
        commands = [["doctor", "--format", "json", str(ROOT / "samples")]]
        commands += [["doctor", "--format", "json", str(sample)] for sample in samples]
        commands += [["show", "--format", "json", str(ROOT / "samples")]]
        commands += [["diff", "--format", "json", str(samples[0]), str(samples[-1])]]
        commands += [["snapshot", str(samples[-1]), "-o", str(snapshot)]]
        # A repair of a copy, with a journal of its own.
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT / "samples" / "rdsh02-locked-out", copy)
        ours = ["--format", "json", "--journal", str(Path(folder) / "state")]
        commands += [["fix", "set-mode", str(copy), "per-user", *ours]]
        commands += [["fix", "set-mode", str(copy), "per-user", "--apply", *ours]]
        commands += [["undo", "--apply", *ours], ["journal", "export", *ours[2:]]]
        checked, used = 0, set()
        for command in commands:
            done = subprocess.run([program, *command], capture_output=True, check=False)
            shown = "rdscal " + " ".join(command)
            if done.returncode not in (0, 1):
                sys.exit(f"{shown}: exit code {done.returncode}: {done.stderr.decode('utf-8', 'replace')[:500]}")
            text = snapshot.read_bytes() if command[0] == "snapshot" else done.stdout
            document = json.loads(text)
            name = document.get("schema")
            if name not in schemas:
                sys.exit(f"{shown}: no file in docs/schema asks for {name!r}")
            validator = jsonschema.validators.validator_for(schemas[name][1])
            errors = sorted(validator(schemas[name][1]).iter_errors(document), key=lambda error: list(error.path))
            for error in errors[:5]:
                print(f"{shown}: {schemas[name][0]}: {error.json_path}: {error.message[:300]}")
            if errors:
                sys.exit(1)
            checked += 1
            used.add(name)
    print(f"{checked} documents are as {len(used)} of {len(schemas)} schemas say")


if __name__ == "__main__":
    main()
