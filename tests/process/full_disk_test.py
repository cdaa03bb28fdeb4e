"""A full disk is an error of the request that met it: nothing is lost, and all works again later."""

import os
import shutil
import subprocess
import unittest

import pictures
import witness
from athanor_server import Server
from folders import entries_below

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WORKER = os.environ["ATHANOR_WITNESS_WORKER"]
DISK_BYTES = 6 << 20

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

    def files(self):
        return sorted(str(path.relative_to(self.server.data))
                      for path in entries_below(self.server.data / "datasets"))


if __name__ == "__main__":
    unittest.main()
