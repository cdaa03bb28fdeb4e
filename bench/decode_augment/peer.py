#!/usr/bin/python3
"""The peer: how many training pictures a second Pillow and torchvision's transforms make."""

import argparse
import pathlib
import random
import sys
import time

import torch

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from torchvision_pictures import Pictures  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path, help="folder of class folders")
    parser.add_argument("rounds", type=int, help="over the pictures")
    parser.add_argument("--color", action="store_true", help="change colours at random")
    asked = parser.parse_args()

    torch.set_num_threads(1)
    random.seed(1)
    pictures = Pictures(asked.root, asked.color)
    begin = time.monotonic()
    for _ in range(asked.rounds):
        for index in range(len(pictures)):
            pictures[index]
    print(f"{asked.rounds * len(pictures) / (time.monotonic() - begin):.3f}")


if __name__ == "__main__":
    main()
