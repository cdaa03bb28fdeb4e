"""Every operation of the served OpenAPI document, tried across two users.

Nothing of the other user's may be reached, and no reply may tell whether an id of the other user
exists: it must be the same as for an id that nobody has. The operations, their path parameters and
the ids in their bodies come from the document, so that a new route is tried as soon as it is served.
"""

import itertools
import json
import os
import pathlib
import re
import unittest
import uuid

import athanor_server
import pictures
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
USER_PATH = "/api/v1/user/{user_id}"
METHODS = {"get", "put", "post", "patch", "delete", "head"}
CHANGING_HEADERS = {"date", "x-request-id", "content-length"}
# What resumable uploads want to see before they look at ids; other operations do not mind.
PROTOCOL = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Upload-Offset": "0",
            "X-HTTP-Method-Override": "DELETE"}
LINKS = {"ptm", "train_datasets", "eval_dataset", "inference_dataset", "calibration_dataset"}


class Operation:
    """One method of one path of the document."""

    def __init__(self, document, pattern, method):
        self.document, self.pattern, self.method = document, pattern, method.upper()
        self.description = document["paths"][pattern][method]
        self.parameters = re.findall(r"\{(\w+)\}", pattern)

    def __str__(self):
        return f"{self.method} {self.pattern}"

    @property
    def replies(self):
        """Content types by status."""
        return {status: list(reply.get("content", {}))
                for status, reply in self.description["responses"].items()}

    def path(self, values):
        return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "train")), self.pattern)

    def request_schema(self):
        """The JSON body's schema as an object's, or None."""
        content = self.description.get("requestBody", {}).get("content", {})
        return self.object_schema(content.get("application/json", {}).get("schema"))

    def object_schema(self, schema):
        if schema is None:
            return None
        if "$ref" in schema:
            return self.object_schema(self.document["components"]["schemas"][schema["$ref"].split("/")[-1]])
        for choice in schema.get("oneOf", []):
            if (found := self.object_schema(choice)) and "properties" in found:
                return found
        return schema

    def id_fields(self):
        """{field: whether it is a list} of the ids in the body."""
        properties = (self.request_schema() or {}).get("properties", {})
        return {name: '"array"' in json.dumps(schema) for name, schema in properties.items()
                if '"uuid"' in json.dumps(schema)}

    def body(self):
        """(bytes, headers) of a body that is right for a user's own things."""
        if "multipart/form-data" in self.description.get("requestBody", {}).get("content", {}):
            content, kind = athanor_server.multipart(pictures.archive({"classes.txt": b"a\n"}))
            return content, {"Content-Type": kind}
        if "application/offset+octet-stream" in self.description.get("requestBody", {}).get("content", {}):
            return b"x", {"Content-Type": "application/offset+octet-stream"}
        if "requestBody" not in self.description:
            return b"", {}
        return json.dumps(self.example()).encode(), {}

    def example(self):
        properties = (self.request_schema() or {}).get("properties", {})
        values = {"type": "image_classification", "format": "default", "actions": ["train"],
                  "network_arch": "classification"}
        creates = self.method == "POST"
        return {name: value for name, value in values.items() if creates and name in properties}


class Tenant:
    """A user with one of each."""

    def __init__(self, server, name):
        server.log_in(server.add_user(name))
        self.server, self.user, self.token = server, server.user, server.token
        self.ids = {"user_id": self.user}
        self.dataset = self.make("POST", "/dataset", {"type": "image_classification", "format": "default"})
        server.upload(self.dataset, pictures.archive(pictures.coloured_dataset("images_train", 1)))
        self.model = self.make("POST", "/model", {"network_arch": "classification"})
        links = {"train_datasets": [self.dataset], "eval_dataset": self.dataset}
        server.api("PATCH", f"/model/{self.model}", links, expect=200)
        default = server.api("GET", f"/model/{self.model}/specs/train/schema", expect=200)["default"]
        server.api("POST", f"/model/{self.model}/specs/train", default, expect=201)
        [self.job] = server.api("POST", f"/model/{self.model}/job", {"job": None, "actions": ["train"]},
                                expect=201)
        assert server.wait_for_job(f"/model/{self.model}/job/{self.job}")["status"] == "Done"
        self.upload = self.begin_upload()
        self.ids |= {"dataset_id": self.dataset, "model_id": self.model, "job_id": self.job,
                     "upload_id": self.upload}

    def make(self, method, path, body):
        return self.server.api(method, path, body, expect=201)["id"]

    def begin_upload(self):
        """The id of a resumable upload that waits for its bytes."""
        path = f"/api/v1/user/{self.user}/dataset/{self.dataset}/uploads"
        status, headers, reply = self.server.request(
            "POST", path, headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10"})
        assert status == 201, reply
        return headers["Location"].rsplit("/", 1)[1]

    def belongings(self):
        """Everything that this user can see."""
        self.server.user, self.server.token = self.user, self.token
        paths = ["/dataset", "/model", f"/dataset/{self.dataset}", f"/model/{self.model}",
                 f"/model/{self.model}/specs/train", f"/model/{self.model}/job/{self.job}",
                 f"/dataset/{self.dataset}/uploads/{self.upload}"]
        return [self.server.api("GET", path, expect=200) for path in paths]


class TwoTenants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, SCRIPTED_WORKER, auth="keys")
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.start()
        cls.alice = Tenant(cls.server, "alice")
        cls.bob = Tenant(cls.server, "bob")
        cls.before = cls.bob.belongings()
        document = json.loads(cls.server.request("GET", "/openapi.json")[2])
        cls.operations = [Operation(document, pattern, method)
                          for pattern, methods in document["paths"].items()
                          for method in methods if method in METHODS]
        cls.of_users = [each for each in cls.operations if each.pattern.startswith(USER_PATH)]
        cls.random = {name: str(uuid.uuid4()) for name in cls.bob.ids}

    def setUp(self):
        self.server.user, self.server.token = self.alice.user, self.alice.token

    def tearDown(self):
        self.assertEqual(self.bob.belongings(), self.before, "something of bob's has changed")

    def ask(self, operation, values, body=None, token=True):
        """The reply as alice sees it, with every id that was asked for replaced by its name."""
        content, headers = operation.body() if body is None else (json.dumps(body).encode(), {})
        self.server.token = self.alice.token if token else None
        status, fields, reply = self.server.request(
            operation.method, operation.path(values), content, {**PROTOCOL, **headers}, timeout=20)
        text = reply.decode()
        for known in (self.bob.ids, self.random):
            for name, value in known.items():
                text = text.replace(value, f"<{name}>")
        fields = {name.lower(): value for name, value in fields.items()
                  if name.lower() not in CHANGING_HEADERS}
        return status, fields, text

    def test_document_holds_all_operations(self):
        self.assertGreaterEqual(len(self.of_users), 34)
        self.assertTrue(LINKS <= {field for each in self.of_users for field in each.id_fields()})
        others = {each.pattern for each in self.operations if "user" in each.pattern} - {
            each.pattern for each in self.of_users}
        self.assertEqual(others, {"/api/v1/user"})

    def test_refused_uploads_tell_the_version_of_their_protocol(self):
        path = f"/api/v1/user/{self.bob.user}/dataset/{self.bob.dataset}/uploads/{self.bob.upload}"
        for token, expected in ((None, 401), (self.alice.token, 403)):
            self.server.token = token
            status, headers, _ = self.server.request("HEAD", path, headers=PROTOCOL)
            self.assertEqual((status, headers["Tus-Resumable"]), (expected, "1.0.0"))

    def test_own_ids_work(self):
        """What is refused below is refused for its ids."""
        harmless = [each for each in self.of_users if each.method == "GET" and
                    "{action}" not in each.pattern and
                    all(name in self.alice.ids for name in each.parameters) and
                    not ("dataset_id" in each.parameters and "job_id" in each.parameters)]
        answered = 0
        for operation in harmless:
            if operation.replies.get("200") == ["application/json"]:
                answered += self.ask(operation, self.alice.ids)[0] == 200
        self.assertGreaterEqual(answered, 8)

    def test_paths_of_others_are_closed(self):
        for operation in self.of_users:
            with self.subTest(str(operation)):
                existing = self.ask(operation, self.bob.ids)
                self.assertEqual(existing[0], 403)
                self.assertEqual(json.loads(existing[2])["error_code"] if operation.method != "HEAD"
                                 else 403, 403)
                self.assertEqual(existing, self.ask(operation, self.random))

    def test_paths_are_closed_without_a_token(self):
        for operation in self.of_users:
            with self.subTest(str(operation)):
                existing = self.ask(operation, self.bob.ids, token=False)
                self.assertEqual(existing[0], 401)
                self.assertIn("www-authenticate", existing[1])
                self.assertEqual(existing, self.ask(operation, self.random, token=False))

    def test_ids_of_others_in_own_paths_are_as_unknown_as_random_ones(self):
        tried = 0
        for operation in self.of_users:
            names = [name for name in operation.parameters if name in self.bob.ids and name != "user_id"]
            for count in range(1, len(names) + 1):
                for foreign in itertools.combinations(names, count):
                    with self.subTest(f"{operation} with {foreign} of bob"):
                        tried += 1
                        existing, unknown = (
                            self.ask(operation, {**self.alice.ids, **{name: ids[name] for name in foreign}})
                            for ids in (self.bob.ids, self.random))
                        self.assertIn(existing[0], (400, 404))
                        self.assertEqual(existing, unknown)
        self.assertGreaterEqual(tried, 45)

    def test_ids_of_others_in_bodies_are_as_unknown_as_random_ones(self):
        tried = 0
        for operation in self.of_users:
            for field, is_list in operation.id_fields().items():
                for kind in ("dataset_id", "model_id", "job_id"):
                    with self.subTest(f"{operation} with bob's {kind} as {field}"):
                        tried += 1
                        existing, unknown = (
                            self.ask(operation, self.alice.ids,
                                     {**operation.example(), field: [ids[kind]] if is_list else ids[kind]})
                            for ids in (self.bob.ids, self.random))
                        self.assertIn(existing[0], (400, 404))
                        self.assertEqual(existing, unknown)
        self.assertGreaterEqual(tried, 3 * 3 * len(LINKS))

    def test_nothing_of_others_is_listed(self):
        for operation in self.of_users:
            is_json = operation.replies.get("200") == ["application/json"]
            if operation.method == "GET" and is_json:
                with self.subTest(str(operation)):
                    text = self.ask(operation, self.alice.ids)[2]
                    for name in self.bob.ids:
                        self.assertNotIn(f"<{name}>", text)


if __name__ == "__main__":
    unittest.main()
