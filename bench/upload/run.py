#!/usr/bin/env python3
"""Uploads, against `tar -x` and `sync` of the same archive; see README.md."""

import argparse
import io
import pathlib
import random
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402
import pictures  # noqa: E402
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

# Pictures in all, bytes of each.
SHAPES = {"small": (10_000, 4 << 10), "photos": (1000, 200 << 10)}


def make_archive(file, count, size):
    """A tar of two classes, of pictures that fill `size` bytes."""
    head, end = pictures.png((200, 50, 50)).split(b"IEND")[0][:-4], pictures.chunk(b"IEND", b"")
    noise = random.Random(1)
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as tar:
        for n in range(count):
            filling = pictures.chunk(b"teXt", noise.randbytes(size - len(head) - len(end) - 12))
            content = head + filling + end
            member = tarfile.TarInfo(f"images_train/{('cat', 'dog')[n % 2]}/{n:06d}.png")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def upload_seconds(server, archive):
    """curl is the client, so that its work is another process's, as with any real one."""
    dataset = server.api("POST", "/dataset", records.DATASET, expect=201)["id"]
    url = f"{server.url}/api/v1/user/{server.user}/dataset/{dataset}/upload"
    begin = time.monotonic()
    reply = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail", "-H", "Expect:", "-F", f"file=@{archive}", url],
        capture_output=True, text=True, check=True)
    seconds = time.monotonic() - begin
    if "successfully" not in reply.stdout:
        raise SystemExit(reply.stdout)
    return seconds


def tar_seconds(folder, archive):
    target = pathlib.Path(tempfile.mkdtemp(dir=folder))
    begin = time.monotonic()
    subprocess.run(["tar", "-xf", archive, "-C", target], check=True)
    subprocess.run(["sync", "--file-system", target], check=True)
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shape", choices=SHAPES, action="append")
    arguments = parser.parse_args()
    # Nothing is deleted before the end: ext4 spends much time on not using inodes that were freed a
    # moment ago. A worker that does nothing: the inspection of the pictures comes later, at low priority.
    with tempfile.TemporaryDirectory(prefix="athanor-bench-") as name, \
            Server(arguments.program, "/bin/true") as server:
        folder = pathlib.Path(name)
        archive = folder / "pictures.tar"
        for shape in arguments.shape or SHAPES:
            count, size = SHAPES[shape]
            make_archive(archive, count, size)
            subprocess.run(["sync"], check=True)
            ours, tars = measure.in_turn(
                arguments.rounds, lambda: upload_seconds(server, archive),
                lambda: tar_seconds(folder, archive))
            print(f"{shape}: {count} pictures of {size >> 10} KB")
            print(f"  upload: {measure.spread(ours, ' s', 2)}")
            print(f"  tar -x and sync: {measure.spread(tars, ' s', 2)}")
            measure.report_ratio("  speed of the upload to that of tar", tars, ours)


if __name__ == "__main__":
    main()
