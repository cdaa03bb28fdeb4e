"""`serve --tls-certificate` with the command line and Python's ssl as clients."""

import json
import os
import pathlib
import signal
import ssl
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"


def make_certificate(folder, name):
    """(certificate, key) for 127.0.0.1, by openssl(1)."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
         "-out", certificate, "-keyout", key], check=True, capture_output=True)
    return certificate, key


class Tls(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, SCRIPTED_WORKER, auth="keys")
        self.addCleanup(self.server.__exit__)
        self.certificate, key = make_certificate(self.server.folder, "server")
        self.server.options += ["--tls-certificate", str(self.certificate), "--tls-key", str(key)]
        self.key = self.server.add_user("alice")
        self.server.start()
        self.url = f"https://127.0.0.1:{self.server.port}"

    def athanor(self, *arguments, **variables):
        return subprocess.run(
            [PROGRAM, "--url", self.url, *map(str, arguments)], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60,
            env={"HOME": str(self.server.folder), "ATHANOR_API_KEY": self.key, **variables})

    def get(self, path, certificate):
        context = ssl.create_default_context(cafile=certificate)
        with urllib.request.urlopen(self.url + path, context=context, timeout=30) as reply:
            return json.loads(reply.read())

    def test_command_line_trusts_a_named_authority(self):
        made = self.athanor("--ca-certificate", self.certificate, "dataset", "create")
        self.assertEqual(made.returncode, 0, made.stderr)
        listed = self.athanor("dataset", "list", ATHANOR_CA_CERTIFICATE=str(self.certificate))
        self.assertIn(made.stdout.strip(), listed.stdout)

    def test_command_line_trusts_nobody_else(self):
        refused = self.athanor("dataset", "list")
        self.assertEqual(refused.returncode, 77)
        self.assertIn("--ca-certificate", refused.stderr)
        self.assertEqual(self.athanor("--ca-certificate", "/no/file", "dataset", "list").returncode, 65)

    def test_hangup_reloads_the_certificate(self):
        self.assertEqual(self.get("/api", self.certificate), ["v1"])
        old = self.certificate.with_suffix(".old")
        old.write_bytes(self.certificate.read_bytes())
        make_certificate(self.server.folder, "server")
        self.server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while "certificate reloaded" not in self.server.log and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.get("/api", self.certificate), ["v1"])
        with self.assertRaises(urllib.error.URLError):
            self.get("/api", old)

    def test_other_addresses_are_not_warned_of(self):
        self.server.stop()
        self.server.start(listen="0.0.0.0:0")
        self.assertNotIn("in the clear", self.server.log)

    def test_faulty_files_keep_it_from_starting(self):
        other = make_certificate(self.server.folder, "other")[1]
        for options, code, text in (
                (["--tls-certificate", self.certificate], 64, "--tls-key"),
                (["--tls-key", other], 64, "--tls-certificate"),
                (["--tls-certificate", self.certificate, "--tls-key", other], 64, "not the key"),
                (["--tls-certificate", "/no/file", "--tls-key", other], 66, "No such file")):
            ended = subprocess.run(
                [PROGRAM, "serve", "--data-dir", self.server.folder / "second", "--auth", "keys",
                 "--listen", "127.0.0.1:0", *options],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
            self.assertEqual(ended.returncode, code, ended.stderr)
            self.assertIn(text, ended.stderr)


class ApiKeys(unittest.TestCase):
    """The command line's way with keys and tokens."""

    def setUp(self):
        self.server = Server(PROGRAM, SCRIPTED_WORKER, auth="keys")
        self.addCleanup(self.server.__exit__)
        self.key = self.server.add_user("alice")
        self.server.start()

    def athanor(self, *arguments, key=None, **variables):
        return subprocess.run(
            [PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, env={"HOME": str(self.server.folder), "ATHANOR_URL": self.server.url,
                             "ATHANOR_API_KEY": key or self.key, **variables})

    def logins(self):
        return self.server.log.count('"path":"/api/v1/login"')

    def test_one_login_serves_many_commands(self):
        for _ in range(3):
            self.assertEqual(self.athanor("dataset", "list").returncode, 0)
        self.assertEqual(self.logins(), 1)

    def test_a_token_that_is_no_longer_good_is_replaced(self):
        self.athanor("dataset", "list")
        self.server.stop()
        (self.server.data / "token.key").unlink()  # Ends all tokens.
        self.server.start(listen=f"127.0.0.1:{self.server.port}")
        ended = self.athanor("dataset", "list")
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_a_damaged_cache_is_replaced(self):
        self.athanor("dataset", "list")
        [kept] = (self.server.folder / ".cache" / "athanor").iterdir()
        for content in ("", "{", "[]", '{"user_id": 7, "token": 8}'):
            kept.write_text(content)
            self.assertEqual(self.athanor("dataset", "list").returncode, 0)

    def test_without_a_home_nothing_is_kept_and_said_so(self):
        ended = self.athanor("dataset", "list", HOME="")
        self.assertEqual(ended.returncode, 0)
        self.assertIn("not kept", ended.stderr)

    def test_wrong_keys_files_and_users_are_named(self):
        wrong = self.athanor("dataset", "list", key="ath_0123456789abcdef_" + 43 * "A")
        self.assertEqual(wrong.returncode, 77)
        self.assertIn("API key", wrong.stderr)
        self.assertEqual(self.athanor("--api-key-file", "/no/file", "dataset", "list").returncode, 66)
        empty = self.server.folder / "empty"
        empty.touch()
        self.assertEqual(self.athanor("--api-key-file", empty, "dataset", "list").returncode, 65)
        other = self.athanor("--user", "00000000-0000-0000-0000-000000000001", "dataset", "list")
        self.assertEqual(other.returncode, 77)
        self.assertIn("--user", other.stderr)

    def test_without_a_key_the_server_says_what_it_wants(self):
        ended = self.athanor("dataset", "list", ATHANOR_API_KEY="")
        self.assertEqual(ended.returncode, 77)
        self.assertIn("token", ended.stderr)


if __name__ == "__main__":
    unittest.main()
