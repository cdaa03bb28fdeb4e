#!/usr/bin/env python3
"""Stands in for athanor-worker where a scenario is about the server, not about networks.

Called as `athanor-worker run JOB_DIRECTORY`. The train spec's `train_config.random_seed` chooses
what it does: 1001 waits to be stopped, 1002 reports a failure, 1003 is killed, 1004 ends without a
word, 1005 tells digests of the encryption keys it was given; anything else trains for three epochs
at once.

`athanor-worker inspect DIR OUTPUT` reports on the files *.png below DIR: "bad" in a name makes it
undecodable, "slow" waits to be killed, "crash" kills the inspection.

`athanor-worker import FILE BACKBONE DIR` takes a file with the content "good" for weights; "slow"
waits to be killed, "crash" kills the import, anything else is refused.
"""

import hashlib
import json
import os
import pathlib
import signal
import sys
import time

WAIT, FAIL, BE_KILLED, SAY_NOTHING, TELL_KEYS = 1001, 1002, 1003, 1004, 1005
EPOCHS = 3
KEYS_DESCRIPTOR = 4


def digests_of_keys():
    with os.fdopen(KEYS_DESCRIPTOR, encoding="utf-8") as pipe:
        keys = json.load(pipe)
    return {name: hashlib.sha256(key.encode()).hexdigest() for name, key in keys.items()}


def inspect(folder, output):
    pictures = sorted(folder.rglob("*.png"))
    if any("slow" in picture.name for picture in pictures):
        signal.pause()
    if any("crash" in picture.name for picture in pictures):
        os.kill(os.getpid(), signal.SIGSEGV)
    bad = [picture for picture in pictures if "bad" in picture.name]
    listed = [{"kind": "undecodable", "severity": "warning",
               "file": str(picture.relative_to(folder)), "line": None,
               "message": "it cannot be decoded", "mend": "save it again or remove it"}
              for picture in bad]
    found = {"pictures": len(pictures), "decoded": len(pictures) - len(bad),
             "channels": {"3": len(pictures) - len(bad)}, "bits": {}, "longest_side_up_to": {},
             "faults": {"total": len(bad), "by_kind": {"undecodable": len(bad)}, "listed": listed}}
    temporary = output.with_name(output.name + ".tmp-scripted")
    temporary.write_text(json.dumps(found))
    temporary.rename(output)
    return 0


def import_weights(file, backbone, folder):
    content = file.read_text()
    if content == "slow":
        (folder / "reading").touch()
        signal.pause()
    if content == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if content != "good":
        print(f"the file does not hold a {backbone}: {content}", file=sys.stderr)
        return 1
    arch = backbone.rstrip("0123456789")
    manifest = {"backbone": backbone, "format": "pytorch", "classes": 1000, "tensors": 122,
                "parameters": 11689512, "notes": [],
                "properties": {"arch": arch, "n_layers": int(backbone[len(arch):]),
                               "all_projections": False, "freeze_bn": True,
                               "input_image_size": "3,224,224", "preprocess_mode": "torch"}}
    (folder / "weights.safetensors").write_text("weights")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return 0


def forecast():
    return {"created_on": "2026-11-26T18:04:11.120000", "verdict": "works", "message": None,
            "memory_bytes": 2_000_000_000, "memory_limit_bytes": 8_000_000_000,
            "seconds_per_epoch": 1.5, "seconds_total": 4.5, "epochs": EPOCHS, "batch_size": 64,
            "based_on": {"samples": 4, "training_samples": 100, "validation_samples": 20,
                         "threads": 1, "workers": 2, "step_seconds": 0.7, "read_seconds": 0.01,
                         "step_bytes": 1_500_000_000, "process_bytes": 400_000_000, "seconds": 2.5}}


def main():
    if sys.argv[1] == "inspect":
        return inspect(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    if sys.argv[1] == "import":
        return import_weights(pathlib.Path(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4]))
    folder = pathlib.Path(sys.argv[2])
    request = json.loads((folder / "job.json").read_text())
    behaviour = request["spec"].get("train_config", {}).get("random_seed")
    artifacts = folder / "artifacts"
    artifacts.mkdir(exist_ok=True)

    def say(status, **fields):
        now = time.gmtime()
        line = {"date": f"{now.tm_mon}/{now.tm_mday}/{now.tm_year}",
                "time": f"{now.tm_hour}:{now.tm_min}:{now.tm_sec}",
                "status": status, "verbosity": "INFO", **fields}
        with open(folder / "status.json", "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    if behaviour == SAY_NOTHING:
        return 0
    say("STARTED", message=f"Starting {request['action']}")
    if behaviour == TELL_KEYS:
        (artifacts / "keys.json").write_text(json.dumps(digests_of_keys()))
    if request["action"] == "train" and request["preflight"]:
        (folder / "preflight.json").write_text(json.dumps(forecast()))
    print("a line of the log", flush=True)  # Tests wait for it: all files are written.
    if behaviour == WAIT:
        signal.pause()
    if behaviour == BE_KILLED:
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == FAIL:
        say("FAILURE", message="images_train/cat/1.png: not a picture")
        return 1
    for epoch in range(1, EPOCHS + 1):
        say("RUNNING", epoch=epoch, max_epoch=EPOCHS, cur_epoch=epoch,
            time_per_epoch="0:00:01.500000", eta=f"0:00:0{EPOCHS - epoch}",
            message="Training loop in progress",
            graphical={"loss": 1.0 / epoch}, categorical={"recall": {"cat": 0.5, "dog": 0.75}})
    made = {"export": "model.onnx", "convert": "model.engine"}.get(request["action"], "model.txt")
    (artifacts / made).write_text("weights")
    if request["action"] in ("train", "prune", "retrain"):
        (artifacts / "weights").mkdir(mode=0o700, exist_ok=True)
        (artifacts / "weights" / "model.safetensors").write_text("weights")
        (artifacts / "weights" / "model.json").write_text("{}")
    say("SUCCESS", message="Done", kpi={"accuracy": 0.5})
    return 0


if __name__ == "__main__":
    sys.exit(main())
