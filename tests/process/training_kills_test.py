"""Server and real worker are killed again and again in the middle of a training, which ends as if
nothing had happened."""

import os
import random
import signal
import time
import unittest

import pictures
import weights
import witness
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
KILLS = 20
EPOCHS = 400  # Enough for all kills to come in time.

SPEC = {
    "model_config": {"arch": "resnet", "n_layers": 10, "input_image_size": "3,32,32",
                     "all_projections": False},
    "train_config": {"n_epochs": EPOCHS, "batch_size_per_gpu": 16, "preprocess_mode": "tf",
                     "enable_random_crop": False, "enable_center_crop": False,
                     "enable_color_augmentation": False, "mixup_alpha": 0.0,
                     "optimizer": {"sgd": {"momentum": 0.9}},
                     "lr_config": {"cosine": {"learning_rate": 0.05, "min_lr_ratio": 0.01,
                                              "soft_start": 0.1}}},
    "athanor": {"stem": "small", "width": 0.125},
}


class TrainingKills(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, options=["--threads", "1"])
        self.server.start()
        self.addCleanup(self.server.__exit__)
        datasets = {name: pictures.post_coloured_dataset(self.server, f"images_{name}", count)
                    for name, count in (("train", 16), ("val", 4))}
        model = self.server.api("POST", "/model", {
            "network_arch": "classification", "train_datasets": [datasets["train"]],
            "eval_dataset": datasets["val"]}, expect=201)["id"]
        self.model = f"/model/{model}"
        self.server.api("POST", f"{self.model}/specs/train", SPEC, expect=201)

    def train(self):
        job, = self.server.api("POST", f"{self.model}/job", {"actions": ["train"]}, expect=201)
        return f"{self.model}/job/{job}"

    def only_worker(self):
        """Its process id, or None; two at once are a fault."""
        workers = list(witness.processes_of(self.server))
        self.assertLessEqual(len(workers), 1)
        return workers[0] if workers else None

    def status(self, job):
        return self.server.api("GET", job, expect=200)["status"]

    def wait_for(self, job, *states):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.status(job) in states:
                return
            time.sleep(0.02)
        self.fail(f"{job} does not come to {states}: {self.server.log[-2000:]}")

    def kill_worker(self, job):
        pid = self.only_worker()
        if pid is None:
            return 0
        os.kill(pid, signal.SIGKILL)
        self.wait_for(job, "Error", "Done")
        if self.status(job) == "Error":
            self.server.api("POST", f"{job}/resume", expect=200)
            self.wait_for(job, "Running", "Done")
        return 1

    def kill_server(self):
        self.server.kill()
        self.server.start()
        return 1

    def test_result_is_that_of_an_undisturbed_training(self):
        choose = random.Random(1)
        job = self.train()
        self.wait_for(job, "Running")
        kills = 0
        while kills < KILLS and self.status(job) != "Done":
            time.sleep(choose.uniform(0.3, 1.2))
            kills += self.kill_server() if choose.random() < 0.5 else self.kill_worker(job)
        self.assertGreaterEqual(kills, KILLS, "the training was over too soon")
        ended = self.server.wait_for_job(job, seconds=300)
        self.assertEqual(ended["status"], "Done", ended["result"]["detailed_status"])
        self.assertEqual(witness.wait_until_quiet(self.server), [])

        other = self.train()
        undisturbed = self.server.wait_for_job(other, seconds=300)["result"]
        curves = [{curve["metric"]: curve["values"] for curve in result["graphical"]}
                  for result in (ended["result"], undisturbed)]
        self.assertEqual(len(curves[0]["loss"]), EPOCHS)
        self.assertEqual(curves[0], curves[1])
        self.assertEqual(ended["result"]["kpi"], undisturbed["kpi"])
        key = weights.key_file(self.server.folder)
        left = [weights.left_by(PROGRAM, self.server.data / "jobs" / path.rsplit("/", 1)[1] /
                                "artifacts", key) for path in (job, other)]
        self.assertEqual(*left)


if __name__ == "__main__":
    unittest.main()
