"""What a user sets to no effect stands in the log of the job that ignores it."""

import os
import unittest

import pictures
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
IGNORED = "use_amp"

SPEC = {
    "model_config": {"arch": "resnet", "n_layers": 10, "input_image_size": "3,32,32",
                     "all_projections": False},
    "train_config": {"n_epochs": 1, "batch_size_per_gpu": 16, "preprocess_mode": "tf",
                     "enable_center_crop": False},
    "athanor": {"stem": "small", "width": 0.125},
}


class IgnoredParameters(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(PROGRAM, options=["--threads", "1"]))
        dataset = pictures.post_coloured_dataset(self.server, "images_train", 16)
        self.model = "/model/" + self.server.api("POST", "/model", {
            "network_arch": "classification", "train_datasets": [dataset],
            "eval_dataset": dataset}, expect=201)["id"]

    def log_of_training(self, spec):
        self.server.api("POST", f"{self.model}/specs/train", spec, expect=201)
        job, = self.server.api("POST", f"{self.model}/job", {"actions": ["train"]}, expect=201)
        path = f"{self.model}/job/{job}"
        ended = self.server.wait_for_job(path, seconds=300)
        self.assertEqual(ended["status"], "Done", ended["result"].get("detailed_status"))
        status, _, log = self.server.request("GET", f"/api/v1/user/{self.server.user}{path}/logs")
        self.assertEqual(status, 200)
        return log.decode().splitlines()

    def test_they_are_named_where_they_were_set_and_only_there(self):
        schema = self.server.api("GET", f"{self.model}/specs/train/schema", expect=200)
        self.assertEqual(schema["properties"][IGNORED]["x-athanor"], "ignored")
        log = self.log_of_training({**SPEC, IGNORED: True, "mine": 1})
        self.assertIn(f"Warning: {IGNORED} has no effect", log)
        self.assertIn("Warning: mine has no effect", log)
        log = self.log_of_training({**SPEC, IGNORED: schema["default"][IGNORED]})
        self.assertNotIn(f"Warning: {IGNORED} has no effect", log)


if __name__ == "__main__":
    unittest.main()
