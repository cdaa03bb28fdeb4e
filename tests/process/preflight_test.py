"""Jobs that cannot work are refused when they are posted, with the cause; others are queued."""

import json
import os
import pathlib
import re
import unittest

from athanor_server import Server
from pictures import archive
from preflight_corpus import CLASSIFICATION, CORPUS, DATASETS, MULTITASK, VALID, Fault, folders

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"


def nested(values):
    """{"a.b": 1} as {"a": {"b": 1}}."""
    tree = {}
    for path, value in values.items():
        *groups, name = path.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node[name] = value
    return tree


def causes_in(text):
    """The faults of a refusal. A cause may have a semicolon of its own, but no place follows it."""
    return re.split(r"; (?=[a-z][\w.]*: )", text)


class Preflight(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(PROGRAM, SCRIPTED_WORKER))
        cls.datasets = {}
        cls.weights = {}

    @classmethod
    def dataset(cls, name):
        if name not in cls.datasets:
            form, files = DATASETS[name]
            made = cls.server.api("POST", "/dataset", {"type": "image_classification",
                                                       "format": form}, expect=201)
            cls.server.upload(made["id"], archive(files))
            cls.datasets[name] = made["id"]
        return cls.datasets[name]

    @classmethod
    def pretrained(cls, network, backbone):
        """The id of weights of the backbone that the network may start from."""
        if (network, backbone) not in cls.weights:
            cls.weights[network, backbone] = cls.server.add_pretrained(network, backbone)["id"]
        return cls.weights[network, backbone]

    def model(self, job):
        made = self.server.api("POST", "/model", {
            "network_arch": job.network,
            "ptm": self.pretrained(job.network, job.ptm) if job.ptm else None,
            "train_datasets": [self.dataset(name) for name in job.train],
            "eval_dataset": self.dataset(job.eval)}, expect=201)
        path = f"/model/{made['id']}"
        if job.spec:
            self.server.api("POST", f"{path}/specs/{job.action}", nested(job.spec), expect=201)
        return path

    def post(self, model, job, query=""):
        path = f"/api/v1/user/{self.server.user}{model}/job{query}"
        return self.server.request("POST", path, json.dumps({"actions": job.actions}))

    def refusal(self, model, job):
        """The text of a 400 that queued nothing."""
        status, _, body = self.post(model, job)
        self.assertEqual(status, 400, body)
        self.assertEqual(self.server.api("GET", f"{model}/job", expect=200), [])
        reply = self.server.api("POST", f"{model}/job", {"actions": job.actions})
        self.assertEqual((set(reply), reply["error_code"]), ({"error_desc", "error_code"}, 400))
        return reply["error_desc"]

    def test_every_fault_is_refused_with_its_cause(self):
        for job in CORPUS:
            with self.subTest(where=job.where, why=job.why):
                text = self.refusal(self.model(job), job)
                causes = [cause for cause in causes_in(text) if cause.startswith(f"{job.where}: ")]
                self.assertTrue(any(job.why in cause for cause in causes), text)

    def test_the_corpus_is_large(self):
        self.assertGreaterEqual(len(CORPUS), 40)

    def test_jobs_without_fault_are_queued(self):
        for job in VALID:
            with self.subTest(job=job):
                status, _, body = self.post(self.model(job), job)
                self.assertEqual(status, 201, body)

    def test_all_faults_are_told_at_once(self):
        job = Fault("", "", {"model_config.n_layers": 19, "train_config.reg_config.scope": "LSTM"},
                    ("one class",))
        text = self.refusal(self.model(job), job)
        for part in ("model_config.n_layers", "train_config.reg_config.scope", "train_datasets"):
            self.assertIn(part, text)

    def test_can_be_switched_off(self):
        job = Fault("", "", {"model_config.n_layers": 19})
        model = self.model(job)
        self.assertEqual(self.post(model, job, "?preflight=maybe")[0], 400)
        status, _, body = self.post(model, job, "?preflight=off")
        self.assertEqual(status, 201, body)
        queued, = self.server.api("GET", f"{model}/job", expect=200)
        told = self.server.api("GET", f"{model}/job/{queued['id']}/preflight", expect=404)
        self.assertIn("preflight=off", told["error_desc"])

    def test_missing_links_stay_a_job_in_error(self):
        made = self.server.api("POST", "/model", {"network_arch": "classification"}, expect=201)
        model = f"/model/{made['id']}"
        self.server.api("POST", f"{model}/specs/train", {"model_config": {"n_layers": 19}}, expect=201)
        job, = self.server.api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)
        record = self.server.api("GET", f"{model}/job/{job}", expect=200)
        self.assertEqual(record["status"], "Error")
        self.assertIn("train_datasets", record["result"]["detailed_status"]["message"])

    def linked(self, role, dataset, model):
        self.server.api("PATCH", model, {role: dataset}, expect=200)

    def evaluation_behind(self, parent, model):
        """What a post of an evaluation behind a job answers."""
        status, _, body = self.server.request(
            "POST", f"/api/v1/user/{self.server.user}{model}/job",
            json.dumps({"job": parent, "actions": ["evaluate"]}))
        return status, json.loads(body)

    def test_a_model_is_measured_on_the_classes_of_the_training_far_above_it(self):
        model = self.model(Fault("", ""))
        chain = self.server.api(
            "POST", f"{model}/job",
            {"actions": ["train", "prune", "retrain", "export", "convert"]}, expect=201)
        self.assertEqual(self.server.wait_for_job(f"{model}/job/{chain[-1]}")["status"], "Done")

        self.linked("train_datasets", [self.dataset("one class")], model)
        self.assertEqual(self.evaluation_behind(chain[-1], model)[0], 201)
        self.linked("eval_dataset", self.dataset("val has grey"), model)
        status, refused = self.evaluation_behind(chain[-1], model)
        self.assertEqual(status, 400)
        self.assertIn('eval_dataset: the class folder "grey" is unknown', refused["error_desc"])

    def test_a_model_of_class_folders_is_measured_on_a_table_by_a_column_alone(self):
        model = self.model(Fault("", ""))
        train, export = self.server.api("POST", f"{model}/job", {"actions": ["train", "export"]},
                                        expect=201)
        self.assertEqual(self.server.wait_for_job(f"{model}/job/{export}")["status"], "Done")

        self.linked("eval_dataset", self.dataset("tables"), model)
        status, refused = self.evaluation_behind(train, model)
        self.assertEqual(status, 400)
        self.assertIn("athanor.label_column: ", refused["error_desc"])
        self.assertIn("val.csv has colour, mood", refused["error_desc"])
        refused = self.server.api("POST", f"{model}/job", {"job": export, "actions": ["convert"]},
                                  expect=400)
        self.assertIn("eval_dataset: ", refused["error_desc"])
        self.assertIn("link a dataset with class folders", refused["error_desc"])

        self.server.api("POST", f"{model}/specs/evaluate", nested({"athanor.label_column": "colour"}),
                        expect=201)
        self.assertEqual(self.evaluation_behind(train, model)[0], 201)

    def test_a_retraining_takes_the_column_of_the_training_above_it(self):
        model = self.model(Fault("", "", {"athanor.label_column": "colour"}, ("tables",), "tables"))
        self.server.api("POST", f"{model}/specs/retrain", {"train_config": {"n_epochs": 2}}, expect=201)

        for actions in (["train", "retrain"], ["train", "prune", "retrain"]):
            self.server.api("POST", f"{model}/job", {"actions": actions}, expect=201)

    def test_a_training_whose_data_were_replaced_is_not_judged_by_the_new_ones(self):
        data = self.server.api("POST", "/dataset", {"type": "image_classification",
                                                    "format": "default"}, expect=201)["id"]
        self.server.upload(data, archive(DATASETS["train"][1]))
        model = self.model(Fault("", "", train=()))
        self.linked("train_datasets", [data], model)
        train, = self.server.api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)
        self.assertEqual(self.server.wait_for_job(f"{model}/job/{train}")["status"], "Done")
        self.linked("eval_dataset", self.dataset("val has grey"), model)
        self.assertEqual(self.evaluation_behind(train, model)[0], 400)

        self.server.upload(data, archive(folders("images_train", ["yellow"])))

        self.assertEqual(self.evaluation_behind(train, model)[0], 201)

    def test_pictures_without_labels_are_refused_where_labels_are_needed(self):
        raw = self.server.api("POST", "/dataset", {"type": "image_classification", "format": "raw"},
                              expect=201)["id"]
        for network in (CLASSIFICATION, MULTITASK):
            for role, link in (("train_datasets", [raw]), ("eval_dataset", raw)):
                with self.subTest(network=network, role=role):
                    refused = self.server.api("POST", "/model", {"network_arch": network, role: link},
                                              expect=400)
                    self.assertIn(f"{role} cannot be added: a raw dataset has no labels",
                                  refused["error_desc"])

    def test_data_that_are_not_there_yet_are_not_judged(self):
        empty = self.server.api("POST", "/dataset", {"type": "image_classification",
                                                     "format": "default"}, expect=201)["id"]
        made = self.server.api("POST", "/model", {"network_arch": MULTITASK,
                                                  "train_datasets": [empty],
                                                  "eval_dataset": empty}, expect=201)
        self.server.api("POST", f"/model/{made['id']}/job", {"actions": ["train"]}, expect=201)


if __name__ == "__main__":
    unittest.main()
