"""Weights at rest: encrypted under the key that the model had when the job was posted, whatever is
read with it later, and nowhere the key itself."""

import json
import os
import pathlib
import pty
import subprocess
import time
import unittest

import pictures
import witness
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WORKER = pathlib.Path(PROGRAM).with_name("athanor-worker")
KEY_A, KEY_B = "first key, chosen well", "second key, chosen better"
MAGIC = b"\x89ATHANOR"

SPEC = {
    "model_config": {"arch": "resnet", "n_layers": 10, "input_image_size": "3,32,32",
                     "all_projections": False},
    "train_config": {"n_epochs": 2, "batch_size_per_gpu": 16, "preprocess_mode": "tf",
                     "enable_random_crop": False, "enable_center_crop": False,
                     "enable_color_augmentation": False, "mixup_alpha": 0.0,
                     "optimizer": {"sgd": {"momentum": 0.9}},
                     "lr_config": {"cosine": {"learning_rate": 0.05, "min_lr_ratio": 0.01,
                                              "soft_start": 0.1}}},
    "eval_config": {"enable_center_crop": False, "batch_size": 16},
    "athanor": {"stem": "small", "width": 0.125},
}
ENDLESS = {**SPEC, "train_config": {**SPEC["train_config"], "n_epochs": 10000}}
MULTITASK_SPEC = {
    "model_config": {"n_layers": 10, "input_image_size": "3,32,32", "all_projections": False},
    "training_config": {"num_epochs": 1, "batch_size_per_gpu": 8},
    "athanor": {"stem": "small", "width": 0.125},
}


def names_in(safetensors):
    """Of the tensors of a file in the clear."""
    length = int.from_bytes(safetensors[:8], "little")
    return set(json.loads(safetensors[8:8 + length])) - {"__metadata__"}


class Encryption(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM)
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.start()
        cls.home = cls.server.folder / "home"
        cls.home.mkdir()
        for name, key in (("a", KEY_A), ("b", KEY_B)):
            (cls.home / name).write_text(key + "\n")
        cls.datasets = [pictures.post_coloured_dataset(cls.server, folder, count)
                        for folder, count in (("images_train", 8), ("images_val", 4))]
        cls.model = cls.make_model(KEY_A)
        cls.trained = cls.run_job(cls.model, "train")
        cls.change_key(cls.model, KEY_B)

    @classmethod
    def make_model(cls, key, spec=SPEC, network="classification", datasets=None):
        train_dataset, eval_dataset = datasets or cls.datasets
        body = {"network_arch": network, "train_datasets": [train_dataset],
                "eval_dataset": eval_dataset}
        if key is not None:
            body["encryption_key"] = key
        model = f"/model/{cls.server.api('POST', '/model', body, expect=201)['id']}"
        cls.server.api("POST", f"{model}/specs/train", spec, expect=201)
        return model

    @classmethod
    def change_key(cls, model, key):
        cls.server.api("PATCH", model, {"encryption_key": key}, expect=200)

    @classmethod
    def post(cls, model, action, parent=None):
        job, = cls.server.api("POST", f"{model}/job", {"job": parent, "actions": [action]}, 201)
        return job

    @classmethod
    def run_job(cls, model, action, parent=None):
        job = cls.post(model, action, parent)
        cls.finish(model, job)
        return job

    @classmethod
    def finish(cls, model, job):
        ended = cls.server.wait_for_job(f"{model}/job/{job}", seconds=300)
        if ended["status"] != "Done":
            raise AssertionError(ended["result"]["detailed_status"]["message"])

    def folder(self, job):
        return self.server.data / "jobs" / job

    def weights(self, job):
        files = sorted((self.folder(job) / "artifacts/weights").glob("*.safetensors"))
        self.assertGreater(len(files), 0)
        return files

    def decrypt(self, *arguments):
        return subprocess.run([PROGRAM, "model", "decrypt", *map(str, arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              start_new_session=True,
                              env={"HOME": str(self.home), "ATHANOR_URL": self.server.url,
                                   "ATHANOR_USER": self.server.user})

    def assert_opens_offline(self, file, key):
        output = self.home / file.name
        ended = self.decrypt(file, output, "--key-file", self.home / key, "--url",
                             "http://127.0.0.1:1")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertGreater(len(names_in(output.read_bytes())), 20)
        self.assertEqual(output.stat().st_mode & 0o777, 0o600)

    def assert_stays_shut(self, file, key):
        refused = self.decrypt(file, self.home / "never", "--key-file", self.home / key)
        self.assertEqual(refused.returncode, 77)
        self.assertIn(f"{file.name}: wrong encryption key", refused.stderr)
        self.assertFalse((self.home / "never").exists())

    def assert_encrypted(self, job, key, other_key):
        """Every file with tensors that the job left, under the one key and not under the other."""
        files = sorted(self.folder(job).rglob("*.safetensors"))
        self.assertEqual(files, self.weights(job))
        for file in files:
            content = file.read_bytes()
            self.assertTrue(content.startswith(MAGIC), file)
            self.assertNotIn(b"dtype", content)
            self.assertNotIn(b"layer1", content)
            self.assert_opens_offline(file, key)
            self.assert_stays_shut(file, other_key)

    def test_every_file_with_tensors_is_encrypted(self):
        files = self.weights(self.trained)
        self.assertTrue(any(file.name.endswith(".optimizer.safetensors") for file in files))
        self.assert_encrypted(self.trained, "a", "b")

    def test_what_is_made_of_a_model_is_encrypted_under_the_key_of_its_own_post(self):
        pruned = self.run_job(self.model, "prune", self.trained)
        retrained = self.run_job(self.model, "retrain", pruned)
        self.assert_encrypted(pruned, "b", "a")
        self.assert_encrypted(retrained, "b", "a")

    def test_models_of_several_tasks_are_encrypted_too(self):
        files = pictures.labelled_pictures("images", "train.csv", 4, 0)
        body = {"type": "image_classification", "format": "default"}
        data = self.server.api("POST", "/dataset", body, expect=201)["id"]
        self.server.upload(data, pictures.archive({**files, "val.csv": files["train.csv"]}))
        model = self.make_model(KEY_A, MULTITASK_SPEC, "multitask_classification", (data, data))
        trained = self.run_job(model, "train")
        self.change_key(model, KEY_B)
        retrained = self.run_job(model, "retrain", trained)
        self.assert_encrypted(trained, "a", "b")
        self.assert_encrypted(retrained, "b", "a")

    def test_files_of_one_job_share_a_salt(self):
        self.assertEqual(len({file.read_bytes()[20:36] for file in self.weights(self.trained)}), 1)

    def test_a_child_opens_what_its_parent_wrote_under_the_former_key(self):
        self.run_job(self.model, "evaluate", self.trained)
        exported = self.run_job(self.model, "export", self.trained)
        onnx = (self.folder(exported) / "artifacts/model.onnx").read_bytes()
        self.assertIn(b"layer1", onnx)

    def test_what_is_damaged_is_named(self):
        file = self.weights(self.trained)[0]
        damaged = self.home / "damaged.safetensors"
        content = bytearray(file.read_bytes())
        content[1000] ^= 1
        damaged.write_bytes(content)
        ended = self.decrypt(damaged, self.home / "never", "--key-file", self.home / "a")
        self.assertEqual(ended.returncode, 65)
        self.assertRegex(ended.stderr, r"damaged\.safetensors: the file is damaged within bytes 100 to")
        damaged.write_bytes(file.read_bytes()[:-1])
        ended = self.decrypt(damaged, self.home / "never", "--key-file", self.home / "a")
        self.assertIn("the file is cut off", ended.stderr)
        self.assertFalse((self.home / "never").exists())

    def test_decrypts_an_artifact_of_the_server(self):
        name = f"weights/{self.weights(self.trained)[-1].name}"
        output = self.home / "fetched"
        ended = self.decrypt(name, output, "--job", self.trained)
        self.assertEqual(ended.returncode, 77)
        self.assertIn("another encryption key now", ended.stderr)
        ended = self.decrypt(name, output, "--job", self.trained, "--key-file", self.home / "a")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertGreater(len(names_in(output.read_bytes())), 20)
        self.assertEqual([path.name for path in self.home.iterdir() if ".tmp-" in path.name], [])

    def test_the_key_of_the_model_does_where_none_is_named(self):
        model = self.make_model(None)
        trained = self.run_job(model, "train")
        output = self.home / "default"
        name = f"weights/{self.weights(trained)[0].name}"
        ended = self.decrypt(name, output, "--job", trained, "--model", model.split("/")[-1])
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertGreater(len(names_in(output.read_bytes())), 20)

    def test_asks_for_the_key_without_showing_it(self):
        file, output = self.weights(self.trained)[0], self.home / "asked"
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(PROGRAM, [PROGRAM, "model", "decrypt", str(file), str(output)])
        shown = b""
        while b"key: " not in shown:
            shown += os.read(terminal, 1000)
        os.write(terminal, KEY_A.encode() + b"\n")
        try:
            while piece := os.read(terminal, 1000):
                shown += piece
        except OSError:  # The program has closed its terminal.
            pass
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, shown)
        self.assertNotIn(KEY_A.encode(), shown)
        self.assertGreater(len(names_in(output.read_bytes())), 20)

    def test_the_command_line_sets_the_key_from_a_file(self):
        def run(*arguments):
            return subprocess.run(
                [PROGRAM, "model", *map(str, arguments)], stdin=subprocess.DEVNULL, check=True,
                capture_output=True, text=True, timeout=60,
                env={"HOME": str(self.home), "ATHANOR_URL": self.server.url,
                     "ATHANOR_USER": self.server.user}).stdout.strip()
        model = run("create", "--network", "classification", "--key-file", self.home / "a")
        self.assertEqual(self.server.api("GET", f"/model/{model}")["encryption_key"], KEY_A)
        shown = run("update", model, "--key-file", self.home / "b")
        self.assertEqual(self.server.api("GET", f"/model/{model}")["encryption_key"], KEY_B)
        self.assertNotIn(KEY_B, shown)

    def test_says_where_to_put_the_key_without_a_terminal(self):
        ended = self.decrypt(self.weights(self.trained)[0], self.home / "never")
        self.assertEqual(ended.returncode, 69)
        self.assertIn("--key-file", ended.stderr)

    def test_a_worker_started_by_hand_needs_the_key(self):
        job = self.run_job(self.model, "evaluate", self.trained)
        folder = self.folder(job)
        run = [WORKER, "run", folder]
        without = subprocess.run(run, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 timeout=60)
        self.assertEqual(without.returncode, 3)
        self.assertIn("--key-file", without.stderr)
        keys = ["--key-file", self.home / "b", "--parent-key-file", self.home / "a"]
        with_keys = subprocess.run(run + keys, stdin=subprocess.DEVNULL, capture_output=True,
                                   text=True, timeout=120)
        self.assertEqual(with_keys.returncode, 0, with_keys.stdout + with_keys.stderr)
        wrong = subprocess.run(run + keys[:2], stdin=subprocess.DEVNULL, capture_output=True,
                               text=True, timeout=120)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("wrong encryption key", wrong.stdout)

    def worker_of(self, job):
        """Its process, once it has written a checkpoint."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if list((self.folder(job) / "artifacts/weights").glob("*.json")):
                return json.loads((self.folder(job) / "worker.json").read_text())["pid"]
            time.sleep(0.05)
        raise AssertionError("the training makes no checkpoint")

    def test_a_resumed_job_keeps_its_key_and_a_running_one_hides_it(self):
        model = self.make_model(KEY_A, ENDLESS)
        job = self.post(model, "train")
        worker = self.worker_of(job)
        self.assert_hidden([worker, self.server.process.pid])
        self.change_key(model, KEY_B)
        self.server.kill()
        self.server.start()  # It adopts the worker, which has its key.
        self.server.api("POST", f"{model}/job/{job}/cancel", expect=200)
        self.server.api("POST", f"{model}/job/{job}/resume", expect=200)
        deadline = time.monotonic() + 60
        while "Going on after" not in self.log(job):
            self.assertLess(time.monotonic(), deadline, self.log(job)[-1000:])
            time.sleep(0.05)
        self.server.api("POST", f"{model}/job/{job}/cancel", expect=200)
        while list(witness.processes_of(self.server)):
            self.assertLess(time.monotonic(), deadline, "the worker does not stop")
            time.sleep(0.05)
        self.assertEqual(len({file.read_bytes()[20:36] for file in self.weights(job)}), 1)
        for file in self.weights(job):
            ended = self.decrypt(file, self.home / "resumed", "--key-file", self.home / "a")
            self.assertEqual(ended.returncode, 0, ended.stderr)

    def log(self, job):
        return (self.folder(job) / "log.txt").read_text()

    def assert_hidden(self, processes):
        for pid in processes:
            for name in ("cmdline", "environ"):
                content = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
                self.assertNotIn(KEY_A.encode(), content)
        files = [path for path in self.server.data.rglob("*")
                 if path.is_file() and not path.name.startswith("athanor.db")]
        self.assertTrue(any(path.name == "job.json" for path in files))
        self.assertTrue(any(path.name == "log.txt" for path in files))
        for path in files:
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # A checkpoint that gave way to the next.
                continue
            self.assertNotIn(KEY_A.encode(), content, path)
        self.assertNotIn(KEY_A, self.server.log)

    def test_the_key_is_in_no_file_log_or_argument(self):
        self.assert_hidden([self.server.process.pid])


if __name__ == "__main__":
    unittest.main()
