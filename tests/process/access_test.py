"""Who gets in with `serve --auth keys`, and the commands that let them."""

import base64
import json
import os
import pathlib
import socket
import subprocess
import unittest
import uuid

import pictures
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
DATASET = {"type": "image_classification", "format": "default"}
WRONG_KEY = "ath_0123456789abcdef_" + 43 * "A"
FREE_FAILURES = 20  # limits::login_failures_per_peer


def athanor_user(*arguments):
    return subprocess.run([PROGRAM, "user", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


class WithKeys(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, SCRIPTED_WORKER, auth="keys")
        self.addCleanup(self.server.__exit__)
        self.key = self.server.add_user("alice")  # Before the first start, and while it runs.
        self.server.start()

    def status(self, path, method="GET", **headers):
        return self.server.request(method, path, headers=headers)[0]

    def refusal(self, path, method="GET", body=None, headers=None):
        status, fields, reply = self.server.request(method, path, body, headers)
        return status, fields, json.loads(reply)

    def test_login_by_path_and_by_body_agree(self):
        status, fields, reply = self.server.request("GET", f"/api/v1/login/{self.key}")
        self.assertEqual(status, 200)
        self.assertEqual(fields["Cache-Control"], "no-store")
        login = json.loads(reply)
        self.assertEqual(list(login), ["user_id", "token"])
        self.server.log_in(self.key)
        self.assertEqual(login["user_id"], self.server.user)
        self.assertEqual(login["user_id"], str(uuid.uuid5(uuid.UUID(int=0), "alice")))

    def test_token_is_a_standard_jwt(self):
        self.server.log_in(self.key)
        header, claims, _ = self.server.token.split(".")
        decode = lambda part: json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        self.assertEqual(decode(header), {"alg": "HS256", "typ": "JWT"})
        self.assertEqual(decode(claims)["sub"], self.server.user)
        self.assertEqual(decode(claims)["exp"] - decode(claims)["iat"], 24 * 3600)

    def test_bad_keys_and_bodies(self):
        for key in (WRONG_KEY, "nonsense"):
            status, fields, reply = self.refusal(f"/api/v1/login/{key}")
            self.assertEqual((status, reply), (401, {}))
            self.assertIn("Bearer", fields["WWW-Authenticate"])
        body = json.dumps({"ngc_api_key": WRONG_KEY})
        self.assertEqual(self.refusal("/api/v1/login", "POST", body)[0::2], (401, {}))
        for body in ("", "{", "[]", "{}", '{"ngc_api_key": 7}'):
            status, _, reply = self.refusal("/api/v1/login", "POST", body)
            self.assertEqual((status, reply["error_code"]), (400, 400))
            self.assertIn("ngc_api_key", reply["error_desc"])
        self.assertEqual(self.refusal("/api/v1/login", "POST", 5000 * " ")[0], 413)

    def test_own_token_opens_own_paths(self):
        self.server.log_in(self.key)
        dataset = self.server.api("POST", "/dataset", DATASET, expect=201)
        self.assertEqual(self.server.api("GET", f"/dataset/{dataset['id']}", expect=200), dataset)
        self.assertEqual(self.server.api("GET", "", expect=200), ["dataset", "model"])

    def test_paths_are_closed_without_a_token(self):
        own = f"/api/v1/user/{uuid.uuid5(uuid.UUID(int=0), 'alice')}"
        for path in (own, f"{own}/dataset", f"{own}/no-such-route", f"/default{own}/model",
                     f"/api/v1//user/{own[-36:]}/model", f"/api/v1/%75ser/{own[-36:]}/model",
                     "/api/v1/user/me/model", f"{own}/"):
            for headers in ({}, {"Authorization": "Bearer invalid"}, {"Authorization": "Basic eDp5"}):
                status, fields, reply = self.refusal(path, headers=headers)
                self.assertEqual((status, reply["error_code"]), (401, 401), path)
                self.assertIn("Bearer", fields["WWW-Authenticate"])
        self.assertEqual(self.status(f"{own}/dataset", method="PUT"), 401)
        self.assertEqual(self.status(f"{own}/dataset", method="HEAD"), 401)

    def test_paths_of_others_are_forbidden_and_malformed_ones_named(self):
        self.server.log_in(self.key)
        for other in (uuid.uuid4(), uuid.UUID(int=0)):
            status, _, reply = self.refusal(f"/api/v1/user/{other}/dataset")
            self.assertEqual((status, reply["error_code"]), (403, 403))
        status, _, reply = self.refusal("/api/v1/user/me/dataset")
        self.assertEqual(status, 400)
        self.assertIn("User", reply["error_desc"])
        same = self.server.user.upper().replace("-", "")
        self.assertEqual(self.status(f"/api/v1/user/{same}/dataset"), 200)

    def test_two_authorizations_are_none(self):
        self.server.log_in(self.key)
        request = (f"GET /api/v1/user/{self.server.user}/dataset HTTP/1.1\r\nHost: x\r\n"
                   f"Authorization: Bearer {self.server.token}\r\n"
                   "Authorization: Bearer invalid\r\nConnection: close\r\n\r\n")
        self.assertIn(b" 401 ", self.raw(request.encode()).split(b"\r\n")[0])

    def raw(self, request):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(request)
            reply = b""
            while piece := connection.recv(65536):
                reply += piece
                if b"\r\n\r\n" in reply:
                    break
        return reply

    def test_bodies_are_not_asked_for_before_the_token_is_seen(self):
        path = f"/api/v1/user/{uuid.uuid4()}/dataset/{uuid.uuid4()}/upload"
        request = (f"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                   "Content-Type: multipart/form-data; boundary=b\r\n"
                   "Content-Length: 1000000000\r\n\r\n")
        self.assertIn(b" 401 ", self.raw(request.encode()).split(b"\r\n")[0])

    def test_preflights_need_no_token(self):
        status = self.status(f"/api/v1/user/{uuid.uuid4()}/dataset", method="OPTIONS",
                             Origin="https://example.org")
        self.assertEqual(status, 204)

    def test_what_is_nobodys_stays_open(self):
        for path, status in (("/api/v1/health/liveness", 201), ("/openapi.json", 200),
                             ("/api/v1", 200), ("/api/v1/user", 403)):
            self.assertEqual(self.status(path), status, path)

    def test_ingress_question(self):
        self.server.log_in(self.key)
        own, other = self.server.user, uuid.uuid4()
        for url, status in ((None, 200), ("/api/v1/health", 200), (f"/api/v1/user/{own}", 200),
                            (f"https://host/default/api/v1//user/{own}/model?size=1", 200),
                            (f"http://host/api/v1/user/{other}/model", 403),
                            (f"/api/v1/user/{other}", 403), ("/api/v1/user/me", 403),
                            ("/api/v1/user/%zz", 403)):
            headers = {} if url is None else {"X-Original-Url": url}
            got, _, reply = self.refusal("/api/v1/auth", headers=headers)
            self.assertEqual((got, reply), (status, {"user_id": own} if status == 200 else {}), url)
        self.server.token = "invalid"
        got, fields, reply = self.refusal("/api/v1/auth")
        self.assertEqual((got, reply), (401, {}))
        self.assertIn("Bearer", fields["WWW-Authenticate"])

    def test_failed_logins_have_to_wait(self):
        statuses = [self.status("/api/v1/login/nonsense") for _ in range(FREE_FAILURES + 1)]
        self.assertEqual(set(statuses), {401})
        status, fields, reply = self.refusal(f"/api/v1/login/{self.key}")
        self.assertEqual((status, reply["error_code"]), (429, 429))
        self.assertGreaterEqual(int(fields["Retry-After"]), 1)

    def test_failed_logins_count_for_the_client_behind_a_trusted_proxy(self):
        self.server.stop()
        self.server.options = ["--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "10.0.0.7"]
        self.server.start()
        failing = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9, 10.0.0.7"}
        for _ in range(FREE_FAILURES + 1):
            self.server.request("GET", "/api/v1/login/nonsense", headers=failing)
        for headers, status in ((failing, 429), ({"X-Forwarded-For": "203.0.113.9"}, 429),
                                ({"X-Forwarded-For": "203.0.113.9, 198.51.100.2"}, 200),
                                ({"X-Forwarded-For": "198.51.100.1"}, 200), ({}, 200)):
            got, _, _ = self.server.request("GET", f"/api/v1/login/{self.key}", headers=headers)
            self.assertEqual(got, status, headers)
        refused = [json.loads(line) for line in self.server.log.splitlines()
                   if '"login refused"' in line]
        self.assertEqual({line["peer"] for line in refused}, {"203.0.113.9"})

    def test_nobody_is_believed_who_was_not_named(self):
        for n in range(FREE_FAILURES + 1):
            self.server.request("GET", "/api/v1/login/nonsense",
                                headers={"X-Forwarded-For": f"203.0.113.{n}"})
        self.assertEqual(self.status(f"/api/v1/login/{self.key}"), 429)

    def test_a_proxy_that_is_no_address_is_refused(self):
        ended = subprocess.run(
            [PROGRAM, "serve", "--data-dir", self.server.folder / "other", "--listen",
             "127.0.0.1:0", "--auth", "keys", "--trusted-proxy", "example.org"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(ended.returncode, 64)
        self.assertIn("--trusted-proxy example.org", ended.stderr)

    def test_removed_users_and_keys_are_out_when_the_command_returns(self):
        second = json.loads(self.server.user_command("new-key", "alice", "--json"))
        self.server.log_in(second["api_key"])
        bob = self.server.add_user("bob")
        self.server.api("GET", "/dataset", expect=200)
        self.server.user_command("revoke-key", second["key_id"])
        self.server.api("GET", "/dataset", expect=401)
        self.server.log_in(self.key)
        self.server.api("GET", "/dataset", expect=200)
        self.server.user_command("remove", "alice")
        self.server.api("GET", "/dataset", expect=401)
        self.server.log_in(bob)
        self.server.api("GET", "/dataset", expect=200)

    def test_tokens_outlive_a_restart(self):
        self.server.log_in(self.key)
        self.server.stop()
        self.server.start()
        self.server.api("GET", "/dataset", expect=200)

    def test_none_tokens_are_worth_nothing_with_keys(self):
        self.server.stop()
        self.server.auth = "none"
        self.server.start()
        self.server.log_in("nvapi-anything")
        self.server.api("GET", "/dataset", expect=200)
        self.server.stop()
        self.server.auth = "keys"
        self.server.start()
        self.server.api("GET", "/dataset", expect=401)

    def test_in_the_clear_on_other_addresses_is_warned_of(self):
        self.server.stop()
        self.server.start(listen="0.0.0.0:0")
        self.assertIn("travel in the clear", self.server.log)


class WithoutKeys(unittest.TestCase):
    def test_any_key_has_a_stable_user_and_a_token(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            users = set()
            for _ in range(2):
                server.log_in("nvapi-anything")
                users.add(server.user)
                server.stop()
                server.start()
            self.assertEqual(len(users), 1)
            server.log_in("nvapi-other")
            self.assertNotIn(server.user, users)
            status, _, reply = server.request("GET", "/api/v1/auth")
            self.assertEqual((status, json.loads(reply)), (200, {"user_id": server.user}))
            server.token = "invalid"  # As clients send it that have none.
            server.api("GET", "/dataset", expect=200)


class CommandLine(unittest.TestCase):
    def test_who_follows_a_job_for_longer_than_a_token_lasts_logs_in_again(self):
        server = Server(PROGRAM, SCRIPTED_WORKER, auth="keys", keeps_port=True)
        self.addCleanup(server.__exit__)
        key = server.add_user("alice")
        server.start()
        server.log_in(key)
        dataset = pictures.post_coloured_dataset(server, "images_train", 1)
        model = server.api("POST", "/model", {"network_arch": "classification",
                                              "train_datasets": [dataset],
                                              "eval_dataset": dataset}, 201)["id"]
        waits = {"train_config": {"random_seed": 1001}}
        server.api("POST", f"/model/{model}/specs/train", waits, 201)
        job, = server.api("POST", f"/model/{model}/job", {"job": None, "actions": ["train"]}, 201)
        watch = subprocess.Popen(
            [PROGRAM, "job", "watch", "--model", model, job], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"HOME": str(server.folder), "ATHANOR_URL": server.url, "ATHANOR_API_KEY": key})
        self.addCleanup(watch.kill)
        self.assertIn("train", watch.stderr.readline())  # It follows.

        server.stop()  # With its worker, so that the job ends at the next start.
        (server.data / "token.key").unlink()  # No token made before is good any more.
        server.start()

        shown, told = watch.communicate(timeout=60)
        self.assertEqual(watch.returncode, 1, told)
        self.assertIn("Error", shown)


class UserCommands(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, SCRIPTED_WORKER)
        self.addCleanup(self.server.__exit__)
        self.data = self.server.data

    def run_json(self, *arguments):
        ended = athanor_user("--json", *arguments, "--data-dir", self.data)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout)

    def test_keys_are_shown_once_and_listed_by_id(self):
        made = self.run_json("add", "alice")
        self.assertEqual(list(made), ["name", "id", "key_id", "api_key"])
        self.assertTrue(made["api_key"].startswith(f"ath_{made['key_id']}_"))
        plain = athanor_user("new-key", "alice", "--data-dir", self.data)
        self.assertRegex(plain.stdout, r"^ath_[0-9a-f]{16}_[A-Za-z0-9_-]{43}\n$")
        self.assertIn("not shown again", plain.stderr)
        [alice] = self.run_json("list")
        self.assertEqual((alice["name"], alice["id"]), ("alice", made["id"]))
        self.assertEqual([key["id"] for key in alice["keys"]],
                         [made["key_id"], plain.stdout.split("_")[1]])
        table = athanor_user("list", "--data-dir", self.data).stdout
        self.assertIn("alice", table)
        self.assertNotIn(made["api_key"], table)

    def test_exit_codes(self):
        data = ("--data-dir", self.data)
        self.assertEqual(athanor_user("list", *data).returncode, 66)
        self.assertFalse(self.data.exists(), "a mistyped folder must not be made")
        self.assertEqual(athanor_user("add", "alice", *data).returncode, 0)
        for arguments, code in ((("add", "alice"), 75), (("add", "a b"), 65), (("add",), 64),
                                (("remove", "bob"), 66), (("new-key", "bob"), 66),
                                (("revoke-key", "0123456789abcdef"), 66), (("list", "x"), 64)):
            ended = athanor_user(*arguments, *data)
            self.assertEqual(ended.returncode, code, arguments)
            self.assertTrue(ended.stderr)

    def test_store_url_names_another_database(self):
        url = f"sqlite://{self.server.folder}/other/users.db"
        self.assertEqual(
            athanor_user("add", "alice", "--data-dir", self.data, "--store-url", url).returncode, 0)
        self.assertEqual(self.run_json("list"), [])
        self.assertEqual(self.run_json("list", "--store-url", url)[0]["name"], "alice")
        refused = athanor_user("list", "--data-dir", self.data, "--store-url", "mysql://x")
        self.assertEqual(refused.returncode, 65)

    def test_a_folder_with_other_things_is_not_closed_to_others(self):
        self.data.mkdir(mode=0o755)
        (self.data / "notes.txt").touch()
        refused = athanor_user("add", "alice", "--data-dir", self.data)
        self.assertEqual(refused.returncode, 77)
        self.assertIn("chmod 700", refused.stderr)
        self.assertEqual(self.data.stat().st_mode & 0o777, 0o755)

    def test_an_empty_folder_is_made_private(self):
        self.data.mkdir(mode=0o755)
        self.run_json("add", "alice")
        self.assertEqual(self.data.stat().st_mode & 0o777, 0o700)
        self.assertEqual([path.name for path in self.data.iterdir()
                          if path.stat().st_mode & 0o077], [])


if __name__ == "__main__":
    unittest.main()
