#!/usr/bin/python3
"""The peer: a network of torchvision and its DataLoader. Prints the images per second of each epoch
and the peak of the main process's memory as JSON."""

import argparse
import json
import pathlib
import random
import resource
import sys
import time

import torch
import torchvision

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from torchvision_pictures import Pictures  # noqa: E402


def require_openblas():
    """The reference BLAS, which Debian's torch takes without OpenBLAS, is ten times slower."""
    if "openblas" not in pathlib.Path("/proc/self/maps").read_text():
        sys.exit("torch has no OpenBLAS here: install libopenblas0-pthread")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", help="as torchvision.models calls it")
    parser.add_argument("root", type=pathlib.Path, help="folder of class folders")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()

    require_openblas()
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(arguments.threads)
    pictures = Pictures(arguments.root)
    loader = torch.utils.data.DataLoader(
        pictures, arguments.batch, shuffle=True, num_workers=1, drop_last=True,
        persistent_workers=True)  # Forked once, while little memory is there to copy on writing.
    model = getattr(torchvision.models, arguments.network)(num_classes=pictures.classes)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    loss_function = torch.nn.CrossEntropyLoss()
    rates = []
    for _ in range(arguments.epochs):
        begin, seen = time.monotonic(), 0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = loss_function(model(images), labels)
            loss.backward()
            optimizer.step()
            loss.item()
            seen += len(labels)
        rates.append(seen / (time.monotonic() - begin))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rates": rates, "peak_megabytes": peak}))


if __name__ == "__main__":
    main()
