"""A training whose worker is killed at random moments, again and again, leaves what an undisturbed
one leaves, to the last bit: weights, optimiser, best epoch and figures."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
import unittest

import pictures
import weights
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WORKER = pathlib.Path(PROGRAM).with_name("athanor-worker")
KILLS = int(os.environ.get("ATHANOR_KILLS_OF_A_TRAINING", "20"))
SEED = int(os.environ.get("ATHANOR_SEED", "1"))
EPOCHS = 8 + 2 * KILLS
STEPS = 6  # Of an epoch: 24 pictures, four at once.
# A quick machine needs most of it to come to the first step.
LONGEST_ATTEMPT_SECONDS = 1

MODEL = {"n_layers": 10, "input_image_size": "3,16,16", "all_projections": False}
OURS = {"stem": "small", "width": 0.125, "moving_average_decay": 0.98,
        "checkpoint_minutes": 0.0002}

# All that draws random numbers or remembers something is on.
SPECS = {
    "classification": {
        "model_config": {**MODEL, "arch": "resnet", "dropout": 0.3},
        "train_config": {"n_epochs": EPOCHS, "batch_size_per_gpu": 4, "preprocess_mode": "torch",
                         "enable_random_crop": True, "enable_color_augmentation": True,
                         "mixup_alpha": 0.2, "label_smoothing": 0.1,
                         "optimizer": {"adam": {"lr": 0.001}},
                         "reg_config": {"type": "L2", "weight_decay": 0.001},
                         "lr_config": {"cosine": {"learning_rate": 0.01, "soft_start": 0.1}}},
        "athanor": {**OURS, "early_stopping": {"patience": 100000}},
    },
    "multitask_classification": {
        "model_config": MODEL,
        "training_config": {"num_epochs": EPOCHS, "batch_size_per_gpu": 4, "checkpoint_interval": 2,
                            "optimizer": {"sgd": {"momentum": 0.9, "nesterov": True}},
                            "learning_rate": {"soft_start_annealing_schedule": {
                                "min_learning_rate": 1e-4, "max_learning_rate": 0.02}}},
        "athanor": OURS,
    },
}


def folders():
    """Three classes, for training and validation."""
    return ([pictures.coloured_dataset("images_train", 8),
             pictures.coloured_dataset("images_val", 2, 100)], "default")


def tables():
    """Two tasks over the same pictures; a label is missing."""
    rows, files = ["fname,colour,mood"], {}
    for number in range(24):
        name = ("red", "green", "blue")[number % 3]
        files[f"images_train/{number}.png"] = pictures.png(pictures.COLOURS[name], number)
        rows.append(f"{number}.png,{name},{'' if number == 7 else 'warm' if number % 3 else 'cold'}")
    files["train.csv"] = "\n".join(rows).encode()
    files["val.csv"] = "\n".join(rows[:7]).encode()
    return [files], "custom"


def seconds_of(artifacts):
    """From the list of classes, which is written before the first step, to the last checkpoint."""
    begin = min(file.stat().st_mtime for file in artifacts.glob("class*.json"))
    return max(file.stat().st_mtime for file in (artifacts / "weights").glob("*.json")) - begin


class Worker:
    """Attempts of one job in a directory of its own, by hand."""

    def __init__(self, folder, request, key):
        folder.mkdir()
        self.folder, self.request, self.key = folder, request, key
        self.request["attempt"] = 0
        threads = str(request["threads"])
        self.environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": threads,
                            "OPENBLAS_NUM_THREADS": threads}

    @property
    def artifacts(self):
        return self.folder / "artifacts"

    def start(self):
        self.request["attempt"] += 1
        (self.folder / "job.json").write_text(json.dumps(self.request))
        with open(self.folder / "log.txt", "ab") as log:
            return subprocess.Popen([WORKER, "run", self.folder, "--key-file", self.key],
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    env=self.environment)

    def lines(self):
        """The status lines that are whole."""
        status = self.folder / "status.json"
        text = status.read_text() if status.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]

    def starts(self):
        return sum(line.get("message", "").startswith("Starting") for line in self.lines())

    def steps(self):
        epoch, batches = weights.position(self.artifacts)
        return epoch * STEPS + batches


class ExactResume(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, options=["--threads", "2"])
        self.server.start()
        self.addCleanup(self.server.__exit__)
        self.key = weights.key_file(self.server.folder)

    def upload(self, files, layout):
        dataset = self.server.api("POST", "/dataset", {
            "type": "image_classification", "format": layout}, expect=201)["id"]
        self.server.upload(dataset, pictures.archive(files))
        return dataset

    def undisturbed(self, network, data):
        """The directory of a training that nobody disturbs."""
        splits, layout = data
        datasets = [self.upload(files, layout) for files in splits]
        model = self.server.api("POST", "/model", {
            "network_arch": network, "train_datasets": datasets[:1],
            "eval_dataset": datasets[-1]}, expect=201)["id"]
        self.server.api("POST", f"/model/{model}/specs/train", SPECS[network], expect=201)
        job, = self.server.api("POST", f"/model/{model}/job", {"actions": ["train"]}, expect=201)
        ended = self.server.wait_for_job(f"/model/{model}/job/{job}", seconds=1800)
        self.assertEqual(ended["status"], "Done", ended["result"]["detailed_status"])
        return self.server.data / "jobs" / job

    def kill(self, worker, choose, seconds, limit):
        """Lets an attempt run for at most these seconds, or until `limit` steps are saved."""
        before = worker.starts()
        process = worker.start()
        self.addCleanup(process.kill)
        if choose.random() < 0.15:
            time.sleep(choose.uniform(0, 0.5))  # While it starts.
        else:
            while worker.starts() == before and process.poll() is None:
                time.sleep(0.005)
            end = time.monotonic() + seconds
            while time.monotonic() < end and worker.steps() < limit:
                time.sleep(0.005)
        process.kill()
        self.assertEqual(process.wait(), -signal.SIGKILL, "the training was over too soon")

    def check(self, network, data):
        original = self.undisturbed(network, data)
        choose = random.Random(SEED)
        duration = seconds_of(original / "artifacts")
        worker = Worker(self.server.folder / network,
                        json.loads((original / "job.json").read_text()), self.key)

        longest = max(LONGEST_ATTEMPT_SECONDS, 2 * duration / KILLS)
        for number in range(KILLS):
            # A third of the steps is left for the last attempt, which nobody kills.
            self.kill(worker, choose, choose.uniform(0, longest),
                      EPOCHS * STEPS * (number + 1) / (1.5 * KILLS))
        self.assertLess(worker.steps(), EPOCHS * STEPS)
        self.assertEqual(worker.start().wait(600), 0, worker.lines()[-1])

        resumed = [line["message"] for line in worker.lines()
                   if line.get("message", "").startswith("Going on after")]
        in_epochs = [message for message in resumed if " and 0 batches" not in message]
        self.assertGreater(len(resumed), KILLS / 2)
        self.assertGreater(len(in_epochs), KILLS / 8, resumed)
        self.assertEqual(weights.left_by(PROGRAM, worker.artifacts, self.key),
                         weights.left_by(PROGRAM, original / "artifacts", self.key))
        shutil.rmtree(worker.folder)

    def test_classification(self):
        self.check("classification", folders())

    def test_multitask_classification(self):
        self.check("multitask_classification", tables())


if __name__ == "__main__":
    unittest.main()
