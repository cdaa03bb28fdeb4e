#!/usr/bin/env python3
"""Compares engines with onnxruntime, and int8 with fp32 engines; see README.md."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ORACLE = HERE.parents[1] / "tests" / "oracle"
MODELS = ["resnet18", "resnet50", "mobilenet_v2", "efficientnet_b0"]
# As the server runs its workers.
ENVIRONMENT = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}


class Side:
    """A process that runs a network when it is told to."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, **options)
        if self.process.stdout.readline().strip() != "ready":
            raise SystemExit(f"{command} does not run")

    def milliseconds(self, runs):
        print(runs, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)


def install_peer(folder):
    """A folder with onnxruntime-node and peer.mjs."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ORACLE / "package.json", folder)
    shutil.copy(HERE / "peer.mjs", folder)
    subprocess.run([ORACLE / "install_onnxruntime.sh", folder], check=True)
    return folder


def compare(name, ours, theirs, turns, seconds):
    """Both sides in turn; prints the medians of their times and of the ratios."""
    runs = max(1, round(seconds * 1000 / max(ours.milliseconds(1), theirs.milliseconds(1))))
    pairs = []
    for turn in range(turns):
        order = (ours, theirs) if turn % 2 == 0 else (theirs, ours)
        times = {side: side.milliseconds(runs) for side in order}
        pairs.append((times[ours], times[theirs]))
    ratios = sorted(theirs / ours for ours, theirs in pairs)
    ours_median, theirs_median = (statistics.median(side) for side in zip(*pairs))
    print(f"{name:40} {ours_median:9.2f} ms {theirs_median:9.2f} ms   ratio "
          f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})", flush=True)


def int8_is_worth_a_look(program):
    """Whether int8 can be fast on this processor; says why where it cannot."""
    machine = json.loads(subprocess.run([program, "machine"], check=True, capture_output=True).stdout)
    if not machine["fast_int8"]:
        print(f"int8 is skipped: this processor ({machine['isa']}) has no instruction for products "
              "of bytes (VNNI, AMX), so that int8 engines are no faster than those in fp32")
    return machine["fast_int8"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="such as build/release")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1, help="of one turn")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--without-int8", action="store_true")
    arguments = parser.parse_args()
    peer = install_peer(arguments.build.resolve() / "bench" / "onnxruntime")
    program = arguments.build.resolve() / "bin" / "engine_bench"
    with_int8 = not arguments.without_int8 and int8_is_worth_a_look(program)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([f"{program}_models", folder, *arguments.models], check=True)
        for model in arguments.models:
            file = pathlib.Path(folder) / f"{model}.onnx"
            for batch in (1, 8):
                def ours(precision):
                    return Side(program, file, precision, arguments.threads, batch,
                                env=ENVIRONMENT)
                with ours("fp32") as floats, \
                        Side("node", "peer.mjs", file, arguments.threads, batch, cwd=peer) as other:
                    compare(f"{model}, batch {batch}: fp32, onnxruntime", floats, other,
                            arguments.turns, arguments.seconds)
                if with_int8:
                    with ours("int8") as integers, ours("fp32") as floats:
                        compare(f"{model}, batch {batch}: int8, fp32", integers, floats,
                                arguments.turns, arguments.seconds)


if __name__ == "__main__":
    main()
