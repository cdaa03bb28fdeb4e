"""scripts/fashion_mnist.py: layout, choice and pixels of the archives."""

import gzip
import hashlib
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import zlib

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "fashion_mnist.py"
SOURCE = pathlib.Path("/usr/share/datasets/fashion-mnist")
SIDE = 28
# What the collection's documentation calls label 9, the first test picture.
FIRST_TEST_CLASS = "ankle_boot"


def make(folder, train, validation):
    subprocess.run([SCRIPT, folder, "--train", str(train), "--validation", str(validation)],
                   check=True, timeout=300)


def names(archive):
    with tarfile.open(archive) as tar:
        return tar.getnames()


def digest(archive):
    """Of names and contents, since gzip notes the time."""
    result = hashlib.sha256()
    with tarfile.open(archive) as tar:
        for member in tar:
            result.update(member.name.encode() + tar.extractfile(member).read())
    return result.hexdigest()


def pixels(png):
    """Decodes an unfiltered grey PNG."""
    start = png.index(b"IDAT") + 4
    length = int.from_bytes(png[start - 8:start - 4], "big")
    rows = zlib.decompress(png[start:start + length])
    return b"".join(rows[i * (SIDE + 1) + 1:(i + 1) * (SIDE + 1)] for i in range(SIDE))


@unittest.skipUnless(SOURCE.exists(), "the package dataset-fashion-mnist is not installed")
class FashionMnist(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        make(cls.folder, train=300, validation=100)

    def test_counts_and_folders(self):
        for name, folder, count in (("train", "images_train", 300), ("validation", "images_val", 100),
                                    ("test", "images_test", 10000)):
            members = names(self.folder / f"{name}.tar.gz")
            self.assertEqual(len(members), count)
            self.assertEqual({member.split("/")[0] for member in members}, {folder})
            self.assertEqual(len({member.split("/")[1] for member in members}), 10)

    def test_training_and_validation_pictures_are_disjoint(self):
        train = {name.split("/")[-1] for name in names(self.folder / "train.tar.gz")}
        validation = {name.split("/")[-1] for name in names(self.folder / "validation.tar.gz")}
        self.assertFalse(train & validation)

    def test_raw_pictures_have_no_classes(self):
        self.assertTrue(all(name.count("/") == 1 for name in names(self.folder / "raw.tar.gz")))

    def test_same_arguments_choose_the_same_pictures(self):
        again = self.folder / "again"
        make(again, train=300, validation=100)
        self.assertEqual(digest(again / "train.tar.gz"), digest(self.folder / "train.tar.gz"))

    def test_pixels_and_class_are_those_of_the_collection(self):
        with gzip.open(SOURCE / "t10k-images-idx3-ubyte.gz") as file:
            expected = file.read()[16:16 + SIDE * SIDE]
        with tarfile.open(self.folder / "test.tar.gz") as tar:
            png = tar.extractfile(f"images_test/{FIRST_TEST_CLASS}/00000.png").read()
        self.assertEqual(pixels(png), expected)


if __name__ == "__main__":
    unittest.main()
