#!/usr/bin/python3
"""Makes the seeds that are not text; the others are written by hand. The output is always the same.

    fuzz/corpus/make_seeds.py
"""

import base64
import bz2
import gzip
import hashlib
import hmac
import io
import json
import lzma
import pathlib
import stat
import struct
import tarfile
import zipfile
import zlib

from PIL import Image

CORPUS = pathlib.Path(__file__).parent


def save(target, name, content):
    folder = CORPUS / target
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def member(name, **fields):
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def tar(members, form=tarfile.USTAR_FORMAT, **options):
    """Of (TarInfo, content); short, since tarfile fills up to 10 KiB."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, **options) as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        length = archive.offset
    return buffer.getvalue()[:length + 1024]


def zip_of(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = mode << 16
            archive.writestr(info, content, method)
    return buffer.getvalue()


def zstd(content):
    """A frame with one block that is not compressed (RFC 8878)."""
    frame = struct.pack("<IBH", 0xFD2FB528, 0x60, len(content) - 256)
    return frame + struct.pack("<I", 1 | len(content) << 3)[:3] + content


def archives():
    plain = tar([(member("images/a.txt"), b"one"), (member("labels/b.txt"), b"two")])
    small = tar([(member("a.txt"), b"one")])
    save("archive", "ustar.tar", plain)
    save("archive", "plain.tar.gz", gzip.compress(small, mtime=0))
    save("archive", "plain.tar.bz2", bz2.compress(small))
    save("archive", "plain.tar.zst", zstd(small))
    save("archive", "plain.tar.xz", lzma.compress(small))
    long_name = "images/" + 30 * "long-name-" + ".txt"
    save("archive", "gnu_long_name.tar", tar([(member(long_name), b"x")], tarfile.GNU_FORMAT))
    link = member("images/link", type=tarfile.SYMTYPE, linkname="../" * 40 + "etc/passwd")
    save("archive", "gnu_link.tar", tar([(link, b"")], tarfile.GNU_FORMAT))
    save("archive", "pax_parent.tar",
         tar([(member("../\u00fc/a.txt"), b"x")], tarfile.PAX_FORMAT))
    sparse = member("images/hole.bin")
    sparse.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                          "GNU.sparse.name": "images/hole.bin", "GNU.sparse.realsize": "65536"}
    save("archive", "pax_sparse.tar",
         tar([(sparse, b"1\n65000\n3\n".ljust(512, b"\0") + b"end")], tarfile.PAX_FORMAT))
    files = [("images/a.txt", b"one", stat.S_IFREG | 0o644),
             ("images/", b"", stat.S_IFDIR | 0o755)]
    links = [("images/a.txt", b"one", stat.S_IFREG | 0o644),
             ("images/link", b"/etc/passwd", stat.S_IFLNK | 0o777)]
    save("archive", "deflated.zip", zip_of(files))
    save("archive", "link.zip", zip_of(links))
    for name, members in (("files", files), ("link", links)):
        whole = zip_of(members, zipfile.ZIP_STORED)
        save("zip_directory", name, whole[whole.index(b"PK\1\2"):])
    save("zip_directory", "none", b"PK\5\6" + bytes(18))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pictures():
    header = struct.pack(">IIBBBBB", 3, 2, 8, 2, 0, 0, 0)
    save("picture_header", "small.png",
         b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b""))
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, 2, 3, 3) + bytes(9)
    save("picture_header", "notes.jpg", b"\xff\xd8\xff\xe1" + struct.pack(">H", 12) + 10 * b"n"
         + frame + b"\xff\xda" + b"data" + b"\xff\xd9")
    save("picture_header", "top.bmp",
         b"BM" + struct.pack("<IHHI", 58, 0, 0, 54)
         + struct.pack("<IiiHHIIiiII", 40, 1, -1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4))
    save("picture_header", "raw.ppm", b"P6\n# with a comment\n1 2\n255\n" + bytes(6))
    for name, order, mark in (("little.tif", "<", b"II"), ("big.tif", ">", b"MM")):
        entries = struct.pack(order + "HHIHH", 256, 3, 1, 3, 0) + struct.pack(
            order + "HHIHH", 257, 3, 1, 2, 0)
        save("picture_header", name,
             mark + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", 2) + entries)
    for name, kind, content in (
            ("lossless.webp", b"VP8L", b"\x2f" + struct.pack("<I", 2 | 1 << 14) + b"\0"),
            ("extended.webp", b"VP8X", bytes(4) + b"\2\0\0\1\0\0"),
            ("lossy.webp", b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 3, 2))):
        body = b"WEBP" + kind + struct.pack("<I", len(content)) + content
        save("picture_header", name, b"RIFF" + struct.pack("<I", len(body)) + body)


def jpegs():
    ramps = bytes(value for y in range(37) for x in range(41)
                  for value in (6 * x, 6 * y, 255 - 3 * (x + y)))
    picture = Image.frombytes("RGB", (41, 37), ramps)

    def encoded(image, **options):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=50, optimize=True, **options)
        return buffer.getvalue()

    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        save("jpeg_part", name + ".jpg", encoded(picture, subsampling=subsampling))
        save("jpeg_part", name + "_progressive.jpg",
             encoded(picture, subsampling=subsampling, progressive=True))
    whole = encoded(picture)
    save("jpeg_part", "cut.jpg", whole[:len(whole) * 3 // 4])
    save("jpeg_part", "gray.jpg", encoded(picture.convert("L")))
    save("jpeg_part", "cmyk.jpg", encoded(picture.convert("CMYK")))


def weights():
    def file(header, data):
        text = json.dumps(header, separators=(",", ":")).encode()
        return struct.pack("<Q", len(text)) + text + data

    def tensor(begin, end, shape, kind="F32"):
        return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}

    save("safetensors_header", "no_tensors", file({}, b""))
    save("safetensors_header", "half", file({"w": tensor(0, 4, [2], "F16")}, bytes(4)))
    save("safetensors_header", "empty_tensor", file({"w": tensor(0, 0, [0])}, b""))
    save("safetensors_header", "two_tensors", file(
        {"__metadata__": {"epoch": "1"}, "a": tensor(0, 8, [2]), "b": tensor(8, 12, [])}, bytes(12)))
    save("safetensors_header", "overlap", file(
        {"a": tensor(0, 8, [2]), "b": tensor(4, 12, [2])}, bytes(12)))


def engines():
    def file(version, description_bytes, weight_bytes, content):
        return (b"ATHENGIN" + struct.pack("<IIQ", version, description_bytes, weight_bytes)
                + 64 * b"0" + content)

    save("engine_file", "wrong_digest", file(1, 2, 4, b"{}" + bytes(4)))
    save("engine_file", "huge_lengths", file(1, 2**32 - 1, 2**64 - 1, b"{}"))
    save("engine_file", "other_version", file(2, 2, 0, b"{}"))
    save("engine_file", "cut", file(1, 2, 0, b"")[:40])


def specs():
    """The place of a table among all, what its resource adds (1 classes, 2 pretrained weights), and
    a spec; after a change of the tables the places are others, which does no harm."""
    tables = sorted((file.parent.name, file.stem)
                    for file in (CORPUS.parents[1] / "specs").glob("*/*.tsv"))

    def seed(name, subject, action, added, text):
        save("spec", name, bytes([tables.index((subject, action)), added]) + text.encode())

    seed("train", "classification", "train", 2,
         '{"train_config":{"n_epochs":"10","optimizer":{"adam":{"lr":1e-3}},'
         '"image_mean":[{"key":"r","value":1}],'
         '"lr_config":{"soft_anneal":{"annealing_points":[0.3,0.6]}}},'
         '"model_config":{"freeze_blocks":[0,1],"input_image_size":"3,32,32"},'
         '"athanor":{"stem":"small","width":0.5}}')
    seed("nested", "classification", "retrain", 0,
         '{"dataset_config":{"image_size":"3,224,224"},"train_config":{"n_epochs":1e1,'
         '"optimizer":{"sgd":{"lr":0.1}},"lr_config":{"step":{"step_size":"10"}},'
         '"unknown":[[]]}}')
    seed("convert", "object_detection", "convert", 0,
         '{"kitti_config":{"image_extension":".jpg","num_shards":10},'
         '"target_class_mapping":[{"key":"cone","value":"cone"},{"key":null}],'
         '"sample_modifier_config":{"dominant_target_classes":["a"]},"x":null}')
    seed("classwise", "detectnet_v2", "train", 1,
         '{"classwise_config":[{"key":"car","value":{"cost_function_config":{"class_weight":"2",'
         '"objectives":[{"name":"cov"},{}]}},'
         '"postprocessing_config":{"clustering_config":{"clustering_algorithm":"NMS"}}},{},{}],'
         '"dataset_config":{"target_class_mapping":[{"value":"vehicle"}]}}')
    seed("inferencer", "detectnet_v2", "inference", 1,
         '{"inferencer_config":{"target_classes":["car"]},"bbox_handler_config":'
         '{"classwise_bbox_handler_config":[{"key":"car","value":{"output_map":"x"}}]}}')
    seed("mapping", "yolo_v4", "train", 3,
         '{"dataset_config":{"data_sources":[{}],"target_class_mapping":[]},'
         '"yolov4_config":{"freeze_blocks":[0,"1"]},"training_config":null}')
    seed("speech", "spectro_gen", "train", 0,
         '{"sup_data_types":["pitch"],"pitch_mean":"2e2","pitch_std":-1,"n_fft":1024.0}')


def token():
    def encoded(content):
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    claims = {"iss": "athanor", "sub": "00000000-0000-0000-0000-000000000001", "iat": 1,
              "exp": 4000000000, "key": "0123456789abcdef"}
    signed = b".".join(encoded(json.dumps(part, separators=(",", ":")).encode())
                       for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.digest(32 * b"k", signed, hashlib.sha256)
    save("credentials", "token", signed + b"." + encoded(signature))


if __name__ == "__main__":
    archives()
    pictures()
    jpegs()
    weights()
    engines()
    specs()
    token()
