"""What both sides train: one description each, from which run.py makes a spec and peer.py a loop."""

FASHION = {
    "network": "resnet18",
    "width": 0.25,  # Channels start at 16; the stem is a 3x3 convolution of stride 1, no pooling.
    "input": (1, 28, 28),
    "epochs": 4,
    "batch": 64,
    "random_crop": False,
    "center_crop": False,
    "momentum": 0.9,
    "nesterov": True,
    # min_lr_ratio and soft_start are shares of the peak and of the training.
    "schedule": ("cosine", {"learning_rate": 0.1, "min_lr_ratio": 0.01, "soft_start": 0.1}),
    "l2": 0.00025,  # l2 * the sum of squares of all kernels joins the loss.
    "preprocess": "tf",  # Pixel / 127.5 - 1.
    "freeze_bn": False,
}

CLOTHING = {
    "network": "mobilenet_v2",
    "width": 1.0,
    "input": (3, 160, 160),
    "epochs": 12,
    "batch": 16,
    "random_crop": True,
    "center_crop": True,
    "momentum": 0.9,
    "nesterov": False,
    # The rate falls by gamma in step_size percent of the training, evenly.
    "schedule": ("step", {"learning_rate": 0.001, "step_size": 50, "gamma": 0.1}),
    "l2": 0.00005,
    "preprocess": "torch",  # ImageNet's mean and deviation.
    "freeze_bn": True,
}

RECIPES = {"fashion": FASHION, "clothing": CLOTHING}
FASHION_PICTURES = 10000
EVALUATION_BATCH = 100
