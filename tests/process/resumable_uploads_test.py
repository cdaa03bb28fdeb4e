"""Uploads in pieces by the tus protocol, by hand and by the command line."""

import base64
import hashlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time
import unittest

from athanor_server import Server
from pictures import archive, png

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
LARGE = 64_000_000  # From here on the command line sends in pieces.


def checksum(algorithm, content):
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


class ResumableUploads(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(PROGRAM, SCRIPTED_WORKER, keeps_port=True))
        body = {"type": "object_detection", "format": "raw"}
        self.dataset = self.server.api("POST", "/dataset", body, expect=201)["id"]
        self.base = f"/api/v1/user/{self.server.user}/dataset/{self.dataset}/uploads"

    def tus(self, method, path, body=None, **headers):
        """(status, headers, body); _ in a header's name stands for a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.request(method, path, body, {"Tus-Resumable": "1.0.0", **named})

    def begin(self, length):
        status, headers, _ = self.tus("POST", self.base, b"", Upload_Length=str(length))
        self.assertEqual(status, 201)
        self.assertIn("GMT", headers["Upload-Expires"])
        return headers["Location"]

    def append(self, path, offset, content, **headers):
        return self.tus("PATCH", path, content, Upload_Offset=str(offset),
                        Content_Type="application/offset+octet-stream", **headers)

    def offset(self, path):
        status, headers, _ = self.tus("HEAD", path)
        self.assertEqual(status, 200)
        self.assertEqual(headers["Cache-Control"], "no-store")
        return int(headers["Upload-Offset"])

    def report(self):
        return self.server.api("GET", f"/dataset/{self.dataset}/report", expect=200)

    def test_pieces_make_the_data_of_the_dataset(self):
        content = archive({f"images/{i}.png": png((i, 2, 3)) for i in range(3)})
        path = self.begin(len(content))
        status, headers, _ = self.append(path, 0, content[:100])
        self.assertEqual((status, headers["Upload-Offset"]), (204, "100"))
        self.assertEqual(self.offset(path), 100)
        status, headers, _ = self.append(path, 100, content[100:])
        self.assertEqual((status, headers["Upload-Offset"]), (204, str(len(content))))
        self.assertEqual(self.report()["pictures"], 3)
        state = json.loads(self.tus("GET", path)[2])
        self.assertEqual(state["status"], 201)
        self.assertTrue(state["message"].startswith("Data successfully uploaded"))

    def test_the_last_piece_answers_what_is_wrong_with_the_archive(self):
        content = archive({"pictures/1.png": png((1, 2, 3))})
        path = self.begin(len(content))
        status, _, reply = self.append(path, 0, content)
        self.assertEqual(status, 400)
        self.assertIn("images", json.loads(reply)["error_desc"])
        again = self.append(path, len(content), b"")
        self.assertEqual((again[0], again[2]), (400, reply))

    def test_wrong_offsets_and_headers_are_refused(self):
        path = self.begin(10)
        status, headers, _ = self.append(path, 5, b"12345")
        self.assertEqual((status, headers["Upload-Offset"]), (409, "0"))
        self.assertEqual(self.append(path, 0, b"12345678901")[0], 400)
        self.assertEqual(self.offset(path), 0)
        self.assertEqual(self.tus("PATCH", path, b"1", Upload_Offset="0")[0], 415)
        status, headers, _ = self.server.request("POST", self.base, b"", {"Upload-Length": "3"})
        self.assertEqual((status, headers["Tus-Version"]), (412, "1.0.0"))
        self.assertEqual(self.tus("POST", self.base, b"", Upload_Length="-1")[0], 400)
        self.assertEqual(self.tus("POST", self.base, b"", Upload_Length=str(1 << 50))[0], 413)

    def test_every_reply_tells_the_version(self):
        path = self.begin(10)
        unknown = f"{self.base}/{self.server.user}"
        replies = [
            (200, self.tus("HEAD", path)), (200, self.tus("GET", path)),
            (204, self.append(path, 0, b"1")), (204, self.tus("OPTIONS", self.base)),
            (400, self.tus("POST", self.base, b"")), (400, self.tus("GET", f"{self.base}/7")),
            (400, self.tus("POST", path, b"")), (404, self.tus("HEAD", unknown)),
            (404, self.tus("DELETE", unknown)), (404, self.append(unknown, 0, b"1")),
            (405, self.tus("PUT", path, b"1")), (405, self.tus("HEAD", self.base)),
            (409, self.append(path, 0, b"1")),
            (412, self.tus("HEAD", path, Tus_Resumable="0.2.2")),
            (413, self.tus("POST", self.base, b"", Upload_Length=str(1 << 50))),
            (415, self.tus("PATCH", path, b"1", Upload_Offset="1"))]
        for expected, (status, headers, reply) in replies:
            self.assertEqual((status, headers["Tus-Resumable"]), (expected, "1.0.0"), reply)

    def test_another_version_is_refused_and_told_of_ours(self):
        path = self.begin(10)
        for method in ("HEAD", "DELETE", "PATCH"):
            for asked in ({}, {"Tus-Resumable": "0.2.2"}):
                status, headers, _ = self.server.request(method, path, headers=asked)
                self.assertEqual((status, headers["Tus-Version"]), (412, "1.0.0"), method)
        self.assertEqual(self.offset(path), 0)

    def test_a_post_may_stand_for_the_method_that_it_names(self):
        content = archive({"images/1.png": png((1, 2, 3))})
        path = self.begin(len(content))
        name = {"X_HTTP_Method_Override": "PATCH"}
        status, headers, _ = self.tus("POST", path, content[:100], Upload_Offset="0",
                                      Content_Type="application/offset+octet-stream", **name)
        self.assertEqual((status, headers["Upload-Offset"]), (204, "100"))
        status, headers, _ = self.tus("POST", path, X_HTTP_Method_Override="HEAD")
        self.assertEqual((status, headers["Upload-Offset"]), (200, "100"))
        self.assertEqual(self.tus("POST", path, X_HTTP_Method_Override="GET")[0], 400)
        self.assertEqual(self.tus("POST", path, X_HTTP_Method_Override="DELETE")[0], 204)
        self.assertEqual(self.tus("HEAD", path)[0], 404)

    def test_the_protocol_is_described(self):
        status, headers, _ = self.server.request("OPTIONS", self.base)
        self.assertEqual((status, headers["Tus-Version"]), (204, "1.0.0"))
        self.assertIn("termination", headers["Tus-Extension"])
        self.assertIn("checksum", headers["Tus-Extension"])
        self.assertEqual(headers["Tus-Checksum-Algorithm"], "sha1,sha256")

    def test_a_checksum_that_holds_is_taken_and_one_that_does_not_drops_the_bytes(self):
        content = archive({"images/1.png": png((1, 2, 3))})
        path = self.begin(len(content))
        half = len(content) // 2
        status, headers, reply = self.append(
            path, 0, content[:half], Upload_Checksum=checksum("sha1", b"other bytes"))
        self.assertEqual((status, json.loads(reply)["error_code"]), (460, 460))
        self.assertEqual(headers["Upload-Offset"], "0")
        self.assertEqual(self.offset(path), 0)
        status, _, _ = self.append(
            path, 0, content[:half], Upload_Checksum=checksum("sha1", content[:half]))
        self.assertEqual((status, self.offset(path)), (204, half))
        status, _, _ = self.append(
            path, half, content[half:], Upload_Checksum=checksum("sha256", content[half:]))
        self.assertEqual(status, 204)
        self.assertEqual(self.report()["pictures"], 1)

    def test_checksums_of_other_kinds_are_refused_before_the_bytes_are_taken(self):
        path = self.begin(10)
        for field in ("md5 kAFQmDzST7DWlj99KOF/cg==", "sha1", "sha1 !", "sha256 AAAA"):
            status, _, reply = self.append(path, 0, b"12345", Upload_Checksum=field)
            self.assertEqual(status, 400, field)
            self.assertIn("sha1,sha256", json.loads(reply)["error_desc"])
        self.assertEqual(self.offset(path), 0)

    def test_bytes_without_their_end_are_dropped_where_they_have_a_checksum(self):
        content = archive({"images/1.png": png((1, 2, 3), side=100)})
        path = self.begin(len(content))
        part = self.server.data / "datasets" / self.dataset / f"upload-{path.rsplit('/')[-1]}"
        self.append(path, 0, content[:10])
        for end in (lambda: None, self.server.kill):
            with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
                connection.sendall(
                    (f"PATCH {path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
                     "Upload-Offset: 10\r\nContent-Length: 1000000\r\n"
                     f"Upload-Checksum: {checksum('sha1', content[10:])}\r\n"
                     "Content-Type: application/offset+octet-stream\r\n\r\n").encode()
                    + content[10:1000])
                deadline = time.monotonic() + 20
                while part.stat().st_size < 1000 and time.monotonic() < deadline:
                    time.sleep(0.02)
                end()
            if self.server.process.poll() is not None:
                self.server.start()
            self.assertEqual(self.offset(path), 10)
        status, _, _ = self.append(
            path, 10, content[10:], Upload_Checksum=checksum("sha1", content[10:]))
        self.assertEqual(status, 204)
        self.assertEqual(self.report()["pictures"], 1)

    def test_metadata_are_kept_and_checked(self):
        metadata = "filename YS50YXIuZ3o=,is_private"
        status, headers, _ = self.tus("POST", self.base, b"", Upload_Length="10",
                                      Upload_Metadata=metadata)
        self.assertEqual(status, 201)
        _, headers, _ = self.tus("HEAD", headers["Location"])
        self.assertEqual(headers["Upload-Metadata"], metadata)
        for wrong in ("name !", ",", "a YQ==,a YQ==", "n " + "YWFh" * 2000):
            status, _, reply = self.tus("POST", self.base, b"", Upload_Length="10",
                                        Upload_Metadata=wrong)
            self.assertEqual(status, 400, wrong[:20])
            self.assertIn("Upload-Metadata", json.loads(reply)["error_desc"])

    def test_an_upload_can_be_given_up(self):
        path = self.begin(10)
        self.append(path, 0, b"12345")
        self.assertEqual(self.tus("DELETE", path)[0], 204)
        self.assertEqual(self.tus("HEAD", path)[0], 404)
        self.assertEqual(self.append(path, 5, b"1")[0], 404)

    def test_unfinished_uploads_of_a_dataset_are_limited(self):
        paths = [self.begin(10) for _ in range(8)]
        self.assertEqual(self.tus("POST", self.base, b"", Upload_Length="10")[0], 400)
        self.tus("DELETE", paths[0])
        self.begin(10)

    def test_of_another_dataset_is_not_found(self):
        path = self.begin(10)
        self.assertEqual(self.tus("HEAD", path.replace(self.dataset, self.server.user))[0], 404)

    def test_what_came_before_a_broken_connection_and_a_kill_stays(self):
        content = archive({"images/1.png": png((1, 2, 3), side=100)})
        path = self.begin(len(content))
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            connection.sendall((f"PATCH {path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
                                "Upload-Offset: 0\r\nContent-Length: 1000000\r\n"
                                "Content-Type: application/offset+octet-stream\r\n\r\n").encode()
                               + content[:1000])
        deadline = time.monotonic() + 20
        while self.offset(path) < 1000 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()
        self.server.start()
        self.assertEqual(self.offset(path), 1000)
        self.assertEqual(self.append(path, 1000, content[1000:])[0], 204)
        self.assertEqual(self.report()["pictures"], 1)

    def test_expired_ones_are_removed_at_the_next_start(self):
        path = self.begin(10)
        part = self.server.data / "datasets" / self.dataset / f"upload-{path.rsplit('/')[-1]}"
        yesterday = time.time() - 25 * 3600
        os.utime(part, (yesterday, yesterday))
        self.server.stop()
        self.server.start()
        deadline = time.monotonic() + 20
        while part.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.tus("HEAD", path)[0], 404)

    def large_archive(self):
        source = self.server.folder / "large.tar.gz"
        source.write_bytes(archive({"images/large.png": random.Random(1).randbytes(LARGE)}))
        return source

    def start_client(self, source):
        """`athanor dataset upload`, whose words go to cli_log()."""
        with open(self.server.folder / "cli.log", "wb") as log:
            client = subprocess.Popen(
                [PROGRAM, "--url", self.server.url, "--user", self.server.user,
                 "dataset", "upload", self.dataset, source],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "XDG_STATE_HOME": str(self.server.folder / "state")})
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        return client

    def cli_log(self):
        return (self.server.folder / "cli.log").read_text()

    def parts(self):
        return list((self.server.data / "datasets" / self.dataset).glob("upload-*"))

    def wait_for_bytes(self, client, mark):
        deadline = time.monotonic() + 60
        while sum(map(size_if_there, self.parts())) < mark and client.poll() is None:
            self.assertLess(time.monotonic(), deadline, self.cli_log())
            time.sleep(0.002)

    def test_the_command_line_goes_on_after_kills_of_the_server(self):
        client = self.start_client(self.large_archive())
        for mark in (1 << 20, 20 << 20):
            self.wait_for_bytes(client, mark)
            self.server.process.send_signal(signal.SIGKILL)
            self.server.process.wait()
            self.server.start()
        self.assertEqual(client.wait(120), 0, self.cli_log())
        self.assertEqual(self.report()["files"], 1)

    def test_the_command_line_goes_on_after_its_own_end(self):
        source = self.large_archive()
        client = self.start_client(source)
        self.wait_for_bytes(client, 1 << 20)
        client.kill()
        self.assertEqual(client.wait(), -signal.SIGKILL, self.cli_log())

        self.assertEqual(self.start_client(source).wait(120), 0, self.cli_log())

        self.assertIn("of an earlier run", self.cli_log())
        self.assertEqual(self.report()["files"], 1)
        self.assertEqual(len([part for part in self.parts() if part.suffix == ".json"]), 1)
        # What has come to its end is sent anew when it is asked for again.
        self.assertEqual(self.start_client(source).wait(120), 0, self.cli_log())
        self.assertNotIn("of an earlier run", self.cli_log())

    def test_the_command_line_begins_anew_where_the_server_has_forgotten(self):
        source = self.large_archive()
        client = self.start_client(source)
        self.wait_for_bytes(client, 1 << 20)
        client.kill()
        client.wait()
        for note in self.parts():
            if note.suffix == ".json":
                self.assertEqual(self.tus("DELETE", f"{self.base}/{note.stem[7:]}")[0], 204)

        self.assertEqual(self.start_client(source).wait(120), 0, self.cli_log())

        self.assertNotIn("of an earlier run", self.cli_log())
        self.assertEqual(self.report()["files"], 1)


def size_if_there(path):
    """The size in bytes, 0 for a temporary file that was renamed after it was listed."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


if __name__ == "__main__":
    unittest.main()
