"""A job's artifacts one by one, and its whole download."""

import io
import json
import os
import pathlib
import tarfile
import unittest
import urllib.parse

from athanor_server import Server
from pictures import archive, png

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
WAIT, SAY_NOTHING = 1001, 1004  # Seeds of the scripted worker.


class Artifacts(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(PROGRAM, SCRIPTED_WORKER))
        dataset = self.server.api("POST", "/dataset", {"type": "image_classification",
                                                       "format": "default"}, expect=201)["id"]
        self.server.upload(dataset, archive({"images_train/cat/1.png": png((1, 2, 3)),
                                             "images_train/dog/1.png": png((3, 2, 1))}))
        self.model = self.server.api("POST", "/model", {"network_arch": "classification"},
                                     expect=201)["id"]
        self.server.api("PATCH", f"/model/{self.model}",
                        {"train_datasets": [dataset], "eval_dataset": dataset}, expect=200)

    def run_job(self, seed=1):
        self.server.api("POST", f"/model/{self.model}/specs/train",
                        {"train_config": {"random_seed": seed}}, expect=201)
        job, = self.server.api("POST", f"/model/{self.model}/job", {"actions": ["train"]}, expect=201)
        return job, f"/model/{self.model}/job/{job}"

    def get(self, path, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.request("GET", f"/api/v1/user/{self.server.user}{path}", None, named)

    def folder(self, job):
        return self.server.data / "jobs" / job

    def test_are_listed_and_served_in_parts(self):
        job, path = self.run_job()
        self.server.wait_for_job(path)
        (self.folder(job) / "artifacts" / "out").mkdir()
        (self.folder(job) / "artifacts" / "out" / "Käse 1.txt").write_text("0123456789")
        listed = self.server.api("GET", f"{path}/artifacts", expect=200)
        self.assertEqual([(entry["name"], entry["size"], entry["media_type"]) for entry in listed],
                         [("model.txt", 7, "text/plain; charset=utf-8"),
                          ("out/Käse 1.txt", 10, "text/plain; charset=utf-8"),
                          ("weights/model.json", 2, "application/json"),
                          ("weights/model.safetensors", 7, "application/octet-stream")])
        address = f"{path}/artifacts/{urllib.parse.quote(listed[1]['name'])}"
        status, headers, body = self.get(address)
        self.assertEqual((status, body), (200, b"0123456789"))
        self.assertEqual(headers["Content-Disposition"],
                         "attachment; filename*=UTF-8''K%C3%A4se%201.txt")
        status, part_headers, body = self.get(address, Range="bytes=2-4")
        self.assertEqual((status, body), (206, b"234"))
        self.assertEqual(part_headers["Content-Range"], "bytes 2-4/10")
        self.assertEqual(self.get(address, If_None_Match=headers["ETag"])[0], 304)
        status, _, body = self.get(address, Range="bytes=90-")
        self.assertEqual((status, sorted(json.loads(body))), (416, ["error_code", "error_desc"]))
        self.assertEqual(self.get(f"{path}/artifacts?size=1")[1]["X-Pagination-Total"], "4")

    def test_nothing_but_artifacts_is_served(self):
        job, path = self.run_job()
        self.server.wait_for_job(path)
        artifacts = self.folder(job) / "artifacts"
        (artifacts / "link.txt").symlink_to(self.folder(job) / "job.json")
        (artifacts / "folder").symlink_to(self.folder(job))
        (artifacts / "half.txt.tmp-2e5aa1b0-60a5-4b3c-9f0e-1d7c2a6f9b10").write_text("half")
        listed = self.server.api("GET", f"{path}/artifacts", expect=200)
        self.assertEqual([entry["name"] for entry in listed],
                         ["model.txt", "weights/model.json", "weights/model.safetensors"])
        for name in ("../job.json", "..%2Fjob.json", "link.txt", "folder/job.json", "folder", "gone",
                     "half.txt.tmp-2e5aa1b0-60a5-4b3c-9f0e-1d7c2a6f9b10"):
            self.assertEqual(self.get(f"{path}/artifacts/{name}")[0], 404, name)
        self.assertEqual(self.get(f"{path}/artifacts/%00")[0], 400)
        other = path.replace(self.model, self.server.user)
        self.assertEqual(self.get(f"{other}/artifacts")[0], 404)

    def test_download_of_a_running_job_is_whole_and_leaves_its_folder_alone(self):
        job, path = self.run_job(WAIT)
        artifacts = self.folder(job) / "artifacts"
        # Once it has written its line to the log, it writes nothing more.
        while b"a line of the log" not in self.get(f"{path}/logs")[2]:
            pass
        (artifacts / "half.bin.tmp-2e5aa1b0-60a5-4b3c-9f0e-1d7c2a6f9b10").write_text("half")
        (artifacts / "whole.bin").write_bytes(b"w" * 1000)
        before = sorted((entry.name, entry.stat().st_mtime_ns)
                        for entry in self.folder(job).rglob("*"))
        status, _, body = self.get(f"{path}/download")
        self.assertEqual(status, 200)
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            names = set(tar.getnames())
        self.assertEqual(before, sorted((entry.name, entry.stat().st_mtime_ns)
                                        for entry in self.folder(job).rglob("*")))
        self.assertEqual(names, {f"{job}/{name}" for name in (
            "whole.bin", "status.json", "logs_from_toolkit.txt", "job.json")})
        self.server.api("POST", f"{path}/cancel", expect=200)

    def test_every_download_holds_a_status_log_and_a_log(self):
        job, path = self.run_job(SAY_NOTHING)
        self.assertEqual(self.server.wait_for_job(path)["status"], "Error")
        status, _, body = self.get(f"{path}/download")
        self.assertEqual(status, 200)
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            self.assertIn(b"FAILURE", tar.extractfile(f"{job}/status.json").read())
            self.assertIn(f"{job}/logs_from_toolkit.txt", tar.getnames())

    def test_a_job_without_files_has_none(self):
        job, = self.server.api("POST", f"/model/{self.model}/job", {"actions": ["export"]}, expect=201)
        path = f"/model/{self.model}/job/{job}"
        self.assertEqual(self.get(f"{path}/download")[0], 404)
        self.assertEqual(self.server.api("GET", f"{path}/artifacts", expect=200), [])


if __name__ == "__main__":
    unittest.main()
