"""check_layers.py on small source trees, each made to break one rule."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts/check_layers.py"
LAYERS = """
athanor_layer(core    shared)
athanor_layer(spec    shared  core)
athanor_layer(http    control core)
athanor_layer(store   control core)
athanor_layer(tensor  compute core)
athanor_layer(engine  compute spec tensor)
"""


class CheckLayers(unittest.TestCase):
    def check(self, files, layers=LAYERS):
        """Runs the script over a tree of {path: text}; gives its status and what it printed."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {"cmake/layers.cmake": layers, **files}.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            run = subprocess.run(
                [sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False
            )
            return run.returncode, run.stderr

    def assert_refused(self, name, include, expected):
        status, output = self.check({name: f"#pragma once\n#include {include}\n"})
        self.assertEqual(status, 1)
        self.assertIn(f"{name}:2: ", output)
        self.assertIn(expected, output)

    def assert_accepted(self, name, include):
        status, output = self.check({name: f"#include {include}\n"})
        self.assertEqual(status, 0, output)

    def test_a_module_may_include_what_its_dependencies_include(self):
        self.assert_accepted("src/athanor/engine/trainer.hpp", '"athanor/core/json.hpp"')

    def test_a_module_may_not_include_upwards(self):
        self.assert_refused(
            "src/athanor/core/json.hpp", '"athanor/spec/schema.hpp"', "core may not include spec"
        )

    def test_control_may_not_include_compute(self):
        self.assert_refused(
            "src/athanor/http/server.hpp", '"athanor/tensor/torch.hpp"', "http may not include tensor"
        )

    def test_torch_comes_through_its_wrapper_only(self):
        self.assert_refused("src/athanor/engine/trainer.hpp", "<torch/nn.h>", "tensor/torch.hpp")
        self.assert_accepted("src/athanor/tensor/torch.hpp", "<torch/torch.h>")

    def test_beast_stays_in_http(self):
        self.assert_refused("src/athanor/store/store.hpp", "<boost/beast/http.hpp>", "Beast")

    def test_asio_stays_in_control_modules(self):
        self.assert_refused("src/athanor/spec/schema.hpp", "<boost/asio/post.hpp>", "Asio")

    def test_databases_stay_in_store(self):
        self.assert_refused("src/athanor/http/server.hpp", "<soci/soci.h>", "SOCI")

    def test_opencv_stays_out_of_the_engine(self):
        self.assert_refused("src/athanor/engine/trainer.hpp", "<opencv2/core.hpp>", "OpenCV")

    def test_libjpeg_stays_in_its_wrapper(self):
        self.assert_refused("src/athanor/core/log.hpp", "<jpeglib.h>", "data/jpeg_part.hpp")

    def test_libraries_do_not_print(self):
        self.assert_refused("src/athanor/core/log.hpp", "<iostream>", "core/log.hpp")
        self.assert_accepted("apps/athanor/main.cpp", "<iostream>")

    def test_own_headers_are_included_by_their_full_name(self):
        self.assert_refused("src/athanor/core/json.hpp", '"error.hpp"', "athanor/<module>")

    def test_a_source_includes_its_own_header_first(self):
        status, output = self.check(
            {
                "src/athanor/core/json.hpp": "#pragma once\n",
                "src/athanor/core/json.cpp": '#include <string>\n#include "athanor/core/json.hpp"\n',
            }
        )
        self.assertEqual(status, 1)
        self.assertIn("json.cpp:1: include its own header first", output)

    def test_every_folder_is_a_module(self):
        status, output = self.check({"src/athanor/misc/a.hpp": "#pragma once\n"})
        self.assertEqual(status, 1)
        self.assertIn("no module", output)

    def test_the_table_itself_keeps_the_planes_apart(self):
        table = "athanor_layer(core shared)\nathanor_layer(a control core b)\nathanor_layer(b compute)"
        status, output = self.check({"src/athanor/core/a.hpp": ""}, table)
        self.assertEqual(status, 1)
        self.assertIn("a (control) reaches b (compute)", output)

    def test_an_empty_tree_is_no_success(self):
        self.assertEqual(self.check({})[0], 1)


if __name__ == "__main__":
    unittest.main()
