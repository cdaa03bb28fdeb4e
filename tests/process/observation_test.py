"""Metrics, health, request ids in the log, and how the server stops."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

import pictures
from athanor_server import Server
from event_stream import EventStream

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WAIT, FAIL = 1001, 1002  # The scripted worker's seeds for waiting and for a failure.
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"


def lines_of(server):
    whole = server.log.rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def access_line(server, request_id):
    """It is written once the reply is sent."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for line in lines_of(server):
            if line["msg"] == "request" and line["request_id"] == request_id:
                return line
        time.sleep(0.01)
    raise AssertionError(f"no access line of {request_id}")


class Running(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, SCRIPTED_WORKER)
        self.server.start()
        self.addCleanup(self.server.__exit__)


class RequestIds(Running):
    def test_access_line_says_all_of_a_request(self):
        self.server.request("GET", f"/api/v1/user/{self.server.user}/dataset?name=x", headers={
            "X-Request-Id": "mine-1",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
        line = access_line(self.server, "mine-1")
        self.assertEqual(
            {key: line[key] for key in ("request_id", "trace_id", "method", "route", "path",
                                        "status", "bytes", "user", "peer", "level")},
            {"request_id": "mine-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
             "method": "GET", "route": "/api/v1/user/{user_id}/dataset",
             "path": f"/api/v1/user/{self.server.user}/dataset", "status": 200, "bytes": 3,
             "user": self.server.user, "peer": "127.0.0.1", "level": "info"})
        self.assertGreater(line["ms"], 0)

    def test_a_user_that_is_no_id_is_masked(self):
        for method, tail in (("GET", ""), ("OPTIONS", "/x/uploads")):
            self.server.request(method, f"/api/v1/user/no-id/dataset{tail}",
                                headers={"X-Request-Id": f"mine-{method}"})
            self.assertEqual(access_line(self.server, f"mine-{method}")["user"], "***")

    def test_id_comes_back_or_a_new_one_is_given(self):
        _, headers, _ = self.server.request("GET", "/api", headers={"X-Request-Id": "mine-2"})
        self.assertEqual(headers["X-Request-Id"], "mine-2")
        _, headers, _ = self.server.request("GET", "/api", headers={"X-Request-Id": "not mine"})
        self.assertRegex(headers["X-Request-Id"], "^[0-9a-f-]+-1$")

    def test_id_is_in_every_line_that_a_request_causes(self):
        dataset = self.server.api(
            "POST", "/dataset", {"type": "image_classification", "format": "default"}, 201)["id"]
        # The readiness check finds no worker program and says so.
        (self.server.program.parent / "athanor-worker").unlink()
        status, _, body = self.server.request(
            "GET", "/api/v1/health/readiness", headers={"X-Request-Id": "mine-3"})
        self.assertEqual((status, json.loads(body)), (400, "Error"))
        caused = [line for line in lines_of(self.server) if line.get("check") == "executor"]
        self.assertEqual([line["request_id"] for line in caused], ["mine-3"])
        self.assertTrue(dataset)


class Health(Running):
    def check(self, name):
        status, _, body = self.server.request("GET", f"/api/v1/health/{name}")
        return status, json.loads(body)

    def test_ready_and_alive(self):
        self.assertEqual(self.check("liveness"), (201, "OK"))
        self.assertEqual(self.check("readiness"), (201, "OK"))

    def test_not_ready_without_a_worker_program_but_alive(self):
        (self.server.program.parent / "athanor-worker").unlink()
        self.assertEqual(self.check("readiness"), (400, "Error"))
        self.assertEqual(self.check("liveness"), (201, "OK"))


class Metrics(Running):
    def scrape(self):
        status, headers, body = self.server.request("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        return body.decode()

    def test_routes_are_patterns(self):
        self.server.api("GET", "/dataset", expect=200)
        self.server.request("BREW", "/coffee")
        text = self.scrape()
        self.assertIn('athanor_http_request_duration_seconds_count{method="GET",'
                      'route="/api/v1/user/{user_id}/dataset",status="2xx"} 1', text)
        self.assertNotIn(self.server.user, text)
        self.assertNotIn("BREW", text)

    def test_store_and_streams(self):
        with EventStream(self.server, "/events"):
            text = self.scrape()
        self.assertIn("athanor_event_stream_clients 1", text)
        self.assertRegex(text, r'athanor_store_duration_seconds_count\{kind="read"\} [1-9]')

    def test_start_of_the_process(self):
        started = float(re.search(r"^process_start_time_seconds (\S+)$", self.scrape(), re.M)[1])
        self.assertLess(abs(time.time() - started), 60)

    def test_not_for_others(self):
        status, _, body = self.server.request(
            "GET", "/metrics", headers={"X-Forwarded-For": "10.0.0.1"})
        self.assertEqual((status, json.loads(body)["error_code"]), (403, 403))


class Stop(Running):
    def begin_stopping(self):
        self.server.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 30
        while '"stopping"' not in self.server.log:
            self.assertLess(time.monotonic(), deadline, "the server does not stop")
            time.sleep(0.01)

    def test_request_in_flight_ends_and_streams_are_told(self):
        slow = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        slow.putrequest("POST", f"/api/v1/user/{self.server.user}/dataset")
        body = b'{"type": "image_classification", "format": "default"}'
        slow.putheader("Content-Length", str(len(body)))
        slow.endheaders(body[:10])
        with EventStream(self.server, "/events") as stream:
            self.begin_stopping()
            self.assertEqual([event.type for event in stream], ["shutdown"])
        slow.send(body[10:])
        self.assertEqual(slow.getresponse().status, 201)
        slow.close()
        self.assertEqual(self.server.process.wait(30), 0)

    def test_nothing_new_is_accepted(self):
        slow = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        slow.putrequest("POST", f"/api/v1/user/{self.server.user}/dataset")
        slow.putheader("Content-Length", "100")
        slow.endheaders(b"{")
        self.server.request("GET", "/api")  # The server has read the slow one's header by now.
        self.begin_stopping()
        with self.assertRaises(OSError):
            while True:
                self.server.request("GET", "/api", timeout=5)
        slow.close()
        self.assertEqual(self.server.process.wait(30), 0)

    def test_second_signal_forces(self):
        slow = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        slow.putrequest("POST", f"/api/v1/user/{self.server.user}/dataset")
        slow.putheader("Content-Length", "100")
        slow.endheaders(b"{")
        self.server.request("GET", "/api")
        self.begin_stopping()
        self.server.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(5), 128 + signal.SIGTERM)
        slow.close()


class Explanations(Running):
    def upload(self, files):
        dataset = self.server.api(
            "POST", "/dataset", {"type": "image_classification", "format": "default"}, 201)["id"]
        self.server.upload(dataset, pictures.archive(files))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            report = self.server.api("GET", f"/dataset/{dataset}/report", expect=200)
            if report["inspection"]["state"] == "complete":
                return dataset
            time.sleep(0.02)
        raise AssertionError(f"no inspection: {report}")

    def post_on(self, dataset, seed):
        """The path of a new job."""
        model = self.server.api("POST", "/model", {
            "network_arch": "classification", "train_datasets": [dataset],
            "eval_dataset": dataset}, 201)["id"]
        self.server.api("POST", f"/model/{model}/specs/train",
                        {"train_config": {"random_seed": seed}}, 201)
        job, = self.server.api("POST", f"/model/{model}/job", {"actions": ["train"]}, 201)
        return f"/model/{model}/job/{job}"

    def wait_for_worker(self, job):
        """Until it has told of itself."""
        deadline = time.monotonic() + 60
        while (record := self.server.api("GET", job, expect=200))["result"].get(
                "detailed_status", {}).get("status") != "STARTED":
            self.assertLess(time.monotonic(), deadline, record)
            time.sleep(0.02)

    def fail_on(self, dataset):
        """The path of a job that has failed."""
        job = self.post_on(dataset, FAIL)
        self.server.wait_for_job(job)
        return job

    def chain(self, job):
        return self.server.api("GET", f"{job}/explain", expect=200)["chain"]

    def causes(self, job):
        return [step["cause"] for step in self.chain(job)]

    def test_failed_job_is_traced_to_the_faults_of_its_dataset(self):
        good = pictures.png((200, 50, 50))
        dataset = self.upload({"images_train/cat/1.png": good, "images_train/cat/bad.png": good,
                               "images_train/dog/1.png": good, "images_train/dog/2.png": b""})
        chain = self.chain(self.fail_on(dataset))
        # Train and eval dataset are the same one here.
        self.assertEqual([step["cause"] for step in chain],
                         ["failed", "picture_unreadable", *["dataset_files_unusable"] * 2])
        self.assertIn(f"{dataset} (train_datasets)", chain[2]["what"])
        self.assertEqual(chain[2]["evidence"].split(";")[:2],
                         ["report: 1 empty_file", " inspection: 1 undecodable"])
        self.assertIn("images_train/dog/2.png: it is empty", chain[2]["evidence"])
        self.assertIn(f"athanor dataset report {dataset}", chain[2]["mend"])

    def test_running_job_is_looked_at(self):
        good = pictures.png((200, 50, 50))
        dataset = self.upload({"images_train/cat/1.png": good, "images_train/dog/1.png": good})
        job = self.post_on(dataset, WAIT)
        self.wait_for_worker(job)
        causes = self.causes(job)
        self.assertEqual(causes[0], "running")
        # Its process was found, else there were `worker_unknown`; a young one tells no pace.
        self.assertLessEqual(set(causes[1:]), {"memory_scarce", "disk_scarce"})
        self.server.api("POST", f"{job}/cancel", expect=200)

    def test_failed_job_on_good_data_says_nothing_of_them(self):
        good = pictures.png((200, 50, 50))
        dataset = self.upload({"images_train/cat/1.png": good, "images_train/dog/1.png": good})
        self.assertEqual(self.causes(self.fail_on(dataset)), ["failed", "picture_unreadable"])

    def test_data_of_a_later_upload_are_not_blamed(self):
        good = pictures.png((200, 50, 50))
        dataset = self.upload({"images_train/cat/1.png": good, "images_train/dog/1.png": good})
        job = self.fail_on(dataset)
        self.server.upload(dataset, pictures.archive({"images_train/dog/2.png": b""}))
        self.assertEqual(self.causes(job), ["failed", "picture_unreadable"])


class LogLevel(unittest.TestCase):
    def test_unknown_levels_are_refused(self):
        wrong = subprocess.run([PROGRAM, "serve", "--data-dir", "/nonexistent", "--auth", "none",
                                "--log-level", "loud"], capture_output=True, check=False)
        self.assertEqual(wrong.returncode, 64)


if __name__ == "__main__":
    unittest.main()
