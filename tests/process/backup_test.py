"""A backup taken while the server is busy, brought back and compared."""

import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import unittest

import pictures
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"


def athanor(*arguments, **environment):
    return subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, **environment})


class Load(threading.Thread):
    """Makes datasets, replaces their data and deletes some, and trains, until it is stopped."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.stopped = threading.Event()
        self.rounds = 0
        self.failure = None

    def run(self):
        archive = pictures.archive(pictures.coloured_dataset("images_train", 2))
        try:
            while not self.stopped.is_set():
                dataset = self.server.api("POST", "/dataset", {
                    "type": "image_classification", "format": "default"}, 201)["id"]
                self.server.upload(dataset, archive)
                self.server.upload(dataset, archive)
                if self.rounds % 3 == 2:
                    self.server.api("DELETE", f"/dataset/{dataset}", expect=200)
                else:
                    model = self.server.api("POST", "/model", {
                        "network_arch": "classification", "train_datasets": [dataset],
                        "eval_dataset": dataset}, 201)["id"]
                    self.server.api("POST", f"/model/{model}/job",
                                    {"job": None, "actions": ["train"]}, 201)
                self.rounds += 1
        except Exception as failure:  # Shown by the test.
            self.failure = failure


def data_is_whole(server, dataset):
    folders = list((server.data / "datasets" / dataset).glob("data-*"))
    wanted = set(pictures.coloured_dataset("images_train", 2))
    return any(wanted == {str(path.relative_to(folder)) for path in folder.rglob("*.png")}
               for folder in folders)


class Backup(unittest.TestCase):
    def test_under_load_then_restored_and_compared(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            load = Load(server)
            load.start()
            try:
                while load.rounds < 4 and load.failure is None:
                    load.join(0.01)
                before = {dataset["id"] for dataset in server.api("GET", "/dataset")}
                file = server.folder / "saved.tar.zst"
                saved = athanor("backup", "--data-dir", server.data, file)
                after = {dataset["id"] for dataset in server.api("GET", "/dataset")}
            finally:
                load.stopped.set()
                load.join()
            self.assertIsNone(load.failure)
            self.assertEqual(saved.returncode, 0, saved.stderr)
            server.stop()

            shutil.rmtree(server.data)
            restored = athanor("restore", "--data-dir", server.data, file)
            self.assertEqual(restored.returncode, 0, restored.stderr)
            server.start()
            datasets = server.api("GET", "/dataset")
            found = {dataset["id"] for dataset in datasets}
            self.assertLessEqual(before & after, found)
            linked = set()
            for model in server.api("GET", "/model"):
                linked.update(model["train_datasets"])
                for job in model["jobs"]:
                    path = f"/model/{model['id']}/job/{job['id']}"
                    if job["status"] == "Done":
                        status, _, _ = server.request(
                            "GET", f"/api/v1/user/{server.user}{path}/download")
                        self.assertEqual(status, 200)
                    else:
                        server.wait_for_job(path)
            self.assertLessEqual(linked, found)
            for dataset in linked:
                self.assertTrue(data_is_whole(server, dataset), dataset)
                server.api("GET", f"/dataset/{dataset}/report", expect=200)

    def inspected_report(self, server, dataset, seconds=60):
        """The report of a dataset once its pictures are decoded."""
        deadline = time.monotonic() + seconds
        report = server.api("GET", f"/dataset/{dataset}/report", expect=200)
        while report["inspection"]["state"] != "complete":
            self.assertLess(time.monotonic(), deadline, report)
            time.sleep(0.05)
            report = server.api("GET", f"/dataset/{dataset}/report", expect=200)
        return report

    def test_reports_come_back_and_missing_inspections_are_taken_up(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            datasets = [server.api("POST", "/dataset", {
                "type": "image_classification", "format": "default"}, 201)["id"] for _ in range(2)]
            for dataset in datasets:
                server.upload(dataset, pictures.archive(
                    pictures.coloured_dataset("images_train", 2)))
            before = [self.inspected_report(server, dataset) for dataset in datasets]
            found, = (server.data / "datasets" / datasets[1]).glob("*.inspection.json")
            found.unlink()
            file = server.folder / "saved.tar.zst"
            self.assertEqual(athanor("backup", "--data-dir", server.data, file).returncode, 0)
            server.stop()

            shutil.rmtree(server.data)
            restored = athanor("restore", "--data-dir", server.data, file)
            self.assertEqual(restored.returncode, 0, restored.stderr)
            server.start()

            self.assertEqual(server.api("GET", f"/dataset/{datasets[0]}/report"), before[0])
            self.assertEqual(self.inspected_report(server, datasets[1]), before[1])

    def test_refusals_have_their_exit_codes(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            file = server.folder / "saved.tar.zst"
            self.assertEqual(athanor("backup", "--data-dir", server.data, file).returncode, 0)
            again = athanor("backup", "--data-dir", server.data, file)
            self.assertEqual(again.returncode, 75)
            full = athanor("restore", "--data-dir", server.data, file)
            self.assertEqual(full.returncode, 75)
            self.assertIn("--force", full.stderr)
            running = athanor("restore", "--force", "--data-dir", server.data, file)
            self.assertEqual(running.returncode, 75)
            self.assertIn("a server runs", running.stderr)
            missing = athanor("restore", "--data-dir", server.folder / "new", "/nonexistent")
            self.assertEqual(missing.returncode, 66)
            file.write_bytes(file.read_bytes()[:100])
            damaged = athanor("restore", "--data-dir", server.folder / "new", file)
            self.assertEqual(damaged.returncode, 65)


    def test_force_replaces_a_folder_that_no_server_has(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            file = server.folder / "saved.tar.zst"
            kept = server.api("POST", "/dataset",
                              {"type": "image_classification", "format": "default"}, 201)["id"]
            self.assertEqual(athanor("backup", "--data-dir", server.data, file).returncode, 0)
            server.api("DELETE", f"/dataset/{kept}", expect=200)
            server.kill()
            restored = athanor("restore", "--force", "--data-dir", server.data, file)
            self.assertEqual(restored.returncode, 0, restored.stderr)
            server.start()
            self.assertEqual([record["id"] for record in server.api("GET", "/dataset")], [kept])

    def test_a_restore_that_is_killed_leaves_the_old_folder_or_the_new_one(self):
        for point, is_new in (("restore_named", False), ("restore_exchanged", True)):
            with self.subTest(point), Server(PROGRAM, SCRIPTED_WORKER) as server:
                file = server.folder / "saved.tar.zst"
                saved = server.api("POST", "/dataset",
                                   {"type": "image_classification", "format": "default"}, 201)["id"]
                self.assertEqual(athanor("backup", "--data-dir", server.data, file).returncode, 0)
                server.api("DELETE", f"/dataset/{saved}", expect=200)
                server.stop()
                killed = athanor("restore", "--force", "--data-dir", server.data, file,
                                 ATHANOR_KILL_AT=point)
                self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
                server.start()
                self.assertEqual([record["id"] for record in server.api("GET", "/dataset")],
                                 [saved] if is_new else [])


if __name__ == "__main__":
    unittest.main()
