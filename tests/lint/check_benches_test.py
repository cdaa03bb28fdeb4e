"""check_benches.py on small source trees, each made to break one rule."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts/check_benches.py"
BENCH = """#!/usr/bin/env python3
import pathlib, sys
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import argparse, measure
argparse.ArgumentParser().parse_args()
"""


class CheckBenches(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check(self, **files):
        """Runs the script over a sound bench with these files, by their stems, besides or instead of
        its own; gives its status and what it printed."""
        for name, text in {"speed/run": BENCH, "support/measure": "", **files}.items():
            path = self.folder / f"bench/{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        return self.run_script()

    def run_script(self):
        run = subprocess.run(
            [sys.executable, SCRIPT, self.folder], capture_output=True, text=True, check=False
        )
        return run.returncode, run.stderr

    def assert_refused(self, expected, **files):
        status, output = self.check(**files)
        self.assertEqual(status, 1)
        self.assertIn(expected, output)

    def test_a_bench_that_tells_its_options_is_accepted(self):
        status, output = self.check()
        self.assertEqual(status, 0, output)

    def test_leaves_no_compiled_file_behind(self):
        self.check()
        self.assertEqual(list(self.folder.rglob("*.pyc")), [])

    def test_a_file_that_does_not_compile_is_named_with_its_line(self):
        self.assert_refused("bench/speed/peer.py: line 2: ", **{"speed/peer": "\ndef f(:\n"})

    def test_what_later_pythons_refuse_does_not_compile(self):
        self.assert_refused("bench/speed/peer.py: line 1: ", **{"speed/peer": 'a = "\\d"\n'})

    def test_a_bench_that_cannot_import_is_named_with_the_reason(self):
        broken = BENCH.replace("measure", "missing")
        self.assert_refused("No module named 'missing'", **{"speed/run": broken})

    def test_a_bench_that_is_no_program_is_named(self):
        self.check()
        (self.folder / "bench/speed/run.py").chmod(0o644)
        status, output = self.run_script()
        self.assertEqual(status, 1)
        self.assertIn("bench/speed/run.py: cannot be started", output)

    def test_an_empty_tree_is_no_success(self):
        self.assertEqual(self.run_script()[0], 1)


if __name__ == "__main__":
    unittest.main()
