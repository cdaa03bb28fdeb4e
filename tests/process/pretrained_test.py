"""Pretrained weights through the command line: added, listed, shown, removed, fetched, trained from."""

import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import pictures
from athanor_server import Server, multipart
from preflight_corpus import tables

PROGRAM = os.environ["ATHANOR_PROGRAM"]
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"
REAL_WORKER = pathlib.Path(PROGRAM).parent / "athanor-worker"
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's torch.
# To look for it is enough; to import it takes seconds.
HAS_TORCHVISION = subprocess.run(
    [PYTHON, "-c", "import importlib.util, sys\nsys.exit(not importlib.util.find_spec('torchvision'))"],
    capture_output=True, check=False).returncode == 0
NO_TORCHVISION = "python3-torchvision is not installed"


def python(script, *arguments):
    """What a script that may use torchvision prints."""
    return subprocess.run([PYTHON, "-c", script, *map(str, arguments)], check=True,
                          capture_output=True, text=True).stdout


def athanor(*arguments, url="http://127.0.0.1:1", environment=()):
    return subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300,
                          env={**os.environ, "ATHANOR_URL": url, **dict(environment)})


class WithServer(unittest.TestCase):
    worker = SCRIPTED_WORKER
    auth = "none"

    def setUp(self):
        self.server = Server(PROGRAM, self.worker, auth=self.auth)
        self.server.start()
        self.addCleanup(self.server.__exit__)
        self.folder = self.server.folder

    def file(self, content, name="weights.pth"):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run_ok(self, *arguments):
        ended = athanor(*arguments, url=self.server.url)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout.strip()

    def add(self, content="good", backbone="resnet18", *more):
        return athanor("pretrained", "add", self.file(content), "--network", "classification",
                       "--backbone", backbone, *more, url=self.server.url)

    def folders(self):
        return sorted(path.name for path in (self.server.data / "pretrained").glob("*"))


class Commands(WithServer):
    def test_add_list_show_remove(self):
        added = self.add("good", "resnet18", "--name", "mine")
        self.assertEqual(added.returncode, 0, added.stderr)
        id = added.stdout.strip()
        self.assertIn("pretrained_classification:mine", added.stderr)

        self.assertRegex(self.run_ok("pretrained", "list"), rf"{id} +mine +classification +resnet18")
        self.assertNotIn(id, self.run_ok("pretrained", "list", "--network", "unet"))
        shown = self.run_ok("pretrained", "show", "mine")
        self.assertRegex(shown, r"sha256 +" + hashlib.sha256(b"good").hexdigest())
        self.assertEqual(json.loads(self.run_ok("--json", "pretrained", "show", id))["id"], id)

        self.run_ok("pretrained", "remove", "mine")
        self.assertEqual(json.loads(self.run_ok("--json", "pretrained", "list")), [])
        self.assertEqual(
            athanor("pretrained", "show", "mine", url=self.server.url).returncode, 66)
        self.wait_for_folders([])

    def test_the_backbone_is_the_name_where_none_is_given(self):
        self.assertIn("added  pretrained_classification:resnet18:", self.add().stderr)
        self.assertEqual(json.loads(self.run_ok("--json", "pretrained", "show", "resnet18"))["name"],
                         "resnet18")

    def test_a_name_that_several_networks_have_is_not_enough(self):
        for network in ("classification", "faster_rcnn"):
            self.run_ok("pretrained", "add", self.file("good"), "--network", network,
                        "--backbone", "resnet18", "--name", "twin")
        for command in ("show", "remove"):
            refused = athanor("pretrained", command, "twin", url=self.server.url)
            self.assertEqual(refused.returncode, 65)
            self.assertIn('several networks have a pretrained model "twin": give its id',
                          refused.stderr)
        self.assertEqual(len(self.folders()), 2)

    def test_the_server_may_be_named_at_the_end(self):
        added = athanor("pretrained", "add", self.file("good"), "--network", "classification",
                        "--backbone", "resnet18", "--name", "mine", "--url", self.server.url)
        self.assertEqual(added.returncode, 0, added.stderr)
        self.assertIn(added.stdout.strip(), self.folders())

    def wait_for_folders(self, expected):
        deadline = time.monotonic() + 20
        while self.folders() != expected and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.folders(), expected)

    def test_refusals_are_the_workers_words_and_leave_nothing(self):
        refused = self.add("a cat")
        self.assertEqual(refused.returncode, 65)
        self.assertIn("does not hold a resnet18: a cat", refused.stderr)
        self.assertEqual(self.folders(), [])

    def test_served_defaults_can_be_posted_back(self):
        for network in ("classification", "multitask_classification"):
            for backbone in ("resnet152", "vgg16", "darknet53"):
                with self.subTest(network=network, backbone=backbone):
                    id = self.run_ok("pretrained", "add", self.file("good"), "--network", network,
                                     "--backbone", backbone)
                    made = self.server.api("POST", "/model", {"network_arch": network, "ptm": id},
                                           expect=201)
                    specs = f"/model/{made['id']}/specs/train"
                    default = self.server.api("GET", f"{specs}/schema", expect=200)["default"]
                    self.assertEqual(backbone, "{arch}{n_layers}".format(**default["model_config"]))
                    self.server.api("POST", specs, default, expect=201)

    def test_removal_waits_for_the_models_that_use_it(self):
        id = self.add().stdout.strip()
        model = self.run_ok("model", "create", "--network", "classification", "--ptm", id)
        refused = athanor("pretrained", "remove", id, url=self.server.url)
        self.assertEqual(refused.returncode, 65)
        self.assertIn("in use as ptm of another model", refused.stderr)
        self.run_ok("model", "update", model, "--ptm", "none")
        self.run_ok("pretrained", "remove", id)

    def test_weights_outlive_a_restart_and_a_backup(self):
        id = self.add().stdout.strip()
        saved = self.folder / "saved.tar.zst"
        self.assertEqual(athanor("backup", "--data-dir", self.server.data, saved).returncode, 0)
        self.server.stop()
        restored = athanor("restore", "--force", "--data-dir", self.server.data, saved)
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.server.start()
        self.assertIn(id, self.run_ok("pretrained", "list"))
        self.assertEqual(
            (self.server.data / "pretrained" / id / "weights.safetensors").read_text(), "weights")

    def test_a_model_without_its_weights_is_not_listed_and_can_be_removed(self):
        id = self.add("good", "resnet18", "--name", "lost").stdout.strip()
        self.server.stop()
        shutil.rmtree(self.server.data / "pretrained" / id)
        self.server.start()

        self.assertEqual(self.server.api("GET", "/pretrained", expect=200), [])
        self.assertEqual(self.server.api("GET", "/model", expect=200), [])
        shown = self.server.api("GET", f"/pretrained/{id}", expect=404)
        self.assertIn("weights of the pretrained model are gone", shown["error_desc"])
        warnings = [line for line in self.server.log.splitlines() if "is not listed" in line]
        self.assertEqual([json.loads(line)["model_id"] for line in warnings], [id])

        self.assertIn(id, self.add("good", "resnet18", "--name", "lost").stderr)
        self.server.api("DELETE", f"/pretrained/{id}", expect=200)
        self.assertEqual(self.add("good", "resnet18", "--name", "lost").returncode, 0)

    def test_a_server_killed_in_the_middle_keeps_nothing(self):
        body, kind = multipart(b"slow", "slow.pth")
        path = (f"/api/v1/user/{self.server.user}/pretrained"
                "?network=classification&backbone=resnet18&name=a")

        def send():
            try:
                self.server.request("POST", path, body, {"Content-Type": kind})
            except OSError:
                pass

        sender = threading.Thread(target=send)
        sender.start()
        deadline = time.monotonic() + 30
        while not list(self.server.data.glob("pretrained/staging-*/reading")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        self.server.kill()
        sender.join()
        self.server.start()
        self.assertEqual(self.folders(), [])
        self.assertEqual(self.server.api("GET", "/pretrained", expect=200), [])
        self.assertEqual(self.add().returncode, 0)

    def run_jobs(self, model, actions, parent=None):
        jobs = self.server.api("POST", f"{model}/job", {"job": parent, "actions": actions}, expect=201)
        for job in jobs:
            self.assertEqual(self.server.wait_for_job(f"{model}/job/{job}")["status"], "Done")
        return jobs

    def spec_of(self, job):
        return json.loads((self.server.data / "jobs" / job / "job.json").read_text())["spec"]

    def test_a_retraining_goes_on_as_the_training_above_it(self):
        data = pictures.post_coloured_dataset(self.server, "images_train", 2)
        model = "/model/" + self.server.api("POST", "/model", {
            "network_arch": "classification", "ptm": self.add().stdout.strip(),
            "train_datasets": [data], "eval_dataset": data}, expect=201)["id"]

        tuned, _, retrained = self.run_jobs(model, ["train", "prune", "retrain"])

        training = self.spec_of(retrained)["train_config"]
        self.assertEqual((training["preprocess_mode"], training["n_epochs"]), ("torch", 20))
        self.assertTrue(self.spec_of(retrained)["model_config"]["freeze_bn"])

        # Without a ptm, and whatever the train spec says by then.
        self.server.api("PATCH", model, {"ptm": None}, expect=200)
        self.server.api("POST", f"{model}/specs/train", {
            "train_config": {"preprocess_mode": "tf"},
            "model_config": {"input_image_size": "3,64,64"}, "athanor": {"width": 0.5}}, expect=201)
        trained, _ = self.run_jobs(model, ["train", "retrain"])
        self.server.api("PUT", f"{model}/specs/train", {}, expect=200)
        served = self.server.api("GET", f"{model}/specs/retrain/schema", expect=200)["default"]
        behind_newest, = self.run_jobs(model, ["retrain"], trained)
        behind_first, = self.run_jobs(model, ["retrain"], tuned)

        for spec in (served, self.spec_of(behind_newest)):
            self.assertEqual(spec["model_config"]["input_image_size"], "3,64,64")
            self.assertEqual(spec["train_config"]["preprocess_mode"], "tf")
            self.assertEqual(spec["train_config"]["n_epochs"], 80)
            self.assertNotIn("freeze_bn", spec["model_config"])
        spec = self.spec_of(behind_first)
        self.assertEqual(spec["train_config"]["preprocess_mode"], "torch")
        self.assertTrue(spec["model_config"]["freeze_bn"])

    def test_a_ptm_that_was_retrained_tells_what_its_first_training_was(self):
        data = pictures.post_coloured_dataset(self.server, "images_train", 2)
        links = {"network_arch": "classification", "train_datasets": [data], "eval_dataset": data}
        first = "/model/" + self.server.api("POST", "/model", links, expect=201)["id"]
        self.server.api("POST", f"{first}/specs/train", {
            "model_config": {"arch": "vgg", "n_layers": 19}, "athanor": {"width": 0.5}}, expect=201)
        trained, = self.run_jobs(first, ["train"])
        self.server.api("PUT", f"{first}/specs/train", {}, expect=200)
        self.run_jobs(first, ["retrain"], trained)

        second = self.server.api("POST", "/model", {**links, "ptm": first.split("/")[-1]}, expect=201)
        served = self.server.api("GET", f"/model/{second['id']}/specs/train/schema", expect=200)

        model = served["default"]["model_config"]
        self.assertEqual((model["arch"], model["n_layers"]), ("vgg", 19))
        self.assertEqual(served["default"]["athanor"]["width"], 0.5)

    def test_training_without_weights_in_the_ptm_is_an_error_that_says_so(self):
        dataset = self.run_ok("dataset", "create")
        archive = self.file(pictures.archive(pictures.coloured_dataset("images_train", 2)), "a.tar")
        self.run_ok("dataset", "upload", dataset, archive)
        empty = self.run_ok("model", "create", "--network", "classification")
        model = self.run_ok("model", "create", "--network", "classification", "--ptm", empty,
                            "--train-dataset", dataset, "--eval-dataset", dataset)
        job = self.run_ok("job", "run", "--model", model, "train")
        shown = json.loads(self.run_ok("--json", "job", "show", "--model", model, job))
        self.assertEqual(shown["status"], "Error")
        self.assertIn("has no weights", shown["result"]["detailed_status"]["message"])


class Administrators(WithServer):
    auth = "keys"

    def add_as(self, key):
        return athanor("pretrained", "add", self.file("good"), "--network", "classification",
                       "--backbone", "resnet18", url=self.server.url,
                       environment={"ATHANOR_API_KEY": key,
                                    "XDG_CACHE_HOME": str(self.folder / "cache")}.items())

    def test_others_may_list_and_not_change(self):
        alice = self.server.user_command("add", "--admin", "alice")
        bob = self.server.user_command("add", "bob")

        self.assertEqual(self.add_as(bob).returncode, 77)
        added = self.add_as(alice)
        self.assertEqual(added.returncode, 0, added.stderr)
        id = added.stdout.strip()

        self.server.log_in(bob)
        self.assertEqual([each["id"] for each in self.server.api("GET", "/pretrained", expect=200)],
                         [id])
        self.server.api("DELETE", f"/pretrained/{id}", expect=403)
        self.server.user_command("admin", "bob")
        self.server.api("DELETE", f"/pretrained/{id}", expect=200)
        self.server.user_command("admin", "--revoke", "bob")
        self.assertEqual(self.add_as(bob).returncode, 77)


# The number was found by trying: the SHA-256 of the line begins as that of a real file does.
LINE = b"not weights, but named so: 000006327196\n"
BACKBONE, NAME = "vgg16", "vgg16-397923af.pth"


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves one file, with ranges or without; cuts the first replies short. Notes what was asked
    for: the paths, and from which byte on."""

    content, cuts, with_ranges, paths, asked = LINE, 0, True, [], []

    def do_GET(self):
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(found[1]) if found and Mirror.with_ranges else 0
        Mirror.paths.append(self.path)
        Mirror.asked.append(begin)
        if self.path != f"/models/{NAME}":
            self.send_error(404)
        elif begin >= len(Mirror.content):
            self.send_error(416)
        else:
            self.send_part(begin)

    def send_part(self, begin):
        whole = len(Mirror.content)
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
        self.send_header("Content-Length", str(whole - begin))
        self.end_headers()
        part = Mirror.content[begin:]
        if Mirror.cuts > 0:
            Mirror.cuts -= 1
            part = part[:len(part) // 2]
        self.wfile.write(part)

    def log_message(self, *_):
        pass


PRINT_ADDRESSES = """
import sys
from torchvision import models

for name in sys.argv[1:]:
    print(models.get_model_weights(name).IMAGENET1K_V1.url)
"""


class Fetch(unittest.TestCase):
    def setUp(self):
        Mirror.content, Mirror.cuts, Mirror.with_ranges = LINE, 0, True
        Mirror.paths, Mirror.asked = [], []
        self.httpd = http.server.HTTPServer(("127.0.0.1", 0), Mirror)
        thread = threading.Thread(target=self.httpd.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.httpd.server_close)
        self.addCleanup(self.httpd.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.target = self.folder / NAME
        self.partial = self.folder / (NAME + ".part")

    def address(self, folder):
        return f"http://127.0.0.1:{self.httpd.server_port}/{folder}"

    def fetch(self, backbone=BACKBONE, mirror=None):
        mirror = mirror or self.address("models/")
        return athanor("pretrained", "fetch", backbone, "--mirror", mirror, "-o", self.folder)

    def known_backbones(self):
        """All that fetch knows, as it says itself."""
        return self.fetch("lenet").stderr.strip().rsplit("choose one of ", 1)[1].split(", ")

    def test_downloads_and_prints_the_file(self):
        ended = self.fetch()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(ended.stdout.strip(), str(self.target))
        self.assertEqual(self.target.read_bytes(), LINE)
        self.assertFalse(self.partial.exists())

    def test_saves_to_a_file_of_another_name_and_tells_of_it_in_json(self):
        file = self.folder / "mine.pth"
        ended = athanor("--json", "pretrained", "fetch", BACKBONE, "--mirror", self.address("models"),
                        "-o", file)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(json.loads(ended.stdout),
                         {"backbone": BACKBONE, "file": str(file), "bytes": len(LINE)})
        self.assertEqual(file.read_bytes(), LINE)

    def test_does_not_ask_for_a_file_that_is_there(self):
        self.target.write_bytes(b"another")
        self.assertIn("downloaded", self.fetch().stderr)
        ended = self.fetch()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("already there", ended.stderr)
        self.assertEqual(ended.stdout.strip(), str(self.target))
        self.assertEqual(self.target.read_bytes(), LINE)
        self.assertEqual(Mirror.asked, [0])

    def test_goes_on_where_a_broken_download_stopped(self):
        Mirror.cuts = 1
        broken = self.fetch()
        self.assertNotEqual(broken.returncode, 0)
        self.assertEqual(self.partial.read_bytes(), LINE[:len(LINE) // 2])
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual(Mirror.asked, [0, len(LINE) // 2])
        self.assertEqual(self.target.read_bytes(), LINE)

    def test_begins_anew_where_the_server_knows_no_ranges(self):
        self.partial.write_bytes(LINE[:10])
        Mirror.with_ranges = False
        ended = self.fetch()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(self.target.read_bytes(), LINE)

    def test_takes_a_part_that_is_whole(self):
        self.partial.write_bytes(LINE)
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual(self.target.read_bytes(), LINE)

    def test_removes_a_file_with_another_digest(self):
        Mirror.content = b"something else"
        ended = self.fetch()
        self.assertEqual(ended.returncode, 65)
        self.assertIn("SHA-256", ended.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_says_that_there_is_no_such_file(self):
        ended = self.fetch("resnet18")
        self.assertEqual(ended.returncode, 66)
        self.assertIn("404", ended.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_says_that_there_is_no_way(self):
        ended = self.fetch(mirror="http://127.0.0.1:1/models")
        self.assertEqual(ended.returncode, 69)
        self.assertIn("Where there is no internet", ended.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_names_the_backbones_that_there_are(self):
        ended = self.fetch("lenet")
        self.assertEqual(ended.returncode, 66)
        self.assertIn("resnet18", ended.stderr)

    @unittest.skipUnless(HAS_TORCHVISION, NO_TORCHVISION)
    def test_asks_for_the_files_that_torchvision_names(self):
        backbones = self.known_backbones()
        self.assertGreaterEqual(len(backbones), 20)
        published = python(PRINT_ADDRESSES, *backbones).split()

        for backbone in backbones:
            self.assertEqual(self.fetch(backbone, self.address("none")).returncode, 66)

        self.assertEqual(Mirror.paths, ["/none/" + url.rsplit("/", 1)[1] for url in published])

    def test_asks_torchvisions_own_server_where_no_mirror_is_named(self):
        no_way = {"https_proxy": "http://127.0.0.1:1", "no_proxy": "", "NO_PROXY": ""}
        ended = athanor("pretrained", "fetch", BACKBONE, "-o", self.folder, environment=no_way)
        self.assertEqual(ended.returncode, 69)
        self.assertIn(f"https://download.pytorch.org/models/{NAME}", ended.stderr)

    def test_knows_squeezenet_by_the_name_of_the_backbone(self):
        self.fetch("squeezenet")
        self.assertEqual(Mirror.paths, ["/models/squeezenet1_0-b66bff10.pth"])


# Of every family but resnet, by the name that it is added under. Alexnet and vgg come without their
# heads, which take hundreds of megabytes.
FAMILIES = {
    "alexnet": "torch.nn.ModuleDict({'features': models.alexnet().features})",
    "squeezenet1_0": "models.squeezenet1_0()",
    "googlenet": "models.googlenet(init_weights=False)",
    "mobilenet_v2": "models.mobilenet_v2()",
    "efficientnet_b0": "models.efficientnet_b0()",
    "vgg16": "torch.nn.ModuleDict({'features': vgg.make_layers(vgg.cfgs['D'])})",
    "vgg16_bn": "torch.nn.ModuleDict({'features': vgg.make_layers(vgg.cfgs['D'], True)})",
}


# Saves all files for the real worker, of FAMILIES and others. Prints {name of a family: how many
# tensors its file, NAME.pth, has for its backbone}.
SAVE_FILES = """
import json, sys, torch
from torchvision import models
from torchvision.models import vgg

folder, families = sys.argv[1], json.loads(sys.argv[2])
torch.manual_seed(1)


def save(content, name, **format):
    torch.save(content, f"{folder}/{name}.pth", **format)


# As safetensors has a state_dict: the length of a header, the header, the tensors.
def save_safetensors(state, name):
    types = {torch.float32: "F32", torch.int64: "I64"}
    header, body = {}, bytearray()
    for key, tensor in state.items():
        begin = len(body)
        body += tensor.numpy().tobytes()
        header[key] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape),
                       "data_offsets": [begin, len(body)]}
    text = json.dumps(header).encode()
    with open(f"{folder}/{name}.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + body)


resnet = models.resnet18()
save(resnet, "whole")
save(resnet.state_dict(), "new")
save(resnet.state_dict(), "old", _use_new_zipfile_serialization=False)
save(models.squeezenet1_1().state_dict(), "squeezenet1_1")
save_safetensors(models.mobilenet_v2().state_dict(), "mobilenet")
counts = {}
for name, expression in families.items():
    state = eval(expression).state_dict()
    save(state, name)
    counts[name] = sum(not key.startswith(("aux1.", "aux2.")) for key in state)
print(json.dumps(counts))
"""


@unittest.skipUnless(REAL_WORKER.exists(), "this build has no athanor-worker")
@unittest.skipUnless(HAS_TORCHVISION, NO_TORCHVISION)
class RealWorker(WithServer):
    """Files as torchvision's users have them, read by the real worker."""

    worker = None

    @classmethod
    def setUpClass(cls):
        """One process saves the files of all cases: to import torchvision takes seconds."""
        cls.saved = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.families = json.loads(python(SAVE_FILES, cls.saved, json.dumps(FAMILIES)))

    def add_file(self, path, backbone="resnet18", *more):
        return athanor("pretrained", "add", path, "--network", "classification", "--backbone",
                       backbone, *more, url=self.server.url)

    def test_torchvisions_state_dicts_are_added_and_trained_from(self):
        for name in ("new.pth", "old.pth"):
            added = self.add_file(self.saved / name, "resnet18", "--name", name)
            self.assertEqual(added.returncode, 0, added.stderr)
            shown = json.loads(self.run_ok("--json", "pretrained", "show", name))
            self.assertEqual((shown["classes"], shown["parameters"], shown["tensors"]),
                             (1000, 11689512, 122))
        self.train_from("new.pth")

    def train_from(self, name):
        dataset = self.run_ok("dataset", "create")
        archive = self.file(pictures.archive(pictures.coloured_dataset("images_train", 2)), "a.tar")
        self.run_ok("dataset", "upload", dataset, archive)
        ptm = json.loads(self.run_ok("--json", "pretrained", "show", name))["id"]
        model = self.run_ok("model", "create", "--network", "classification", "--ptm", ptm,
                            "--train-dataset", dataset, "--eval-dataset", dataset)
        self.run_ok("model", "spec", "set", model, "train", "train_config.n_epochs=1",
                    "model_config.input_image_size=3,64,64")
        job = self.run_ok("job", "run", "--model", model, "train")
        self.run_ok("job", "watch", job)
        log = self.run_ok("job", "logs", job)
        self.assertIn(f"120 of 122 tensors come from the pretrained model {name}", log)
        self.assertIn("its last layer, fc, starts fresh", log)

    def test_safetensors_are_added_and_several_tasks_trained_from_them(self):
        file = self.saved / "mobilenet.safetensors"
        id = self.run_ok("pretrained", "add", file, "--network", "multitask_classification",
                         "--backbone", "mobilenet_v2", "--name", "mine")
        expected = {"id": id, "network_arch": "multitask_classification",
                    "ngc_path": "pretrained_classification:mine", "backbone": "mobilenet_v2",
                    "format": "safetensors", "classes": 1000, "parameters": 3504872, "tensors": 314,
                    "notes": [], "file_name": "mobilenet.safetensors",
                    "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        shown = json.loads(self.run_ok("--json", "pretrained", "show", "mine"))
        self.assertEqual({key: shown[key] for key in expected}, expected)
        self.train_tasks_from(id)

    def train_tasks_from(self, ptm):
        """By the served default, but for what makes it quick."""
        data = self.server.api("POST", "/dataset", {"type": "image_classification",
                                                    "format": "custom"}, expect=201)["id"]
        self.server.upload(data, pictures.archive(tables()))
        model = "/model/" + self.server.api("POST", "/model", {
            "network_arch": "multitask_classification", "ptm": ptm, "train_datasets": [data],
            "eval_dataset": data}, expect=201)["id"]
        spec = self.server.api("GET", f"{model}/specs/train/schema", expect=200)["default"]
        spec["model_config"]["input_image_size"] = "3,32,32"
        spec["training_config"].update(num_epochs=1, batch_size_per_gpu=2)
        self.server.api("POST", f"{model}/specs/train", spec, expect=201)

        job, = self.server.api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)

        ended = self.server.wait_for_job(f"{model}/job/{job}")
        self.assertEqual(ended["status"], "Done", ended["result"])
        self.assertIn("312 of 312 tensors come from the pretrained model mine; its head is left out",
                      (self.server.data / "jobs" / job / "log.txt").read_text())

    def test_every_family_is_matched_to_its_last_tensor(self):
        for name, tensors in self.families.items():
            with self.subTest(name):
                file = self.saved / f"{name}.pth"
                added = self.add_file(file, name, "--name", name)
                self.assertEqual(added.returncode, 0, added.stderr)
                shown = json.loads(self.run_ok("--json", "pretrained", "show", name))
                self.assertEqual((shown["tensors"], shown["classes"]),
                                 (tensors, 0 if name.startswith(("alexnet", "vgg")) else 1000))
                self.assertEqual("auxiliary classifiers" in added.stderr, name == "googlenet")
        refused = self.add_file(self.saved / "vgg16.pth", "vgg16_bn", "--name", "normless")
        self.assertEqual(refused.returncode, 65)
        self.assertIn("features.3.weight", refused.stderr)
        self.check_defaults_of_googlenet()

    def check_defaults_of_googlenet(self):
        """Its weights are of pixels between -1 and 1, with a variance floor that is not torch's."""
        id = json.loads(self.run_ok("--json", "pretrained", "show", "googlenet"))["id"]
        model = self.run_ok("model", "create", "--network", "classification", "--ptm", id)
        default = json.loads(self.run_ok("model", "schema", model, "train", "--default"))
        self.assertEqual(default["model_config"]["arch"], "googlenet")
        self.assertEqual(default["model_config"]["batch_norm_config"]["epsilon"], 0.001)
        self.assertEqual(default["train_config"]["preprocess_mode"], "tf")

    def test_another_squeezenet_is_refused(self):
        file = self.saved / "squeezenet1_1.pth"
        refused = self.add_file(file, "squeezenet1_0")
        self.assertEqual(refused.returncode, 65)
        self.assertIn("features.0.weight: [64, 3, 3, 3] given, [96, 3, 7, 7] needed", refused.stderr)
        unknown = self.add_file(file, "squeezenet1_1")
        self.assertEqual(unknown.returncode, 65)
        self.assertIn("no known backbone", unknown.stderr)

    def test_what_does_not_fit_is_refused_by_name(self):
        refused = self.add_file(self.saved / "whole.pth")
        self.assertEqual(refused.returncode, 65)
        self.assertIn("torchvision.models.resnet.ResNet", refused.stderr)
        refused = self.add_file(self.saved / "new.pth", "resnet34")
        self.assertEqual(refused.returncode, 65)
        self.assertIn("layer1.2.conv1.weight", refused.stderr)
        self.assertEqual(self.folders(), [])


if __name__ == "__main__":
    unittest.main()
