"""A full disk is an error of the request that met it: nothing is lost, and all works again later."""

import gzip
import os
import shutil
import subprocess
import time
import unittest

import pictures
import witness
from athanor_server import Server
from folders import entries_below

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WORKER = os.environ["ATHANOR_WITNESS_WORKER"]
DISK_BYTES = 6 << 20
JOB_MILLISECONDS = 2000  # Of the witness worker, which then writes a file.

ARCHIVE = pictures.archive({f"images_train/{name}/{n}.png": pictures.png((200, 50, 50), n, side=64)
                            for name in ("cat", "dog") for n in range(20)})
DATASET = {"type": "image_classification", "format": "default"}


def mount_small_disk(folder):
    folder.mkdir()
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder],
                          capture_output=True, check=False).returncode == 0


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, WORKER)
        self.addCleanup(shutil.rmtree, self.server.folder, ignore_errors=True)
        if not mount_small_disk(self.server.data):
            self.skipTest("mounting a small disk needs root")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.server.data], check=False)
        self.server.start()
        self.addCleanup(self.server.stop)

    def fill_disk(self):
        with open(self.server.data / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError:
                pass

    def make_room(self):
        os.unlink(self.server.data / "filler")

    def refused(self, method, path, body=None):
        """The request fails with a server error in the envelope that tells of the disk."""
        reply = self.server.api(method, path, body)
        self.assertGreaterEqual(reply["error_code"], 500, reply)
        self.assertRegex(reply["error_desc"], "disk|database|space")

    def test_requests_fail_and_work_again_once_there_is_room(self):
        api = self.server.api
        dataset = api("POST", "/dataset", DATASET, expect=201)
        path = f"/dataset/{dataset['id']}"
        self.server.upload(dataset["id"], ARCHIVE)
        before = self.files()
        model = api("POST", "/model", {"network_arch": "classification",
                                       "train_datasets": [dataset["id"]],
                                       "eval_dataset": dataset["id"]}, expect=201)["id"]
        self.fill_disk()

        self.refused("PATCH", path, {"description": "long" * 200000})
        self.assertIn("space", self.server.upload(dataset["id"], ARCHIVE, 503)["error_desc"])

        # Reads go on, and what was there is as it was.
        self.assertEqual(api("GET", path, expect=200)["description"], dataset["description"])
        self.assertEqual(self.files(), before)
        self.make_room()
        api("PATCH", path, {"description": "short"}, expect=200)
        self.server.upload(dataset["id"], ARCHIVE)
        # The disk is too small for the checkpoints of a real training, which preflight would say.
        jobs = api("POST", f"/model/{model}/job?preflight=off",
                   {"actions": ["train", "evaluate"]}, expect=201)
        for job in jobs:
            ended = self.server.wait_for_job(f"/model/{model}/job/{job}")
            self.assertEqual(ended["status"], "Done", ended["result"]["detailed_status"])
        self.assertEqual(witness.wait_until_quiet(self.server), [])

    def test_an_upload_leaves_room_for_all_else(self):
        api = self.server.api
        dataset = api("POST", "/dataset", {"type": "object_detection", "format": "raw"}, 201)["id"]
        # Gzip makes 230 bytes of one here, as it does of honest masks: no ratio tells them apart.
        bomb = gzip.compress(b"".join(pictures.tar_of_zeros("images/a.png", 4 * DISK_BYTES)), 1)

        reply = self.server.upload(dataset, bomb, 503)

        # It was refused before the disk was full, not by it.
        self.assertRegex(reply["error_desc"], "the disk has no room for it: [0-9.]+ MiB are free")
        api("PATCH", f"/dataset/{dataset}", {"description": "short"}, expect=200)
        self.server.upload(dataset, pictures.archive({"images/a.png": pictures.png((1, 2, 3))}))

    def test_a_job_that_ends_meanwhile_is_judged_once_there_is_room(self):
        api = self.server.api
        dataset = api("POST", "/dataset", DATASET, expect=201)["id"]
        self.server.upload(dataset, ARCHIVE)
        model = api("POST", "/model", {"network_arch": "classification",
                                       "train_datasets": [dataset],
                                       "eval_dataset": dataset}, expect=201)["id"]
        api("POST", f"/model/{model}/specs/train",
            {"train_config": {"random_seed": JOB_MILLISECONDS * 10}}, expect=201)
        job, = api("POST", f"/model/{model}/job?preflight=off", {"actions": ["train"]}, expect=201)
        path = f"/model/{model}/job/{job}"
        begun = self.server.data / "jobs" / job / "status.json"
        self.wait_until(begun.exists, "it has begun")
        self.fill_disk()

        # Its worker finds no room for the model that it made, and nobody can store that.
        self.wait_until(lambda: not witness.processes_of(self.server), "its worker is gone")
        self.assertEqual(api("GET", path, expect=200)["status"], "Running")
        self.make_room()

        ended = self.server.wait_for_job(path)
        self.assertEqual(ended["status"], "Error")
        self.assertIn("90", ended["result"]["detailed_status"]["message"])
        job, = api("POST", f"/model/{model}/job?preflight=off", {"actions": ["train"]}, expect=201)
        self.assertEqual(self.server.wait_for_job(f"/model/{model}/job/{job}")["status"], "Done")
        self.assertEqual(witness.wait_until_quiet(self.server), [])

    def wait_until(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def files(self):
        return sorted(str(path.relative_to(self.server.data))
                      for path in entries_below(self.server.data / "datasets"))


if __name__ == "__main__":
    unittest.main()
