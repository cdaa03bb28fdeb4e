"""The whole way with the real worker: pictures in, exported network out, and what can go wrong."""

import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import tarfile
import time
import unittest

import pictures
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]

SPEC = {
    "model_config": {"arch": "resnet", "n_layers": 10, "input_image_size": "3,32,32",
                     "all_projections": False},
    "train_config": {"n_epochs": 3, "batch_size_per_gpu": 16, "preprocess_mode": "tf",
                     "enable_random_crop": False, "enable_center_crop": False,
                     "enable_color_augmentation": False, "mixup_alpha": 0.0,
                     "optimizer": {"sgd": {"momentum": 0.9}},
                     "lr_config": {"cosine": {"learning_rate": 0.05, "min_lr_ratio": 0.01,
                                              "soft_start": 0.1}}},
    "eval_config": {"enable_center_crop": False, "batch_size": 16, "top_k": 2},
    "athanor": {"stem": "small", "width": 0.125},
}


MULTITASK_SPEC = {
    "model_config": {"n_layers": 10, "input_image_size": "3,32,32", "all_projections": False},
    "training_config": {"num_epochs": 6, "batch_size_per_gpu": 8,
                        "learning_rate": {"soft_start_annealing_schedule": {
                            "min_learning_rate": 1e-4, "max_learning_rate": 0.05}}},
    "athanor": {"stem": "small", "width": 0.125},
}
# Layers are narrow, and few steps leave their filters much alike.
PRUNING = {"pruning_threshold": 0.9, "pruning_granularity": 2, "min_num_filters": 2}


def kpi(job):
    return {item["metric"]: item["value"] for item in job["result"]["kpi"]}


def worker_of(server, job):
    """The process that runs a job, once it has begun."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                arguments = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(job.encode() in a and str(server.data).encode() in a for a in arguments):
                return int(folder.name)
        time.sleep(0.02)
    raise AssertionError("the worker did not start")


class Training(unittest.TestCase):
    """The cases share data, which a worker looks through when they come, and one chain of jobs."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(PROGRAM))
        cls.coloured = cls.dataset(pictures.coloured_dataset("images_train", 16))
        cls.links = {
            "network_arch": "classification",
            "eval_dataset": cls.dataset(pictures.coloured_dataset("images_val", 4, 100)),
            "inference_dataset": cls.dataset(
                {f"images_test/{i}.png": pictures.png((30, 200, 40), 200 + i) for i in range(5)},
                "raw"),
        }
        cls.labelled = cls.labelled_training_data()
        cls.two_colours = cls.dataset_of_two_colours()
        cls.trained_model = cls.model(cls.coloured)
        cls.chain = cls.post(cls.trained_model, ["train", "evaluate", "inference", "export"])
        cls.trained = cls.chain[0]

    @classmethod
    def dataset(cls, files, format="default"):
        body = {"type": "image_classification", "format": format}
        dataset = cls.server.api("POST", "/dataset", body, expect=201)["id"]
        cls.server.upload(dataset, pictures.archive(files))
        return dataset

    @classmethod
    def labelled_training_data(cls):
        """Pictures beside a table of two tasks."""
        files = pictures.labelled_pictures("images_train", "train.csv", 12, 0)
        # Data of format custom have a val.csv, too.
        return cls.dataset({**files, "val.csv": b"fname,colour,mood\nred0.png,red,warm\n"}, "custom")

    @classmethod
    def dataset_of_two_colours(cls):
        """Pictures without labels, of the colours of labelled_pictures()."""
        return cls.dataset({f"images_test/{name}.png": pictures.png(colour, 300)
                            for colour, name, _ in pictures.MOODS}, "raw")

    @classmethod
    def model(cls, train_dataset, spec=SPEC):
        body = {**cls.links, "train_datasets": [train_dataset]}
        model = cls.server.api("POST", "/model", body, expect=201)["id"]
        cls.server.api("POST", f"/model/{model}/specs/train", spec, expect=201)
        return f"/model/{model}"

    def set_spec(self, action, spec):
        """Of the shared model, until the end of the case."""
        path = f"{self.trained_model}/specs/{action}"
        self.server.api("POST", path, spec, expect=201)
        self.addCleanup(self.server.api, "PUT", path, {}, 200)

    @classmethod
    def post(cls, model, actions, parent=None):
        return cls.server.api("POST", f"{model}/job", {"job": parent, "actions": actions}, 201)

    def finish(self, model, job):
        ended = self.server.wait_for_job(f"{model}/job/{job}", seconds=300)
        message = ended["result"].get("detailed_status", {}).get("message")
        self.assertEqual(ended["status"], "Done", message)
        return ended

    def files(self, model, job):
        """{name below the job's folder: content} of its download."""
        path = f"/api/v1/user/{self.server.user}{model}/job/{job}/download"
        status, _, body = self.server.request("GET", path)
        self.assertEqual(status, 200)
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            return {member.name.removeprefix(job + "/"): archive.extractfile(member).read()
                    for member in archive if not member.isdir()}

    def test_train_evaluate_export_inference_download(self):
        model = self.trained_model
        train, evaluate, inference, export = self.chain

        trained = self.finish(model, train)["result"]
        self.assertEqual((trained["epoch"], trained["max_epoch"]), (3, 3))
        curves = {curve["metric"]: curve["values"] for curve in trained["graphical"]}
        self.assertEqual(len(curves["loss"]), 3)
        self.assertLess(curves["loss"][-1], curves["loss"][0])
        self.assertIn("validation_accuracy", kpi({"result": trained}))
        forecast = self.server.api("GET", f"{model}/job/{train}/preflight", expect=200)
        self.assertEqual((forecast["verdict"], forecast["epochs"]), ("works", 3))
        self.assertGreater(forecast["memory_bytes"], forecast["based_on"]["process_bytes"])

        # Three plain colours: whoever cannot tell them apart has learned nothing.
        evaluated = self.finish(model, evaluate)
        self.assertEqual(kpi(evaluated)["accuracy"], 1.0)
        self.assertIn("top_k_accuracy", kpi(evaluated))
        self.assertIn("confusion_matrix.csv", self.files(model, evaluate))

        self.finish(model, inference)
        found = self.files(model, inference)
        rows = list(csv.reader(found["result.csv"].decode().splitlines()))
        self.assertEqual({row[1] for row in rows}, {"green"})
        self.assertEqual(len(rows), 5)
        self.assertEqual(sum(name.startswith("images_annotated/") for name in found), 5)

        compared = kpi(self.finish(model, export))
        self.assertEqual(compared["exported_accuracy"], compared["original_accuracy"])
        exported = self.files(model, export)
        self.assertEqual(exported["model.onnx"], exported["triton/classification/1/model.onnx"])
        self.assertIn(b"onnxruntime", exported["README.md"])
        deployed, = self.post(model, ["evaluate"], export)
        self.assertEqual(kpi(self.finish(model, deployed))["accuracy"], 1.0)
        self.assertIn("logs_from_toolkit.txt", self.files(model, train))
        self.assertIn("status.json", self.files(model, train))

    def converted(self, model, job):
        """The stats of a conversion, and the names of its files."""
        ended = self.finish(model, job)
        stats = {item["metric"]: item["value"] for item in ended["result"]["stats"]}
        return stats, self.files(model, job).keys()

    def predict(self, conversion, picture):
        """What `athanor predict` makes of a picture with the engine of a job."""
        file = self.server.folder / "picture.png"
        file.write_bytes(picture)
        engine = self.server.data / "jobs" / conversion / "artifacts" / "model.engine"
        ended = subprocess.run([PROGRAM, "predict", engine, file, "--json"], capture_output=True,
                               text=True, timeout=120, check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout)

    def test_convert_to_engines_that_evaluate_infer_and_predict(self):
        model = self.trained_model
        calibration = self.dataset(
            {f"images/{i}.png": pictures.png(colour, 300 + i) for i, colour in
             enumerate(list(pictures.COLOURS.values()) * 4)}, "raw")
        self.server.api("PATCH", model, {"calibration_dataset": calibration}, expect=200)

        export, convert, evaluate, inference = self.post(
            model, ["export", "convert", "evaluate", "inference"], self.trained)

        self.finish(model, export)
        stats, files = self.converted(model, convert)
        self.assertEqual(stats["precision"], "fp32")
        self.assertLess(float(stats["largest_difference"]), 1e-4)
        for told in ("latency_batch_1", "throughput_batch_1", "latency_batch_8", "memory_batch_8"):
            self.assertIn(told, stats)
        self.assertLessEqual({"model.engine", "labels.txt", "README.md"}, files)
        self.assertEqual(kpi(self.finish(model, evaluate))["accuracy"], 1.0)
        self.finish(model, inference)
        rows = list(csv.reader(self.files(model, inference)["result.csv"].decode().splitlines()))
        self.assertEqual({row[1] for row in rows}, {"green"})
        inferred = {pathlib.PurePath(path).name: (label, float(confidence))
                    for path, label, confidence in rows}
        best = self.predict(convert, pictures.png((30, 200, 40), 203))["predictions"][0]
        self.assertEqual(best["label"], inferred["3.png"][0])
        self.assertAlmostEqual(best["probability"], inferred["3.png"][1], places=4)

        # The same in int8, by the names that other releases have for action and parameter.
        self.set_spec("convert", {"t": "int8"})
        quick, measured = self.post(model, ["gen_trt_engine", "evaluate"], export)
        stats, files = self.converted(model, quick)
        self.assertEqual(stats["precision"], "int8")
        self.assertLessEqual({"model.engine", "cal.bin", "precision.json"}, files)
        self.assertEqual(kpi(self.finish(model, measured))["accuracy"], 1.0)
        for name, colour in pictures.COLOURS.items():
            answer = self.predict(quick, pictures.png(colour, 100))
            self.assertEqual(answer["predictions"][0]["label"], name)

        # An export in int8 brings what TensorRT reads instead of calibrating.
        self.set_spec("export", {"data_type": "int8", "batches": 2})
        in_int8, = self.post(model, ["export"], self.trained)
        self.finish(model, in_int8)
        exported = self.files(model, in_int8)
        self.assertRegex(exported["cal.bin"].decode(),
                         r"\ATRT-8503-EntropyCalibration2\n(.+: [0-9a-f]{8}\n)+\Z")
        self.assertIn(b"int8-calib-file=cal.bin", exported["nvinfer_config.txt"])

        # Files that are gone are missed at once.
        for parent, action, file in ((export, "convert", "model.onnx"),
                                     (convert, "evaluate", "model.engine")):
            (self.server.data / "jobs" / parent / "artifacts" / file).unlink()
            refused, = self.post(model, [action], parent)
            ended = self.server.api("GET", f"{model}/job/{refused}", expect=200)
            self.assertEqual(ended["status"], "Error")
            self.assertIn(file, ended["result"]["detailed_status"]["message"])

    def test_several_tasks_from_tables(self):
        # The evaluation data are of format default, which may hold flat pictures and a table too.
        body = {
            "network_arch": "multitask_classification",
            "train_datasets": [self.labelled],
            "eval_dataset": self.dataset(pictures.labelled_pictures("images_val", "val.csv", 4, 100)),
            "inference_dataset": self.two_colours,
        }
        model = self.server.api("POST", "/model", body, expect=201)
        self.assertIn("confmat", model["actions"])
        model = f"/model/{model['id']}"
        self.server.api("POST", f"{model}/specs/train", MULTITASK_SPEC, expect=201)

        train, evaluate, confmat, export, convert = self.post(
            model, ["train", "evaluate", "confmat", "export", "convert"])

        self.finish(model, train)
        evaluated = kpi(self.finish(model, evaluate))
        self.assertEqual((evaluated["colour"], evaluated["mood"]), (1.0, 1.0))
        self.assertEqual(evaluated["mean accuracy"], 1.0)
        self.finish(model, confmat)
        table = json.loads(self.files(model, confmat)["confmat.json"])["colour"]
        self.assertEqual(table["matrix"], [[4, 0], [0, 4]])
        self.finish(model, export)
        self.assertIn("model.onnx", self.files(model, export))
        self.finish(model, convert)
        answer = self.predict(convert, pictures.png((200, 40, 30), 101))["tasks"]
        self.assertEqual({task: ranks[0]["label"] for task, ranks in answer.items()},
                         {"colour": "red", "mood": "warm"})

        prune, retrain, inference = self.post(model, ["prune", "retrain", "inference"], train)
        self.finish(model, prune)
        self.assertEqual(self.finish(model, retrain)["parent_id"], prune)
        self.finish(model, inference)
        rows = csv.DictReader(self.files(model, inference)["result.csv"].decode().splitlines())
        self.assertEqual([(row["path"], row["colour"], row["mood"]) for row in rows],
                         [("images_test/blue.png", "blue", "cold"),
                          ("images_test/red.png", "red", "warm")])

    def test_classes_from_a_column_of_a_table(self):
        body = {
            "network_arch": "classification",
            "train_datasets": [self.labelled],
            "eval_dataset": self.dataset(pictures.labelled_pictures("images_val", "val.csv", 4, 100),
                                         "custom"),
            "inference_dataset": self.two_colours,
        }
        model = f"/model/{self.server.api('POST', '/model', body, expect=201)['id']}"
        spec = {**SPEC, "athanor": {**SPEC["athanor"], "label_column": "mood"},
                "train_config": {**SPEC["train_config"], "n_epochs": 6, "batch_size_per_gpu": 8}}
        self.server.api("POST", f"{model}/specs/train", spec, expect=201)
        self.server.api("POST", f"{model}/specs/prune", PRUNING, expect=201)
        # It says nothing of the column.
        self.server.api("POST", f"{model}/specs/retrain", {
            "train_config": spec["train_config"], "eval_config": SPEC["eval_config"]}, expect=201)

        train, evaluate, prune, retrain, inference, export = self.post(
            model, ["train", "evaluate", "prune", "retrain", "inference", "export"])

        self.finish(model, train)
        left = self.files(model, train)
        self.assertEqual(json.loads(left["classmap.json"]), {"cold": 0, "warm": 1})
        # Of each colour's twelve pictures, the first has no mood.
        self.assertIn(b"on 22 pictures of 2 classes", left["logs_from_toolkit.txt"])
        self.assertEqual(kpi(self.finish(model, evaluate))["accuracy"], 1.0)

        self.finish(model, prune)
        self.assertEqual(self.finish(model, retrain)["parent_id"], prune)
        self.assertIn(b"on 22 pictures of 2 classes",
                      self.files(model, retrain)["logs_from_toolkit.txt"])
        self.finish(model, inference)
        rows = csv.reader(self.files(model, inference)["result.csv"].decode().splitlines())
        self.assertEqual({path: label for path, label, _ in rows},
                         {"images_test/blue.png": "cold", "images_test/red.png": "warm"})
        compared = kpi(self.finish(model, export))
        self.assertEqual(compared["exported_accuracy"], compared["original_accuracy"])

    def test_prune_retrain_evaluate_export(self):
        model = self.trained_model
        self.set_spec("prune", PRUNING)
        prune, retrain, evaluate, export = self.post(
            model, ["prune", "retrain", "evaluate", "export"], self.trained)

        figures = kpi(self.finish(model, prune))
        self.assertLess(figures["pruning_ratio"], 1.0)
        found = self.files(model, prune)
        self.assertEqual(len(found["weights/model.safetensors"]), figures["size"])
        self.assertIn("layer4.0.conv1,64,", found["pruning.csv"].decode())
        self.assertEqual(self.finish(model, retrain)["parent_id"], prune)
        self.assertEqual(kpi(self.finish(model, evaluate))["accuracy"], 1.0)
        self.finish(model, export)
        whole = self.chain[-1]
        self.finish(model, whole)
        sizes = [len(self.files(model, job)["model.onnx"]) for job in (export, whole)]
        self.assertLess(*sizes)

    def test_pruning_that_leaves_nothing_is_refused_at_once(self):
        model = self.model(self.coloured)
        self.server.api("POST", f"{model}/specs/prune", {
            "pruning_threshold": 1.0, "min_num_filters": 0}, expect=201)

        refused = self.server.api("POST", f"{model}/job", {"actions": ["train", "prune"]}, 400)

        self.assertIn("pruning_threshold", refused["error_desc"])
        self.assertEqual(self.server.api("GET", f"{model}/job", expect=200), [])

    def test_killed_worker_leaves_an_error_with_signal_and_hint(self):
        endless = {**SPEC, "train_config": {**SPEC["train_config"], "n_epochs": 10000}}
        model = self.model(self.coloured, endless)
        train, = self.post(model, ["train"])

        os.kill(worker_of(self.server, train), signal.SIGKILL)

        ended = self.server.wait_for_job(f"{model}/job/{train}")
        self.assertEqual(ended["status"], "Error")
        message = ended["result"]["detailed_status"]["message"]
        self.assertIn("SIGKILL", message)
        self.assertIn("memory", message)

    def test_broken_picture_is_named(self):
        files = pictures.coloured_dataset("images_train", 8)
        broken = "images_train/green/003.png"
        files[broken] = b"this is no picture"
        model = self.model(self.dataset(files))
        train, = self.post(model, ["train"])

        ended = self.server.wait_for_job(f"{model}/job/{train}")

        self.assertEqual(ended["status"], "Error")
        self.assertIn("003.png", ended["result"]["detailed_status"]["message"])
        self.server.api("GET", "/dataset", expect=200)

    def test_same_seed_gives_the_same_run(self):
        again, = self.post(self.trained_model, ["train"])
        runs = [self.finish(self.trained_model, job)["result"] for job in (self.trained, again)]
        self.assertEqual(runs[0]["graphical"], runs[1]["graphical"])


if __name__ == "__main__":
    unittest.main()
