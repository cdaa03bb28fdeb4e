"""What clients may do on the wire, and what refuses them: bytes that an HTTP library would not send."""

import json
import os
import pathlib
import socket
import unittest

from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
MIB = 1024 * 1024


def read_reply(stream):
    """(status, headers in lower case, body) of the next reply on a connection."""
    status = int(stream.readline().split()[1])
    headers = {}
    for line in iter(stream.readline, b"\r\n"):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if 100 <= status < 200 or status in (204, 304):
        return status, headers, b""
    return status, headers, stream.read(int(headers["content-length"]))


class OtherOrigins(unittest.TestCase):
    """Whether scripts of web pages may read replies."""

    def headers_for(self, server, origin):
        return server.request("GET", f"/api/v1/user/{server.user}/dataset",
                              headers={"Origin": origin})[1]

    def test_are_allowed_by_name_and_may_read_the_total(self):
        with Server(PROGRAM, SCRIPTED_WORKER,
                    ["--cors-origin", "https://lab.example"]) as server:
            headers = self.headers_for(server, "https://lab.example")
            self.assertEqual(headers["Access-Control-Allow-Origin"], "https://lab.example")
            self.assertIn("X-Pagination-Total", headers["Access-Control-Expose-Headers"])
            other = self.headers_for(server, "https://evil.example")
            self.assertNotIn("Access-Control-Allow-Origin", other)

    def test_are_not_allowed_by_default(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            headers = self.headers_for(server, "https://lab.example")
            self.assertNotIn("Access-Control-Allow-Origin", headers)
            self.assertIn("X-Pagination-Total", headers["Access-Control-Expose-Headers"])


class Transport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, SCRIPTED_WORKER)
        cls.server.start()
        cls.addClassCleanup(cls.server.__exit__)
        cls.datasets = f"/api/v1/user/{cls.server.user}/dataset".encode()

    def send(self, *pieces):
        """The reply to raw bytes on a connection of their own."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as connection:
            for piece in pieces:
                connection.sendall(piece)
            with connection.makefile("rb") as stream:
                return read_reply(stream)

    def post(self, body, *fields):
        head = b"\r\n".join([b"POST " + self.datasets + b" HTTP/1.1", b"Host: x",
                             b"Content-Length: %d" % len(body), *fields])
        return self.send(head + b"\r\n\r\n" + body)

    def assert_envelope(self, reply, status):
        self.assertEqual(reply[0], status)
        self.assertEqual(reply[1]["content-type"], "application/json")
        error = json.loads(reply[2])
        self.assertEqual(list(error), ["error_desc", "error_code"])
        self.assertEqual(error["error_code"], status)
        self.assertTrue(error["error_desc"])

    def test_json_needs_no_content_type(self):
        status, headers, body = self.post(b'{"type": "image_classification", "format": "raw"}')
        self.assertEqual(status, 201)
        self.assertEqual(headers["content-type"], "application/json")
        self.assertTrue(body.endswith(b"}\n"), "a newline ends the compact JSON")
        self.assertNotIn(b": ", body.replace(b"https://", b""))

    def test_invalid_utf8_is_refused(self):
        body = b'{"type": "image_classification", "format": "raw", "name": "\xff\xfe"}'
        self.assert_envelope(self.post(body), 400)

    def test_body_of_20_mb_is_refused_and_the_reason_arrives(self):
        body = b'{"name": "' + b"x" * (20 * MIB) + b'"}'
        self.assert_envelope(self.post(body), 413)

    def test_spec_of_300_kb_is_saved_verbatim(self):
        model = self.server.api("POST", "/model", {"network_arch": "unet"}, expect=201)
        spec = {f"key_{i}": {"name": "x" * 40, "number": i} for i in range(4500)}
        self.assertGreater(len(json.dumps(spec)), 300_000)
        path = f"/model/{model['id']}/specs/train"
        self.assertEqual(self.server.api("POST", path, spec, expect=201), spec)
        self.assertEqual(list(self.server.api("GET", path, expect=200)), list(spec))

    def test_oversized_header_is_refused(self):
        head = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * (70 * 1024) + b"\r\n\r\n"
        self.assert_envelope(self.send(head), 431)

    def test_oversized_target_is_refused(self):
        self.assert_envelope(
            self.send(b"GET /" + b"x" * (9 * 1024) + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 414)

    def test_garbage_is_refused(self):
        self.assert_envelope(self.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), 400)

    def test_http_1_0_without_host_works(self):
        status, _, body = self.send(b"GET /api HTTP/1.0\r\n\r\n")
        self.assertEqual((status, json.loads(body)), (200, ["v1"]))

    def test_http_1_1_without_host_is_refused(self):
        self.assert_envelope(self.send(b"GET /api HTTP/1.1\r\n\r\n"), 400)

    def test_expect_100_continue_gets_its_100(self):
        body = b'{"type": "image_classification", "format": "raw"}'
        head = (b"POST " + self.datasets + b" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body))
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as connection:
            connection.sendall(head)
            with connection.makefile("rb") as stream:
                self.assertEqual(read_reply(stream)[0], 100)
                connection.sendall(body)
                self.assertEqual(read_reply(stream)[0], 201)

    def test_expect_100_continue_is_refused_without_reading_the_body(self):
        head = (b"POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                b"Content-Length: 5\r\n\r\n")
        self.assert_envelope(self.send(head), 404)

    def test_unknown_method_is_405_with_allow(self):
        reply = self.send(b"BREW " + self.datasets + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assert_envelope(reply, 405)
        self.assertEqual(reply[1]["allow"], "GET, HEAD, POST, OPTIONS")

    def test_requests_follow_each_other_on_one_connection(self):
        request = b"GET /api HTTP/1.1\r\nHost: x\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as connection:
            connection.sendall(request * 3)
            with connection.makefile("rb") as stream:
                self.assertEqual([read_reply(stream)[0] for _ in range(3)], [200, 200, 200])


if __name__ == "__main__":
    unittest.main()
