#!/usr/bin/python3
"""The peer: trains a recipe with torch and torchvision, prints the accuracy on the test pictures."""

import argparse
import json
import math
import pathlib
import random
import struct
import sys

import torch
import torchvision
from PIL import Image
from torchvision.models.resnet import BasicBlock
from torchvision.transforms import functional

sys.dont_write_bytecode = True
from recipe import EVALUATION_BATCH, RECIPES  # noqa: E402

NORMS = {"torch": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), "tf": ([0.5], [0.5])}
SMALLEST_CROP = 0.45
CENTER_MARGIN = 8 / 7


class SmallResnet18(torch.nn.Sequential):
    """torchvision's blocks, a quarter of the channels behind a 3x3 stem of stride 1."""

    def __init__(self, classes, width):
        channels = round(64 * width)
        layers = [torch.nn.Conv2d(1, channels, 3, padding=1, bias=False),
                  torch.nn.BatchNorm2d(channels), torch.nn.ReLU(inplace=True)]
        for stage in range(4):
            planes = round((64 << stage) * width)
            stride = 1 if stage == 0 else 2
            shortcut = None if stage == 0 else torch.nn.Sequential(
                torch.nn.Conv2d(channels, planes, 1, stride, bias=False),
                torch.nn.BatchNorm2d(planes))
            layers += [BasicBlock(channels, planes, stride, shortcut), BasicBlock(planes, planes)]
            channels = planes
        super().__init__(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
                         torch.nn.Linear(channels, classes))
        for module in self.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def read_safetensors(path):
    content = path.read_bytes()
    size, = struct.unpack("<Q", content[:8])
    types = {"F32": torch.float32, "F16": torch.float16, "I64": torch.int64}
    state = {}
    for name, entry in json.loads(content[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = bytearray(content[8 + size + begin:8 + size + end])
            tensor = torch.frombuffer(values, dtype=types[entry["dtype"]])
            state[name] = tensor.reshape(entry["shape"]).float()
    return state


def make_model(recipe, classes, weights):
    if recipe["network"] == "resnet18":
        return SmallResnet18(classes, recipe["width"])
    model = torchvision.models.mobilenet_v2()
    state = read_safetensors(weights)
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state.setdefault(name, value)
    model.load_state_dict(state)
    model.classifier[1] = torch.nn.Linear(model.last_channel, classes)
    torch.nn.init.normal_(model.classifier[1].weight, 0, 0.01)
    torch.nn.init.zeros_(model.classifier[1].bias)
    model.classifier[0].p = 0.0
    return model


def cover(picture, height, width):
    scale = max(height / picture.height, width / picture.width)
    size = [max(math.ceil(height), round(picture.height * scale)),
            max(math.ceil(width), round(picture.width * scale))]
    return functional.resize(picture, size)


class Pictures(torch.utils.data.Dataset):
    """Class folders below a root."""

    def __init__(self, root, recipe, training):
        self.classes = sorted(path.name for path in root.iterdir() if path.is_dir())
        self.items = [(path, label) for label, name in enumerate(self.classes)
                      for path in sorted((root / name).iterdir())]
        self.recipe, self.training = recipe, training
        mode = "L" if recipe["input"][0] == 1 else "RGB"
        self.pictures = [Image.open(path).convert(mode) for path, _ in self.items]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        _, height, width = self.recipe["input"]
        picture = self.pictures[index]
        if self.training and self.recipe["random_crop"]:
            share = random.uniform(SMALLEST_CROP, 1)
            picture = cover(picture, height / share, width / share)
            top = random.randint(0, picture.height - height)
            left = random.randint(0, picture.width - width)
            picture = functional.crop(picture, top, left, height, width)
        elif self.recipe["center_crop"] and not self.training:
            picture = cover(picture, height * CENTER_MARGIN, width * CENTER_MARGIN)
            picture = functional.crop(picture, (picture.height - height) // 2,
                                      (picture.width - width) // 2, height, width)
        else:
            picture = functional.resize(picture, [height, width])
        if self.training and random.random() < 0.5:
            picture = functional.hflip(picture)
        mean, deviation = NORMS[self.recipe["preprocess"]]
        return (functional.normalize(functional.to_tensor(picture), mean, deviation),
                self.items[index][1])


def learning_rate(recipe, progress):
    kind, values = recipe["schedule"]
    peak = values["learning_rate"]
    if kind == "step":
        return peak * values["gamma"] ** (progress * 100 / values["step_size"])
    lowest, start = peak * values["min_lr_ratio"], values["soft_start"]
    if progress < start:
        return lowest + (peak - lowest) * progress / start
    return lowest + (peak - lowest) * (1 + math.cos(math.pi * (progress - start))) / 2


def make_optimizer(model, recipe):
    kernels = [module.weight for module in model.modules()
               if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear))]
    named = {id(kernel) for kernel in kernels}
    others = [p for p in model.parameters() if p.requires_grad and id(p) not in named]
    return torch.optim.SGD(
        [{"params": kernels, "weight_decay": 2 * recipe["l2"]}, {"params": others}],
        lr=0.1, momentum=recipe["momentum"], nesterov=recipe["nesterov"])


def set_training(model, recipe):
    model.train()
    if recipe["freeze_bn"]:
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval().requires_grad_(False)


def train(model, recipe, pictures):
    loader = torch.utils.data.DataLoader(pictures, recipe["batch"], shuffle=True)
    optimizer = make_optimizer(model, recipe)
    steps, step = recipe["epochs"] * len(loader), 0
    for _ in range(recipe["epochs"]):
        for images, labels in loader:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step / steps)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
            step += 1


def accuracy(model, pictures):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in torch.utils.data.DataLoader(pictures, EVALUATION_BATCH):
            right += (model(images).argmax(1) == labels).sum().item()
    return right / len(pictures)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("folder", type=pathlib.Path, help="holds train/ and test/")
    parser.add_argument("--weights", type=pathlib.Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    random.seed(arguments.seed)
    recipe = RECIPES[arguments.recipe]
    pictures = Pictures(arguments.folder / "train", recipe, training=True)
    model = make_model(recipe, len(pictures.classes), arguments.weights)
    set_training(model, recipe)
    train(model, recipe, pictures)
    print(accuracy(model, Pictures(arguments.folder / "test", recipe, training=False)))


if __name__ == "__main__":
    main()
