"""Jobs of the real worker whose parent or data are not what they need end in Error and say why."""

import csv
import hashlib
import itertools
import json
import os
import pathlib
import struct
import unittest

import pictures
from athanor_server import Server
from training_test import SPEC

PROGRAM = os.environ["ATHANOR_PROGRAM"]
ENGINE_HEADER = "<8sIIQ64s"  # src/athanor/runtime/engine_file.hpp

# Nothing is wrong with it that a post could know, but pixels less this mean are no numbers.
WITHOUT_NUMBERS = {
    "model_config": {"arch": "resnet", "n_layers": 18, "input_image_size": "3,64,64"},
    "train_config": {"n_epochs": 1, "batch_size_per_gpu": 16, "preprocess_mode": "caffe",
                     "image_mean": [{"key": "b", "value": 1e39}]},
}


def with_changed_machine(engine, **changes):
    """The bytes of an engine file as they were, had it been made on another machine."""
    magic, version, described, weighed, _ = struct.unpack_from(ENGINE_HEADER, engine)
    body = engine[struct.calcsize(ENGINE_HEADER):]
    description = json.loads(body[:described])
    description["machine"].update(changes)
    text = json.dumps(description).encode()
    body = text + body[described:]
    digest = hashlib.blake2b(body, digest_size=32).hexdigest().encode()
    return struct.pack(ENGINE_HEADER, magic, version, len(text), weighed, digest) + body


def with_another_version(engine):
    return engine[:8] + struct.pack("<I", 99) + engine[12:]


def with_flipped_bit(content):
    return content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]


def blends(steps):
    """Pictures from each colour to each other, among them those that a model is least sure of."""
    colours = [(a, b, step / (steps - 1))
               for a, b in itertools.combinations(pictures.COLOURS.values(), 2)
               for step in range(steps)]
    return {f"{i:03d}.png": pictures.png([round(x + (y - x) * share) for x, y in zip(a, b)], i)
            for i, (a, b, share) in enumerate(colours)}


class FailingJobs(unittest.TestCase):
    """All of them follow jobs of one model, whose files a test changes and puts back."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(PROGRAM))
        cls.blends = blends(100)
        made = cls.server.api("POST", "/model", {
            "network_arch": "classification",
            "train_datasets": [cls.dataset(pictures.coloured_dataset("images_train", 16))],
            "eval_dataset": cls.dataset(pictures.coloured_dataset("images_val", 4, 100)),
            "inference_dataset": cls.dataset(
                {f"images/{name}": content for name, content in cls.blends.items()}, "raw"),
            "calibration_dataset": cls.dataset(
                {"images/gray.png": pictures.png((128, 128, 128))}, "raw")}, expect=201)
        cls.model = f"/model/{made['id']}"
        cls.server.api("POST", f"{cls.model}/specs/train", SPEC, expect=201)
        chain = cls.server.api("POST", f"{cls.model}/job",
                               {"actions": ["train", "export", "convert"]}, expect=201)
        cls.trained, cls.exported, cls.converted = chain
        for job in chain:
            ended = cls.wait_for(job)
            if ended["status"] != "Done":
                raise AssertionError(ended["result"]["detailed_status"]["message"])

    @classmethod
    def dataset(cls, files, form="default"):
        made = cls.server.api("POST", "/dataset", {"type": "image_classification",
                                                   "format": form}, expect=201)
        cls.server.upload(made["id"], pictures.archive(files))
        return made["id"]

    @classmethod
    def wait_for(cls, job):
        return cls.server.wait_for_job(f"{cls.model}/job/{job}", seconds=300)

    def post(self, action, parent, query=""):
        job, = self.server.api("POST", f"{self.model}/job{query}",
                               {"job": parent, "actions": [action]}, expect=201)
        return job

    def failure(self, action, parent, query=""):
        """Why a job behind `parent` ends in Error."""
        ended = self.wait_for(self.post(action, parent, query))
        self.assertEqual(ended["status"], "Error")
        return ended["result"]["detailed_status"]["message"]

    def artifacts(self, job):
        return self.server.data / "jobs" / job / "artifacts"

    def alter(self, file, change):
        content = file.read_bytes()
        self.addCleanup(file.write_bytes, content)
        file.write_bytes(change(content))

    def link(self, role, dataset):
        before = self.server.api("GET", self.model, expect=200)[role]
        self.addCleanup(self.server.api, "PATCH", self.model, {role: before}, 200)
        self.server.api("PATCH", self.model, {role: dataset}, expect=200)

    def save_spec(self, action, spec):
        self.server.api("POST", f"{self.model}/specs/{action}", spec, expect=201)

    def labelled_by_the_export(self):
        """The blends in the class folders that the float model puts them into."""
        job = self.post("inference", self.exported)
        self.assertEqual(self.wait_for(job)["status"], "Done")
        rows = csv.reader((self.artifacts(job) / "result.csv").read_text().splitlines())
        labels = {pathlib.PurePath(row[0]).name: row[1] for row in rows}
        return {f"images_val/{labels[name]}/{name}": content
                for name, content in self.blends.items()}

    def test_a_training_without_numbers_ends_before_its_first_step(self):
        self.addCleanup(self.save_spec, "train", SPEC)
        self.save_spec("train", WITHOUT_NUMBERS)
        job, = self.server.api("POST", f"{self.model}/job", {"actions": ["train"]}, expect=201)

        ended = self.wait_for(job)

        self.assertEqual(ended["status"], "Error")
        message = ended["result"]["detailed_status"]["message"]
        self.assertIn("the loss of the very first pictures is no number", message)
        self.assertIn("image_mean", message)
        forecast = self.server.api("GET", f"{self.model}/job/{job}/preflight", expect=200)
        self.assertEqual(forecast["verdict"], "fails")
        self.assertIn(forecast["message"], message)
        self.assertFalse((self.artifacts(job) / "weights").exists())

    def test_int8_that_costs_more_than_its_budget_names_the_layers_that_hurt(self):
        self.link("eval_dataset", self.dataset(self.labelled_by_the_export()))
        self.addCleanup(self.save_spec, "convert", {"data_type": "fp32"})
        self.save_spec("convert", {
            "data_type": "int8", "batch_size": 1, "batches": 1,
            "athanor": {"accuracy_budget": 0.0, "calibration_method": "percentile",
                        "calibration_percentile": 90.0}})

        message = self.failure("convert", self.exported)

        self.assertIn("int8 costs more than athanor.accuracy_budget allows", message)
        self.assertRegex(message, r"change the outputs most: \S+ by \d+\.\d\d %, ")

    def test_calibration_data_without_pictures_are_named(self):
        data = self.dataset({"images/gray.png": pictures.png((128, 128, 128))}, "raw")
        self.link("calibration_dataset", data)
        self.addCleanup(self.save_spec, "convert", {"data_type": "fp32"})
        self.save_spec("convert", {"data_type": "int8"})
        picture, = (self.server.data / "datasets" / data).rglob("*.png")
        picture.unlink()

        message = self.failure("convert", self.exported)

        self.assertIn("calibration_dataset: the dataset holds no pictures", message)

    def test_an_operator_that_engines_lack_is_named(self):
        # An operator's type is field 4 of its node: the byte 0x22, a length, the name.
        relu, ceil = b"\x22\x04Relu", b"\x22\x04Ceil"
        file = self.artifacts(self.exported) / "model.onnx"
        self.assertIn(relu, file.read_bytes())
        self.alter(file, lambda content: content.replace(relu, ceil))

        self.assertIn("Ceil", self.failure("convert", self.exported))

    def test_an_engine_of_another_machine_is_refused(self):
        file = self.artifacts(self.converted) / "model.engine"
        cases = (({"isa": "avx10"}, "made for a processor with avx10, here it is"),
                 ({"athanor": "0.0.1"}, "made for Athanor 0.0.1, here it is"))
        for changes, reason in cases:
            self.alter(file, lambda content, changes=changes: with_changed_machine(content, **changes))
            for action in ("evaluate", "inference"):
                with self.subTest(changes=changes, action=action):
                    message = self.failure(action, self.converted)
                    self.assertIn(reason, message)
                    self.assertIn("anew with convert", message)
            self.doCleanups()

    def test_an_engine_that_is_damaged_or_of_another_format_is_refused(self):
        file = self.artifacts(self.converted) / "model.engine"
        for change, reason in ((with_another_version, "has format version 99"),
                               (with_flipped_bit, "the engine file is damaged: its digest differs"),
                               (lambda content: content[:-1], "it is cut short or too long")):
            with self.subTest(reason=reason):
                self.alter(file, change)
                self.assertIn(reason, self.failure("evaluate", self.converted))
                self.doCleanups()

    def test_damaged_weights_are_refused(self):
        for file in (self.artifacts(self.trained) / "weights").glob("*.safetensors"):
            self.alter(file, with_flipped_bit)

        for action in ("evaluate", "export"):
            with self.subTest(action=action):
                self.assertRegex(self.failure(action, self.trained),
                                 r"\.safetensors: the file is damaged within bytes")

    def test_a_checkpoint_of_another_network_is_refused(self):
        for file in (self.artifacts(self.trained) / "weights").glob("*.json"):
            self.alter(file, lambda content: json.dumps(
                {**json.loads(content), "network": "multitask_classification"}).encode())

        message = self.failure("evaluate", self.trained)

        self.assertIn("holds a model of multitask_classification, not of classification", message)

    def test_a_training_without_weights_is_no_parent_from_the_start(self):
        weights = self.artifacts(self.trained) / "weights"
        hidden = weights.rename(weights.with_name("hidden"))
        self.addCleanup(hidden.rename, weights)

        job = self.post("prune", self.trained)

        ended = self.server.api("GET", f"{self.model}/job/{job}", expect=200)
        self.assertEqual(ended["status"], "Error")
        self.assertIn(f"the parent job {self.trained} (train) has no weights any more: run it again",
                      ended["result"]["detailed_status"]["message"])

    def test_pruning_that_leaves_nothing_is_refused_without_preflight_too(self):
        self.save_spec("prune", {"pruning_threshold": 1.0, "min_num_filters": 0})

        message = self.failure("prune", self.trained, "?preflight=off")

        self.assertIn("pruning_threshold: no filter is above 1", message)

    def test_batches_of_an_export_that_are_none_are_refused_without_preflight_too(self):
        self.addCleanup(self.save_spec, "export", {"data_type": "fp32"})
        cases = (({"static_batch_size": 0},
                  "static_batch_size: 0 is no batch size; -1 leaves it open"),
                 ({"static_batch_size": -5}, "static_batch_size: -5 is no batch size"),
                 ({"opt_batch_size": 8, "max_batch_size": 4},
                  "opt_batch_size: 8 is more than max_batch_size, 4; lower the one"),
                 ({"min_batch_size": 3, "opt_batch_size": 2},
                  "min_batch_size: 3 is more than opt_batch_size, 2; lower the one"))
        for spec, reason in cases:
            with self.subTest(spec=spec):
                self.save_spec("export", spec)

                self.assertIn(reason, self.failure("export", self.trained, "?preflight=off"))


if __name__ == "__main__":
    unittest.main()
