"""Small PNG pictures and archives of them, without any imaging library."""

import io
import random
import struct
import tarfile
import zlib

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 60, 220)}
MOODS = (((200, 40, 30), "red", "warm"), ((30, 40, 200), "blue", "cold"))


def png(colour, seed=0, side=32):
    """A noisy square of one colour."""
    noise = random.Random(seed)
    rows = b"".join(
        b"\0" + bytes(min(255, max(0, c + noise.randint(-25, 25))) for _ in range(side) for c in colour)
        for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def archive(files):
    """A tar.gz of {name: bytes}."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def tar_of_zeros(name, size, block=1 << 20):
    """The pieces of a tar with one file of zeros."""
    member = tarfile.TarInfo(name)
    member.size = size
    yield member.tobuf(tarfile.USTAR_FORMAT)
    for _ in range(size // block):
        yield bytes(block)
    yield bytes(1024)


def coloured_dataset(folder, per_class, first_seed=0):
    """{name: picture} with one class folder per colour below `folder`."""
    return {
        f"{folder}/{name}/{i:03d}.png": png(colour, first_seed + i)
        for name, colour in COLOURS.items() for i in range(per_class)}


def labelled_pictures(folder, table, per_kind, first_seed):
    """Pictures of two colours in one folder, with a table of two tasks that agree with each other."""
    files, rows = {}, ["fname,colour,mood"]
    for number in range(per_kind):
        for colour, name, mood in MOODS:
            picture = f"{name}{number}.png"
            files[f"{folder}/{picture}"] = png(colour, first_seed + number)
            rows.append(f"{picture},{name},{mood if number else ''}")
    files[table] = ("\n".join(rows) + "\n").encode()
    return files


def post_coloured_dataset(server, folder, per_class):
    """The id of a new dataset of coloured_dataset()."""
    body = {"type": "image_classification", "format": "default"}
    dataset = server.api("POST", "/dataset", body, expect=201)["id"]
    server.upload(dataset, archive(coloured_dataset(folder, per_class)))
    return dataset
