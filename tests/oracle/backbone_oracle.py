"""Independent versions of all backbones, from torchvision or backbone_twin.py.

usage: backbone_oracle.py FOLDER

Writes FOLDER/shapes.json, {backbone: {name in the state_dict: shape}} at full width for 1000
classes, FOLDER/pictures.json, what published weights expect of pictures, and for each
FOLDER/NAME.safetensors: weights, oracle.input, oracle.output and oracle.tap.TAP for 10 classes, and
as metadata `start`, {parameter: [deviation, mean magnitude]} of fresh weights.

One process for all, since the start of Python with torch costs seconds. Weights of what is compared
are drawn so that every layer keeps the scale of its input; batch-norm factors are random and
running statistics come from a batch, so that no layer is trivial. The files take 1.2 GB. Exits with
77 where torch or torchvision is missing.
"""

import contextlib
import functools
import json
import math
import struct
import sys
from pathlib import Path

try:
    import torch
    from torch import nn
    from torchvision import models
    from torchvision.models.efficientnet import MBConv
    from torchvision.models.mobilenetv2 import InvertedResidual
    from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
except ImportError as missing:
    print(f"torchvision oracle unavailable: {missing}")
    sys.exit(77)

import backbone_twin as twin

TYPES = {torch.float32: "F32", torch.int64: "I64"}
TORCHVISION = {
    **{name: getattr(models, name) for name in [
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg16", "vgg16_bn", "vgg19",
        "vgg19_bn", "mobilenet_v2", "alexnet",
        *[f"efficientnet_b{number}" for number in range(7)]]},
    "squeezenet": models.squeezenet1_0,
    "googlenet": lambda num_classes: models.googlenet(
        num_classes=num_classes, aux_logits=False, init_weights=True),
    "resnet10": lambda num_classes: ResNet(BasicBlock, [1, 1, 1, 1], num_classes),
}
TWINS = {
    "mobilenet_v1": twin.MobileNetV1,
    "darknet19": functools.partial(twin.Darknet, 19),
    "darknet53": functools.partial(twin.Darknet, 53),
    "cspdarknet19": functools.partial(twin.CspDarknet, 19),
    "cspdarknet53": functools.partial(twin.CspDarknet, 53),
    "cspdarknet_tiny": twin.CspDarknetTiny,
}
ALL = TORCHVISION | TWINS


def as_named(*modules):
    return {module: module for module in modules}


def features(*numbers):
    return as_named(*[f"features.{number}" for number in numbers])


# By what a name begins with: a tap of ours, and the module that gives the same.
TAPS = {
    "resnet": {"stem": "relu", **as_named("layer1", "layer2", "layer3", "layer4")},
    "alexnet": {"conv1": "features.1", "conv2": "features.4", "conv5": "features.11"},
    "squeezenet": {"stem": "features.1", "fire4": "features.5", "fire8": "features.10",
                   "fire9": "features.12"},
    "googlenet": as_named("conv1", "conv3", "inception3b", "inception4e", "inception5b"),
    "mobilenet_v1": features(1, 3, 5, 11, 13),
    "mobilenet_v2": features(1, 3, 6, 13, 18),
    "efficientnet": features(1, 2, 3, 5, 8),
    # Each csp block ends in a concatenation whose second half is what its conv4 gives.
    "cspdarknet_tiny": {"csp2": "csp2.conv4", "csp3": "csp3.conv4", "csp4": "csp4.conv4",
                        **as_named("conv0", "conv5")},
    **dict.fromkeys(["darknet", "cspdarknet"],
                    as_named("stem", "layer1", "layer2", "layer3", "layer4", "layer5")),
}


def taps_of(name, model):
    if name.startswith("vgg"):
        # What the pools get.
        pools = [number for number, layer in enumerate(model.features)
                 if isinstance(layer, nn.MaxPool2d)]
        return {f"block{block}": f"features.{pool - 1}" for block, pool in enumerate(pools, 1)}
    return next(taps for beginning, taps in TAPS.items() if name.startswith(beginning))


@contextlib.contextmanager
def patched(module, replacements):
    originals = {name: getattr(module, name) for name in replacements}
    for name, value in replacements.items():
        setattr(module, name, value)
    yield
    for name, value in originals.items():
        setattr(module, name, value)


def without_initialisation():
    """Memory that nobody writes costs nothing, so that full widths are quick."""
    names = [name for name in vars(nn.init) if name.endswith("_") and not name.startswith("_")]
    return patched(nn.init, {name: lambda tensor, *_, **__: tensor for name in names})


def eighth_of(make):
    """An eighth of all channels, for torchvision's networks whose hundreds of megabytes of linear
    layers have no width of their own."""
    def narrow(channels):
        return channels // 8 if channels > 10 else channels

    class Conv2d(nn.Conv2d):
        def __init__(self, cin, cout, *rest, **options):
            super().__init__(narrow(cin), narrow(cout), *rest, **options)

    class BatchNorm2d(nn.BatchNorm2d):
        def __init__(self, channels):
            super().__init__(narrow(channels))

    class Linear(nn.Linear):
        def __init__(self, inputs, outputs):
            super().__init__(narrow(inputs), narrow(outputs))

    with patched(nn, {"Conv2d": Conv2d, "BatchNorm2d": BatchNorm2d, "Linear": Linear}):
        return make(num_classes=10)


def compared(name):
    """For 10 classes, at full width but for the twins and for what eighth_of() is for."""
    if name in TWINS:
        return TWINS[name](num_classes=10, width=0.25)
    make = TORCHVISION[name]
    return eighth_of(make) if name.startswith(("vgg", "alexnet")) else make(num_classes=10)


def without_strays(values):
    """torch 1.13's trunc_normal_ draws a 2 or -2 now and then, whatever the deviation."""
    return values[values.abs() < 1.99]


def start_of(model):
    plain = {name: without_strays(parameter) for name, parameter in model.named_parameters()
             if parameter.dim() > 1 and parameter.numel() >= 1000}
    return {name: [values.std().item(), values.abs().mean().item()]
            for name, values in plain.items()}


def closing_norms(model):
    """The last norms of residual branches."""
    for module in model.modules():
        if isinstance(module, BasicBlock):
            yield module.bn2
        elif isinstance(module, Bottleneck):
            yield module.bn3
        elif isinstance(module, InvertedResidual):
            yield module.conv[-1]
        elif isinstance(module, MBConv):
            yield module.block[-1][1]


@torch.no_grad()
def calibrate(model, pictures):
    """Branches add little, as training has it: rounding would grow from block to block, in resnet152
    to several times what a comparison allows."""
    small = set(closing_norms(model))
    model.eval()
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                module.bias.normal_(0, 0.1)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(*((0.1, 0.3) if module in small else (0.5, 1.5)))
            module.bias.normal_(0, 0.1)
            module.momentum = 1.0  # The running statistics become those of the batch.
            module.train()
    model(pictures)
    model.eval()


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().tobytes())


@torch.no_grad()
def run(model, pictures, taps):
    """The logits, and a map for each tap."""
    maps = {}

    def keep(tap):
        # A copy, since what follows may work in place.
        return lambda _module, _inputs, output: maps.update({tap: output.clone()})

    for tap, module in taps.items():
        model.get_submodule(module).register_forward_hook(keep(tap))
    return model(pictures), maps


def write_comparison(path, model, taps):
    start = start_of(model)
    batch = torch.randn(8, 3, 64, 80)
    calibrate(model, batch)
    # Of that batch, since its few pictures say little of others.
    pictures = batch[:2]
    output, maps = run(model, pictures, taps)
    assert math.isfinite(output.std()) and output.std() > 0.1, path
    tensors = {**model.state_dict(), "oracle.input": pictures, "oracle.output": output,
               **{f"oracle.tap.{tap}": values for tap, values in maps.items()}}
    write_safetensors(path, tensors, {"start": json.dumps(start)})


def pictures_of(name):
    """As the weights take them that Athanor fetches: torchvision's first ones."""
    weights = models.get_model_weights("squeezenet1_0" if name == "squeezenet" else name)
    transforms = weights.IMAGENET1K_V1.transforms()
    return {"side": transforms.crop_size[0], "interpolation": transforms.interpolation.value}


def main():
    folder = Path(sys.argv[1])
    with without_initialisation():
        shapes = {name: {key: list(value.shape) for key, value in make(num_classes=1000)
                         .state_dict().items()} for name, make in ALL.items()}
    (folder / "shapes.json").write_text(json.dumps(shapes))
    # torchvision has the blocks of a resnet10, but no weights.
    pictures = {name: pictures_of(name) for name in TORCHVISION if name != "resnet10"}
    (folder / "pictures.json").write_text(json.dumps(pictures))
    for name in ALL:
        torch.manual_seed(5)
        model = compared(name)
        write_comparison(folder / f"{name}.safetensors", model, taps_of(name, model))


main()
