#!/usr/bin/python3
"""Writes cmyk.jpg, 16x16 pixels of one colour, which cv::imwrite cannot write."""

from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).resolve().parent


def main():
    # RGB (161, 106, 24), by (1 - ink)(1 - black).
    Image.new("CMYK", (16, 16), (20, 100, 220, 80)).save(FOLDER / "cmyk.jpg", quality=95)


if __name__ == "__main__":
    main()
