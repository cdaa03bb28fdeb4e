"""Uploads side by side, cut off, slow and hostile, against the real server."""

import bz2
import os
import pathlib
import signal
import threading
import time
import unittest

from athanor_server import Server
from pictures import archive, png, tar_of_zeros
from raw_upload import RawUpload

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
PLACES = 16  # limits::uploads_at_once
WAIT = 1001  # The scripted worker's seed for waiting.
OTHERS_SECONDS = 2  # Within which other requests are answered meanwhile.


class Uploads(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(PROGRAM, SCRIPTED_WORKER))

    def new_dataset(self, kind="object_detection", layout="raw"):
        return self.server.api("POST", "/dataset", {"type": kind, "format": layout}, expect=201)["id"]

    def folders(self, dataset):
        folder = self.server.data / "datasets" / dataset
        return sorted(entry.name for entry in folder.glob("*") if entry.is_dir())

    def names(self, dataset):
        return sorted(entry.name for entry in (self.server.data / "datasets" / dataset).glob("*"))

    def files(self, dataset):
        """The files in force, once those of former uploads are gone."""
        deadline = time.monotonic() + 20
        while len(data := [name for name in self.folders(dataset) if name.startswith("data-")]) > 1:
            self.assertLess(time.monotonic(), deadline, data)
            time.sleep(0.05)
        root = self.server.data / "datasets" / dataset / data[0]
        return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}

    def assert_others_are_answered(self):
        begin = time.monotonic()
        self.server.api("GET", "/dataset", expect=200)
        self.assertLess(time.monotonic() - begin, OTHERS_SECONDS)

    def wait_until(self, condition, what, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def test_many_at_once_to_one_dataset_are_all_merged(self):
        dataset = self.new_dataset()
        def upload(number):
            self.server.upload(dataset, archive({
                f"images/{number}-{i}.png": png((number, i, 0)) for i in range(5)}))
        clients = [threading.Thread(target=upload, args=(i,)) for i in range(PLACES + 8)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.assertEqual(self.files(dataset),
                         {f"images/{n}-{i}.png" for n in range(PLACES + 8) for i in range(5)})
        self.assertEqual(len(self.folders(dataset)), 1)

    def test_a_slow_one_holds_up_neither_its_dataset_nor_other_requests(self):
        dataset = self.new_dataset()
        content = archive({"images/slow.png": png((1, 2, 3))})
        slow = RawUpload(self.server, dataset, len(content))
        slow.send(content[:20])
        self.server.upload(dataset, archive({"images/quick.png": png((4, 5, 6))}))
        self.assert_others_are_answered()
        slow.send(content[20:])
        self.assertEqual(slow.finish()[0], 201)
        self.assertEqual(self.files(dataset), {"images/slow.png", "images/quick.png"})

    def test_places_of_clients_that_go_away_are_free_again(self):
        dataset = self.new_dataset()
        content = archive({"images/a.png": png((1, 2, 3))})
        holders = [RawUpload(self.server, dataset, len(content)) for _ in range(PLACES)]
        for holder in holders:
            holder.send(content[:20])
        self.wait_until(lambda: len(self.folders(dataset)) == PLACES, "all hold a place")
        waiting = [RawUpload(self.server, dataset, len(content)) for _ in range(3)]
        for client in waiting:
            client.send(content)
        self.assert_others_are_answered()
        self.assertEqual(len(self.folders(dataset)), PLACES)
        waiting[0].go_away()
        for holder in holders:
            holder.go_away()
        self.assertEqual([client.finish()[0] for client in waiting[1:]], [201, 201])
        self.wait_until(lambda: len(self.folders(dataset)) == 1, "nothing is left behind")

    def test_a_failed_one_leaves_the_former_data(self):
        dataset = self.new_dataset()
        self.server.upload(dataset, archive({"images/a.png": png((1, 2, 3))}))
        self.server.upload(dataset, archive({"images/b.png": b"", "../evil": b""}), expect=400)
        content = archive({"images/c.png": png((1, 2, 3), side=200)})
        cut = RawUpload(self.server, dataset, len(content))
        cut.send(content[:-50])
        cut.go_away()
        self.wait_until(lambda: len(self.folders(dataset)) == 1, "the cut upload is cleaned up")
        self.assertEqual(self.files(dataset), {"images/a.png"})

    def test_what_a_crash_left_is_removed_at_the_next_start(self):
        dataset = self.new_dataset()
        self.server.upload(dataset, archive({"images/a.png": png((1, 2, 3))}))
        half = RawUpload(self.server, dataset, 1 << 20)
        half.send(archive({"images/b.png": png((1, 2, 3))})[:40])
        self.wait_until(lambda: len(self.folders(dataset)) == 2, "staging is there")
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()
        half.go_away()
        self.server.start()
        self.assertEqual(len(self.folders(dataset)), 1)
        self.assertEqual(self.files(dataset), {"images/a.png"})

    def test_the_report_tells_faults_of_all_data_in_force(self):
        dataset = self.new_dataset()
        path = f"/dataset/{dataset}/report"
        self.server.api("GET", path, expect=404)
        reply = self.server.upload(dataset, archive({"images/a.png": png((1, 2, 3)),
                                                     "images/b.png": b""}))
        self.assertEqual(reply["message"], "Data successfully uploaded: 2 files, 2 of them "
                         "pictures; 1 warning, the first: images/b.png: it is empty")
        self.server.upload(dataset, archive({"images/c.jpg": b"<html>"}))
        report = self.server.api("GET", path, expect=200)
        self.assertEqual((report["files"], report["pictures"]), (3, 3))
        self.assertEqual(report["faults"]["by_kind"], {"empty_file": 1, "not_a_picture": 1})
        self.server.upload(dataset, archive({"../evil": b""}), expect=400)
        self.assertEqual(self.server.api("GET", path, expect=200)["faults"], report["faults"])
        self.assertEqual(len([name for name in self.names(dataset) if "report" in name]), 1)
        self.server.upload(dataset, archive({"images/b.png": png((1, 2, 3))}))
        self.assertEqual(self.server.api("GET", path)["faults"]["total"], 1)

    def inspection(self, dataset):
        return self.server.api("GET", f"/dataset/{dataset}/report", expect=200)["inspection"]

    def wait_for_inspection(self, dataset, state):
        self.wait_until(lambda: self.inspection(dataset)["state"] == state, state)
        return self.inspection(dataset)

    def test_pictures_are_decoded_in_the_background(self):
        dataset = self.new_dataset()
        self.server.upload(dataset, archive({"images/a.png": png((1, 2, 3)),
                                             "images/bad.png": png((1, 2, 3))}))
        found = self.wait_for_inspection(dataset, "complete")
        self.assertEqual((found["pictures"], found["decoded"]), (2, 1))
        self.assertEqual(found["faults"]["listed"][0]["file"], "images/bad.png")

    def test_jobs_start_while_the_inspection_runs(self):
        dataset = self.new_dataset("image_classification", "default")
        self.server.upload(dataset, archive({"images_train/cat/slow.png": png((1, 2, 3)),
                                             "images_train/dog/1.png": png((3, 2, 1))}))
        self.wait_for_inspection(dataset, "running")
        links = {"train_datasets": [dataset], "eval_dataset": dataset}
        model = self.server.api("POST", "/model", {"network_arch": "classification", **links},
                                expect=201)["id"]
        job, = self.server.api("POST", f"/model/{model}/job", {"actions": ["train"]}, expect=201)
        self.assertEqual(self.server.wait_for_job(f"/model/{model}/job/{job}")["status"], "Done")
        self.assertEqual(self.inspection(dataset)["state"], "running")

    def test_a_newer_upload_replaces_the_inspection_that_runs(self):
        dataset, other = self.new_dataset(), self.new_dataset()
        self.server.upload(dataset, archive({"images/slow.png": png((1, 2, 3))}))
        self.wait_for_inspection(dataset, "running")
        self.server.upload(other, archive({"images/a.png": png((1, 2, 3))}))
        self.assertEqual(self.inspection(other)["state"], "waiting")
        self.server.upload(dataset, archive({"images/crash.png": png((1, 2, 3))}))
        self.wait_for_inspection(other, "complete")

    def test_an_inspection_that_fails_is_told(self):
        dataset = self.new_dataset()
        self.server.upload(dataset, archive({"images/crash.png": png((1, 2, 3))}))
        self.assertIn("signal 11", self.wait_for_inspection(dataset, "failed")["message"])

    def test_unfinished_inspections_are_taken_up_after_a_restart(self):
        dataset = self.new_dataset()
        self.server.upload(dataset, archive({"images/slow.png": png((1, 2, 3))}))
        self.wait_for_inspection(dataset, "running")
        self.assertEqual(self.server.stop(), 0)
        data, = self.folders(dataset)
        (self.server.data / "datasets" / dataset / data / "images" / "slow.png").rename(
            self.server.data / "datasets" / dataset / data / "images" / "quick.png")
        self.server.start()
        self.assertEqual(self.wait_for_inspection(dataset, "complete")["decoded"], 1)

    def test_a_stop_does_not_wait_for_a_slow_one(self):
        half = RawUpload(self.server, self.new_dataset(), 1 << 20)
        half.send(archive({"images/b.png": png((1, 2, 3))})[:40])
        self.assertEqual(self.server.stop(), 0)
        half.go_away()

    def test_a_dataset_deleted_meanwhile_is_not_found_at_the_end(self):
        dataset = self.new_dataset()
        content = archive({f"images/{i}.png": png((1, 2, 3), i) for i in range(20)})
        upload = RawUpload(self.server, dataset, len(content))
        upload.send(content[:40])
        self.wait_until(lambda: self.folders(dataset), "staging is there")
        self.server.api("DELETE", f"/dataset/{dataset}", expect=200)
        upload.send(content[40:])
        self.assertEqual(upload.finish()[0], 404)

    def test_others_are_answered_while_a_bomb_is_read(self):
        packed = bz2.BZ2Compressor()
        bomb = b"".join(packed.compress(piece) for piece in tar_of_zeros("images/a.png", 200 << 20))
        bomb += packed.flush()
        outcome = []
        upload = RawUpload(self.server, self.new_dataset(), len(bomb))
        def send():
            upload.send(bomb)
            outcome.append(upload.finish())
        client = threading.Thread(target=send)
        client.start()
        while client.is_alive():
            self.assert_others_are_answered()
            client.join(0.05)
        status, body = outcome[0]
        self.assertEqual(status, 400, body)
        self.assertIn(b"images/a.png", body)

    def test_jobs_go_on_with_the_data_they_started_on(self):
        dataset = self.new_dataset("image_classification", "default")
        self.server.upload(dataset, archive({"images_train/cat/1.png": png((1, 2, 3)),
                                             "images_train/dog/1.png": png((3, 2, 1))}))
        former, = self.folders(dataset)
        model = self.server.api("POST", "/model", {"network_arch": "classification"}, expect=201)["id"]
        self.server.api("PATCH", f"/model/{model}", {"train_datasets": [dataset],
                                                     "eval_dataset": dataset}, expect=200)
        self.server.api("POST", f"/model/{model}/specs/train",
                        {"train_config": {"random_seed": WAIT}}, expect=201)
        job, = self.server.api("POST", f"/model/{model}/job", {"actions": ["train"]}, expect=201)
        path = f"/model/{model}/job/{job}"
        self.wait_until(lambda: self.server.api("GET", path)["status"] == "Running", "it runs")
        self.wait_until((self.server.data / "jobs" / job / "status.json").exists, "it has begun")

        self.server.upload(dataset, archive({"images_train/cat/2.png": png((1, 2, 3))}))
        self.assertIn(former, self.folders(dataset))
        self.assertEqual(len(self.folders(dataset)), 2)

        self.server.api("POST", f"{path}/cancel", expect=200)
        self.wait_until(lambda: self.server.api("GET", path)["status"] == "Error", "it ended")
        self.server.stop()
        self.server.start()
        self.wait_until(lambda: len(self.folders(dataset)) == 1, "the former data are removed")
        self.assertEqual(len(self.files(dataset)), 3)


if __name__ == "__main__":
    unittest.main()
