"""What is installed beside the programs: manual page, completions, config file, unit."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
PACKAGING = pathlib.Path(__file__).parents[2] / "packaging"
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"


def athanor(*arguments, **environment):
    return subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, **environment})


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="athanor-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class Manual(Folder):
    def test_page_is_correct_roff(self):
        if shutil.which("mandoc") is None:
            self.skipTest("mandoc is not installed")
        page = self.write("athanor.1", athanor("manual", HOME="~").stdout)
        linted = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page],
                                capture_output=True, text=True, check=False)
        self.assertEqual(linted.stdout, "")

    def test_page_names_every_command_and_no_folder_of_the_builder(self):
        page = athanor("manual", HOME="/secret/home").stdout
        for command in ("serve", "job logs", "job explain", "dataset spec set", "completion"):
            self.assertIn(rf"\fB{command}\fR", page)
        self.assertIn("/secret/home", page)
        self.assertNotIn("/secret/home", athanor("manual", HOME="~", XDG_DATA_HOME="").stdout)


class Completion(Folder):
    def complete(self, *words):
        """What bash offers for the last word."""
        script = self.write("athanor.bash", athanor("completion", "bash").stdout)
        shell = (f'source {script}; COMP_WORDS=({" ".join(map(repr, words))}); '
                 f'COMP_CWORD={len(words) - 1}; _athanor; printf "%s\\n" "${{COMPREPLY[@]}}"')
        return subprocess.run(["bash", "-c", shell], capture_output=True, text=True,
                              check=True).stdout.split()

    def test_bash_completes_commands_options_and_choices(self):
        self.assertIn("dataset", self.complete("athanor", ""))
        self.assertEqual(self.complete("athanor", "job", "ev"), ["events"])
        self.assertIn("--follow", self.complete("athanor", "job", "logs", "--"))
        self.assertIn("--url", self.complete("athanor", "job", "logs", "--"))
        self.assertIn("set", self.complete("athanor", "--json", "model", "spec", ""))
        self.assertEqual(self.complete("athanor", "serve", "--log-level", "w"), ["warning"])
        self.assertEqual(sorted(self.complete("athanor", "completion", "")[:3]),
                         ["bash", "fish", "zsh"])

    def run_in(self, shell, text):
        """The lines that a script prints in `shell` once the completions are there."""
        if shutil.which(shell) is None:
            self.skipTest(f"{shell} is not installed")
        completions = self.write(shell, athanor("completion", shell).stdout)
        script = self.write(f"try.{shell}", text.replace("COMPLETIONS", str(completions)))
        no_start_files = {"zsh": "-f", "fish": "-N"}[shell]
        ended = subprocess.run([shell, no_start_files, script], capture_output=True, text=True,
                               timeout=60, check=True, env={**os.environ, "HOME": str(self.folder)})
        self.assertEqual(ended.stderr, "")
        return ended.stdout.splitlines()

    def complete_in_zsh(self, *words):
        """All that zsh would choose from for the last word; what shows it stands in for zsh's own."""
        return self.run_in("zsh", f"""
            compdef() {{ : }}
            _files() {{ : }}
            _describe() {{ print -l -- "${{(@)entries%%:*}}" }}
            compadd() {{ shift; print -l -- "$@" }}
            source COMPLETIONS
            words=({" ".join(map(repr, words))}); CURRENT={len(words)}
            _athanor
            """)

    def complete_in_fish(self, *words):
        offers = self.run_in("fish", f"source COMPLETIONS\ncomplete -C '{' '.join(words)}'\n")
        return [offer.split("\t")[0] for offer in offers]

    def assert_completes(self, complete):
        self.assertIn("dataset", complete("athanor", ""))
        self.assertIn("events", complete("athanor", "job", "ev"))
        self.assertIn("--follow", complete("athanor", "job", "logs", "--"))
        self.assertIn("--url", complete("athanor", "job", "logs", "--"))
        self.assertIn("set", complete("athanor", "--json", "model", "spec", ""))
        self.assertIn("warning", complete("athanor", "serve", "--log-level", "w"))
        self.assertIn("bash", complete("athanor", "completion", ""))

    def test_zsh_completes_commands_options_and_choices(self):
        self.assert_completes(self.complete_in_zsh)

    def test_fish_completes_commands_options_and_choices(self):
        self.assert_completes(self.complete_in_fish)


class Config(Folder):
    def url_used(self, *arguments, **environment):
        """The address that `dataset list` tries."""
        ended = athanor("dataset", "list", *arguments,
                        **{"XDG_CONFIG_HOME": str(self.folder), "ATHANOR_URL": "", **environment})
        return re.search(r"http://\S+?(?=;)", ended.stderr)[0]

    def setUp(self):
        super().setUp()
        os.environ.pop("ATHANOR_URL", None)

    def test_flag_goes_over_environment_over_file_over_default(self):
        self.assertIn("http://127.0.0.1:8000", athanor("--help").stdout)
        self.write("athanor/config.ini", "url = http://127.0.0.1:1\n")
        self.assertEqual(self.url_used(), "http://127.0.0.1:1")
        self.assertEqual(self.url_used(ATHANOR_URL="http://127.0.0.1:2"), "http://127.0.0.1:2")
        self.assertEqual(
            self.url_used("--url", "http://127.0.0.1:3", ATHANOR_URL="http://127.0.0.1:2"),
            "http://127.0.0.1:3")

    def test_another_file_can_be_named(self):
        file = self.write("other.ini", "url = http://127.0.0.1:4\n")
        self.assertEqual(self.url_used("--config", file), "http://127.0.0.1:4")
        self.assertEqual(self.url_used(ATHANOR_CONFIG=str(file)), "http://127.0.0.1:4")

    def test_sections_are_commands(self):
        file = self.write("config.ini", "[serve]\nlog-level = loud\n")
        ended = athanor("--config", file, "dataset", "list")
        self.assertEqual(ended.returncode, 65)
        self.assertIn("[serve] log-level", ended.stderr)

    def test_mistakes_are_named(self):
        for text, words in (("ulr = x\n", "ulr: there is no such option"),
                            ("[serv]\nlisten = x\n", "[serv] listen: there is no such option")):
            file = self.write("config.ini", text)
            ended = athanor("--config", file, "dataset", "list")
            self.assertEqual(ended.returncode, 65)
            self.assertIn(words, ended.stderr)
            self.assertIn("config.ini", ended.stderr)

    def test_file_that_is_named_must_be_there(self):
        self.assertNotEqual(athanor("--config", "/nonexistent", "dataset", "list").returncode, 0)

    def test_server_keeps_its_data_in_the_usual_folder(self):
        text = athanor("serve", "--help", XDG_DATA_HOME=str(self.folder)).stdout
        self.assertIn(str(self.folder / "athanor"), text)


class Unit(Folder):
    def setUp(self):
        super().setUp()
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed")
        text = (PACKAGING / "athanor.service").read_text()
        self.unit = self.write("athanor.service", text.replace("/usr/bin/athanor", PROGRAM)
                               .replace("man:athanor(1)", "https://example.org"))

    def test_systemd_understands_it(self):
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", self.unit],
                                  capture_output=True, text=True, check=False)
        self.assertEqual((verified.returncode, verified.stderr), (0, ""))

    def test_it_is_well_confined(self):
        judged = subprocess.run(["systemd-analyze", "security", "--offline=true",
                                 "--threshold=25", self.unit],
                                capture_output=True, text=True, check=False)
        self.assertEqual(judged.returncode, 0, judged.stdout + judged.stderr)


class Notification(Folder):
    def test_server_says_when_it_is_ready_and_when_it_stops(self):
        path = str(self.folder / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(30)
            os.environ["NOTIFY_SOCKET"] = path
            self.addCleanup(os.environ.pop, "NOTIFY_SOCKET", None)
            with Server(PROGRAM, SCRIPTED_WORKER) as server:
                self.assertEqual(notify.recv(100), b"READY=1")
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(notify.recv(100), b"STOPPING=1")


if __name__ == "__main__":
    unittest.main()
