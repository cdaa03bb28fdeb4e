"""Pictures for the peers: Pillow and torchvision's transforms do what Athanor's classification does."""

import random

import torch
from PIL import Image
from torchvision.transforms import functional

SIDE = 224
SMALLEST_CROP = 0.45
HUE_RANGE, SATURATION_RANGE, CONTRAST_RANGE = 25 / 360, 0.2, 0.1
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def random_around(middle, reach):
    return random.uniform(middle - reach, middle + reach)


def random_color(picture):
    picture = functional.adjust_hue(picture, random_around(0, HUE_RANGE))
    picture = functional.adjust_saturation(picture, random_around(1, SATURATION_RANGE))
    return functional.adjust_contrast(picture, random_around(1, CONTRAST_RANGE))


class Pictures(torch.utils.data.Dataset):
    """Class folders of JPEG files: read, cropped at random, mirrored at random, normalised. `color`
    changes hue, saturation and contrast at random, too."""

    def __init__(self, root, color=False):
        self.color = color
        classes = sorted(path.name for path in root.iterdir())
        self.items = [(path, label) for label, name in enumerate(classes)
                      for path in sorted((root / name).iterdir())]
        self.classes = len(classes)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        path, label = self.items[index]
        picture = Image.open(path).convert("RGB")
        # Both sides at least SIDE / f, f uniform in 0.45 to 1, then a random crop and a flip.
        side = SIDE / random.uniform(SMALLEST_CROP, 1)
        scale = max(side / picture.width, side / picture.height)
        size = [max(SIDE, round(picture.height * scale)), max(SIDE, round(picture.width * scale))]
        picture = functional.resize(picture, size)
        top, left = random.randint(0, size[0] - SIDE), random.randint(0, size[1] - SIDE)
        picture = functional.crop(picture, top, left, SIDE, SIDE)
        if self.color:
            picture = random_color(picture)
        if random.random() < 0.5:
            picture = functional.hflip(picture)
        return functional.normalize(functional.to_tensor(picture), MEAN, DEVIATION), label
