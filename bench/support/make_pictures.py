#!/usr/bin/python3
"""Makes JPEG pictures of 400 x 300 pixels in class folders: smooth noise, compressed as photographs
are. The same arguments make the same pictures."""

import pathlib
import sys

import numpy
from PIL import Image

CLASSES = 4
SIZE = (400, 300)


def main():
    root, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    generator = numpy.random.default_rng(1)
    for i in range(count):
        folder = root / f"class{i % CLASSES}"
        folder.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(generator.integers(0, 256, (30, 40, 3), dtype=numpy.uint8))
        coarse.resize(SIZE, Image.BICUBIC).save(folder / f"{i:04d}.jpg", quality=90)


if __name__ == "__main__":
    main()
