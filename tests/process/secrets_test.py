"""Keys, tokens and encryption keys, used in every way: where they end up, and where not."""

import hashlib
import json
import os
import pathlib
import subprocess
import time
import unittest

import pictures
from folders import entries_below, files_below, mode_of, read_bytes
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
ENCRYPTION_KEY = "s3cret-of-the-model"
LATER_KEY = "t0ld-to-nobody-either"
WAIT, TELL_KEYS = 1001, 1005  # Seeds of the scripted worker: wait to be stopped, tell digests of keys.
ENCRYPTION_KEYS = [("encryption key", ENCRYPTION_KEY), ("later encryption key", LATER_KEY)]


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, SCRIPTED_WORKER, auth="keys")
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.start()
        cls.home = cls.server.folder / "home"
        cls.home.mkdir()
        cls.replies = []  # Texts of errors.
        cls.commands = ""  # What commands printed, but for the key itself.
        cls.key = cls.server.add_user("alice")
        cls.server.log_in(cls.key)
        cls.token = cls.server.token
        cls.secrets = {"API key": cls.key, "secret part": cls.key.split("_", 2)[2], "token": cls.token,
                       "signature": cls.token.rsplit(".", 1)[1]}
        cls.use_everything()

    @classmethod
    def use_everything(cls):
        server = cls.server
        cls.ask("GET", f"/api/v1/login/{cls.key}")
        for path in (f"/api/v1/login/{cls.key}x", f"/api/v1/login/{cls.key}/more",
                     f"/default/api/v1//login/{cls.key}", f"/api/v1/logins/{cls.key}",
                     f"/other/login/{cls.key}?key={cls.key}", f"/api/v1/%6Cogin/{cls.key}",
                     f"/api/v1/login/%zz{cls.key}", f"/api/v1/user/{cls.token}/dataset",
                     f"/api/v1/user/{server.user}/dataset/{cls.token}",
                     f"/api/v1/user/{server.user}/{cls.key}",
                     f"/api/v1/user/{cls.token}/dataset/x/uploads",
                     f"/api/v1/user/{cls.key}/dataset/x/uploads"):
            for method in ("GET", "DELETE", "OPTIONS"):
                cls.ask(method, path)
        for body in ({"ngc_api_key": cls.key[:-1]}, {"ngc_api_key": cls.key, "x": {}}, [cls.key]):
            cls.ask("POST", "/api/v1/login", json.dumps(body))
        cls.ask("POST", "/api/v1/login", f'{{"ngc_api_key": "{cls.key}"')
        cls.ask("GET", "/api/v1/user/x/dataset", headers={"Authorization": f"Bearer {cls.token}x"})
        cls.ask("GET", "/api/v1/auth", headers={"X-Original-Url": f"/login/{cls.key}"})
        cls.run_jobs()
        cls.run_commands()

    @classmethod
    def ask(cls, method, path, body=None, headers=None):
        status, _, reply = cls.server.request(method, path, body, headers)
        if status >= 400:
            cls.replies.append(reply.decode())

    @classmethod
    def run_jobs(cls):
        server = cls.server
        dataset = pictures.post_coloured_dataset(server, "images_train", 1)
        body = {"network_arch": "classification", "encryption_key": ENCRYPTION_KEY}
        cls.model = server.api("POST", "/model", body, expect=201)
        for change in ({"encryption_key": 7}, {"encryption_key": ENCRYPTION_KEY, "type": "x"},
                       {"encryption_key": ENCRYPTION_KEY, "eval_dataset": "x"}):
            cls.ask("PATCH", f"/api/v1/user/{server.user}/model/{cls.model['id']}", json.dumps(change))
        path = f"/model/{cls.model['id']}"
        server.api("PATCH", path, {"train_datasets": [dataset], "eval_dataset": dataset}, expect=200)
        spec = server.api("GET", f"{path}/specs/train/schema", expect=200)["default"]
        server.api("POST", f"{path}/specs/train", spec, expect=201)
        spec["train_config"]["random_seed"] = TELL_KEYS
        server.api("POST", f"{path}/specs/train", spec, expect=201)
        cls.trained = cls.run_job(path, "train")
        server.api("PATCH", path, {"encryption_key": LATER_KEY}, expect=200)
        cls.evaluated = cls.run_job(path, "evaluate", cls.trained)
        spec["train_config"]["random_seed"] = WAIT
        server.api("POST", f"{path}/specs/train", spec, expect=201)
        [cls.waiting] = server.api("POST", f"{path}/job", {"job": None, "actions": ["train"]}, expect=201)
        deadline = time.monotonic() + 60
        while server.api("GET", f"{path}/job/{cls.waiting}", expect=200)["status"] == "Pending":
            assert time.monotonic() < deadline, "the job does not start"
            time.sleep(0.05)

    @classmethod
    def run_job(cls, model, action, parent=None):
        body = {"job": parent, "actions": [action]}
        [job] = cls.server.api("POST", f"{model}/job", body, expect=201)
        assert cls.server.wait_for_job(f"{model}/job/{job}")["status"] == "Done"
        return job

    @classmethod
    def run_commands(cls):
        key_file = cls.home / "key"
        key_file.write_text(cls.key + "\n")
        for arguments, variables in ((["dataset", "list"], {"ATHANOR_API_KEY": cls.key}),
                                     (["--api-key-file", key_file, "model", "list"], {}),
                                     (["dataset", "list"], {"ATHANOR_API_KEY": cls.key + "x"}),
                                     (["user", "list", "--data-dir", cls.server.data], {})):
            ended = subprocess.run(
                [PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=60, env={"HOME": str(cls.home), "ATHANOR_URL": cls.server.url,
                                            **variables})
            cls.commands += ended.stdout + ended.stderr

    def assert_free_of_secrets(self, text, where, *more):
        for name, secret in [*self.secrets.items(), *more]:
            self.assertNotIn(secret, text, f"the {name} is in {where}")

    def test_not_in_the_log(self):
        self.assertIn("/api/v1/login/***", self.server.log)
        self.assert_free_of_secrets(self.server.log, "the log", *ENCRYPTION_KEYS)

    def test_not_in_error_replies(self):
        self.assertGreater(len(self.replies), 20)
        self.assert_free_of_secrets("\n".join(self.replies), "a reply", *ENCRYPTION_KEYS)

    def test_not_in_what_commands_print(self):
        self.assertIn("alice", self.commands)
        self.assertIn("does not know this API key", self.commands)
        self.assert_free_of_secrets(self.commands, "a command's output")

    def test_not_in_process_lists(self):
        processes = [self.server.process.pid, *self.workers()]
        self.assertGreaterEqual(len(processes), 2, "the waiting worker was not found")
        for pid in processes:
            for name in ("cmdline", "environ"):
                content = pathlib.Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
                self.assert_free_of_secrets(content, f"{name} of {pid}", *ENCRYPTION_KEYS)

    def workers(self):
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                arguments = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(self.waiting.encode() in argument for argument in arguments):
                yield int(folder.name)

    def test_not_in_the_data_folder(self):
        files = files_below(self.server.data)
        self.assertTrue(any(path.name == "athanor.db" for path in files))
        for path in files:
            content = read_bytes(path).decode("latin-1")
            self.assert_free_of_secrets(content, path)
            if not path.name.startswith("athanor.db"):
                self.assertNotIn(ENCRYPTION_KEY, content, path)
                self.assertNotIn(LATER_KEY, content, path)

    def test_workers_get_the_keys_of_the_time_of_the_post(self):
        digests = {key: hashlib.sha256(key.encode()).hexdigest()
                   for key in (ENCRYPTION_KEY, LATER_KEY, "tlt_encode")}
        for job, own, parent in ((self.trained, ENCRYPTION_KEY, "tlt_encode"),
                                 (self.evaluated, LATER_KEY, ENCRYPTION_KEY)):
            told = json.loads((self.server.data / "jobs" / job / "artifacts/keys.json").read_text())
            self.assertEqual(told, {"own": digests[own], "parent": digests[parent]})

    def test_the_encryption_key_is_shown_with_its_model_alone(self):
        self.assertEqual(self.model["encryption_key"], ENCRYPTION_KEY)

    def test_everything_is_its_owners_alone(self):
        self.assertEqual(self.server.data.stat().st_mode & 0o777, 0o700)
        files = entries_below(self.server.data)
        self.assertGreater(len(files), 10)
        open_to_others = [str(path) for path in files
                          if not path.is_symlink() and (mode_of(path) or 0) & 0o077]
        self.assertEqual(open_to_others, [])

    def test_tokens_are_kept_for_their_owner_alone(self):
        kept = [path for path in (self.home / ".cache").rglob("*") if path.is_file()]
        self.assertEqual(len(kept), 1, "one key, one server, one token")
        self.assertEqual(kept[0].stat().st_mode & 0o777, 0o600)
        self.assertEqual(kept[0].parent.stat().st_mode & 0o777, 0o700)
        self.assertNotIn(self.key.split("_", 2)[2], kept[0].read_text())
        self.assert_free_of_secrets(kept[0].name, "a file's name")


if __name__ == "__main__":
    unittest.main()
