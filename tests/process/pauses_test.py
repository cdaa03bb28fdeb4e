"""Cancel pauses a training wherever it is, resume goes on: the same job, the same bits."""

import os
import time
import unittest

import pictures
import weights
import witness
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]

SPEC = {
    "model_config": {"arch": "resnet", "n_layers": 10, "input_image_size": "3,32,32",
                     "all_projections": False},
    "train_config": {"n_epochs": 2, "batch_size_per_gpu": 2, "preprocess_mode": "tf",
                     "enable_center_crop": False, "optimizer": {"sgd": {"momentum": 0.9}},
                     "lr_config": {"step": {"learning_rate": 0.01}}},
    "athanor": {"stem": "small", "width": 0.125},
}
SEARCH = {**SPEC, "train_config": {**SPEC["train_config"], "n_epochs": 1, "batch_size_per_gpu": 16},
          "athanor": {"lr_finder": "use", "stem": "small", "width": 0.25}}


class Pauses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, options=["--threads", "1"])
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.start()
        cls.key = weights.key_file(cls.server.folder)
        cls.train_data = pictures.post_coloured_dataset(cls.server, "images_train", 100)
        cls.few_data = pictures.post_coloured_dataset(cls.server, "images_val", 4)

    def model(self, spec, evaluation=None, action="train"):
        model = self.server.api("POST", "/model", {
            "network_arch": "classification", "train_datasets": [self.train_data],
            "eval_dataset": evaluation or self.few_data}, expect=201)["id"]
        self.server.api("POST", f"/model/{model}/specs/{action}", spec, expect=201)
        return f"/model/{model}"

    def post(self, model, action="train", parent=None):
        job, = self.server.api("POST", f"{model}/job", {"job": parent, "actions": [action]}, 201)
        return f"{model}/job/{job}"

    def folder(self, job):
        return self.server.data / "jobs" / job.rsplit("/", 1)[1]

    def wait_until(self, holds, job):
        deadline = time.monotonic() + 120
        while not holds():
            self.assertLess(time.monotonic(), deadline, self.server.api("GET", job))
            time.sleep(0.005)

    def pause(self, job):
        """Cancels; the record, once the worker is gone."""
        self.server.api("POST", f"{job}/cancel", expect=200)
        paused = self.server.api("GET", job, expect=200)
        self.assertEqual(paused["status"], "Error")
        self.wait_until(lambda: not witness.processes_of(self.server), job)
        return paused

    def finish(self, job):
        ended = self.server.wait_for_job(job, seconds=300)
        self.assertEqual(ended["status"], "Done", ended["result"].get("detailed_status"))
        return ended

    def said(self, job):
        return (self.folder(job) / "log.txt").read_text()

    def assert_goes_on(self, job, paused):
        self.server.api("POST", f"{job}/resume", expect=200)
        ended = self.finish(job)
        for field in ("id", "created_on", "parent_id", "action"):
            self.assertEqual(ended[field], paused[field])

    def assert_same_as_undisturbed(self, job, model, action="train", parent=None):
        other = self.post(model, action, parent)
        self.finish(other)
        left = [weights.left_by(PROGRAM, self.folder(each) / "artifacts", self.key)
                for each in (job, other)]
        self.assertEqual(*left)

    def test_in_the_middle_of_an_epoch(self):
        model = self.model(SPEC)
        parent = self.post(model)
        self.finish(parent)
        self.server.api("POST", f"{model}/specs/retrain", SPEC, expect=201)
        parent = parent.rsplit("/", 1)[1]
        job = self.post(model, "retrain", parent)
        self.wait_until(lambda: (self.folder(job) / "artifacts/classmap.json").exists(), job)

        paused = self.pause(job)

        self.assertEqual(paused["parent_id"], parent)
        epochs, batches = weights.position(self.folder(job) / "artifacts")
        self.assertGreater(batches, 0)
        self.assert_goes_on(job, paused)
        self.assertIn(f"Going on after {epochs} epochs and {batches} batches", self.said(job))
        self.assert_same_as_undisturbed(job, model, "retrain", parent)

    def test_a_refused_deletion_costs_no_checkpoint(self):
        job = self.post(self.model(SPEC))
        self.wait_until(lambda: (self.folder(job) / "artifacts/classmap.json").exists(), job)
        self.server.api("POST", f"{job}/cancel", expect=200)
        self.server.api("POST", f"{job}/resume", expect=200)

        self.server.api("DELETE", job, expect=400)

        self.finish(job)
        self.assertIn("Going on after", self.said(job))

    def many_data(self):
        """A dataset of 1200 pictures, of which few differ: to make them takes seconds, too."""
        few = pictures.coloured_dataset("images_val", 4)
        many = {name.replace(".png", f"-{i}.png"): content
                for name, content in few.items() for i in range(100)}
        dataset = self.server.api("POST", "/dataset", {
            "type": "image_classification", "format": "default"}, expect=201)["id"]
        self.server.upload(dataset, pictures.archive(many))
        return dataset

    def test_in_the_validation(self):
        # Enough epochs for a quick machine not to be done when it is paused.
        spec = {**SPEC, "train_config": {**SPEC["train_config"], "batch_size_per_gpu": 100,
                                         "n_epochs": 6},
                "eval_config": {"batch_size": 1}}
        model = self.model(spec, self.many_data())
        job = self.post(model)
        # Three batches to train on, 1200 to validate on: what runs after the first seconds.
        self.wait_until(lambda: (self.folder(job) / "artifacts/classmap.json").exists(), job)
        time.sleep(1.5)

        paused = self.pause(job)

        self.assertIn("Stopped after", self.said(job))
        self.assert_goes_on(job, paused)
        self.assert_same_as_undisturbed(job, model)

    def test_in_the_search_for_a_learning_rate(self):
        model = self.model(SEARCH)
        job = self.post(model)
        self.wait_until(lambda: (self.folder(job) / "artifacts/classmap.json").exists(), job)

        paused = self.pause(job)

        self.assertIn("Stopped in the search for a learning rate", self.said(job))
        self.assertEqual(weights.position(self.folder(job) / "artifacts"), (0, 0))
        self.assert_goes_on(job, paused)
        self.assertTrue((self.folder(job) / "artifacts/lr_finder.csv").exists())
        self.assert_same_as_undisturbed(job, model)


if __name__ == "__main__":
    unittest.main()
