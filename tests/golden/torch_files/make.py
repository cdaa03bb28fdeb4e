#!/usr/bin/python3
"""Makes the files beside it with torch.save(), as users have them.

usage: make.py [FOLDER]    (needs python3-torch; run again only to add a file)
"""

import collections
import pathlib
import pickle
import sys
import zipfile

import torch

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
folder = folder if folder.is_dir() else folder.parent


def numbers(*shape, dtype=torch.float32):
    """0, 1, 2 ... so that a test can tell every place."""
    count = torch.Size(shape).numel()
    return torch.arange(count, dtype=torch.float32).reshape(shape).to(dtype)


def save(name, value, **options):
    torch.save(value, folder / name, **options)


class Probe:
    """Unpickling it runs a command."""

    def __reduce__(self):
        import os
        return os.system, ("touch /tmp/athanor-was-here",)


def linear():
    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(numbers(2, 3))
        layer.bias.copy_(numbers(2) + 10)
    return layer


def main():
    norm = torch.nn.BatchNorm2d(2)
    save("linear.pth", linear().state_dict())
    save("linear_legacy.pth", linear().state_dict(), _use_new_zipfile_serialization=False)
    save("norm.pth", norm.state_dict())  # With an integer of no dimensions.
    save("parameters.pth", dict(linear().named_parameters()))
    save("plain_dict.pth", {"a": numbers(2)})
    save("types.pth", collections.OrderedDict(
        (str(dtype).split(".")[1], numbers(3, dtype=dtype))
        for dtype in (torch.float16, torch.bfloat16, torch.float64, torch.int32, torch.int16,
                      torch.int8, torch.uint8, torch.bool)))
    base = numbers(4, 3)
    save("views.pth", collections.OrderedDict(
        whole=base, row=base[2], transposed=base.t(), empty=numbers(0, 3)))
    save("module.pth", linear())
    save("checkpoint.pth", {"epoch": 3, "state_dict": linear().state_dict()})
    save("number.pth", 7)
    save("repeated.pth", {"a": torch.zeros(1).expand(1000, 1000)})
    save("hostile.pth", {"a": Probe()})
    torch.jit.script(linear()).save(str(folder / "script.pth"))
    (folder / "protocol4.pkl").write_bytes(pickle.dumps({"a": 1}, protocol=4))
    with zipfile.ZipFile(folder / "linear.pth") as archive:
        with zipfile.ZipFile(folder / "lacks_storage.pth", "w") as damaged:
            for member in archive.namelist():
                if not member.endswith("data/1"):
                    damaged.writestr(member, archive.read(member))


if __name__ == "__main__":
    main()
