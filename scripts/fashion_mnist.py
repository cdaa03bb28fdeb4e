#!/usr/bin/env python3
"""Makes dataset archives from Debian's package dataset-fashion-mnist.

    scripts/fashion_mnist.py OUT --train 16000 --validation 2000

writes OUT/train.tar.gz, validation.tar.gz and test.tar.gz (image_classification, format default:
one folder of PNG pictures per class) and raw.tar.gz (format raw: a few test pictures without
labels). Training and validation pictures are disjoint unless all 60,000 are wanted for training;
then the validation pictures are the test pictures, which no choice depends on. The same arguments
always choose the same pictures. Python's standard library is all it needs.
"""

import argparse
import gzip
import io
import pathlib
import random
import struct
import sys
import tarfile
import zlib

SOURCE = pathlib.Path("/usr/share/datasets/fashion-mnist")
SIDE = 28
CLASSES = (
    "t-shirt_top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle_boot",
)
RAW_PICTURES = 200


def read_idx(name: str, header_bytes: int) -> bytes:
    path = SOURCE / name
    try:
        with gzip.open(path) as file:
            return file.read()[header_bytes:]
    except FileNotFoundError:
        sys.exit(f"{path} is missing; install the package dataset-fashion-mnist")


class Pictures:
    """One of the two files of the collection: grey pixels and a label for each picture."""

    def __init__(self, prefix: str):
        self.pixels = read_idx(f"{prefix}-images-idx3-ubyte.gz", 16)
        self.labels = read_idx(f"{prefix}-labels-idx1-ubyte.gz", 8)

    def __len__(self) -> int:
        return len(self.labels)

    def class_of(self, index: int) -> str:
        return CLASSES[self.labels[index]]

    def png(self, index: int) -> bytes:
        start = index * SIDE * SIDE
        rows = (
            b"\0" + self.pixels[start + row * SIDE : start + (row + 1) * SIDE]
            for row in range(SIDE)
        )
        return encode_png(b"".join(rows))


def encode_png(filtered_rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)  # 8 bits, greyscale
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(filtered_rows, 6))
        + chunk(b"IEND", b"")
    )


def write_archive(path: pathlib.Path, pictures: Pictures, names: dict[int, str]) -> None:
    """Packs the pictures under their names; PNG is compressed already, so gzip works little."""
    partial = path.with_suffix(".part")
    with tarfile.open(partial, "w:gz", compresslevel=1) as archive:
        for index, name in names.items():
            content = pictures.png(index)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    partial.rename(path)


def labelled(pictures: Pictures, indices: list[int], folder: str) -> dict[int, str]:
    return {i: f"{folder}/{pictures.class_of(i)}/{i:05d}.png" for i in sorted(indices)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--train", type=int, required=True, help="pictures to train on")
    parser.add_argument("--validation", type=int, required=True, help="pictures to validate on")
    arguments = parser.parse_args()

    training, test = Pictures("train"), Pictures("t10k")
    order = list(range(len(training)))
    random.Random(1).shuffle(order)
    chosen = order[: arguments.train]
    held_out = order[arguments.train : arguments.train + arguments.validation]

    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    everything = list(range(len(test)))
    write_archive(out / "train.tar.gz", training, labelled(training, chosen, "images_train"))
    if held_out:
        names = labelled(training, held_out, "images_val")
        write_archive(out / "validation.tar.gz", training, names)
    else:
        write_archive(out / "validation.tar.gz", test, labelled(test, everything, "images_val"))
    write_archive(out / "test.tar.gz", test, labelled(test, everything, "images_test"))
    raw = {i: f"images_test/{i:05d}.png" for i in everything[:RAW_PICTURES]}
    write_archive(out / "raw.tar.gz", test, raw)


if __name__ == "__main__":
    main()
