"""compile_specs.py on small tables, each made to break one rule."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts/compile_specs.py"
COLUMNS = (
    "path type default min max options flags automl title description "
    "depends multiple_of regex examples follows fill ptm"
).split()


def row(path, kind, **cells):
    cells = {"path": path, "type": kind, **cells}
    return "\t".join(cells.get(column, "") for column in COLUMNS).rstrip("\t")


class CompileSpecs(unittest.TestCase):
    def compile(self, **tables):
        """Compiles {action: rows} of the subject "toy"; gives status, faults and the key header."""
        with tempfile.TemporaryDirectory() as folder:
            specs, output = Path(folder, "specs"), Path(folder, "out")
            (specs / "toy").mkdir(parents=True)
            for action, rows in tables.items():
                lines = ["\t".join(COLUMNS), *rows]
                (specs / "toy" / f"{action}.tsv").write_text("\n".join(lines) + "\n")
            run = subprocess.run(
                [sys.executable, SCRIPT, specs, output], capture_output=True, text=True, check=False
            )
            keys = output / "keys/toy.hpp"
            return run.returncode, run.stderr, keys.read_text() if keys.exists() else ""

    def assert_refused(self, rows, line, expected):
        status, faults, _ = self.compile(train=rows)
        self.assertEqual(status, 1)
        self.assertIn(f"specs/toy/train.tsv:{line}: ", faults)
        self.assertIn(expected, faults)

    def keys(self, **tables):
        status, faults, keys = self.compile(**tables)
        self.assertEqual(status, 0, faults)
        return keys

    def test_refuses_an_unknown_type(self):
        self.assert_refused([row("a", "float")], 2, "unknown type 'float'")

    def test_refuses_a_default_of_another_type(self):
        self.assert_refused([row("a", "integer", default="1.5")], 2, "is no integer")

    def test_refuses_a_default_out_of_bounds(self):
        self.assert_refused([row("a", "number", default="2", max="1")], 2, "widen min or max")

    def test_refuses_bounds_the_wrong_way_round(self):
        self.assert_refused([row("a", "number", min="2", max="1")], 2, "swap them")

    def test_refuses_infinite_bounds(self):
        self.assert_refused([row("a", "number", max="inf")], 2, "not a finite number")

    def test_refuses_a_default_that_is_no_option(self):
        rows = [row("a", "string", default="x", options='["y"]')]
        self.assert_refused(rows, 2, "not among the options")

    def test_refuses_a_ptm_of_another_type(self):
        self.assert_refused([row("a", "integer", ptm="x")], 2, "is not JSON")
        self.assert_refused([row("a", "integer", ptm="0.5")], 2, "is no integer")
        self.assert_refused([row("a", "object", ptm="{}")], 2, "single values")
        self.assert_refused([row("a", "string", ptm="=no name")], 2, "must be = and a name")

    def test_refuses_a_path_that_comes_twice(self):
        self.assert_refused([row("a", "string"), row("a", "string")], 3, "twice")

    def test_refuses_a_child_without_its_parent(self):
        self.assert_refused([row("a.b", "string")], 2, "must stand below the row of a")

    def test_refuses_a_child_away_from_its_parent(self):
        rows = [row("a", "object"), row("b", "string"), row("a.c", "string")]
        self.assert_refused(rows, 4, "must stand below the row of a")

    def test_refuses_a_child_of_a_scalar(self):
        self.assert_refused([row("a", "string"), row("a.b", "string")], 3, "not an object")

    def test_refuses_a_visible_child_of_a_hidden_parent(self):
        rows = [row("a", "object", flags="hidden"), row("a.b", "string")]
        self.assert_refused(rows, 3, "is hidden")

    def test_refuses_to_depend_on_what_is_not_there(self):
        self.assert_refused([row("a", "number", depends="<b")], 2, "depends '<b'")

    def test_refuses_effect_without_a_title(self):
        rows = [row("a", "number", flags="effective", description="What it does.")]
        self.assert_refused(rows, 2, "needs a title and a description")

    def test_refuses_an_unknown_flag(self):
        self.assert_refused([row("a", "number", flags="importnat")], 2, "unknown flag 'importnat'")

    def test_refuses_another_header(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "toy").mkdir()
            Path(folder, "toy/train.tsv").write_text("path\ttype\n")
            run = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, check=False)
            self.assertEqual(run.returncode, 1)

    def test_refuses_one_path_of_two_types(self):
        status, faults, _ = self.compile(
            train=[row("a", "string")], evaluate=[row("a", "boolean")]
        )
        self.assertEqual(status, 1)
        self.assertIn("a is a string here and a boolean at specs/toy/evaluate.tsv:2", faults)

    def test_reports_every_fault_in_one_run(self):
        _, faults, _ = self.compile(train=[row("a", "float"), row("b", "integer", default="x")])
        self.assertEqual(len(faults.strip().split("\n")), 2)

    def test_reads_integers_and_numbers_of_one_path_as_numbers(self):
        keys = self.keys(train=[row("a", "integer")], evaluate=[row("a", "number")])
        self.assertIn('Key<double> a{"a"}', keys)

    def test_makes_keywords_into_names(self):
        self.assertIn('Key<bool> default_{"default"}', self.keys(train=[row("default", "boolean")]))

    def test_makes_no_keys_of_what_the_job_fills(self):
        rows = [row("a", "string", flags="hidden"), row("b", "string")]
        self.assertNotIn('"a"', self.keys(train=rows))

    def test_gives_items_of_lists_paths_of_their_own(self):
        keys = self.keys(train=[row("a", "list[object]"), row("a.b", "string")])
        self.assertIn('Key<Json> a{"a"}', keys)
        self.assertIn("namespace a_item", keys)
        self.assertIn('Key<std::string> b{"b"}', keys)

    def test_leaves_unchanged_output_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            specs, output = Path(folder, "specs"), Path(folder, "out")
            (specs / "toy").mkdir(parents=True)
            (specs / "toy/train.tsv").write_text("\t".join(COLUMNS) + "\n" + row("a", "string") + "\n")
            command = [sys.executable, SCRIPT, specs, output]
            subprocess.run(command, check=True)
            before = (output / "tables.cpp").stat().st_mtime_ns
            subprocess.run(command, check=True)
            self.assertEqual((output / "tables.cpp").stat().st_mtime_ns, before)


if __name__ == "__main__":
    unittest.main()
