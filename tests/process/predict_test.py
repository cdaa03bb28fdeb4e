"""`athanor predict`: pictures through an engine, without a server."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import pictures

PROGRAM = os.environ["ATHANOR_PROGRAM"]
ENGINE_MAKER = os.environ["ATHANOR_ENGINE_MAKER"]


class Predict(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="athanor-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.engine = self.folder / "model.engine"
        subprocess.run([ENGINE_MAKER, self.engine], check=True)
        for name, colour in pictures.COLOURS.items():
            (self.folder / f"{name}.png").write_bytes(pictures.png(colour))

    def predict(self, *arguments):
        return subprocess.run([PROGRAM, "predict", *map(str, arguments)], capture_output=True,
                              text=True, timeout=120, check=False)

    def test_names_the_likeliest_classes_of_each_picture(self):
        files = [self.folder / "blue.png", self.folder / "red.png"]

        ended = self.predict(self.engine, *files, "--top-k", 2)

        self.assertEqual(ended.returncode, 0, ended.stderr)
        blue, red = ended.stdout.splitlines()
        self.assertRegex(blue, r"^\S+/blue\.png: blue 0\.\d{4}, green 0\.\d{4}$")
        self.assertRegex(red, r"^\S+/red\.png: red 0\.\d{4}, (green|blue) 0\.\d{4}$")

    def test_prints_an_object_for_each_picture_as_json(self):
        ended = self.predict(self.engine, self.folder / "green.png", "--json", "--crop", "none")

        answer = json.loads(ended.stdout)
        self.assertEqual(answer["picture"], str(self.folder / "green.png"))
        self.assertEqual([rank["label"] for rank in answer["predictions"]][0], "green")
        self.assertAlmostEqual(sum(rank["probability"] for rank in answer["predictions"]), 1,
                               places=5)

    def test_goes_on_after_a_picture_that_cannot_be_read(self):
        broken = self.folder / "broken.png"
        broken.write_bytes(b"no picture")

        ended = self.predict(self.engine, broken, self.folder / "red.png")

        self.assertEqual(ended.returncode, 65)
        self.assertIn("broken.png", ended.stderr)
        self.assertIn("red.png: red", ended.stdout)

    def test_refuses_engines_of_other_machines_and_files_that_are_none(self):
        subprocess.run([ENGINE_MAKER, self.engine, "avx10"], check=True)

        ended = self.predict(self.engine, self.folder / "red.png")

        self.assertEqual(ended.returncode, 69)
        self.assertIn("avx10", ended.stderr)
        self.assertIn("anew with convert", ended.stderr)
        ended = self.predict(self.folder / "red.png", self.folder / "red.png")
        self.assertEqual(ended.returncode, 65)
        self.assertIn("no engine file", ended.stderr)
        ended = self.predict(self.folder / "missing.engine", self.folder / "red.png")
        self.assertEqual(ended.returncode, 65)

    def test_wants_an_engine_and_a_picture(self):
        self.assertEqual(self.predict(self.engine).returncode, 64)
        self.assertEqual(self.predict(self.engine, "x.png", "--top-k", "0").returncode, 64)
        self.assertEqual(self.predict(self.engine, "x.png", "--crop", "left").returncode, 64)


if __name__ == "__main__":
    unittest.main()
