#!/usr/bin/env python3
"""Shows that the benches, which no other test runs, can begin.

usage: check_benches.py [SOURCE_DIR]

Every Python file below bench/ compiles, and every bench/*/run.py, called as its README calls it,
imports what it needs and tells its options. Leaves no file behind. Every fault is printed as FILE:
fault; any fault makes the exit status 1.
"""

import os
import subprocess
import sys
import warnings
from pathlib import Path


def check_syntax(path):
    """The fault of one file, or None."""
    try:
        compile(path.read_text(encoding="utf-8"), path, "exec")
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    return None


def check_help(program):
    """The fault of one run.py, or None."""
    try:
        run = subprocess.run(
            [program, "--help"],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    return f"--help ends with {run.returncode}:\n{run.stderr}" if run.returncode != 0 else None


def main(arguments):
    source = Path(arguments[0] if arguments else Path(__file__).parent.parent).resolve()
    warnings.simplefilter("error")  # The compiler's are of code that later Pythons refuse.
    files = sorted((source / "bench").rglob("*.py"))
    programs = sorted((source / "bench").glob("*/run.py"))
    checks = [(check_syntax, path) for path in files] + [(check_help, path) for path in programs]
    results = [(path.relative_to(source), check(path)) for check, path in checks]
    faults = [f"{path}: {fault}" for path, fault in results if fault]
    summary = f"{len(programs)} benches tell their options"
    print("\n".join(faults) or summary, file=sys.stderr)
    return 1 if faults or not programs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
