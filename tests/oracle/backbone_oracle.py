"""Independent versions of all backbones, from torchvision or backbone_twin.py.

usage: backbone_oracle.py FOLDER

Writes FOLDER/shapes.json, {backbone: {name in the state_dict: shape}} at full width for 1000
classes, and for some FOLDER/NAME.safetensors: weights, oracle.input and oracle.output for 10
classes, and as metadata `start`, {parameter: [deviation, mean magnitude]} of fresh weights.

One process for all, since the start of Python with torch costs seconds. Weights of what is compared
are drawn so that every layer keeps the scale of its input; batch-norm factors are random and
running statistics come from a training batch, so that no layer is trivial. Exits with 77 where
torch or torchvision is missing.
"""

import contextlib
import json
import math
import struct
import sys
from pathlib import Path

try:
    import torch
    from torch import nn
    from torchvision import models
    from torchvision.models.resnet import BasicBlock, ResNet
except ImportError as missing:
    print(f"torchvision oracle unavailable: {missing}")
    sys.exit(77)

import backbone_twin as twin

TYPES = {torch.float32: "F32", torch.int64: "I64"}
EFFICIENTNETS = [f"efficientnet_b{number}" for number in range(7)]
ALL = {
    **{name: getattr(models, name) for name in [
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg16", "vgg16_bn",
        "vgg19_bn", "mobilenet_v2", "alexnet", *EFFICIENTNETS]},
    "squeezenet": models.squeezenet1_0,
    "googlenet": lambda num_classes: models.googlenet(
        num_classes=num_classes, aux_logits=False, init_weights=True),
    "resnet10": lambda num_classes: ResNet(BasicBlock, [1, 1, 1, 1], num_classes),
    "mobilenet_v1": lambda num_classes: twin.MobileNetV1(num_classes),
    "darknet19": lambda num_classes: twin.Darknet(19, num_classes),
    "darknet53": lambda num_classes: twin.Darknet(53, num_classes),
    "cspdarknet19": lambda num_classes: twin.CspDarknet(19, num_classes),
    "cspdarknet53": lambda num_classes: twin.CspDarknet(53, num_classes),
    "cspdarknet_tiny": lambda num_classes: twin.CspDarknetTiny(num_classes),
}


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


COMPARED = {
    **{name: lambda make=ALL[name]: make(num_classes=10) for name in [
        "resnet10", "resnet18", "resnet50", "mobilenet_v2", "squeezenet", "googlenet",
        "efficientnet_b0"]},
    **{name: lambda make=ALL[name]: eighth_of(make) for name in ["vgg16", "vgg19_bn", "alexnet"]},
    "mobilenet_v1": lambda: twin.MobileNetV1(10, 0.25),
    "darknet19": lambda: twin.Darknet(19, 10, 0.25),
    "darknet53": lambda: twin.Darknet(53, 10, 0.25),
    "cspdarknet19": lambda: twin.CspDarknet(19, 10, 0.25),
    "cspdarknet53": lambda: twin.CspDarknet(53, 10, 0.25),
    "cspdarknet_tiny": lambda: twin.CspDarknetTiny(10, 0.25),
}


def without_strays(values):
    """torch 1.13's trunc_normal_ draws a 2 or -2 now and then, whatever the deviation."""
    return values[values.abs() < 1.99]


def start_of(model):
    plain = {name: without_strays(parameter) for name, parameter in model.named_parameters()
             if parameter.dim() > 1 and parameter.numel() >= 1000}
    return {name: [values.std().item(), values.abs().mean().item()]
            for name, values in plain.items()}


@torch.no_grad()
def calibrate(model):
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                module.bias.normal_(0, 0.1)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.1)
            module.momentum = 1.0  # The running statistics become those of the batch.
    model.train()
    model(torch.randn(4, 3, 64, 80))
    return model.eval()


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


def write_comparison(path, model):
    start = start_of(model)
    calibrate(model)
    pictures = torch.randn(2, 3, 64, 80)
    with torch.no_grad():
        output = model(pictures)
    assert math.isfinite(output.std()) and output.std() > 0.1, path
    tensors = {**model.state_dict(), "oracle.input": pictures, "oracle.output": output}
    write_safetensors(path, tensors, {"start": json.dumps(start)})


def main():
    folder = Path(sys.argv[1])
    with without_initialisation():
        shapes = {name: {key: list(value.shape) for key, value in make(num_classes=1000)
                         .state_dict().items()} for name, make in ALL.items()}
    (folder / "shapes.json").write_text(json.dumps(shapes))
    torch.manual_seed(1)
    for name, make in COMPARED.items():
        write_comparison(folder / f"{name}.safetensors", make())


main()
