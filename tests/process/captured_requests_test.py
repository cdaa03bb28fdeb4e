"""Requests as unmodified clients of the original send them, byte for byte over a raw socket."""

import io
import json
import os
import pathlib
import re
import socket
import tarfile
import time
import unittest

import pictures
from athanor_server import Server
from transport_test import read_reply

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"

# In the order in which python-requests sends them; the token is a word that is no token.
CLIENT_FIELDS = (b"User-Agent: python-requests/2.28.1\r\n"
                 b"Accept-Encoding: gzip, deflate\r\n"
                 b"Accept: */*\r\n"
                 b"Connection: keep-alive\r\n")
TOKEN = b"Authorization: Bearer tok.abc.def\r\n"
BOUNDARY = b"7ab475675681a20ebf6f9843c4bc6521"
POLL_SECONDS = 60


class CapturedRequests(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, SCRIPTED_WORKER)
        self.server.start()
        self.addCleanup(self.server.__exit__)
        self.user = self.server.user

    def send(self, method, target, body=None, fields=b""):
        """One connection a request, as `requests.get` has it; the JSON is read whatever the
        status."""
        head = (f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\n".encode()
                + CLIENT_FIELDS + TOKEN + fields)
        if body is not None:
            head += b"Content-Length: %d\r\n" % len(body)
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as connection:
            connection.sendall(head + b"\r\n" + (body or b""))
            with connection.makefile("rb") as stream:
                status, _, reply = read_reply(stream)
        return status, json.loads(reply)

    def api(self, method, path, body=None, fields=b""):
        return self.send(method, f"/api/v1/user/{self.user}{path}", body, fields)

    def poll(self, path):
        """Until Done or Error, on the words by which clients know that a job is being made."""
        deadline = time.monotonic() + POLL_SECONDS
        while time.monotonic() < deadline:
            status, job = self.api("GET", path)
            if job.get("error_desc") not in ("Job not found", "No AutoML run found"):
                self.assertIn(status, (200, 201))
                if job["status"] in ("Done", "Error"):
                    return job
            time.sleep(0.05)
        raise AssertionError(f"{path} did not end: {job}")

    def upload(self, dataset, archive):
        body = (b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="file"; '
                b'filename="train.tar.gz"\r\n\r\n' + archive + b"\r\n--" + BOUNDARY + b"--\r\n")
        kind = b"Content-Type: multipart/form-data; boundary=" + BOUNDARY + b"\r\n"
        return self.api("POST", f"/dataset/{dataset}/upload", body, kind)

    def new_dataset(self, kind, data_format):
        body = f'{{"type": "{kind}", "format": "{data_format}"}}'.encode()
        status, dataset = self.api("POST", "/dataset", body)
        self.assertEqual(status, 201)
        return dataset["id"]

    def test_the_captured_requests_work_as_they_are(self):
        status, dataset = self.api("POST", "/dataset",
                                   b'{"type": "object_detection", "format": "kitti"}')
        self.assertEqual(status, 201)
        status, changed = self.api("PATCH", f"/dataset/{dataset['id']}", b'{"name": "Train dataset", '
                                   b'"description": "My train dataset with kitti"}')
        self.assertEqual((status, changed["name"]), (200, "Train dataset"))

        archive = pictures.archive({"images/1.jpg": b"picture", "labels/1.txt": b"car 0 0"})
        status, message = self.upload(dataset["id"], archive)
        self.assertEqual(status, 201)
        self.assertIn("message", message)

        status, model = self.api("POST", "/model", b'{"network_arch": "detectnet_v2", '
                                 b'"encryption_key": "tlt_encode"}')
        self.assertEqual((status, model["encryption_key"]), (201, "tlt_encode"))
        # A base URL that ends in a slash gives two of them.
        for target in (f"/api/v1/user/{self.user}/model/{model['id']}/specs/train/schema",
                       f"/api/v1//user/{self.user}/model/{model['id']}/specs/train/schema",
                       f"/default/api/v1/user/{self.user}/model/{model['id']}/specs/train/schema"):
            status, schema = self.send("GET", target)
            self.assertEqual(status, 200)
            self.assertIn("training_config", schema["default"])
            self.assertIn("dataset_config", schema["default"])
            self.assertTrue(schema["automl_default_parameters"])

        # Refusals are JSON too: clients read it before they look at the status.
        status, error = self.api("POST", f"/model/{model['id']}/specs/train")
        self.assertEqual((status, error["error_code"]), (400, 400))
        status, error = self.api("POST", f"/dataset/{dataset['id']}/job",
                                 b'{"job": null, "actions": ["no such action"]}')
        self.assertEqual((status, error["error_code"]), (404, 404))

    def test_the_notebooks_run_from_dataset_to_download(self):
        train = self.new_dataset("image_classification", "default")
        test = self.new_dataset("image_classification", "raw")
        picture = pictures.png((200, 50, 50), seed=1, side=8)
        labelled = pictures.archive({"images_train/cat/1.png": picture,
                                     "images_train/dog/1.png": picture, "classes.txt": b"cat\ndog\n"})
        self.assertEqual(self.upload(train, labelled)[0], 201)
        self.assertEqual(self.upload(test, pictures.archive({"images_test/1.png": picture}))[0], 201)
        _, datasets = self.api("GET", "/dataset")
        self.assertEqual({"id", "type", "format", "name"} & set(datasets[0]),
                         {"id", "type", "format", "name"})

        _, model = self.api("POST", "/model", b'{"network_arch": "classification", '
                            b'"encryption_key": "nvidia_tlt"}')
        path = f"/model/{model['id']}"
        links = json.dumps({"train_datasets": [train], "eval_dataset": train,
                            "inference_dataset": test, "calibration_dataset": train})
        self.assertEqual(self.api("PATCH", path, links.encode())[0], 200)
        _, models = self.api("GET", "/model")
        self.assertFalse([m for m in models if m["network_arch"] == "classification"
                          and m["ngc_path"].endswith("pretrained_classification:resnet18")])
        # What notebooks send when they found none.
        self.assertEqual(self.api("PATCH", path, b'{"ptm": []}')[0], 200)

        _, schema = self.api("GET", f"{path}/specs/train/schema")
        spec = schema["default"]
        spec["train_config"]["n_epochs"] = 80
        status, saved = self.api("POST", f"{path}/specs/train", json.dumps(spec).encode())
        self.assertEqual((status, saved), (201, spec))

        status, ids = self.api("POST", f"{path}/job", b'{"job": null, "actions": ["train"]}')
        self.assertEqual(status, 201)
        self.assertEqual(self.poll(f"{path}/job/{ids[0]}")["status"], "Done")
        body = f'{{"job": "{ids[0]}", "actions": ["evaluate"]}}'.encode()
        status, children = self.api("POST", f"{path}/job", body)
        self.assertEqual((status, len(children)), (201, 1))
        self.assertEqual(self.poll(f"{path}/job/{children[0]}")["status"], "Done")
        self.check_download(f"{path}/job/{ids[0]}/download", ids[0])

        # A finished job is not cancelled, but the reply is JSON.
        status, error = self.api("POST", f"{path}/job/{ids[0]}/cancel", b"")
        self.assertEqual((status, error["error_code"]), (404, 404))
        self.assertEqual(self.api("DELETE", f"{path}/job/{children[0]}", b""), (200, {}))

    def check_download(self, path, job):
        status, headers, archive = self.server.request(
            "GET", f"/api/v1/user/{self.user}{path}", headers={"Accept-Encoding": "gzip, deflate"})
        self.assertEqual(status, 200)
        self.assertRegex(headers["Content-Disposition"], re.escape(f"{job}.tar.gz"))
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            names = members.getnames()
        self.assertTrue(all(name.split("/")[0] == job for name in names), names)
        self.assertIn(f"{job}/status.json", names)
        self.assertIn(f"{job}/logs_from_toolkit.txt", names)


if __name__ == "__main__":
    unittest.main()
