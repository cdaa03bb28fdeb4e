"""The server's very first start is killed at every point that it comes to, and at moments between
them; the next start finds nothing in its way and nothing is left."""

import os
import shutil
import subprocess
import time
import unittest

import pictures
import witness
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WORKER = os.environ["ATHANOR_WITNESS_WORKER"]
# Sanitizers make starts slow: fewer moments then, over the whole of a start all the same.
SANITIZED = bool(os.environ.get("ATHANOR_SANITIZED"))
STEP_SECONDS, MOMENTS = (0.1, 12) if SANITIZED else (0.004, 25)
PASSINGS = [1, 2, 4, 8, 16, 32] if SANITIZED else range(1, 100)

KILL_POINTS = subprocess.run([WORKER, "kill-points"], check=True, capture_output=True,
                             text=True).stdout.split()
KNOWN_FILES = {"athanor.db", "athanor.db-wal", "athanor.db-shm", "token.key", "datasets", "jobs"}
DATASET = {"type": "image_classification", "format": "default"}
ARCHIVE = pictures.archive({f"images_train/{name}/1.png": pictures.png((200, 50, 50), 1, side=4)
                            for name in ("cat", "dog")})


class FirstStart(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, WORKER)
        self.addCleanup(lambda: self.server.__exit__())

    def start_over(self):
        self.server.stop()
        shutil.rmtree(self.server.data, ignore_errors=True)

    def starts_in_spite_of(self, point, passings):
        """Whether the server never comes to the point so often in its first start."""
        self.server.environment["ATHANOR_KILL_AT"] = f"{point}:{passings}"
        try:
            self.server.start()
            return True
        except AssertionError:
            self.assertEqual(self.server.process.returncode, -9, self.server.log[-2000:])
            return False
        finally:
            del self.server.environment["ATHANOR_KILL_AT"]

    def check_next_start(self, story):
        self.server.start()
        with self.subTest(story):
            dataset = self.server.api("POST", "/dataset", DATASET, expect=201)["id"]
            self.server.upload(dataset, ARCHIVE)
            model = self.server.api("POST", "/model", {
                "network_arch": "classification", "train_datasets": [dataset],
                "eval_dataset": dataset}, expect=201)["id"]
            self.server.api("POST", f"/model/{model}/specs/train",
                            {"train_config": {"random_seed": 1}}, expect=201)
            job, = self.server.api("POST", f"/model/{model}/job", {"actions": ["train"]}, 201)
            ended = self.server.wait_for_job(f"/model/{model}/job/{job}")
            self.assertEqual(ended["status"], "Done", ended)
            self.assertEqual(witness.wait_until_quiet(self.server), [])
            self.assertLessEqual({path.name for path in self.server.data.iterdir()}, KNOWN_FILES)
            self.server.log_in("nvapi-anything")
            self.server.token = None

    def test_killed_at_every_point(self):
        reached = set()
        for point in KILL_POINTS:
            for passings in PASSINGS:
                if self.starts_in_spite_of(point, passings):
                    break
                reached.add(point)
                self.check_next_start(f"{point}:{passings}")
                self.start_over()
            self.start_over()
        self.assertLessEqual({"file_written", "file_synced", "file_renamed", "store_changed",
                              "store_committed"}, reached)

    def test_killed_at_any_moment(self):
        for moment in range(MOMENTS):
            process = subprocess.Popen(
                [self.server.program, "serve", "--data-dir", self.server.data,
                 "--listen", "127.0.0.1:0", "--auth", "none"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(moment * STEP_SECONDS)
            process.kill()
            process.wait()
            self.check_next_start(f"killed after {moment * STEP_SECONDS} s")
            self.start_over()

    def test_first_user_is_added_again_after_a_kill(self):
        for point in ("store_changed", "store_committed"):
            for passings in PASSINGS:
                environment = {**os.environ, "ATHANOR_KILL_AT": f"{point}:{passings}"}
                added = subprocess.run(
                    [self.server.program, "user", "add", "alice", "--data-dir", self.server.data],
                    env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
                if added.returncode == 0:
                    break
                self.assertEqual(added.returncode, -9, added.stderr)
                # Whether alice is there depends on the moment; bob comes in any case.
                self.assertTrue(self.server.add_user("bob").startswith("ath_"))
                shutil.rmtree(self.server.data)
            shutil.rmtree(self.server.data, ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
