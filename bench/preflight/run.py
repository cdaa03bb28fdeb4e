#!/usr/bin/env python3
"""How near forecasts of trainings come, and what a look at a posted job costs; see README.md."""

import argparse
import io
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "support" / "python"))
from athanor_server import Server  # noqa: E402

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's PIL is for this interpreter.
MAKE_PICTURES = ROOT / "bench" / "support" / "make_pictures.py"

# Arch, depth, side of the pictures in pixels, batch size.
CONFIGURATIONS = [
    ("resnet", 18, 224, 16),
    ("resnet", 34, 128, 32),
    ("resnet", 50, 224, 8),
    ("mobilenet_v2", 0, 224, 16),
    ("efficientnet_b0", 0, 224, 8),
    ("vgg", 16, 96, 8),
    ("squeezenet", 0, 224, 16),
    ("googlenet", 0, 160, 16),
    ("alexnet", 0, 224, 32),
    ("darknet", 19, 128, 16),
    ("cspdarknet", 53, 96, 16),
    ("resnet", 10, 64, 64),
]


def spec(configuration, epochs):
    arch, n_layers, side, batch = configuration
    return {
        "model_config": {"arch": arch, "n_layers": n_layers or 18,
                         "input_image_size": f"3,{side},{side}"},
        # Pixels near 0: with those of caffe, networks without norms may blow up.
        "train_config": {"n_epochs": epochs, "batch_size_per_gpu": batch, "preprocess_mode": "torch",
                         "lr_config": {"step": {"learning_rate": 0.001}}},
        "eval_config": {"batch_size": batch},
    }


def archive(files, folder):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file in files:
            tar.add(file, f"{folder}/{file.parent.name}/{file.name}")
    return packed.getvalue()


def dataset(server, packed):
    made = server.api("POST", "/dataset", {"type": "image_classification", "format": "default"}, 201)
    server.upload(made["id"], packed)
    return made["id"]


def peak_of(pid):
    """VmHWM in bytes; none once the process is gone."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else None


def watch(server, job, path):
    """The largest peak of the job's worker that was seen before it ended."""
    worker = server.data / "jobs" / job / "worker.json"
    peak = 0
    while server.api("GET", path, expect=200)["status"] in ("Pending", "Running"):
        if worker.exists():
            peak = max(peak, peak_of(json.loads(worker.read_text())["pid"]) or 0)
        time.sleep(0.1)
    return peak


def seconds_of_epochs(folder):
    """Of the epochs after the first, as the worker tells them."""
    rates = re.findall(r"Epoch \d+ of \d+ done in ([\d.]+) s", (folder / "log.txt").read_text())
    return [float(seconds) for seconds in rates][1:]


def model_for(server, datasets, train_spec):
    model = server.api("POST", "/model", {"network_arch": "classification",
                                          "train_datasets": [datasets[0]],
                                          "eval_dataset": datasets[1]}, 201)["id"]
    server.api("POST", f"/model/{model}/specs/train", train_spec, 201)
    return model


def post_training(server, model):
    """(id, path) of a new job."""
    job, = server.api("POST", f"/model/{model}/job", {"actions": ["train"]}, 201)
    return job, f"/model/{model}/job/{job}"


def train(server, datasets, configuration, epochs):
    """(forecast, peak memory in bytes, seconds per epoch) of one training."""
    model = model_for(server, datasets, spec(configuration, epochs))
    job, path = post_training(server, model)
    peak = watch(server, job, path)
    ended = server.api("GET", path, expect=200)
    if ended["status"] != "Done":
        sys.exit(ended["result"]["detailed_status"]["message"])
    forecast = server.api("GET", f"{path}/preflight", expect=200)
    return forecast, peak, statistics.median(seconds_of_epochs(server.data / "jobs" / job))


def compare_forecasts(arguments, server, datasets):
    memory_errors, time_errors, measuring = [], [], []
    for configuration in CONFIGURATIONS[:arguments.configurations]:
        forecast, peak, seconds = train(server, datasets, configuration, arguments.epochs)
        memory_errors.append(forecast["memory_bytes"] / peak - 1)
        time_errors.append(forecast["seconds_per_epoch"] / seconds - 1)
        measuring.append(forecast["based_on"]["seconds"])
        print(f"{configuration}: memory {forecast['memory_bytes'] / 1e6:.0f} for "
              f"{peak / 1e6:.0f} MB ({memory_errors[-1]:+.0%}), an epoch "
              f"{forecast['seconds_per_epoch']:.1f} for {seconds:.1f} s "
              f"({time_errors[-1]:+.0%}), measured in {measuring[-1]:.1f} s", flush=True)
    for name, errors in (("memory", memory_errors), ("time", time_errors)):
        off = [abs(error) for error in errors]
        print(f"{name}: off by {statistics.median(off):.0%} in the median, {max(off):.0%} at most")
    print(f"measured in {max(measuring):.1f} s at most")


def time_refusals(arguments, server, datasets):
    """Seconds from the post of a resnet18 at 224 pixels that only its first steps show to be in vain."""
    train_spec = spec(("resnet", 18, 224, 16), 1)
    train_spec["train_config"]["image_mean"] = [{"key": "b", "value": 1e39}]  # No loss is a number.
    model = model_for(server, datasets, train_spec)
    taken = []
    for _ in range(arguments.refusals):
        begin = time.monotonic()
        ended = server.wait_for_job(post_training(server, model)[1])
        taken.append(time.monotonic() - begin)
        if ended["status"] != "Error":
            sys.exit("the training was not refused")
    print(f"a job that cannot work: {statistics.median(taken):.1f} s from POST to Error in the "
          f"median, {max(taken):.1f} s at most", flush=True)


def crowded_archive():
    """A dataset whose report is long: 5,000 classes, and more faults than it lists."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for i in range(5000):
            tar.addfile(tarfile.TarInfo(f"images_train/class{i:05d}/empty.png"))
    return packed.getvalue()


def time_posts(arguments):
    """Milliseconds of posts of a training with and without preflight, in turn."""
    with Server(arguments.program, worker="/bin/false") as server:
        large = dataset(server, crowded_archive())
        model = server.api("POST", "/model", {"network_arch": "classification",
                                              "train_datasets": [large],
                                              "eval_dataset": large}, 201)["id"]
        taken = {"on": [], "off": []}
        for _ in range(arguments.posts):
            for choice, times in taken.items():
                begin = time.monotonic()
                server.api("POST", f"/model/{model}/job?preflight={choice}",
                           {"actions": ["train"]}, 201)
                times.append(1000 * (time.monotonic() - begin))
    for choice, times in taken.items():
        print(f"preflight={choice}: {statistics.median(times):.1f} ms in the median, "
              f"{max(times):.1f} ms at most")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--pictures", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--configurations", type=int, default=len(CONFIGURATIONS))
    parser.add_argument("--posts", type=int, default=50)
    parser.add_argument("--refusals", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.posts > 0:
        time_posts(arguments)
    if arguments.configurations + arguments.refusals == 0:
        return
    with tempfile.TemporaryDirectory(prefix="athanor-bench-") as folder, \
            Server(arguments.program, options=["--threads", str(arguments.threads)]) as server:
        subprocess.run([SYSTEM_PYTHON, MAKE_PICTURES, folder, str(arguments.pictures)], check=True)
        files = sorted(pathlib.Path(folder).glob("*/*"))
        datasets = [dataset(server, archive(files, "images_train")),
                    dataset(server, archive(files[::8], "images_val"))]
        if arguments.refusals > 0:
            time_refusals(arguments, server, datasets)
        if arguments.configurations > 0:
            compare_forecasts(arguments, server, datasets)


if __name__ == "__main__":
    main()
