#!/usr/bin/env python3
"""Compares images per second and memory of training with torchvision; see README.md."""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.append(str(HERE.parents[1] / "tests" / "support" / "python"))
sys.path.append(str(HERE.parent / "support"))

from athanor_server import Server  # noqa: E402
from measure import report_ratio, spread  # noqa: E402
from training import NETWORKS, SYSTEM_PYTHON, start_training  # noqa: E402

# What the worker gets: tensor/runtime.cpp and jobs/local_executor.cpp below src/athanor/.
SAME_SETTINGS = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str((1 << 64) - 1),
                 "MALLOC_ARENA_MAX": "1", "OMP_WAIT_POLICY": "PASSIVE"}


def after_the_first(rates):
    """The mean rate of all epochs but the first, which warms the caches up."""
    return statistics.harmonic_mean(rates[1:] or rates)


class PeakMemory(threading.Thread):
    """The most that a job's worker had resident, in megabytes. The kernel keeps the figure, so that
    looking now and then misses only what grows in the last moment."""

    def __init__(self, job_folder):
        super().__init__(daemon=True)
        self.job_folder = job_folder
        self.ended = threading.Event()
        self.megabytes = 0

    def run(self):
        while not self.ended.wait(0.2):
            try:
                pid = json.loads((self.job_folder / "worker.json").read_text())["pid"]
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                self.megabytes = int(status.split("VmHWM:")[1].split()[0]) / 1024
            except (OSError, IndexError, ValueError):
                continue  # Not begun yet, or over.


def run_ours(asked, network, pictures):
    """(images per second, megabytes)"""
    with Server(asked.program, options=["--threads", str(asked.threads)]) as server:
        model, job = start_training(server, asked, network, pictures)
        memory = PeakMemory(server.data / "jobs" / job)
        memory.start()
        ended = server.wait_for_job(f"/model/{model}/job/{job}", seconds=7200)
        memory.ended.set()
        if ended["status"] != "Done":
            sys.exit(ended["result"]["detailed_status"]["message"])
        log = (server.data / "jobs" / job / "log.txt").read_text()
    rates = re.findall(r"Epoch \d+ of \d+ done in .*?\(([\d.]+) pictures/s\)", log)
    return after_the_first([float(rate) for rate in rates]), memory.megabytes


class LoaderMemory(threading.Thread):
    """The most that the loader's process has for itself alone, in megabytes: what it shares with the
    main process since the fork counts there. Seen twice a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.ended = threading.Event()
        self.megabytes = 0

    def run(self):
        while not self.ended.wait(0.5):
            try:
                children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
                private = sum(self.private_kilobytes(child) for child in children.split())
            except OSError:
                continue  # Between two epochs, or over.
            self.megabytes = max(self.megabytes, private / 1024)

    @staticmethod
    def private_kilobytes(pid):
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def run_peer(asked, network, pictures, environment):
    """(images per second, megabytes)"""
    command = [SYSTEM_PYTHON, HERE / "peer.py", network, pictures, "--epochs", str(asked.epochs),
               "--batch", str(asked.batch), "--threads", str(asked.threads)]
    with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(asked.threads), **environment}) as peer:
        loader = LoaderMemory(peer.pid)
        loader.start()
        output = peer.communicate()[0]
        loader.ended.set()
    if peer.returncode != 0:
        sys.exit(f"the peer ended with {peer.returncode}")
    figures = json.loads(output)
    return after_the_first(figures["rates"]), figures["peak_megabytes"] + loader.megabytes


def compare(asked, network, pictures):
    sides = {
        "athanor": lambda: run_ours(asked, network, pictures),
        "torchvision": lambda: run_peer(asked, network, pictures, {}),
        "torchvision, same settings": lambda: run_peer(asked, network, pictures, SAME_SETTINGS),
    }
    rates = {name: [] for name in sides}
    peaks = {name: [] for name in sides}
    for pair in range(asked.pairs):
        for name in list(sides) if pair % 2 == 0 else reversed(sides):
            rate, peak = sides[name]()
            rates[name].append(rate)
            peaks[name].append(peak)
        print(f"{network}: " + ", ".join(f"{name} {rates[name][-1]:.2f}" for name in sides),
              "images/s", flush=True)
    for name in list(sides)[1:]:
        report_ratio(f"{network}, speed against {name}", rates["athanor"], rates[name])
    for name in sides:
        print(f"{network}, memory of {name}: {spread(peaks[name], ' MB')}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    asked = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([SYSTEM_PYTHON, HERE.parent / "support" / "make_pictures.py", folder,
                        str(asked.pictures)], check=True)
        for network in asked.networks:
            compare(asked, network, pathlib.Path(folder))


if __name__ == "__main__":
    main()
