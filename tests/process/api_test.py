"""What holds for every network and every action, against the server's own OpenAPI document."""

import contextlib
import json
import os
import pathlib
import sqlite3
import unittest
import uuid

from athanor_server import Server
from openapi_check import Document, strict_json

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"

VISION = ["train", "evaluate", "prune", "retrain", "export", "convert", "inference"]
SPEECH = ["train", "finetune", "inference", "export"]
NETWORKS = {
    "detectnet_v2": VISION, "faster_rcnn": VISION, "yolo_v4": VISION, "yolo_v4_tiny": VISION,
    "yolo_v3": VISION, "ssd": VISION, "dssd": VISION, "retinanet": VISION, "unet": VISION,
    "lprnet": ["train", "evaluate", "export", "convert", "inference"], "classification": VISION,
    "efficientdet": VISION, "mask_rcnn": VISION, "multitask_classification": VISION,
    "spectro_gen": SPEECH, "vocoder": SPEECH}
DATASETS = {
    ("object_detection", "kitti"): ["convert", "convert_and_index", "augment", "kmeans"],
    ("object_detection", "coco"): ["convert_efficientdet"],
    ("instance_segmentation", "coco"): ["convert"],
    ("semantic_segmentation", "coco"): ["convert"]}
# Sections that old tutorials write into without looking.
WRITTEN_BLINDLY = {
    "yolo_v4": ["dataset_config", "augmentation_config", "training_config"],
    "efficientdet": ["training_config", "dataset_config", "eval_config"],
    "unet": ["training_config", "dataset_config"], "lprnet": ["training_config"],
    "classification": ["train_config"], "multitask_classification": ["training_config"]}


class EveryAction(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, SCRIPTED_WORKER)
        cls.server.start()
        cls.addClassCleanup(cls.server.__exit__)
        cls.document = Document(cls.server.request("GET", "/openapi.json")[2])

    def api(self, method, path, body=None, expect=200):
        target = f"/api/v1/user/{self.server.user}{path}"
        data = None if body is None else json.dumps(body)
        status, headers, reply = self.server.request(method, target, data)
        self.document.check(method, target, status, headers, reply)
        self.assertEqual(status, expect, f"{method} {path}: {reply[:500]!r}")
        return strict_json(reply)

    def check_action(self, owner, action):
        """The schema is served, and its default can be saved and read back as it is."""
        schema = self.api("GET", f"{owner}/specs/{action}/schema")
        spec = f"{owner}/specs/{action}"
        self.assertEqual(self.api("POST", spec, schema["default"], 201), schema["default"])
        self.assertEqual(self.api("GET", spec), schema["default"])
        self.assertNotIn("athanor", schema.get("required", []))
        return schema

    def test_every_network_has_the_schemas_of_its_actions(self):
        for network, actions in NETWORKS.items():
            model = self.api("POST", "/model", {"network_arch": network}, 201)
            for action in actions:
                with self.subTest(network=network, action=action):
                    schema = self.check_action(f"/model/{model['id']}", action)
                    if action == "train":
                        for section in WRITTEN_BLINDLY.get(network, []):
                            self.assertIn(section, schema["default"])
                        self.assertIn("automl_default_parameters", schema)

    def test_every_dataset_has_the_schemas_of_its_actions(self):
        for (kind, data_format), actions in DATASETS.items():
            dataset = self.api("POST", "/dataset", {"type": kind, "format": data_format}, 201)
            for action in actions:
                with self.subTest(type=kind, format=data_format, action=action):
                    self.check_action(f"/dataset/{dataset['id']}", action)

    def test_a_job_of_a_dataset_may_be_named_as_parent(self):
        """Old clients name the job that converted the data; it is not what a train job follows."""
        dataset = self.api("POST", "/dataset", {"type": "object_detection", "format": "kitti"}, 201)
        models = [self.api("POST", "/model", {"network_arch": "classification"}, 201)["id"]
                  for _ in range(2)]
        job, other = (self.api("POST", f"/model/{model}/job", {"actions": ["train"]}, 201)[0]
                      for model in models)
        # No action of a dataset runs yet, so a job is given to it by hand.
        with contextlib.closing(sqlite3.connect(self.server.data / "athanor.db")) as database:
            with database:
                database.execute("UPDATE jobs SET owner_kind = 'dataset', owner_id = ? WHERE id = ?",
                                 (dataset["id"], job))
        train = self.api("POST", f"/model/{models[0]}/job", {"job": job, "actions": ["train"]}, 201)[0]
        self.assertIsNone(self.api("GET", f"/model/{models[0]}/job/{train}")["parent_id"])
        # Another model's job is no such thing, nor is it for another user.
        self.api("POST", f"/model/{models[0]}/job", {"job": other, "actions": ["train"]}, 404)
        path = f"/api/v1/user/{uuid.uuid4()}/model"
        stranger = strict_json(self.server.request(
            "POST", path, json.dumps({"network_arch": "classification"}))[2])
        status, _, _ = self.server.request("POST", f"{path}/{stranger['id']}/job",
                                           json.dumps({"job": job, "actions": ["train"]}))
        self.assertEqual(status, 404)

    def test_a_long_list_is_that_of_its_pages(self):
        path = f"/api/v1/user/{uuid.uuid4()}/model"

        def ask(method, path, body=None):
            return strict_json(self.server.request(method, path, body and json.dumps(body))[2])
        models = [ask("POST", path, {"network_arch": "classification"})["id"] for _ in range(250)]
        for model in models[::100]:
            ask("POST", f"{path}/{model}/job", {"actions": ["train"]})  # In Error: it lacks data.
        whole = ask("GET", path)
        self.assertEqual([model for page in range(5)
                          for model in ask("GET", f"{path}?skip={50 * page}&size=50")], whole)
        self.assertEqual({model["id"] for model in whole if model["jobs"]}, set(models[::100]))

    def test_the_34_operations_are_declared(self):
        prefix = "/api/v1/user/{user_id}/"
        declared = {(method, path.removeprefix(prefix).replace("dataset", "*").replace("model", "*"),
                     path.removeprefix(prefix).split("/")[0])
                    for path, operations in self.document.document["paths"].items()
                    if path.startswith(prefix) for method in operations}
        shared = [("get", "*"), ("post", "*"), ("get", "*/{*_id}"), ("put", "*/{*_id}"),
                  ("delete", "*/{*_id}"), ("patch", "*/{*_id}"),
                  ("get", "*/{*_id}/specs/{action}/schema"), ("get", "*/{*_id}/specs/{action}"),
                  ("put", "*/{*_id}/specs/{action}"), ("post", "*/{*_id}/specs/{action}"),
                  ("get", "*/{*_id}/job"), ("post", "*/{*_id}/job"), ("get", "*/{*_id}/job/{job_id}"),
                  ("delete", "*/{*_id}/job/{job_id}"), ("post", "*/{*_id}/job/{job_id}/cancel"),
                  ("get", "*/{*_id}/job/{job_id}/download")]
        wanted = {(*operation, owner) for operation in shared for owner in ("dataset", "model")}
        wanted |= {("post", "*/{*_id}/upload", "dataset"),
                   ("post", "*/{*_id}/job/{job_id}/resume", "model")}
        self.assertEqual(len(wanted), 34)
        self.assertLessEqual(wanted, declared)


if __name__ == "__main__":
    unittest.main()
