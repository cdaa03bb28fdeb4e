"""Sampled stacks and what of a training they belong to. A stack is a text, the functions that call each
other from the outside in, parted by ";": the format that the tools for flame graphs read."""

import collections
import re

# The first pattern that is found in a stack names its place, so what calls others of the list stands
# above them. (^|;) begins a function, [^;]*$ is the innermost. Of LibTorch, Debian's packages name the
# functions that others may call, the operators among them, but not the kernels within; code that oneDNN
# made at run time lies in perf's file for such code, and its stack ends there.
PLACES = {
    "kernel and waiting": r"( \(\[(?!unknown)|libgomp|blas_thread_server)[^;]*$",
    "optimiser":
        r"(^|;)(torch::optim::\w+::step|torch::nn::Module::zero_grad"
        r"|athanor::engine::(MovingAverage|add_l1_gradient))",
    "checkpoints": r"(^|;)athanor::(engine::(Checkpoint|Snapshot)|crypto)|libsodium",
    "convolutions and matrix products":
        r"/perf-\d+\.map|libdnnl|openblas|[Ww]inograd"
        r"|at::_ops::\w*(convolution|conv2d|mm|linear)",
    "batch norms and activations":
        r"athanor::tensor::batch_norm|NormaliseBatch|channel_kernels"
        r"|at::_ops::\w*(batch_norm|relu|hardtanh|threshold|silu|sigmoid)",
    "pooling": r"at::_ops::\w*pool",
    "reading and augmenting":
        r"(^|;)athanor::data::(?!Prefetcher|for_each_batch)|libjpeg|libopencv",
    "sums, products and copies of torch":
        r"TensorIterator|libsleef|at::_ops::(copy_|fill_|zero_|clone)::",
}
OTHER = "other"
FRAME = re.compile(r"\s*[0-9a-f]+ (.+)")
END_OF_KNOWN = "[unknown] ([unknown])"


def from_perf(script):
    """{stack: samples} of what `perf script -F ip,sym,dso` prints: a frame a line, from the inside out,
    and empty lines between the samples."""
    stacks = collections.Counter()
    for sample in script.split("\n\n"):
        frames = [FRAME.match(line)[1] for line in sample.splitlines() if line.strip()]
        frames = [frame for frame in frames if frame != END_OF_KNOWN]
        if frames:
            stacks[";".join(reversed(frames))] += 1
    return stacks


def to_text(stacks):
    return "".join(f"{stack} {samples}\n" for stack, samples in stacks.items())


def from_text(text):
    parted = (line.rsplit(" ", 1) for line in text.splitlines())
    return collections.Counter({stack: int(samples) for stack, samples in parted})


def place_of(stack):
    found = (place for place, pattern in PLACES.items() if re.search(pattern, stack))
    return next(found, OTHER)


def by_place(stacks):
    """{place: {stack: samples}}"""
    parts = collections.defaultdict(collections.Counter)
    for stack, samples in stacks.items():
        parts[place_of(stack)][stack] = samples
    return parts


def by_function(stacks):
    """{innermost function with a name: samples}"""
    functions = collections.Counter()
    for stack, samples in stacks.items():
        frames = stack.split(";")
        named = [frame for frame in frames if not frame.startswith("[unknown]")]
        functions[(named or frames)[-1]] += samples
    return functions
