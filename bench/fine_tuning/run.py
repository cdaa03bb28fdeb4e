#!/usr/bin/env python3
"""Accuracy of the defaults that a server gives models with a ptm; see README.md."""

import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support" / "python"))
sys.dont_write_bytecode = True

from athanor_server import Server  # noqa: E402

FORMATS = {"classification": "default", "multitask_classification": "custom"}
SEEDS = {"classification": "train_config.random_seed", "multitask_classification": "random_seed"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--network", default="classification", choices=list(FORMATS))
    parser.add_argument("--train", required=True, type=pathlib.Path,
                        help="archive: images_train/, for several tasks with train.csv")
    parser.add_argument("--eval", required=True, type=pathlib.Path,
                        help="archive: images_val/, for several tasks with val.csv")
    parser.add_argument("--weights", type=pathlib.Path,
                        help="file for `pretrained add`, or an archive with one .safetensors")
    parser.add_argument("--backbone", default="mobilenet_v2")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--spec", type=pathlib.Path,
                        help="JSON file of a spec to train with instead of the served defaults")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=JSON",
                        help="change a value, such as train_config.n_epochs=30")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def weights_file(given, folder):
    if given.suffix in (".safetensors", ".pth"):
        return given
    with tarfile.open(given) as archive:
        member, = (m for m in archive if m.name.endswith(".safetensors"))
        archive.extract(member, folder)
        return pathlib.Path(folder, member.name)


def add_weights(server, asked, file):
    ended = subprocess.run(
        [asked.program, "--url", server.url, "pretrained", "add", file, "--network", asked.network,
         "--backbone", asked.backbone], check=True, capture_output=True, text=True)
    return ended.stdout.strip()


def dataset(server, asked, archive):
    body = {"type": "image_classification", "format": FORMATS[asked.network]}
    made = server.api("POST", "/dataset", body, expect=201)["id"]
    server.upload(made, archive.read_bytes())
    return made


def with_changes(spec, changes):
    spec = copy.deepcopy(spec)
    for change in changes:
        path, _, value = change.partition("=")
        *groups, last = path.split(".")
        place = spec
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = json.loads(value)
    return spec


def train(server, model, spec):
    """(validation accuracy of the last epoch, of all epochs, seconds)"""
    server.api("POST", f"{model}/specs/train", spec, expect=201)
    begin = time.monotonic()
    job, = server.api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)
    ended = server.wait_for_job(f"{model}/job/{job}", seconds=7200)
    if ended["status"] != "Done":
        raise SystemExit(ended["result"]["detailed_status"]["message"])
    curve, = (c["values"] for c in ended["result"]["graphical"]
              if c["metric"] == "validation_accuracy")
    log = (server.data / "jobs" / job / "log.txt").read_text()
    said = [line for line in log.splitlines() if "pretrained model" in line]
    return curve, time.monotonic() - begin, said


def main():
    asked = arguments()
    with Server(asked.program, options=["--threads", str(asked.threads)]) as server, \
            tempfile.TemporaryDirectory() as folder:
        body = {"network_arch": asked.network,
                "train_datasets": [dataset(server, asked, asked.train)],
                "eval_dataset": dataset(server, asked, asked.eval)}
        if asked.weights:
            body["ptm"] = add_weights(server, asked, weights_file(asked.weights, folder))
        model = "/model/" + server.api("POST", "/model", body, expect=201)["id"]
        spec = (json.loads(asked.spec.read_text()) if asked.spec else
                server.api("GET", f"{model}/specs/train/schema", expect=200)["default"])
        for seed in asked.seeds:
            changes = [f"{SEEDS[asked.network]}={seed}", *asked.set]
            curve, seconds, said = train(server, model, with_changes(spec, changes))
            print(f"seed {seed}: accuracy {curve[-1]:.4f} after {len(curve)} epochs, "
                  f"{seconds:.0f} s; each: {' '.join(f'{value:.3f}' for value in curve)}", flush=True)
            for line in said:
                print("  " + line, flush=True)


if __name__ == "__main__":
    main()
