"""Stands in for ONNX Runtime: keeps what a program feeds it and answers with the last class.

The fed pictures go to fed.bin as they are in memory. The number of classes of each output is in classes.json.
"""

import json

import numpy


class InferenceSession:
    def __init__(self, path, providers):
        assert path == "model.onnx" and providers == ["CPUExecutionProvider"]

    def run(self, outputs, feeds):
        (pictures,) = feeds.values()
        with open("fed.bin", "ab") as file:
            file.write(pictures.astype(numpy.float32).tobytes())
        with open("classes.json", encoding="utf-8") as file:
            classes = json.load(file)
        assert list(classes) == outputs
        return [numpy.eye(classes[output], dtype=numpy.float32)[[-1] * len(pictures)] for output in outputs]
