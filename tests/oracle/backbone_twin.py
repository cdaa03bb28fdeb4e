"""Backbones that torchvision lacks, in PyTorch, from their papers and configuration files.

Layers carry the names of Athanor's. `width` is a factor on all channels; a quarter keeps them whole.
"""

from torch import cat, nn


def leaky():
    return nn.LeakyReLU(0.1)


def conv_bn(cin, cout, kernel, stride=1, groups=1):
    return [nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(cout)]


def numbered_unit(*shape, **rest):
    return nn.Sequential(*conv_bn(*shape, **rest), nn.ReLU())


class DarkUnit(nn.Module):
    def __init__(self, *shape, **rest):
        super().__init__()
        self.conv, self.bn = conv_bn(*shape, **rest)

    def forward(self, x):
        return leaky()(self.bn(self.conv(x)))


class Headed(nn.Module):
    """Global average pool and a linear layer."""

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))


class MobileNetV1(nn.Module):
    CHANNELS = [64, 128, 128, 256, 256] + 6 * [512] + 2 * [1024]
    STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]

    def __init__(self, num_classes, width=1):
        super().__init__()
        channels = int(32 * width)
        layers = [numbered_unit(3, channels, 3, 2)]
        for published, stride in zip(self.CHANNELS, self.STRIDES):
            out = int(published * width)
            layers.append(nn.Sequential(
                numbered_unit(channels, channels, 3, stride, groups=channels),
                numbered_unit(channels, out, 1)))
            channels = out
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(channels, num_classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class Pair(nn.Module):
    def __init__(self, channels, hidden, residual):
        super().__init__()
        self.conv1 = DarkUnit(channels, hidden, 1)
        self.conv2 = DarkUnit(hidden, channels, 3)
        self.residual = residual

    def forward(self, x):
        y = self.conv2(self.conv1(x))
        return x + y if self.residual else y


PAIRS = {19: [0, 1, 1, 2, 2], 53: [1, 2, 8, 8, 4]}


class Darknet(Headed):
    """Of 53 layers with strides and shortcuts, of 19 with pools and without."""

    def __init__(self, depth, num_classes, width=1):
        super().__init__()
        self.deep = depth == 53
        channels = int(32 * width)
        self.stem = DarkUnit(3, channels, 3)
        for stage, pairs in enumerate(PAIRS[depth]):
            out = int((64 << stage) * width)
            self.add_module(f"layer{stage + 1}", self.stage(stage, channels, out, pairs))
            channels = out
        self.fc = nn.Linear(channels, num_classes)

    def stage(self, _, cin, cout, pairs):
        return nn.Sequential(
            DarkUnit(cin, cout, 3, 2 if self.deep else 1),
            *[Pair(cout, cout // 2, self.deep) for _ in range(pairs)])

    def features(self, x):
        x = self.stem(x)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4, self.layer5):
            x = stage(x if self.deep else nn.functional.max_pool2d(x, 2))
        return x


class CspStage(nn.Module):
    def __init__(self, cin, cout, part, pairs, deep):
        super().__init__()
        self.entry = DarkUnit(cin, cout, 3, 2 if deep else 1)
        self.bypass = DarkUnit(cout, part, 1)
        self.path = nn.Sequential(
            DarkUnit(cout, part, 1),
            *[Pair(part, cout // 2, deep) for _ in range(pairs)],
            DarkUnit(part, part, 1))
        self.fuse = DarkUnit(2 * part, cout, 1)

    def forward(self, x):
        x = self.entry(x)
        return self.fuse(cat([self.path(x), self.bypass(x)], 1))


class CspDarknet(Darknet):
    def stage(self, number, cin, cout, pairs):
        if pairs == 0:
            return DarkUnit(cin, cout, 3)
        return CspStage(cin, cout, cout if number == 0 else cout // 2, pairs, self.deep)


class TinyBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        half = cout // 2
        self.conv1 = DarkUnit(cin, cout, 3)
        self.conv2 = DarkUnit(half, half, 3)
        self.conv3 = DarkUnit(half, half, 3)
        self.conv4 = DarkUnit(cout, cout, 1)

    def forward(self, x):
        x = self.conv1(x)
        a = self.conv2(x.chunk(2, 1)[1])
        b = self.conv3(a)
        return cat([x, self.conv4(cat([b, a], 1))], 1)


class CspDarknetTiny(Headed):
    def __init__(self, num_classes, width=1):
        super().__init__()
        c = [int(published * width) for published in (32, 64, 128, 256, 512)]
        self.conv0 = DarkUnit(3, c[0], 3, 2)
        self.conv1 = DarkUnit(c[0], c[1], 3, 2)
        self.csp2 = TinyBlock(c[1], c[1])
        self.csp3 = TinyBlock(2 * c[1], c[2])
        self.csp4 = TinyBlock(2 * c[2], c[3])
        self.conv5 = DarkUnit(2 * c[3], c[4], 3)
        self.fc = nn.Linear(c[4], num_classes)

    def features(self, x):
        x = self.conv1(self.conv0(x))
        for block in (self.csp2, self.csp3, self.csp4):
            x = nn.functional.max_pool2d(block(x), 2)
        return self.conv5(x)
