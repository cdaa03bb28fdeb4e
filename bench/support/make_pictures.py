#!/usr/bin/python3
"""Makes JPEG pictures (400 x 300 pixels where nothing else is said) in class folders: smooth noise,
compressed as photographs are. The same arguments make the same pictures.

    make_pictures.py FOLDER COUNT [WIDTH HEIGHT]
"""

import pathlib
import sys

import numpy
from PIL import Image

CLASSES = 4
DEFAULT_SIZE = (400, 300)


def main():
    root, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    size = tuple(map(int, sys.argv[3:5])) or DEFAULT_SIZE
    generator = numpy.random.default_rng(1)
    for i in range(count):
        folder = root / f"class{i % CLASSES}"
        folder.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(generator.integers(0, 256, (30, 40, 3), dtype=numpy.uint8))
        coarse.resize(size, Image.BICUBIC).save(folder / f"{i:04d}.jpg", quality=90)


if __name__ == "__main__":
    main()
