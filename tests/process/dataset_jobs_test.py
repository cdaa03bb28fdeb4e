"""Jobs of datasets over their own routes. No action of a dataset runs yet, so jobs of a model are
given to one in the database."""

import contextlib
import io
import json
import os
import pathlib
import sqlite3
import tarfile
import time
import unittest

import pictures
import witness
from athanor_server import Server
from event_stream import EventStream
from openapi_check import Document, strict_json

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
QUICK, WAIT = 42, 1001  # The scripted worker's seeds for an end at once and for waiting.


class DatasetJobs(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(PROGRAM, SCRIPTED_WORKER))
        self.document = Document(self.server.request("GET", "/openapi.json")[2])
        data = pictures.post_coloured_dataset(self.server, "images_train", 1)
        links = {"train_datasets": [data], "eval_dataset": data}
        model = self.api("POST", "/model", {"network_arch": "classification", **links}, 201)
        self.model = f"/model/{model['id']}"
        self.dataset = self.api("POST", "/dataset", {"type": "object_detection", "format": "raw"},
                                201)["id"]
        self.server.upload(self.dataset, pictures.archive({"images/1.png": pictures.png((1, 2, 3))}))
        self.path = f"/dataset/{self.dataset}"

    def ask(self, method, path, body=None, expect=200, headers=None):
        """(headers, body) of a reply that is as the document has it."""
        target = f"/api/v1/user/{self.server.user}{path}"
        data = None if body is None else json.dumps(body)
        status, fields, reply = self.server.request(method, target, data, headers)
        self.document.check(method, target, status, fields, reply)
        self.assertEqual(status, expect, f"{method} {path}: {reply[:500]!r}")
        return fields, reply

    def api(self, method, path, body=None, expect=200):
        return strict_json(self.ask(method, path, body, expect)[1])

    def wait_until(self, holds, what):
        deadline = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), deadline, f"{what}: {self.server.log_end()}")
            time.sleep(0.02)

    def job(self, seed=QUICK):
        """The id of a job of the dataset that is done, or waits."""
        self.api("POST", f"{self.model}/specs/train", {"train_config": {"random_seed": seed}}, 201)
        job, = self.api("POST", f"{self.model}/job", {"actions": ["train"]}, 201)

        def status():
            return self.api("GET", f"{self.model}/job/{job}")["result"].get(
                "detailed_status", {}).get("status")
        self.wait_until(lambda: status() == ("STARTED" if seed == WAIT else "SUCCESS"), "it runs")
        if seed != WAIT:
            self.server.wait_for_job(f"{self.model}/job/{job}")
        with contextlib.closing(sqlite3.connect(self.server.data / "athanor.db")) as database:
            with database:
                database.execute("UPDATE jobs SET owner_kind = 'dataset', owner_id = ? WHERE id = ?",
                                 (self.dataset, job))
        return job

    def folder(self, job):
        return self.server.data / "jobs" / job

    def test_they_are_shown_and_listed(self):
        first, second = self.job(), self.job()
        record = self.api("GET", f"{self.path}/job/{first}")
        self.assertEqual((record["id"], record["status"]), (first, "Done"))
        self.assertEqual(record["result"]["kpi"], [{"metric": "accuracy", "value": 0.5}])
        fields, reply = self.ask("GET", f"{self.path}/job?sort=date-ascending&size=1")
        self.assertEqual((fields["X-Pagination-Total"], strict_json(reply)), ("2", [record]))
        for owner in (self.api("GET", self.path), *self.api("GET", "/dataset?type=object_detection")):
            self.assertEqual({job["id"] for job in owner["jobs"]}, {first, second})
        self.assertEqual(self.api("GET", f"{self.model}/job"), [])
        self.api("GET", f"{self.model}/job/{first}", expect=404)
        tag = self.ask("GET", f"{self.path}/job/{first}")[0]["ETag"]
        self.ask("GET", f"{self.path}/job/{first}", expect=304, headers={"If-None-Match": tag})

    def test_what_they_made_and_said_is_read(self):
        job = self.job()
        _, packed = self.ask("GET", f"{self.path}/job/{job}/download")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            names = archive.getnames()
        self.assertLessEqual({f"{job}/model.txt", f"{job}/status.json",
                              f"{job}/logs_from_toolkit.txt"}, set(names))
        listed = self.api("GET", f"{self.path}/job/{job}/artifacts")
        self.assertEqual([file["name"] for file in listed],
                         ["model.txt", "weights/model.json", "weights/model.safetensors"])
        status, _, content = self.server.request(
            "GET", f"/api/v1/user/{self.server.user}{self.path}/job/{job}/artifacts/model.txt")
        self.assertEqual((status, content), (200, b"weights"))
        log = self.ask("GET", f"{self.path}/job/{job}/logs")[1].decode().splitlines()
        self.assertEqual(log[-2:], ["a line of the log", "EOF"])
        self.assertEqual(self.api("GET", f"{self.path}/job/{job}/explain")["status"], "Done")
        self.assertEqual(self.api("GET", f"{self.path}/job/{job}/preflight")["verdict"], "works")
        with EventStream(self.server, f"{self.path}/job/{job}/events") as stream:
            event = next(stream)
        self.assertEqual((event.json["dataset_id"], event.json["job"]["id"]), (self.dataset, job))

    def test_one_that_has_ended_is_deleted(self):
        job, other = self.job(), self.job()
        self.assertEqual(self.api("DELETE", f"{self.path}/job/{job}"), {})
        self.api("GET", f"{self.path}/job/{job}", expect=404)
        self.api("DELETE", f"{self.path}/job/{job}", expect=404)
        self.assertEqual([each["id"] for each in self.api("GET", self.path)["jobs"]], [other])
        self.wait_until(lambda: not self.folder(job).exists(), "its folder goes")
        self.assertTrue(self.folder(other).exists())

    def test_one_that_runs_is_cancelled(self):
        job = self.job(WAIT)
        self.assertEqual(self.api("GET", f"{self.path}/job/{job}")["status"], "Running")
        self.api("DELETE", f"{self.path}/job/{job}", expect=400)
        self.assertEqual(self.api("POST", f"{self.path}/job/{job}/cancel"), {})
        cancelled = self.api("GET", f"{self.path}/job/{job}")
        self.assertEqual((cancelled["status"], cancelled["result"]["detailed_status"]["message"]),
                         ("Error", "Cancelled by the user."))
        self.api("POST", f"{self.path}/job/{job}/cancel", expect=404)
        self.wait_until(lambda: not witness.processes_of(self.server), "its worker is stopped")
        self.assertEqual(self.api("DELETE", f"{self.path}/job/{job}"), {})

    def test_a_dataset_is_deleted_with_the_job_that_runs(self):
        job = self.job(WAIT)
        self.assertEqual(self.api("DELETE", self.path)["id"], self.dataset)
        self.assertEqual(witness.processes_of(self.server), {})
        self.api("GET", self.path, expect=404)
        self.api("GET", f"{self.path}/job/{job}", expect=404)
        self.wait_until(lambda: not self.folder(job).exists(), "the job's folder goes")
        self.wait_until(lambda: not (self.server.data / "datasets" / self.dataset).exists(),
                        "the data go")
        # The slot is free for the next.
        self.api("POST", f"{self.model}/specs/train", {"train_config": {"random_seed": QUICK}}, 201)
        following, = self.api("POST", f"{self.model}/job", {"actions": ["train"]}, 201)
        self.assertEqual(self.server.wait_for_job(f"{self.model}/job/{following}")["status"], "Done")


if __name__ == "__main__":
    unittest.main()
