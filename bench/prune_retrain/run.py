#!/usr/bin/env python3
"""Accuracy before and after half of the parameters are pruned; see README.md."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "support" / "python"))
sys.dont_write_bytecode = True

from athanor_server import Server  # noqa: E402

POINT = 0.01


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--pictures", type=int, default=16000, help="to train on")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--retrain-epochs", type=int, default=3)
    parser.add_argument("--ratio", type=float, default=0.5, help="of the parameters that may stay")
    parser.add_argument("--thresholds", type=float, nargs="+",
                        default=[0.7, 0.75, 0.8, 0.82, 0.84, 0.86, 0.88, 0.9])
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def upload(server, archive):
    body = {"type": "image_classification", "format": "default"}
    dataset = server.api("POST", "/dataset", body, expect=201)["id"]
    server.upload(dataset, archive.read_bytes())
    return dataset


class Model:
    def __init__(self, server, pictures):
        self.server = server
        self.test = upload(server, pictures / "test.tar.gz")
        body = {"network_arch": "classification",
                "train_datasets": [upload(server, pictures / "train.tar.gz")],
                "eval_dataset": upload(server, pictures / "validation.tar.gz")}
        self.path = "/model/" + server.api("POST", "/model", body, expect=201)["id"]

    def run(self, action, parent=None, spec=None):
        """(id, {KPI: value}, seconds) of a job, run to its end."""
        if spec is not None:
            self.server.api("POST", f"{self.path}/specs/{action}", spec, expect=201)
        begin = time.monotonic()
        job, = self.server.api(
            "POST", f"{self.path}/job", {"job": parent, "actions": [action]}, expect=201)
        ended = self.server.wait_for_job(f"{self.path}/job/{job}", seconds=7200)
        if ended["status"] != "Done":
            raise SystemExit(ended["result"]["detailed_status"]["message"])
        figures = {item["metric"]: item["value"] for item in ended["result"]["kpi"]}
        return job, figures, time.monotonic() - begin

    def evaluate(self, parent):
        return self.run("evaluate", parent)[1]["accuracy"]


def training_spec(epochs):
    spec = json.loads((ROOT / "examples/fashion_mnist/train.json").read_text())
    spec["train_config"]["n_epochs"] = epochs
    return spec


def prune(model, parent, thresholds, ratio):
    for threshold in thresholds:
        job, figures, _ = model.run("prune", parent, {
            "pruning_threshold": threshold, "pruning_granularity": 4, "min_num_filters": 8})
        print(f"threshold {threshold}: {figures['pruning_ratio']:.3f} of the parameters, "
              f"{figures['param_count']:.0f} in {figures['size']:.0f} bytes", flush=True)
        if figures["pruning_ratio"] <= ratio:
            return job
    raise SystemExit("no threshold leaves so few parameters")


def main():
    asked = arguments()
    with Server(asked.program, options=["--threads", str(asked.threads)]) as server, \
            tempfile.TemporaryDirectory() as folder:
        pictures = pathlib.Path(folder)
        subprocess.run([ROOT / "scripts/fashion_mnist.py", pictures, "--train", str(asked.pictures),
                        "--validation", "2000"], check=True, stdout=subprocess.DEVNULL)
        model = Model(server, pictures)
        parent, _, seconds = model.run("train", spec=training_spec(asked.epochs))
        print(f"trained in {seconds:.0f} s", flush=True)
        pruned = prune(model, parent, asked.thresholds, asked.ratio)
        retrained, _, seconds = model.run("retrain", pruned, training_spec(asked.retrain_epochs))
        print(f"retrained in {seconds:.0f} s", flush=True)
        server.api("PATCH", model.path, {"eval_dataset": model.test}, expect=200)
        before, bare, after = (model.evaluate(job) for job in (parent, pruned, retrained))
    print(f"accuracy {before:.4f}, pruned {bare:.4f}, retrained {after:.4f}")
    return 0 if after >= before - POINT else 1


if __name__ == "__main__":
    sys.exit(main())
