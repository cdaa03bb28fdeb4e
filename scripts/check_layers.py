#!/usr/bin/env python3
"""Holds every #include of src/ and apps/ against cmake/layers.cmake.

usage: check_layers.py [SOURCE_DIR]

A module may include itself and what its line in layers.cmake names, directly or through others.
Third-party headers stay behind the module that wraps them, only programs and cli/ print, and a
source includes its own header first, which shows that the header stands alone. Every fault is
printed as FILE:LINE: fault; any fault makes the exit status 1.
"""

import re
import sys
from pathlib import Path

LAYER = re.compile(r"^\s*athanor_layer\(\s*(\w+)\s+(shared|control|compute)\s*([\w\s]*)\)", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# (what, its includes, where they may be, what to do instead)
CONFINED = [
    ("torch", re.compile(r"(torch|ATen|c10)/"), ["tensor/torch"], "athanor/tensor/torch.hpp"),
    ("Beast", re.compile(r"boost/beast"), ["http/"], "the types of http/"),
    (
        "Asio",
        re.compile(r"boost/asio"),
        ["async/", "http/", "jobs/", "api/", "cli/"],
        "the helpers of async/",
    ),
    ("SOCI and SQLite", re.compile(r"soci/|sqlite3"), ["store/"], "the interfaces of store/"),
    ("Prometheus", re.compile(r"prometheus/"), ["api/metrics"], "api/metrics.hpp"),
    ("OpenCV", re.compile(r"opencv2/"), ["data/", "export/", "inspect/", "networks/"],
     "the types of data/"),
    (
        "oneDNN",
        re.compile(r"(oneapi/)?dnnl"),
        ["runtime/", "tensor/winograd"],
        "the types of runtime/ or tensor/winograd.hpp",
    ),
    ("ONNX", re.compile(r"onnx/"), ["export/", "compile/"], "the types of export/ and compile/"),
    ("libjpeg", re.compile(r"jpeglib\.h"), ["data/jpeg_part"], "data/jpeg_part.hpp"),
    ("utf8proc", re.compile(r"utf8proc"), ["datasets/name_form"], "datasets/name_form.hpp"),
    ("printing", re.compile(r"(iostream|cstdio|print|fmt/color\.h)$"), ["cli/", "apps/"], "core/log.hpp"),
]


def read_layers(text):
    """{module: (plane, modules it may include)}, dependencies followed to the end."""
    direct = {name: (plane, rest.split()) for name, plane, rest in LAYER.findall(text)}
    layers = {}
    for name, (plane, _) in direct.items():
        reachable, open_names = {name}, [name]
        while open_names:
            for dependency in direct.get(open_names.pop(), ("", []))[1]:
                if dependency not in reachable:
                    reachable.add(dependency)
                    open_names.append(dependency)
        layers[name] = (plane, reachable)
    return layers


def check_table(layers):
    for name, (plane, reachable) in sorted(layers.items()):
        for dependency in sorted(reachable):
            if dependency not in layers:
                yield f"cmake/layers.cmake: {name} depends on {dependency}, which is no module"
            elif layers[dependency][0] not in (plane, "shared"):
                yield f"cmake/layers.cmake: {name} ({plane}) reaches {dependency} ({layers[dependency][0]})"
            elif dependency != name and name in layers[dependency][1]:
                yield f"cmake/layers.cmake: {name} and {dependency} depend on each other"


def check_include(layers, place, header, quoted):
    """The fault of one include, or None. `place` is the file's path below src/athanor or ours."""
    for what, pattern, homes, instead in CONFINED:
        if pattern.match(header) and not any(place.startswith(home) for home in homes):
            return f"{what} (<{header}>) belongs to {', '.join(homes)}; use {instead}"
    if not quoted:
        return None
    if not header.startswith("athanor/"):
        return f'"{header}": own headers are included as "athanor/<module>/<file>.hpp"'
    module, target = place.split("/")[0], header.split("/")[1]
    if module == "apps":
        return None
    if target not in layers[module][1]:
        return f"{module} may not include {target}; see cmake/layers.cmake"
    return None


def check_file(layers, source, path):
    place = str(path.relative_to(source)).removeprefix("src/athanor/")
    if place.split("/")[0] not in (*layers, "apps"):
        yield f"{path.relative_to(source)}:1: its folder is no module of cmake/layers.cmake"
        return
    own = path.with_suffix(".hpp")
    first = f"athanor/{place.removesuffix('.cpp')}.hpp" if path != own and own.exists() else None
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        found = INCLUDE.match(line)
        if not found:
            continue
        fault = check_include(layers, place, found[2], found[1] == '"')
        if first and found[2] != first:
            fault = f"include its own header first: {first}"
        first = None
        if fault:
            yield f"{path.relative_to(source)}:{number}: {fault}"


def main(arguments):
    source = Path(arguments[0] if arguments else Path(__file__).parent.parent).resolve()
    layers = read_layers((source / "cmake/layers.cmake").read_text(encoding="utf-8"))
    faults = list(check_table(layers))
    files = [p for root in ("src", "apps") for p in sorted((source / root).rglob("*.[ch]pp"))]
    for path in files:
        faults += check_file(layers, source, path)
    print("\n".join(faults) or f"{len(files)} files keep to {len(layers)} layers", file=sys.stderr)
    return 1 if faults or not layers or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
