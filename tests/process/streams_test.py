"""Logs and event streams of a real server: what is followed, resumed, ended and bounded."""

import json
import os
import pathlib
import unittest

import pictures
from athanor_server import Server
from event_stream import EventStream

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
WAIT, FAIL = 1001, 1002


class Streams(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, SCRIPTED_WORKER)
        self.server.start()
        self.addCleanup(self.server.__exit__)
        dataset = pictures.post_coloured_dataset(self.server, "images_train", 1)
        self.model = self.server.api(
            "POST", "/model", {"network_arch": "classification", "train_datasets": [dataset],
                               "eval_dataset": dataset}, 201)["id"]

    def post(self, behaviour=None, parent=None, action="train"):
        """A job's path below the user's prefix."""
        spec = {"train_config": {} if behaviour is None else {"random_seed": behaviour}}
        self.server.api("POST", f"/model/{self.model}/specs/train", spec, 201)
        job, = self.server.api(
            "POST", f"/model/{self.model}/job", {"job": parent, "actions": [action]}, 201)
        return f"/model/{self.model}/job/{job}"

    def start_waiting(self):
        """A job that runs until it is stopped, once it has said so; nothing more is written to its
        log then but by this test."""
        path = self.post(WAIT)
        with EventStream(self.server, f"{path}/logs?follow=1") as stream:
            while next(stream).data != "a line of the log":
                pass
        return path

    def file_of(self, path, name):
        return self.server.data / "jobs" / path.rsplit("/", 1)[1] / name

    def append(self, path, text, name="log.txt"):
        with open(self.file_of(path, name), "a", encoding="utf-8") as file:
            file.write(text)

    def log(self, path, query="", headers=None):
        return self.server.request(
            "GET", f"/api/v1/user/{self.server.user}{path}/logs{query}", headers=headers)

    def cancel(self, path):
        self.server.api("POST", f"{path}/cancel", expect=200)


class Logs(Streams):
    def test_whole_by_range_and_by_tail(self):
        path = self.start_waiting()
        self.append(path, "two\nthree\n")
        text = self.file_of(path, "log.txt").read_bytes()

        status, headers, body = self.log(path)
        self.assertEqual((status, headers["Content-Type"], body),
                         (200, "text/plain; charset=utf-8", text))
        status, headers, body = self.log(path, headers={"Range": "bytes=-6"})
        self.assertEqual((status, body), (206, b"three\n"))
        self.assertEqual(self.log(path, "?tail=2")[2], b"two\nthree\n")
        self.assertEqual(self.log(path, "?tail=0")[2], b"")

    def test_wrong_queries_are_refused_by_name(self):
        path = self.post()
        for query, word in (("?tail=x", b"tail"), ("?tail=-1", b"tail"), ("?tail=100001", b"tail"),
                            ("?follow=maybe", b"follow")):
            status, _, body = self.log(path, query)
            self.assertEqual(status, 400, query)
            self.assertIn(word, body)

    def test_unknown_jobs_are_not_found(self):
        path = self.post().rsplit("/", 1)[0] + "/00000000-0000-4000-8000-000000000000"
        for what in ("logs", "logs?follow=1", "events"):
            status, _, body = self.server.request(
                "GET", f"/api/v1/user/{self.server.user}{path}/{what}")
            self.assertEqual((status, json.loads(body)["error_desc"]), (404, "Job not found"))

    def test_first_line_names_the_request_that_posted_the_job(self):
        self.server.api("POST", f"/model/{self.model}/specs/train", {"train_config": {}}, 201)
        _, _, body = self.server.request(
            "POST", f"/api/v1/user/{self.server.user}/model/{self.model}/job",
            json.dumps({"job": None, "actions": ["train"]}), {"X-Request-Id": "mine-7"})
        job, = json.loads(body)
        path = f"/model/{self.model}/job/{job}"
        self.server.wait_for_job(path)
        self.assertEqual(self.log(path)[2].decode().splitlines()[0],
                         f"Job {job} (train), posted by request mine-7")

    def test_finished_log_ends_with_eof(self):
        path = self.post()
        self.server.wait_for_job(path)
        with EventStream(self.server, f"{path}/logs?follow=1") as stream:
            events = list(stream)
        self.assertEqual(events[-1].data, "EOF")
        self.assertEqual(events[-1].id, str(self.file_of(path, "log.txt").stat().st_size))
        self.assertEqual([event.data for event in events],
                         self.log(path)[2].decode().splitlines())

    def test_followers_get_lines_as_they_come_and_go_on_from_an_id(self):
        path = self.start_waiting()
        with EventStream(self.server, f"{path}/logs?follow=1&tail=1") as stream:
            self.assertEqual(next(stream).data, "a line of the log")
            self.append(path, "one\ntwo\r\n10 %\r20 %\n")
            one, two, progress = stream.take(3)
            self.assertEqual((one.data, two.data, progress.data), ("one", "two", "10 %\n20 %"))
        with EventStream(self.server, f"{path}/logs?follow=1", one.id) as again:
            self.assertEqual([event.data for event in again.take(2)], ["two", "10 %\n20 %"])
            self.append(path, "not yet whole")
            self.append(path, ", now it is\n")
            self.assertEqual(next(again).data, "not yet whole, now it is")
            self.cancel(path)
            rest = list(again)
        self.assertEqual(rest[-1].data, "EOF")
        with EventStream(self.server, f"{path}/logs?follow=1", rest[-1].id) as ended:
            self.assertEqual(ended.status, 204)

    def test_long_lines_come_in_parts(self):
        path = self.start_waiting()
        with EventStream(self.server, f"{path}/logs?follow=1&tail=0") as stream:
            self.append(path, "x" * 40000 + "\n")
            events = stream.take(3)
        self.assertEqual([event.type for event in events], ["part", "part", "message"])
        self.assertEqual("".join(event.data for event in events), "x" * 40000)

    def test_waiting_job_is_followed_from_before_its_start(self):
        running = self.start_waiting()
        waiting = self.post()
        self.assertEqual(self.log(waiting)[2], b"")
        with EventStream(self.server, f"{waiting}/logs?follow=1") as stream:
            self.cancel(running)
            self.assertIn("a line of the log", [event.data for event in stream])

    def test_job_that_never_started_says_why(self):
        failing = self.post(FAIL)
        child = self.post(parent=failing.rsplit("/", 1)[1], action="evaluate")
        with EventStream(self.server, f"{child}/logs?follow=1") as stream:
            events = [event.data for event in stream]
        self.assertIn("posted by request", events[0])
        self.assertIn("failed", events[1])
        self.assertEqual(events[-1], "EOF")
        self.assertEqual(self.log(child)[2].decode().splitlines(), events)

    def test_cancelled_while_it_waits(self):
        running = self.start_waiting()
        waiting = self.post()
        with EventStream(self.server, f"{waiting}/logs?follow=1") as stream:
            self.cancel(waiting)
            self.assertEqual([event.data for event in stream][1:],
                             ["Cancelled by the user.", "EOF"])
        self.cancel(running)

    def test_log_of_gigabytes(self):
        path = self.start_waiting()
        before = resident_megabytes(self.server)
        with open(self.file_of(path, "log.txt"), "r+b") as file:
            file.truncate(3 << 30)  # A hole of zeros, in effect one line.
            file.seek(0, os.SEEK_END)
            file.write(b"\nlast but one\nlast\n")
        self.assertEqual(self.log(path, "?tail=2")[2], b"last but one\nlast\n")
        self.assertEqual(self.log(path, headers={"Range": "bytes=-5"})[2], b"last\n")
        with EventStream(self.server, f"{path}/logs?follow=1&tail=1") as stream:
            self.assertEqual(next(stream).data, "last")
        self.assertLess(resident_megabytes(self.server) - before, 32)

    def test_a_thousand_followers_share_one_file_watch(self):
        path = self.start_waiting()
        before = file_watches(self.server)
        streams = [EventStream(self.server, f"{path}/logs?follow=1&tail=0") for _ in range(1000)]
        try:
            self.assertLessEqual(file_watches(self.server), before + 1)
            self.append(path, "for all\n")
            self.assertEqual({next(stream).data for stream in streams}, {"for all"})
        finally:
            for stream in streams:
                stream.connection.close()


class Events(Streams):
    def test_job_to_its_end(self):
        path = self.start_waiting()
        with EventStream(self.server, f"{path}/events") as stream:
            first = next(stream)
            self.assertEqual((first.type, first.json["job"]["status"], first.json["model_id"]),
                             ("status", "Running", self.model))
            self.append(path, json.dumps({"status": "RUNNING", "date": "1/1/2026", "time": "1:1:1",
                                          "epoch": 1, "graphical": {"loss": 0.5}}) + "\n",
                        "status.json")
            metrics = next(stream)
            while metrics.json["job"]["result"].get("epoch") != 1:
                metrics = next(stream)
            self.assertEqual(metrics.type, "metrics")
            self.assertEqual(metrics.json["job"], self.server.api("GET", path))
            self.cancel(path)
            rest = list(stream)
        self.assertEqual(rest[-1].json["job"]["status"], "Error")
        with EventStream(self.server, f"{path}/events", rest[-1].id) as ended:
            self.assertEqual(ended.status, 204)
        with EventStream(self.server, f"{path}/events", first.id) as late:
            self.assertEqual([event.json["job"]["status"] for event in late], ["Error"])

    def test_user_sees_all_jobs_and_no_others(self):
        stranger = Server.__new__(Server)
        stranger.port, stranger.user = self.server.port, "00000000-0000-4000-8000-00000000beef"
        with EventStream(self.server, "/events") as stream, \
                EventStream(stranger, "/events") as other:
            path = self.post()
            statuses = []
            while statuses[-1:] != ["Done"]:
                event = next(stream)
                self.assertTrue(path.endswith(event.json["job"]["id"]))
                if event.type == "status":
                    statuses.append(event.json["job"]["status"])
            self.server.stop()
            self.assertEqual([event.type for event in other], ["shutdown"])
        self.assertEqual(sorted(set(statuses), key=["Pending", "Running", "Done"].index),
                         list(dict.fromkeys(statuses)))
        self.server.start()

    def test_client_of_a_former_server_gets_what_it_missed(self):
        with EventStream(self.server, "/events") as stream:
            path = self.post(WAIT)
            # A worker that has told of itself is there to be ended with the server.
            seen = next(event for event in stream
                        if event.json["job"]["result"].get("detailed_status", {}).get("status")
                        == "STARTED")
            self.server.stop()
            self.assertEqual(list(stream)[-1].type, "shutdown")
        self.server.start()
        self.server.wait_for_job(path)
        with EventStream(self.server, "/events", seen.id) as again:
            missed = next(again)
        self.assertEqual(missed.json["job"], self.server.api("GET", path))

    def test_client_whose_id_means_nothing_is_told_to_read_anew(self):
        for last in ("17", "rubbish", "2999-01-01T00:00:00.000000"):
            with EventStream(self.server, "/events", last) as stream:
                self.assertEqual(next(stream).type, "reset")


def resident_megabytes(server):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def file_watches(server):
    watches = 0
    for link in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            watches += os.readlink(link) == "anon_inode:inotify"
        except FileNotFoundError:
            pass  # Closed meanwhile.
    return watches


if __name__ == "__main__":
    unittest.main()
