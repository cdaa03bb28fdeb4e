"""A training of ours whose speed is measured."""

import io
import tarfile

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's torch is for this interpreter.
NETWORKS = {
    "resnet18": {"arch": "resnet", "n_layers": 18},
    "resnet50": {"arch": "resnet", "n_layers": 50},
    "mobilenet_v2": {"arch": "mobilenet_v2"},
    "efficientnet_b0": {"arch": "efficientnet_b0"},
}


def spec(asked, network):
    return {
        "model_config": {**NETWORKS[network], "input_image_size": "3,224,224",
                         "all_projections": False, "dropout": 0.0},
        "train_config": {"n_epochs": asked.epochs, "batch_size_per_gpu": asked.batch,
                         "n_workers": 1, "preprocess_mode": "torch", "enable_random_crop": True,
                         "enable_color_augmentation": False, "mixup_alpha": 0.0,
                         "optimizer": {"sgd": {"momentum": 0.9}},
                         "lr_config": {"step": {"learning_rate": 0.01}}},
    }


def upload(server, files, folder):
    """A dataset of these files, each in the folder of its class; its id."""
    dataset = server.api("POST", "/dataset",
                         {"type": "image_classification", "format": "default"}, 201)["id"]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file in files:
            tar.add(file, f"{folder}/{file.parent.name}/{file.name}")
    server.upload(dataset, packed.getvalue())
    return dataset


def start_training(server, asked, network, pictures):
    """The ids of the model and of the job. `asked` has its epochs and its batch."""
    train = upload(server, sorted(pictures.glob("*/*")), "images_train")
    # Training validates after each epoch, outside the time that is measured.
    few = [min(folder.iterdir()) for folder in pictures.iterdir()]
    validation = upload(server, few, "images_val")
    model = server.api("POST", "/model", {"network_arch": "classification",
                                          "train_datasets": [train],
                                          "eval_dataset": validation}, 201)["id"]
    server.api("POST", f"/model/{model}/specs/train", spec(asked, network), 201)
    job, = server.api("POST", f"/model/{model}/job", {"actions": ["train"]}, 201)
    return model, job
