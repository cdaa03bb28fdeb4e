#!/usr/bin/env python3
"""Accuracy of one recipe here and in torchvision, over several seeds; see README.md."""

import argparse
import io
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path.append(str(ROOT / "tests" / "support" / "python"))

from athanor_server import Server  # noqa: E402
from recipe import EVALUATION_BATCH, FASHION_PICTURES, RECIPES  # noqa: E402

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's torch is for this interpreter.
SIDES = ("athanor", "torchvision")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--train", type=pathlib.Path, help="archive of class folders; clothing")
    parser.add_argument("--test", type=pathlib.Path, nargs="+", help="the same, tested on together")
    parser.add_argument("--weights", type=pathlib.Path, help="archive with one .safetensors")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--results", type=pathlib.Path,
                        help="keeps each run as a line of JSON; what is there is not run again")
    return parser.parse_args()


def unpack(archives, target):
    """The pictures of archives, CLASS/NAME below `target`."""
    for archive in archives:
        with tarfile.open(archive) as tar:
            for member in tar:
                *_, label, name = ("", "", *pathlib.PurePath(member.name).parts)
                if member.isfile() and label and name.endswith((".png", ".jpg")):
                    (target / label).mkdir(parents=True, exist_ok=True)
                    (target / label / name).write_bytes(tar.extractfile(member).read())


def prepare(asked, folder):
    """folder/train and folder/test; the file of weights, if there is one."""
    train, test = asked.train, asked.test
    if asked.recipe == "fashion":
        subprocess.run([ROOT / "scripts" / "fashion_mnist.py", folder / "fashion", "--train",
                        str(FASHION_PICTURES), "--validation", "1"],
                       check=True, stdout=subprocess.DEVNULL)
        train, test = folder / "fashion" / "train.tar.gz", [folder / "fashion" / "test.tar.gz"]
    unpack([train], folder / "train")
    unpack(test, folder / "test")
    if asked.weights is None:
        return None
    with tarfile.open(asked.weights) as tar:
        member, = (m for m in tar if m.name.endswith(".safetensors"))
        tar.extract(member, folder)
        return folder / member.name


def spec(recipe, seed):
    arch = "resnet" if recipe["network"].startswith("resnet") else recipe["network"]
    small = recipe["width"] != 1
    kind, schedule = recipe["schedule"]
    return {
        "model_config": {
            "arch": arch, "n_layers": 18, "all_projections": False, "dropout": 0.0,
            "input_image_size": ",".join(map(str, recipe["input"])),
            "freeze_bn": recipe["freeze_bn"]},
        "train_config": {
            "n_epochs": recipe["epochs"], "batch_size_per_gpu": recipe["batch"], "n_workers": 1,
            "random_seed": seed, "preprocess_mode": recipe["preprocess"],
            "enable_random_crop": recipe["random_crop"], "enable_color_augmentation": False,
            "mixup_alpha": 0.0,
            "optimizer": {"sgd": {"momentum": recipe["momentum"],
                                  "nesterov": recipe["nesterov"]}},
            "lr_config": {kind: schedule},
            "reg_config": {"type": "L2", "scope": "Conv2D,Dense",
                           "weight_decay": recipe["l2"]}},
        "athanor": {"stem": "small" if small else "imagenet", "width": recipe["width"]},
    }


def upload(server, pictures, folder):
    body = {"type": "image_classification", "format": "default"}
    dataset = server.api("POST", "/dataset", body, 201)["id"]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(pictures, folder)
    server.upload(dataset, packed.getvalue())
    return dataset


def run_job(server, model, body):
    job, = server.api("POST", f"{model}/job", body, 201)
    ended = server.wait_for_job(f"{model}/job/{job}", seconds=7200)
    if ended["status"] != "Done":
        raise SystemExit(ended["result"]["detailed_status"]["message"])
    return ended


def run_athanor(asked, folder, weights, seed):
    recipe = RECIPES[asked.recipe]
    with Server(asked.program, options=["--threads", str(asked.threads)]) as server:
        # Validation during the training changes nothing: the last weights are tested.
        body = {"network_arch": "classification",
                "train_datasets": [upload(server, folder / "train", "images_train")],
                "eval_dataset": upload(server, folder / "test", "images_val")}
        if weights:
            body["ptm"] = subprocess.run(
                [asked.program, "--url", server.url, "pretrained", "add", weights, "--network",
                 "classification", "--backbone", recipe["network"]],
                check=True, capture_output=True, text=True).stdout.strip()
        model = "/model/" + server.api("POST", "/model", body, 201)["id"]
        server.api("POST", f"{model}/specs/train", spec(recipe, seed), 201)
        trained = run_job(server, model, {"actions": ["train"]})
        reading = {"batch_size": EVALUATION_BATCH, "n_workers": 1, "top_k": 1,
                   "enable_center_crop": recipe["center_crop"]}
        server.api("POST", f"{model}/specs/evaluate", {"eval_config": reading}, 201)
        tested = run_job(server, model, {"job": trained["id"], "actions": ["evaluate"]})
    kpi = {item["metric"]: item["value"] for item in tested["result"]["kpi"]}
    return kpi["accuracy"]


def run_torchvision(asked, folder, weights, seed):
    command = [SYSTEM_PYTHON, HERE / "peer.py", asked.recipe, folder, "--seed", str(seed),
               "--threads", str(asked.threads)]
    output = subprocess.run(
        command + (["--weights", weights] if weights else []), check=True, capture_output=True,
        text=True, env={**os.environ, "OMP_NUM_THREADS": str(asked.threads)}).stdout
    return float(output)


def t_quantile(freedom):
    """The 0.975 quantile of Student's distribution, by Simpson's rule and bisection."""
    factor = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2) / math.sqrt(
        freedom * math.pi)

    def density(x):
        return factor * (1 + x * x / freedom) ** (-(freedom + 1) / 2)

    def beyond_zero(x, steps=2000):
        width = x / steps
        return width / 3 * sum((1 if i in (0, steps) else 4 if i % 2 else 2) * density(i * width)
                               for i in range(steps + 1))

    low, high = 0.0, 100.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if beyond_zero(middle) < 0.475 else (low, middle)
    return low


def report(results):
    for side in SIDES:
        values = results[side]
        print(f"{side}: mean {statistics.mean(values):.4f}, deviation "
              f"{statistics.stdev(values):.4f}; {' '.join(f'{value:.4f}' for value in values)}")
    ours, theirs = results["athanor"], results["torchvision"]
    difference = statistics.mean(ours) - statistics.mean(theirs)
    # Welch's interval: the sides need not spread alike.
    shares = [statistics.variance(values) / len(values) for values in (ours, theirs)]
    if sum(shares) == 0:
        print(f"difference {difference:+.4f}; no spread")
        return
    freedom = sum(shares) ** 2 / sum(
        share ** 2 / (len(values) - 1) for share, values in zip(shares, (ours, theirs)))
    room = t_quantile(freedom) * math.sqrt(sum(shares))
    print(f"difference {difference:+.4f}, 95 % interval {difference - room:+.4f} to "
          f"{difference + room:+.4f}")


def kept_results(asked):
    """{(side, seed): accuracy}"""
    if asked.results is None or not asked.results.exists():
        return {}
    lines = map(json.loads, asked.results.read_text().splitlines())
    return {(line["side"], line["seed"]): line["accuracy"] for line in lines
            if line["recipe"] == asked.recipe}


def main():
    asked = arguments()
    runs = {"athanor": run_athanor, "torchvision": run_torchvision}
    done = kept_results(asked)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        weights = prepare(asked, folder)
        for seed in asked.seeds:
            for side in asked.sides:
                if (side, seed) in done:
                    continue
                begin = time.monotonic()
                done[side, seed] = runs[side](asked, folder, weights, seed)
                seconds = round(time.monotonic() - begin)
                line = {"recipe": asked.recipe, "side": side, "seed": seed,
                        "accuracy": done[side, seed], "seconds": seconds}
                print(json.dumps(line), flush=True)
                if asked.results:
                    with open(asked.results, "a") as file:
                        file.write(json.dumps(line) + "\n")
    results = {side: [done[key] for key in sorted(done) if key[0] == side] for side in SIDES}
    if min(map(len, results.values())) > 1:
        report(results)


if __name__ == "__main__":
    main()
