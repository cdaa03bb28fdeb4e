"""What a training left: its tensors in the clear, its checkpoints and its table."""

import hashlib
import json
import pathlib
import subprocess
import tempfile

DEFAULT_KEY = "tlt_encode"


def key_file(folder, key=DEFAULT_KEY):
    file = pathlib.Path(folder) / "key"
    file.write_text(key)
    return file


def tensor_digests(program, file, key):
    """{name of a tensor: SHA-256 of its type, shape and bytes} of an encrypted file."""
    with tempfile.TemporaryDirectory() as folder:
        clear = pathlib.Path(folder) / "clear"
        subprocess.run([program, "model", "decrypt", file, clear, "--key-file", key],
                       stdin=subprocess.DEVNULL, check=True, capture_output=True, timeout=60)
        content = clear.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8:8 + length]), content[8 + length:]
    header.pop("__metadata__", None)
    digests = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = f"{entry['dtype']} {entry['shape']} ".encode()
        digests[name] = hashlib.sha256(kind + body[begin:end]).hexdigest()
    return digests


def left_by(program, artifacts, key):
    """{file: content} of all that a training left; of encrypted files, the digests."""
    left = {"training.csv": (artifacts / "training.csv").read_text()}
    for file in sorted((artifacts / "weights").iterdir()):
        is_encrypted = file.suffix == ".safetensors"
        left[file.name] = tensor_digests(program, file, key) if is_encrypted else file.read_text()
    return left


def position(artifacts):
    """(epochs, batches of the next) of the newest checkpoint; (0, 0) where there is none."""
    newest = (0, 0)
    for file in (artifacts / "weights").glob("*.json"):
        epoch, _, batches = file.stem.rsplit("_", 1)[1].partition("-")
        newest = max(newest, (int(epoch), int(batches or 0)))
    return newest
