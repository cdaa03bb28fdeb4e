#!/usr/bin/env python3
"""Compares images per second of training with torchvision; see README.md."""

import argparse
import io
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support" / "python"))
from athanor_server import Server  # noqa: E402

BATCH = 32
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's torch is for this interpreter.
# What the worker gets: tensor/runtime.cpp and jobs/local_executor.cpp below src/athanor/.
SAME_SETTINGS = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
                 "OMP_WAIT_POLICY": "PASSIVE"}


def spec(epochs):
    return {
        "model_config": {"arch": "resnet", "n_layers": 18, "input_image_size": "3,224,224",
                         "all_projections": False, "dropout": 0.0},
        "train_config": {"n_epochs": epochs, "batch_size_per_gpu": BATCH, "n_workers": 1,
                         "preprocess_mode": "torch", "enable_random_crop": True,
                         "enable_color_augmentation": False, "mixup_alpha": 0.0,
                         "optimizer": {"sgd": {"momentum": 0.9}},
                         "lr_config": {"step": {"learning_rate": 0.01}}},
    }


def after_the_first(rates):
    """The mean rate of all epochs but the first, which warms the caches up."""
    return statistics.harmonic_mean(rates[1:] or rates)


def upload(server, files, folder):
    """A dataset of these files, each in the folder of its class; its id."""
    dataset = server.api("POST", "/dataset",
                         {"type": "image_classification", "format": "default"}, 201)["id"]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file in files:
            tar.add(file, f"{folder}/{file.parent.name}/{file.name}")
    server.upload(dataset, packed.getvalue())
    return dataset


def run_ours(program, pictures, epochs, threads):
    with Server(program, options=["--threads", str(threads)]) as server:
        train = upload(server, sorted(pictures.glob("*/*")), "images_train")
        # Training validates after each epoch, outside the time that is measured.
        few = [min(folder.iterdir()) for folder in pictures.iterdir()]
        validation = upload(server, few, "images_val")
        model = server.api("POST", "/model", {"network_arch": "classification",
                                              "train_datasets": [train],
                                              "eval_dataset": validation}, 201)["id"]
        server.api("POST", f"/model/{model}/specs/train", spec(epochs), 201)
        job, = server.api("POST", f"/model/{model}/job", {"actions": ["train"]}, 201)
        ended = server.wait_for_job(f"/model/{model}/job/{job}", seconds=7200)
        if ended["status"] != "Done":
            sys.exit(ended["result"]["detailed_status"]["message"])
        log = next(server.data.rglob("log.txt")).read_text()
    rates = re.findall(r"Epoch \d+ of \d+ done in .*?\(([\d.]+) pictures/s\)", log)
    return after_the_first([float(rate) for rate in rates])


def run_peer(pictures, epochs, threads, environment):
    output = subprocess.run(
        [SYSTEM_PYTHON, HERE / "peer.py", pictures, "--epochs", str(epochs), "--batch", str(BATCH),
         "--threads", str(threads)],
        check=True, capture_output=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(threads), **environment}).stdout
    return after_the_first([float(rate) for rate in output.split()])


def describe(name, ratios):
    print(f"{name}: median {statistics.median(ratios):.2f}, "
          f"from {min(ratios):.2f} to {max(ratios):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([SYSTEM_PYTHON, HERE / "make_pictures.py", folder, str(arguments.pictures)],
                       check=True)
        pictures, epochs, threads = pathlib.Path(folder), arguments.epochs, arguments.threads
        sides = {
            "athanor": lambda: run_ours(arguments.program, pictures, epochs, threads),
            "torchvision": lambda: run_peer(pictures, epochs, threads, {}),
            "torchvision, same settings": lambda: run_peer(
                pictures, epochs, threads, SAME_SETTINGS),
        }
        ratios, ratios_same = [], []
        for pair in range(arguments.pairs):
            order = list(sides) if pair % 2 == 0 else list(reversed(sides))
            rate = {name: sides[name]() for name in order}
            print("  ".join(f"{name} {rate[name]:.2f}" for name in sides), "images/s", flush=True)
            ratios.append(rate["athanor"] / rate["torchvision"])
            ratios_same.append(rate["athanor"] / rate["torchvision, same settings"])
    describe("athanor / torchvision", ratios)
    describe("athanor / torchvision with the same settings", ratios_same)


if __name__ == "__main__":
    main()
