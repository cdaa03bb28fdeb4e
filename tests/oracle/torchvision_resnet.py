"""Writes a torchvision resnet with an input and its output as one safetensors file.

usage: torchvision_resnet.py DEPTH FILE

Weights are random, batch-norm factors too, and running statistics come from training batches, so
that no layer is trivial. Exits with 77 where torch or torchvision is missing.
"""

import json
import struct
import sys

try:
    import torch
    from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
except ImportError as missing:
    print(f"torchvision oracle unavailable: {missing}")
    sys.exit(77)

LAYERS = {
    10: (BasicBlock, [1, 1, 1, 1]),
    18: (BasicBlock, [2, 2, 2, 2]),
    34: (BasicBlock, [3, 4, 6, 3]),
    50: (Bottleneck, [3, 4, 6, 3]),
}
CLASSES = 10
TYPES = {torch.float32: "F32", torch.int64: "I64"}


def calibrated_model(depth):
    torch.manual_seed(depth)
    model = ResNet(*LAYERS[depth], num_classes=CLASSES)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.1)
        model.train()
        for _ in range(3):
            model(torch.randn(4, 3, 64, 64))
    return model.eval()


def write_safetensors(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    depth, path = int(sys.argv[1]), sys.argv[2]
    model = calibrated_model(depth)
    pictures = torch.randn(2, 3, 64, 64)
    tensors = dict(model.state_dict())
    tensors["oracle.input"] = pictures
    tensors["oracle.output"] = model(pictures)
    count = sum(parameter.numel() for parameter in model.parameters())
    write_safetensors(path, tensors, {"parameters": str(count)})


main()
