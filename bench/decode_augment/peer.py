#!/usr/bin/python3
"""The peer: how many training pictures a second Pillow and torchvision's transforms make."""

import pathlib
import random
import sys
import time

import torch

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from torchvision_pictures import Pictures  # noqa: E402


def main():
    torch.set_num_threads(1)
    random.seed(1)
    pictures = Pictures(pathlib.Path(sys.argv[1]))
    rounds = int(sys.argv[2])
    begin = time.monotonic()
    for _ in range(rounds):
        for index in range(len(pictures)):
            pictures[index]
    print(f"{rounds * len(pictures) / (time.monotonic() - begin):.3f}")


if __name__ == "__main__":
    main()
