#!/usr/bin/python3
"""The peer: torchvision's resnet18 and DataLoader. Prints the images per second of each epoch."""

import argparse
import pathlib
import random
import time

import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional

SIDE = 224
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.224, 0.224, 0.224]


class Pictures(torch.utils.data.Dataset):
    """Class folders of JPEG files, with the augmentation of Athanor's classification network."""

    def __init__(self, root):
        classes = sorted(path.name for path in root.iterdir())
        self.items = [(path, label) for label, name in enumerate(classes)
                      for path in sorted((root / name).iterdir())]
        self.classes = len(classes)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        path, label = self.items[index]
        picture = Image.open(path).convert("RGB")
        # Both sides at least SIDE / f, f uniform in 0.45 to 1, then a random crop and a flip.
        side = SIDE / random.uniform(0.45, 1)
        scale = max(side / picture.width, side / picture.height)
        size = [max(SIDE, round(picture.height * scale)), max(SIDE, round(picture.width * scale))]
        picture = functional.resize(picture, size)
        top, left = random.randint(0, size[0] - SIDE), random.randint(0, size[1] - SIDE)
        picture = functional.crop(picture, top, left, SIDE, SIDE)
        if random.random() < 0.5:
            picture = functional.hflip(picture)
        return functional.normalize(functional.to_tensor(picture), MEAN, DEVIATION), label


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path, help="folder of class folders")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()

    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(arguments.threads)
    pictures = Pictures(arguments.root)
    loader = torch.utils.data.DataLoader(
        pictures, arguments.batch, shuffle=True, num_workers=1, drop_last=True)
    model = torchvision.models.resnet18(num_classes=pictures.classes)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    loss_function = torch.nn.CrossEntropyLoss()
    for _ in range(arguments.epochs):
        begin, seen = time.monotonic(), 0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = loss_function(model(images), labels)
            loss.backward()
            optimizer.step()
            loss.item()
            seen += len(labels)
        print(f"{seen / (time.monotonic() - begin):.3f}", flush=True)


if __name__ == "__main__":
    main()
