#!/usr/bin/env python3
"""Compares reading and augmenting of training pictures with torchvision; see README.md."""

import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.append(str(HERE.parent / "support"))

from measure import in_turn, report_ratio, spread  # noqa: E402

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's torch is for this interpreter.
COLOR_OPTIONS = {"off": [], "on": ["--color"]}


def rate(*command):
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(asked, size, pictures):
    for color in asked.color:
        arguments = [pictures, str(asked.passes), *COLOR_OPTIONS[color]]
        ours, peers = in_turn(
            asked.rounds,
            lambda: rate(asked.bench, *arguments),
            lambda: rate(SYSTEM_PYTHON, HERE / "peer.py", *arguments))
        title = f"{size}, colour augmentation {color}"
        print(f"{title}: {spread(ours)} pictures a second, torchvision {spread(peers)}")
        report_ratio(f"{title}, ratio", ours, peers)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True, help="the program decode_augment")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each side, in turn")
    parser.add_argument("--pictures", type=int, default=160)
    parser.add_argument("--passes", type=int, default=3, help="over the pictures in a run")
    parser.add_argument("--sizes", nargs="+", default=["400x300", "1600x1200"], metavar="WxH")
    parser.add_argument("--color", nargs="+", choices=COLOR_OPTIONS, default=list(COLOR_OPTIONS),
                        help="without colour augmentation, with it, or both")
    asked = parser.parse_args()

    for size in asked.sizes:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([SYSTEM_PYTHON, HERE.parent / "support" / "make_pictures.py", folder,
                            str(asked.pictures), *size.split("x")], check=True)
            compare(asked, size, folder)


if __name__ == "__main__":
    main()
