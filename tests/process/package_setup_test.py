"""scripts/install_packages with stand-ins for dpkg and apt: nothing is installed here."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "install_packages"

PACKAGES = """
[build]
g++   # the compiler
cmake

[test]
npm (or command npm)
wrk (or command no-such-program)
"""

DPKG_QUERY = '#!/bin/sh\nfor p in $INSTALLED; do echo "$p installed"; done\n'
# Installing adds what a package enables to the units that start with the machine.
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$LOG"
case $1 in
  -s) printf "%s\\n" "$SIMULATED" ;;
  install)
    echo "nginx.service enabled enabled" >>"$UNITS"
    [ -z "$BRINGS" ] || mv "$BRINGS" "$(dirname "$0")"
    exit "$APT_CODE" ;;
esac
"""
SYSTEMCTL = """#!/bin/sh
case "$*" in
  *list-unit-files*) cat "$UNITS" ;;
  *) echo "systemctl $*" >>"$LOG" ;;
esac
"""


class PackageSetup(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "scripts").mkdir()
        shutil.copy(SCRIPT, self.folder / "scripts")
        (self.folder / "packages.txt").write_text(PACKAGES)
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        self.program("dpkg-query", DPKG_QUERY)
        self.program("apt-get", APT_GET)
        self.program("systemctl", SYSTEMCTL)
        self.program("npm", "#!/bin/sh\n")
        self.units = self.folder / "units"
        self.units.write_text("ssh.service enabled enabled\n")
        # Neither root's own calls nor sudo's may reach the system.
        self.program("sudo", '#!/bin/sh\ncase $1 in env) shift 2; exec "$@";; *) cat >/dev/null;; esac\n')
        self.program("tee", "#!/bin/sh\ncat >/dev/null\n")
        self.program("chmod", "#!/bin/sh\n")
        self.program("rm", "#!/bin/sh\n")

    def program(self, name, text):
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)

    def run_script(self, *sections, installed="", simulated="", apt_code=0, brings="", path=None):
        log = self.folder / "log"
        ended = subprocess.run(
            [self.folder / "scripts" / "install_packages", *sections],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
            env={"PATH": path or f"{self.bin}:{os.environ['PATH']}", "INSTALLED": installed,
                 "SIMULATED": simulated, "APT_CODE": str(apt_code), "BRINGS": str(brings),
                 "UNITS": str(self.units), "LOG": str(log)})
        return ended, log.read_text() if log.exists() else ""

    def test_nothing_missing_asks_apt_nothing(self):
        ended, log = self.run_script("build", installed="g++ cmake")
        self.assertEqual((ended.returncode, ended.stdout, log), (0, "", ""))

    def test_only_what_is_missing_is_installed(self):
        ended, log = self.run_script("build", installed="g++")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("install -q -y --no-install-recommends cmake\n", log)

    def test_packages_whose_command_exists_are_left_out(self):
        _, log = self.run_script("test")
        self.assertIn("--no-install-recommends wrk\n", log)
        self.assertNotIn("npm", log)

    def test_without_names_every_section_counts(self):
        ended, _ = self.run_script()
        self.assertIn("Missing packages: g++ cmake wrk", ended.stdout)

    def test_removals_are_listed_and_without_a_terminal_it_goes_on(self):
        ended, log = self.run_script("build", installed="g++", simulated="Remv python3-scipy [1.10]")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("python3-scipy", ended.stdout)
        self.assertIn("install -q -y", log)

    def test_services_that_come_with_packages_do_not_start_with_the_machine(self):
        for code in (0, 100):
            with self.subTest(apt_code=code):
                ended, log = self.run_script("build", apt_code=code)
                self.assertEqual(ended.returncode, code, ended.stderr)
                self.assertEqual(
                    [line for line in log.splitlines() if line.startswith("systemctl")],
                    ["systemctl --root=/ --quiet disable nginx.service"])
                self.units.write_text("ssh.service enabled enabled\n")
                (self.folder / "log").unlink()

    def test_services_that_were_there_before_stay_as_they_are(self):
        self.units.write_text("nginx.service enabled enabled\nssh.service enabled enabled\n")
        ended, log = self.run_script("build")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertNotIn("systemctl", log)

    def test_units_of_a_systemd_that_is_new_itself_stay_as_they_are(self):
        systemctl = (self.bin / "systemctl").rename(self.folder / "systemctl")
        for tool in ("awk", "bash", "cat", "comm", "dirname", "env", "grep", "mv", "sh", "sort"):
            (self.bin / tool).symlink_to(shutil.which(tool))
        ended, log = self.run_script("build", brings=systemctl, path=str(self.bin))
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertTrue((self.bin / "systemctl").exists())
        self.assertNotIn("systemctl", log)

    def test_unknown_section_is_an_error(self):
        ended, log = self.run_script("biuld")
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("[biuld]", ended.stderr)
        self.assertEqual(log, "")


if __name__ == "__main__":
    unittest.main()
