"""new_network into empty folders: what it makes keeps to the rules of the house and compiles."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]


class NewNetwork(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_script(self, name):
        command = [sys.executable, ROOT / "scripts/new_network", name, self.folder]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def make(self):
        run = self.run_script("mask_rcnn")
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def sources(self, *endings):
        return [path for path in self.folder.rglob("*") if path.suffix in endings]

    def test_names_the_files_it_made_and_the_lists_to_extend(self):
        output = self.make()
        for path in self.sources(".cpp", ".hpp", ".md"):
            self.assertIn(str(path.relative_to(self.folder)), output)
        for place in ("networks/registry.cpp", "catalog/networks.cpp", "specs/mask_rcnn/"):
            self.assertIn(place, output)

    def test_has_the_file_names_of_classification(self):
        self.make()
        made = {path.name for path in self.sources(".cpp", ".hpp")} - {"network_test.cpp"}
        model = {path.name for path in (ROOT / "src/athanor/networks/classification").iterdir()}
        self.assertLessEqual(made, model)

    def test_leaves_no_placeholder(self):
        self.make()
        for path in self.sources(".cpp", ".hpp", ".md"):
            self.assertNotIn("@", path.read_text(encoding="utf-8"), path)
        self.assertIn(
            "class MaskRcnnTask : public engine::PictureTask<TrainingData, EvaluationData>",
            (self.folder / "src/athanor/networks/mask_rcnn/training.hpp").read_text(encoding="utf-8"),
        )

    def test_keeps_to_the_layers(self):
        self.make()
        (self.folder / "cmake").mkdir()
        shutil.copy(ROOT / "cmake/layers.cmake", self.folder / "cmake")
        run = subprocess.run(
            [sys.executable, ROOT / "scripts/check_layers.py", self.folder],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(run.returncode, 0, run.stderr)

    @unittest.skipUnless(shutil.which("clang-format-14"), "clang-format-14 is not installed")
    def test_is_formatted(self):
        self.make()
        shutil.copy(ROOT / ".clang-format", self.folder)
        subprocess.run(
            ["clang-format-14", "--dry-run", "-Werror", *self.sources(".cpp", ".hpp")], check=True
        )

    @unittest.skipUnless("ATHANOR_SYNTAX_CHECK" in os.environ, "this build has no compute plane")
    def test_compiles(self):
        self.make()
        sources = [path for path in self.sources(".cpp") if "tests" not in path.parts]
        includes = "".join(f'#include "{path}"\n' for path in sources)
        (self.folder / "all.cpp").write_text(includes, encoding="utf-8")
        compiler = os.environ["ATHANOR_SYNTAX_CHECK"].split()
        subprocess.run([*compiler, f"-I{self.folder}/src", self.folder / "all.cpp"], check=True)

    def test_refuses_names_that_are_no_names(self):
        for name in ("Mask", "mask-rcnn", "../x", "", "1a"):
            self.assertEqual(self.run_script(name).returncode, 1, name)
        self.assertEqual(self.sources(".cpp"), [])

    def test_refuses_a_network_without_parameter_tables(self):
        run = self.run_script("resnext")
        self.assertEqual(run.returncode, 1)
        self.assertIn("specs/resnext/train.tsv", run.stderr)

    def test_overwrites_nothing(self):
        self.make()
        notes = self.folder / "src/athanor/networks/mask_rcnn/README.md"
        notes.write_text("mine", encoding="utf-8")
        self.assertEqual(self.run_script("mask_rcnn").returncode, 1)
        self.assertEqual(notes.read_text(encoding="utf-8"), "mine")


if __name__ == "__main__":
    unittest.main()
