#!/usr/bin/env python3
"""Checks the parameter tables (specs/README.md) and compiles them into C++.

usage: compile_specs.py SPECS_DIR [OUTPUT_DIR]

Writes OUTPUT_DIR/tables.cpp, every row as data, and OUTPUT_DIR/keys/<subject>.hpp, a typed key for
every parameter that a program may read. Without OUTPUT_DIR it only checks. Every fault is printed
as FILE:LINE: fault, with the mend; any fault makes the exit status 1.
"""

import json
import math
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

COLUMNS = (
    "path type default min max options flags automl title description "
    "depends multiple_of regex examples follows fill ptm"
).split()
SCALARS = ("integer", "number", "boolean", "string")
LISTS = ("list[object]", "list[integer]", "list[number]", "list[string]", "list[list]")
FLAGS = ("required", "popular", "hidden", "const", "bounds_others", "repeated", "effective")
AUTOML = {"": "on_request", "searched": "searched", "never": "never"}
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DEPENDS = re.compile(r"(<|<=|>|>=)([A-Za-z_][A-Za-z0-9_.]*)")
KEYWORDS = frozenset(
    """alignas alignof and asm auto bool break case catch char class compl concept const consteval
    constexpr constinit continue decltype default delete do double else enum explicit export extern
    false float for friend goto if inline int long mutable namespace new noexcept not nullptr
    operator or private protected public register requires return short signed sizeof static struct
    switch template this throw true try typedef typeid typename union unsigned using virtual void
    volatile wchar_t while xor""".split()
)


@dataclass
class Row:
    """One parameter, its cells still text but for those that need more than one look."""

    where: str
    cells: dict
    default: object = None
    options: list = field(default_factory=list)
    flags: frozenset = frozenset()

    def __getattr__(self, name):
        try:
            return self.cells[name]
        except KeyError:
            raise AttributeError(name) from None


class Faults:
    """Collects what is wrong, so that one run shows all of it."""

    def __init__(self):
        self.lines = []

    def add(self, where, text):
        self.lines.append(f"{where}: {text}")


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def parse_json(text):
    return json.loads(text, parse_constant=refuse_constant)


def fits(value, kind):
    """Whether a parsed JSON value is of a table type."""
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind.startswith("list["):
        return isinstance(value, list) and all(fits(item, kind[5:-1]) for item in value)
    kinds = {"boolean": bool, "string": str, "object": dict, "list": list}
    return isinstance(value, kinds[kind])


def read_json_cell(row, column, faults):
    text = row.cells[column]
    if not text:
        return None
    try:
        return parse_json(text)
    except ValueError as error:
        faults.add(row.where, f"{column} {text!r} is not JSON ({error}); write it as JSON")
        return None


def read_number(row, column, faults):
    text = row.cells[column]
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        faults.add(row.where, f"{column} {text!r} is not a finite number; leave it empty for none")
        return None
    return value


def read_table(path, name, faults):
    """The rows of one file, cells split and JSON read."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[-1] != "":
        faults.add(f"{name}:{len(lines)}", "the last line must end with a newline")
    else:
        lines.pop()
    if not lines or lines[0].split("\t") != COLUMNS:
        faults.add(f"{name}:1", "the first line must be: " + " ".join(COLUMNS))
        return []
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        where = f"{name}:{number}"
        if len(cells) > len(COLUMNS):
            faults.add(where, f"{len(cells)} cells, the header has {len(COLUMNS)}; remove tabs")
            continue
        cells += [""] * (len(COLUMNS) - len(cells))
        row = Row(where, dict(zip(COLUMNS, cells)))
        row.flags = frozenset(f for f in row.cells["flags"].split(",") if f)
        rows.append(row)
    return rows


def check_words(row, faults):
    """Cells that hold one of a few words. False when the row makes no sense without them."""
    if not all(IDENTIFIER.fullmatch(part) for part in row.path.split(".")):
        faults.add(row.where, f"path {row.path!r} must be identifiers joined by dots")
        return False
    if row.type not in ("object", *SCALARS, *LISTS):
        faults.add(row.where, f"unknown type {row.type!r}; use object, {', '.join(SCALARS + LISTS)}")
        return False
    for flag in sorted(row.flags - set(FLAGS)):
        faults.add(row.where, f"unknown flag {flag!r}; use {', '.join(FLAGS)}")
    if row.automl not in AUTOML:
        faults.add(row.where, f"automl {row.automl!r} must be searched, never or empty")
    return True


def check_values(row, faults):
    """Default, options and bounds must agree with the type and with each other."""
    if row.type == "string":
        row.default = row.cells["default"] or None
    else:
        row.default = read_json_cell(row, "default", faults)
    row.options = read_json_cell(row, "options", faults) or []
    if row.default is not None and not fits(row.default, row.type):
        faults.add(row.where, f"default {row.cells['default']!r} is no {row.type}; mend one of them")
        return
    if row.options and (
        row.type not in ("integer", "number", "string")
        or not all(fits(option, row.type) for option in row.options)
    ):
        faults.add(row.where, f"options must be a JSON list of {row.type} values")
        return
    if row.options and row.default is not None and row.default not in row.options:
        faults.add(row.where, f"default {row.default!r} is not among the options; add it to them")
    check_bounds(row, faults)


def check_bounds(row, faults):
    low, high = read_number(row, "min", faults), read_number(row, "max", faults)
    if (low is not None or high is not None) and row.type not in ("integer", "number"):
        faults.add(row.where, f"a {row.type} has no min or max; empty them")
        return
    if low is not None and high is not None and low > high:
        faults.add(row.where, f"min {low} is above max {high}; swap them")
    if row.default is None:
        return
    if (low is not None and row.default < low) or (high is not None and row.default > high):
        faults.add(row.where, f"default {row.default} is out of bounds; widen min or max")


def check_ptm(row, faults):
    """A value of the row's type, or "=" and the name of what the pretrained model tells."""
    text = row.cells["ptm"]
    if not text:
        return
    if row.type not in SCALARS:
        faults.add(row.where, f"ptm is for single values, not for a {row.type}; empty it")
    elif text.startswith("="):
        if not IDENTIFIER.fullmatch(text[1:]):
            faults.add(row.where, f"ptm {text!r} must be = and a name")
    else:
        value = text if row.type == "string" else read_json_cell(row, "ptm", faults)
        if value is not None and not fits(value, row.type):
            faults.add(row.where, f"ptm {text!r} is no {row.type}; mend one of them")


def check_rest(row, faults):
    check_ptm(row, faults)
    read_json_cell(row, "examples", faults)
    if row.multiple_of and not row.multiple_of.isdigit():
        faults.add(row.where, f"multiple_of {row.multiple_of!r} must be a positive integer")
    if row.regex:
        try:
            re.compile(row.regex)
        except re.error as error:
            faults.add(row.where, f"regex does not compile: {error}")
    if "const" in row.flags and row.default is None:
        faults.add(row.where, "a const needs a default; it is the constant")
    if "effective" in row.flags and not (row.title and row.description):
        faults.add(row.where, "takes effect and so needs a title and a description; write them")


def check_links(rows, faults):
    """Paths must form a tree in depth-first order; references must lead somewhere."""
    by_path = {}
    open_path = []
    for row in rows:
        if row.path in by_path:
            faults.add(row.where, f"{row.path} is here twice; remove one row")
        by_path[row.path] = row
        parent, _, name = row.path.rpartition(".")
        above = parent.split(".") if parent else []
        if parent and (parent not in by_path or open_path[: len(above)] != above):
            faults.add(row.where, f"{row.path} must stand below the row of {parent}; move or add it")
        elif parent and by_path[parent].type not in ("object", "list[object]"):
            faults.add(row.where, f"its parent {parent} is a {by_path[parent].type}, not an object")
        elif parent and "hidden" in by_path[parent].flags and "hidden" not in row.flags:
            faults.add(row.where, f"its parent {parent} is hidden; flag it hidden too")
        open_path = [*above, name]
    for row in rows:
        depends = DEPENDS.fullmatch(row.depends)
        if row.depends and not (depends and depends[2] in by_path):
            faults.add(row.where, f"depends {row.depends!r} must be <, <=, > or >= and a path here")
        if row.follows and row.follows not in by_path:
            faults.add(row.where, f"follows {row.follows!r}, which is no path of this table")


def read_tables(specs, faults):
    tables = {}
    for path in sorted(specs.glob("*/*.tsv")):
        name = f"{specs.name}/{path.parent.name}/{path.name}"
        rows = [r for r in read_table(path, name, faults) if check_words(r, faults)]
        for row in rows:
            check_values(row, faults)
            check_rest(row, faults)
        check_links(rows, faults)
        tables[path.parent.name, path.stem] = rows
    if not tables:
        faults.add(str(specs), "holds no tables")
    return tables


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class TableWriter:
    """tables.cpp: one array of parameters a table; equal option lists are shared."""

    def __init__(self):
        self.option_names = {}

    def options_name(self, row):
        texts = tuple(o if row.type == "string" else compact(o) for o in row.options)
        return self.option_names.setdefault(texts, f"options_{len(self.option_names)}")

    def parameter(self, row):
        kind, _, item = row.type.rstrip("]").partition("[")
        fields = [("path", quoted(row.path)), ("type", f"Type::{kind}")]
        if item:
            fields.append(("item", f"Type::{item}"))
        if row.default is not None:
            fields.append(("default_json", quoted(compact(row.default))))
        fields += [
            (name, repr(float(row.cells[cell])))
            for name, cell in (("minimum", "min"), ("maximum", "max"))
            if row.cells[cell]
        ]
        if row.options:
            fields.append(("options", self.options_name(row)))
        fields += [
            (name, quoted(row.cells[cell]))
            for name, cell in (
                ("examples_json", "examples"),
                ("regex", "regex"),
                ("title", "title"),
                ("description", "description"),
            )
            if row.cells[cell]
        ]
        renamed = {"const": "constant"}
        fields += [(renamed.get(f, f), "true") for f in FLAGS if f in row.flags]
        if row.automl:
            fields.append(("automl", f"AutomlUse::{AUTOML[row.automl]}"))
        fields += [(c, quoted(row.cells[c])) for c in ("depends", "follows") if row.cells[c]]
        if row.multiple_of:
            fields.append(("multiple_of", row.multiple_of))
        ptm = row.cells["ptm"]
        if ptm.startswith("="):
            fields.append(("ptm_property", quoted(ptm[1:])))
        elif ptm:
            fields.append(("ptm_json", quoted(ptm if row.type != "string" else compact(ptm))))
        return "{" + ", ".join(f".{name} = {value}" for name, value in fields) + "}"

    def text(self, tables):
        names = {key: f"rows_{i}" for i, key in enumerate(sorted(tables))}
        arrays = [
            f"constexpr Parameter {names[key]}[] = {{\n"
            + "".join(f"    {self.parameter(row)},\n" for row in tables[key])
            + "};\n"
            for key in sorted(tables)
        ]
        options = [
            f"constexpr std::string_view {name}[] = {{{', '.join(map(quoted, texts))}}};\n"
            for texts, name in self.option_names.items()
        ]
        index = [f"    {{{quoted(s)}, {quoted(a)}, {names[s, a]}}},\n" for s, a in sorted(tables)]
        return (
            "// Made by scripts/compile_specs.py from specs/.\n"
            '#include "athanor/spec/parameter.hpp"\n\n'
            "namespace athanor::spec {\n\nnamespace {\n\n"
            + "".join(options)
            + "\n"
            + "\n".join(arrays)
            + "\nconstexpr Table all_tables[] = {\n"
            + "".join(index)
            + "};\n\n}  // namespace\n\n"
            "std::span<const Table> tables() { return all_tables; }\n\n}  // namespace athanor::spec\n"
        )


def key_type(row):
    """What SpecView reads at a path."""
    if row.type in SCALARS and "repeated" in row.flags or row.type in ("list[integer]", "list[number]"):
        return "std::vector<double>"
    return {
        "integer": "std::int64_t",
        "number": "double",
        "boolean": "bool",
        "string": "std::string",
    }.get(row.type, "Json")


def identifier(name):
    return name + "_" if name in KEYWORDS else name


@dataclass
class KeyNode:
    """A name in the union of a subject's tables: a key, a namespace, or both."""

    row: Row = None
    children: dict = field(default_factory=dict)


def merge_row(node, row, faults):
    if node.row is None:
        node.row = row
        return
    known, given = key_type(node.row), key_type(row)
    if {known, given} == {"std::int64_t", "double"}:
        node.row = row if given == "double" else node.row  # An integer reads as a double too.
    elif known != given:
        faults.add(
            row.where, f"{row.path} is a {row.type} here and a {node.row.type} at {node.row.where}"
        )


def key_tree(tables, subject, faults):
    root = KeyNode()
    for (owner, _), rows in sorted(tables.items()):
        for row in rows:
            # The server fills hidden rows and nothing reads constants.
            if owner != subject or row.flags & {"hidden", "const"}:
                continue
            node = root
            for part in row.path.split("."):
                node = node.children.setdefault(part, KeyNode())
            merge_row(node, row, faults)
    return root


def key_lines(node, prefix, indent):
    """Keys below a node. Items of lists get a namespace `<list>_item` of paths of their own."""
    lines = []
    for name, child in node.children.items():
        path = f"{prefix}.{name}" if prefix else name
        key = f"inline constexpr Key<{{}}> {{}}{{{{{quoted(path)}}}}};"
        pad = "  " * indent
        if not child.children:
            lines.append(pad + key.format(key_type(child.row), identifier(name)))
            continue
        is_list = child.row.type == "list[object]"
        scope = f"{name}_item" if is_list else identifier(name)
        own = identifier(name) if is_list else "self"
        if is_list:
            lines.append(pad + key.format("Json", own))
        lines.append(f"{pad}namespace {scope} {{")
        if not is_list:
            lines.append(pad + "  " + key.format("Json", own))
        lines += key_lines(child, "" if is_list else path, indent + 1)
        lines.append(f"{pad}}}")
    return lines


def keys_text(subject, root):
    return (
        f"// Made by scripts/compile_specs.py from specs/{subject}/.\n"
        "#pragma once\n\n"
        "#include <cstdint>\n#include <string>\n#include <vector>\n\n"
        '#include "athanor/spec/spec_view.hpp"\n\n'
        f"namespace athanor::spec::keys::{subject} {{\n\n"
        + "\n".join(key_lines(root, "", 0))
        + f"\n\n}}  // namespace athanor::spec::keys::{subject}\n"
    )


def write_if_changed(path, text):
    """Leaves the time of an unchanged file alone, so that nothing is compiled again for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    faults = Faults()
    tables = read_tables(Path(arguments[0]), faults)
    subjects = sorted({subject for subject, _ in tables})
    keys = {subject: key_tree(tables, subject, faults) for subject in subjects}
    if faults.lines:
        print("\n".join(faults.lines), file=sys.stderr)
        return 1
    if len(arguments) == 2:
        output = Path(arguments[1])
        write_if_changed(output / "tables.cpp", TableWriter().text(tables))
        for subject, root in keys.items():
            write_if_changed(output / "keys" / f"{subject}.hpp", keys_text(subject, root))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
