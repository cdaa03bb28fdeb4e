"""An Idempotency-Key holds against what a scenario cannot do: requests at once, and a kill."""

import concurrent.futures
import json
import os
import pathlib
import signal
import unittest

from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
BODY = json.dumps({"type": "object_detection", "format": "kitti"})
CLIENTS = 16


class IdempotencyKey(unittest.TestCase):
    def post(self, server, key):
        status, _, reply = server.request(
            "POST", f"/api/v1/user/{server.user}/dataset", BODY, {"Idempotency-Key": key})
        self.assertEqual(status, 201)
        return json.loads(reply)["id"]

    def test_requests_at_once_are_carried_out_once(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
                ids = list(clients.map(lambda _: self.post(server, "k"), range(CLIENTS)))
            self.assertEqual(len(set(ids)), 1)
            self.assertEqual(len(server.api("GET", "/dataset", expect=200)), 1)

    def test_the_reply_outlives_a_kill(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            first = self.post(server, "k")
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server.start()
            self.assertEqual(self.post(server, "k"), first)
            self.assertEqual(len(server.api("GET", "/dataset", expect=200)), 1)

    def test_jobs_of_a_keyed_request_start_at_once(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            model = server.api("POST", "/model", {"network_arch": "classification"}, expect=201)
            path = f"/model/{model['id']}"
            dataset = server.api(
                "POST", "/dataset", {"type": "image_classification", "format": "default"}, 201)
            server.api("PATCH", path, {"train_datasets": [dataset["id"]],
                                       "eval_dataset": dataset["id"]}, 200)
            status, _, reply = server.request(
                "POST", f"/api/v1/user/{server.user}{path}/job",
                json.dumps({"actions": ["train"]}), {"Idempotency-Key": "j"})
            self.assertEqual(status, 201)
            job = server.wait_for_job(f"{path}/job/{json.loads(reply)[0]}")
            self.assertEqual(job["action"], "train")


if __name__ == "__main__":
    unittest.main()
