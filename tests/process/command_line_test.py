"""The command line against a real server with a scripted worker."""

import json
import os
import pathlib
import subprocess
import tarfile
import time
import unittest

import pictures
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"


def athanor(*arguments, url="http://127.0.0.1:1"):
    """The finished process; nobody listens on the default address."""
    return subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120,
                          env={**os.environ, "ATHANOR_URL": url})


class WithoutServer(unittest.TestCase):
    def test_version(self):
        ended = athanor("--version")
        self.assertEqual(ended.returncode, 0)
        self.assertRegex(ended.stdout, r"^athanor \d+\.\d+\.\d+( \([0-9a-f]{12}\))?$")

    def test_help_lists_the_exit_codes(self):
        self.assertIn("64  wrong command line", athanor("--help").stdout)

    def test_unknown_commands_are_wrong_usage(self):
        self.assertEqual(athanor("frobnicate").returncode, 64)
        self.assertEqual(athanor("job", "run").returncode, 64)

    def test_refused_connection_says_how_to_start_a_server(self):
        ended = athanor("dataset", "list")
        self.assertEqual(ended.returncode, 69)
        self.assertIn("athanor serve", ended.stderr)


class WithServer(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, SCRIPTED_WORKER)
        self.server.start()
        self.addCleanup(self.server.__exit__)
        self.folder = self.server.folder / "pictures"
        for split, count in (("train", 3), ("eval", 2)):
            for name, content in pictures.coloured_dataset(split, count).items():
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def run_ok(self, *arguments):
        ended = athanor(*arguments, url=self.server.url)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout.strip()

    def ran(self, *arguments):
        """The exit code of a command that need not succeed."""
        return athanor(*arguments, url=self.server.url).returncode

    def show(self, kind, id):
        return json.loads(self.run_ok("--json", kind, "show", id))

    def model(self, *options):
        """A model that can train."""
        dataset = self.upload("train")
        return self.run_ok("model", "create", "--network", "classification",
                           "--train-dataset", dataset, "--eval-dataset", dataset, *options)

    def upload(self, split):
        dataset = self.run_ok("dataset", "create")
        self.run_ok("dataset", "upload", dataset, self.folder / split, "--split", "train")
        return dataset

    def test_dataset_commands(self):
        dataset = self.run_ok("dataset", "create", "--name", "Colours")
        self.assertIn("Colours", self.run_ok("dataset", "list", "--name", "Colours"))
        self.run_ok("dataset", "update", dataset, "--description", "noise")
        self.assertEqual(
            json.loads(self.run_ok("--json", "dataset", "show", dataset))["description"], "noise")
        self.run_ok("dataset", "delete", dataset)
        self.assertEqual(
            athanor("dataset", "show", dataset, url=self.server.url).returncode, 66)

    def test_dataset_report_lists_counts_and_faults(self):
        (self.folder / "train" / "red" / "empty.png").touch()
        report = self.run_ok("dataset", "report", self.upload("train"))
        self.assertRegex(report, r"classes +blue +3")
        self.assertRegex(report, r"images_train/red/empty.png +it is empty")

    def test_folder_is_packed_while_it_is_sent(self):
        dataset = self.upload("train")
        root = next(self.server.data.rglob("images_train"))
        self.assertIn(dataset, str(root))
        self.assertEqual(sorted(path.name for path in root.iterdir()), sorted(pictures.COLOURS))
        self.assertEqual(
            (root / "red" / "001.png").read_bytes(),
            (self.folder / "train" / "red" / "001.png").read_bytes())

    def test_archive_is_sent_as_it_is(self):
        archive = self.folder / "a.tar.gz"
        archive.write_bytes(pictures.archive(pictures.coloured_dataset("images_val", 2)))
        dataset = self.run_ok("dataset", "create")
        self.run_ok("dataset", "upload", dataset, archive)

    def test_refused_upload_shows_the_servers_words(self):
        archive = self.folder / "a.tar.gz"
        archive.write_bytes(pictures.archive({"nothing/1.png": b"x"}))
        dataset = self.run_ok("dataset", "create")
        ended = athanor("dataset", "upload", dataset, archive, url=self.server.url)
        self.assertEqual(ended.returncode, 65)
        self.assertIn("images", ended.stderr)

    def test_model_commands(self):
        model = self.run_ok("model", "create", "--network", "classification", "--name", "Clothes",
                            "--ngc-path", "nvidia/tao/x:resnet18", "--public", "true",
                            "--read-only", "true")
        shown = self.run_ok("model", "show", model)
        self.assertRegex(shown, r"(?m)^name +Clothes$")
        self.assertRegex(shown, r"(?m)^ngc_path +nvidia/tao/x:resnet18$")
        self.assertRegex(shown, r"(?m)^read_only +true$")
        listed = self.run_ok("model", "list")
        self.assertRegex(listed, rf"(?m)^{model} +Clothes +classification ")
        self.assertIn(model, self.run_ok("model", "list", "--read-only", "true"))
        self.assertNotIn(model, self.run_ok("model", "list", "--read-only", "false"))
        self.assertNotIn(model, self.run_ok("model", "list", "--network", "unet"))
        self.assertEqual(self.ran("model", "delete", model), 65)
        self.run_ok("model", "update", model, "--public", "false", "--read-only", "false")
        record = self.show("model", model)
        self.assertEqual((record["public"], record["read_only"]), (False, False))
        schema = json.loads(self.run_ok("model", "schema", model, "train"))
        self.assertIn("train_config", schema["properties"])
        self.assertEqual(json.loads(self.run_ok("model", "schema", model, "train", "--default")),
                         schema["default"])
        self.run_ok("model", "delete", model)
        self.assertEqual(self.ran("model", "show", model), 66)

    def test_automl_of_a_model(self):
        model = self.run_ok(
            "model", "create", "--network", "classification", "--automl", "true",
            "--automl-algorithm", "HyperBand", "--automl-metric", "kpi", "--automl-r", "9",
            "--automl-nu", "3", "--automl-epoch-multiplier", "2",
            "--automl-max-recommendations", "5", "--automl-delete-checkpoints", "false",
            "--automl-add", "train_config.n_epochs", "--automl-add", "eval_config.top_k",
            "--automl-remove", "train_config.mixup_alpha")
        record = self.show("model", model)
        expected = {"automl_enabled": True, "automl_algorithm": "HyperBand", "metric": "kpi",
                    "automl_R": 9, "automl_nu": 3, "epoch_multiplier": 2,
                    "automl_max_recommendations": 5, "automl_delete_intermediate_ckpt": False}
        self.assertEqual({name: record[name] for name in expected}, expected)
        self.assertEqual(json.loads(record["automl_add_hyperparameters"]),
                         ["train_config.n_epochs", "eval_config.top_k"])
        self.assertEqual(json.loads(record["automl_remove_hyperparameters"]),
                         ["train_config.mixup_alpha"])
        self.run_ok("model", "update", model, "--automl", "false")
        self.assertFalse(self.show("model", model)["automl_enabled"])
        self.assertEqual(self.ran("model", "update", model, "--automl-nu", "4"), 64)
        self.assertEqual(self.ran("model", "update", model, "--automl", "maybe"), 64)

    def test_lists_are_sorted_and_cut(self):
        for kind, options in (("dataset", ()), ("model", ("--network", "classification"))):
            for name in ("b", "c", "a"):
                self.run_ok(kind, "create", "--name", name, *options)
            part = json.loads(self.run_ok("--json", kind, "list", "--sort", "name-ascending",
                                          "--skip", "1", "--size", "1"))
            self.assertEqual([record["name"] for record in part], ["b"], kind)
            self.assertEqual(self.ran(kind, "list", "--sort", "sideways"), 64)

    def test_specs_are_set_from_pairs_over_what_is_saved(self):
        model = self.run_ok("model", "create", "--network", "classification")
        self.run_ok("model", "spec", "set", model, "train", "train_config.n_epochs=2")
        self.run_ok("model", "spec", "set", model, "train", "model_config.arch=resnet")
        self.assertEqual(
            json.loads(self.run_ok("model", "spec", "get", model, "train")),
            {"train_config": {"n_epochs": 2}, "model_config": {"arch": "resnet"}})

    def test_job_commands(self):
        dataset = self.upload("train")
        model = self.run_ok("model", "create", "--network", "classification",
                            "--train-dataset", dataset, "--eval-dataset", dataset)
        job = self.run_ok("job", "run", "--model", model, "train")
        self.assertIn("accuracy 0.5000", self.run_ok("job", "watch", job))
        self.assertIn(job, self.run_ok("job", "list"))
        self.run_ok("job", "download", job, "--output", self.folder)
        with tarfile.open(self.folder / f"{job}.tar.gz") as archive:
            self.assertIn(f"{job}/model.txt", archive.getnames())
        self.assertIn("model.txt", self.run_ok("job", "artifacts", job))
        self.run_ok("job", "artifacts", job, "model.txt", "--output", self.folder / "saved.txt")
        self.assertEqual((self.folder / "saved.txt").read_text(), "weights")
        self.run_ok("job", "delete", job)
        self.assertEqual(athanor("job", "show", job, url=self.server.url).returncode, 66)

    def wait_for_state(self, job, state):
        deadline = time.monotonic() + 60
        while (record := json.loads(self.run_ok("--json", "job", "show", job)))["status"] != state:
            self.assertLess(time.monotonic(), deadline, record)
            time.sleep(0.05)

    def test_jobs_are_cancelled_and_go_on(self):
        model = self.model()
        self.run_ok("model", "spec", "set", model, "train", "train_config.random_seed=1001")
        job = self.run_ok("job", "run", "--model", model, "train")
        self.wait_for_state(job, "Running")
        self.assertEqual(self.ran("job", "delete", job), 65)
        self.run_ok("job", "cancel", job)
        self.assertIn("Cancelled", self.run_ok("job", "show", job))
        self.assertEqual(self.ran("job", "cancel", job), 66)
        self.run_ok("job", "resume", "--model", model, job)
        self.wait_for_state(job, "Running")
        self.assertEqual(self.ran("job", "resume", job), 65)
        self.assertEqual(json.loads(self.run_ok("--json", "job", "cancel", job)), {})

    def test_forecast_of_a_job(self):
        job = self.run_ok("job", "run", "--model", self.model(), "train")
        self.run_ok("job", "watch", job)
        forecast = self.run_ok("job", "preflight", job)
        self.assertIn("2 GB of 8 GB", forecast)
        self.assertIn("3 epochs in batches of 64", forecast)
        self.assertEqual(json.loads(self.run_ok("--json", "job", "preflight", job))["verdict"],
                         "works")

    def test_jobs_of_one_owner_are_sorted_and_cut(self):
        model = self.model()
        first, second = (self.run_ok("job", "run", "--model", model, "train") for _ in range(2))
        self.run_ok("job", "watch", second)
        for sort, job in (("date-ascending", first), ("date-descending", second)):
            part = json.loads(self.run_ok("--json", "job", "list", "--model", model,
                                          "--sort", sort, "--size", "1"))
            self.assertEqual([record["id"] for record in part], [job])
        self.assertEqual(self.ran("job", "list", "--size", "1"), 65)

    def test_logs_events_and_explanations(self):
        dataset = self.upload("train")
        model = self.run_ok("model", "create", "--network", "classification",
                            "--train-dataset", dataset, "--eval-dataset", dataset)
        job = self.run_ok("job", "run", "--model", model, "train")
        followed = self.run_ok("job", "logs", "--follow", job)
        self.assertEqual(followed.splitlines()[-1], "a line of the log")
        self.assertEqual(self.run_ok("job", "logs", job), followed)
        self.assertEqual(self.run_ok("job", "logs", "--tail", "2", job), "a line of the log")
        self.assertIn("Done", self.run_ok("job", "events", job))
        event = json.loads(self.run_ok("--json", "job", "events", job).splitlines()[-1])
        self.assertEqual((event["job"]["id"], event["model_id"]), (job, model))
        self.assertIn("The job is done.", self.run_ok("job", "explain", job))
        chain = json.loads(self.run_ok("--json", "job", "explain", job))["chain"]
        self.assertEqual([step["cause"] for step in chain], ["done"])

    def test_specs_of_datasets(self):
        dataset = self.run_ok("dataset", "create", "--type", "object_detection",
                              "--format", "kitti")
        default = json.loads(self.run_ok("dataset", "schema", dataset, "convert", "--default"))
        self.assertIn("kitti_config", default)
        self.run_ok("dataset", "spec", "set", dataset, "convert", "kitti_config.num_partitions=3")
        self.assertEqual(json.loads(self.run_ok("dataset", "spec", "get", dataset, "convert")),
                         {"kitti_config": {"num_partitions": 3}})

    def test_watching_a_failed_job_is_a_failure(self):
        dataset = self.upload("train")
        model = self.run_ok("model", "create", "--network", "classification",
                            "--train-dataset", dataset, "--eval-dataset", dataset)
        self.run_ok("model", "spec", "set", model, "train", "train_config.random_seed=1002")
        job = self.run_ok("job", "run", "--model", model, "train")
        ended = athanor("job", "watch", job, url=self.server.url)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("not a picture", ended.stdout)

    def test_train_goes_the_whole_way(self):
        results = self.folder / "results"
        ended = athanor("--json", "train", "--network", "classification",
                        "--train", self.folder / "train", "--eval", self.folder / "eval",
                        "--test", self.folder / "eval", "--set", "train_config.n_epochs=2",
                        "--output", results, url=self.server.url)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        jobs = json.loads(ended.stdout)["jobs"]
        self.assertEqual([job["action"] for job in jobs],
                         ["train", "evaluate", "inference", "export"])
        self.assertEqual({job["status"] for job in jobs}, {"Done"})
        self.assertTrue((results / "export.tar.gz").exists())

    def test_train_refuses_a_wrong_folder_before_it_asks_the_server(self):
        ended = athanor("train", "--train", self.folder / "train" / "red",
                        "--eval", self.folder / "eval", url=self.server.url)
        self.assertEqual(ended.returncode, 65)
        self.assertIn("<class>", ended.stderr)
        self.assertEqual(self.server.api("GET", "/dataset"), [])


if __name__ == "__main__":
    unittest.main()
