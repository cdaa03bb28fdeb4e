"""Jobs that cannot work, each with one fault injected into its spec or its data, and what a post of
it has to say: where the fault is and why. `preflight_test` posts every one of them."""

from dataclasses import dataclass, field

from pictures import COLOURS, png

CLASSIFICATION, MULTITASK = "classification", "multitask_classification"
SOFT = "training_config.learning_rate.soft_start_annealing_schedule"
ANNEAL = "train_config.lr_config.soft_anneal"


def folders(folder, classes):
    return {f"{folder}/{name}/{i}.png": png(COLOURS.get(name, (9, 9, 9)), i, side=8)
            for name in classes for i in range(2)}


def table(rows, header="fname,colour,mood"):
    return "\n".join([header, *rows, ""]).encode()


def tables(train=None, val=None, pictures=4):
    """A dataset of format custom; every table may be given as other bytes, and train.csv be left out
    with b""."""
    rows = [f"{i}.png,{'red' if i % 2 else 'blue'},{'warm' if i % 4 < 2 else 'cool'}"
            for i in range(pictures)]
    files = {f"images_train/{i}.png": png((9 * i, 9, 9), i, side=8) for i in range(pictures)}
    files["val.csv"] = table(rows) if val is None else val
    if train != b"":
        files["train.csv"] = table(rows) if train is None else train
    return files


# By name: the format and the files of a dataset.
DATASETS = {
    "train": ("default", folders("images_train", COLOURS)),
    "val": ("default", folders("images_val", COLOURS)),
    "one class": ("default", folders("images_train", ["red"])),
    "val lacks blue": ("default", folders("images_val", ["red", "green"])),
    "val has grey": ("default", folders("images_val", [*COLOURS, "grey"])),
    "tables": ("custom", tables()),
    "no train.csv": ("custom", tables(train=b"")),
    "lost picture": ("custom", tables(train=table(["0.png,red,warm", "lost.png,blue,cool"]))),
    "short row": ("custom", tables(train=table(["0.png,red,warm", "1.png,blue"]))),
    "no rows": ("custom", tables(train=table([]))),
    "open quote": ("custom", tables(train=table(["0.png,red,warm", '1.png,"blue,cool']))),
    "one colour": ("custom", tables(train=table(["0.png,red,warm", "1.png,red,cool"]))),
    "one column": ("custom", tables(train=table(["0.png,red", "1.png,blue"], "fname,colour"))),
    "val says green": ("custom", tables(val=table(["0.png,green,warm"]))),
    "val lost picture": ("custom", tables(val=table(["0.png,red,warm", "lost.png,blue,cool"]))),
    "val lacks mood": ("custom", tables(val=table(["0.png,red"], "fname,colour"))),
    "val has size": ("custom", tables(val=table(["0.png,red,warm,big"], "fname,colour,mood,size"))),
}


@dataclass
class Fault:
    where: str  # What the text begins with for this fault.
    why: str  # What else it says.
    spec: dict = field(default_factory=dict)  # Values by path.
    train: tuple = ("train",)
    eval: str = "val"
    network: str = CLASSIFICATION
    action: str = "train"
    parent: bool = False  # Behind a training without fault, in the same post.
    ptm: str = ""  # The backbone of the weights that the model starts from, where there are any.

    @property
    def actions(self):
        """What is posted: the action behind all that it needs."""
        before = ["train", "export"] if self.action == "convert" else ["train"]
        return [*before, self.action] if self.parent else [self.action]


def model(why, where, **spec):
    return Fault(f"model_config.{where}", why,
                 {f"model_config.{path}": value for path, value in spec.items()})


def custom(where, why, spec=None, train=("tables",), eval="tables"):
    return Fault(where, why, spec or {}, train, eval)


def tasks(where, why, spec=None, train=("tables",), eval="tables"):
    return Fault(where, why, spec or {}, train, eval, MULTITASK)


def mean(*channels):
    return [{"key": channel, "value": 100.0} for channel in channels]


def shapes(picture):
    return f"input_1,1x{picture},4x{picture},8x{picture}"


CORPUS = [
    # The network.
    model("importing is not supported", "arch", arch="byom"),
    model("a resnet cannot have 19 layers", "n_layers", n_layers=19),
    model("choose 16 or 19", "n_layers", arch="vgg", n_layers=18),
    model("choose 19 or 53", "n_layers", arch="darknet", n_layers=18),
    model("choose 19 or 53", "n_layers", arch="cspdarknet", n_layers=50),
    model("needs 31x31 at least", "input_image_size", arch="alexnet", input_image_size="3,30,224"),
    model("needs 63x63 at least", "input_image_size", arch="alexnet", retain_head=True,
          input_image_size="3,62,62"),
    model("needs 16x16 at least", "input_image_size", arch="vgg", n_layers=16,
          input_image_size="3,224,15"),
    model("too few for squeezenet", "input_image_size", arch="squeezenet", input_image_size="3,16,16"),
    model("too few for googlenet", "input_image_size", arch="googlenet", input_image_size="1,14,14"),
    model("too few for darknet19", "input_image_size", arch="darknet", n_layers=19,
          input_image_size="3,31,31"),
    model("is no input size", "input_image_size", input_image_size="224,224"),
    model("is no input size", "input_image_size", input_image_size="4,224,224"),
    model("is no input size", "input_image_size", input_image_size="3,0,224"),
    model("is no input size", "input_image_size", input_image_size="3,99999,224"),
    model("choose from 0 (the stem) to 4", "freeze_blocks", freeze_blocks=5),
    model("block 0 cannot be frozen", "freeze_blocks", arch="vgg", n_layers=16, freeze_blocks=[1, 0]),
    Fault("model_config.batch_norm_config.momentum", "is no share",
          {"model_config.batch_norm_config.momentum": 1.5}),
    Fault("train_config.batch_size_per_gpu", "batch norm cannot learn from one picture",
          {"train_config.batch_size_per_gpu": 1, "model_config.input_image_size": "3,32,32"}),
    # Optimiser, schedule, pixels.
    Fault("train_config.optimizer.rmsprop", "train_config.optimizer.adam is given too",
          {"train_config.optimizer.adam.lr": 0.1, "train_config.optimizer.rmsprop.lr": 0.1}),
    Fault("train_config.lr_config.cosine", f"{ANNEAL} is given too",
          {f"{ANNEAL}.learning_rate": 0.1, "train_config.lr_config.cosine.learning_rate": 0.1}),
    Fault("train_config.optimizer.adam.beta_1", "is no decay of a running average",
          {"train_config.optimizer.adam.lr": 0.1, "train_config.optimizer.adam.beta_1": 1.0}),
    Fault("train_config.optimizer.sgd.decay", "is below the least value 0",
          {"train_config.optimizer.sgd.decay": -0.5}),
    Fault(f"{ANNEAL}.annealing_points", "parts from 0 to 1",
          {f"{ANNEAL}.learning_rate": 0.1, f"{ANNEAL}.annealing_points": [0.3, 30]}),
    Fault(f"{ANNEAL}.annealing_points", "in rising order",
          {f"{ANNEAL}.learning_rate": 0.1, f"{ANNEAL}.annealing_points": [0.6, 0.3]}),
    Fault(f"{ANNEAL}.annealing_points", "is to rise until 0.5",
          {f"{ANNEAL}.learning_rate": 0.1, f"{ANNEAL}.soft_start": 0.5,
           f"{ANNEAL}.annealing_points": [0.3, 0.6]}),
    Fault("train_config.lr_config.cosine.soft_start", "never ends",
          {"train_config.lr_config.cosine.learning_rate": 0.1,
           "train_config.lr_config.cosine.soft_start": 1.0}),
    Fault("train_config.reg_config.scope", "is no kind of layer",
          {"train_config.reg_config.scope": "Conv2D,LSTM"}),
    Fault("train_config.image_mean", "is no channel of the grey pictures",
          {"train_config.image_mean": mean("b", "g", "r"), "model_config.input_image_size": "1,64,64"}),
    Fault("train_config.image_mean", "use b, g and r", {"train_config.image_mean": mean("l")}),
    Fault("train_config.image_mean", "has two means", {"train_config.image_mean": mean("b", "b")}),
    Fault("train_config.image_mean", "needs a key (a name) and a value",
          {"train_config.image_mean": [{"key": "b"}]}),
    Fault("train_config.image_mean", "only preprocess_mode caffe",
          {"train_config.image_mean": mean("b"), "train_config.preprocess_mode": "torch"}),
    # Classes and folders.
    Fault("train_datasets", "one class alone, \"red\"", train=("one class",)),
    Fault("train_datasets", "\"green\" is missing", train=("train", "one class")),
    Fault("eval_dataset", "\"blue\" is missing", eval="val lacks blue"),
    Fault("eval_dataset", "\"grey\" is unknown", eval="val has grey"),
    Fault("athanor.class_weights", "there is no class \"pink\"; there are blue, green, red",
          {"athanor.class_weights": [{"key": "pink", "value": 2}]}),
    Fault("athanor.class_weights", "needs a key (a name) and a value",
          {"athanor.class_weights": [{"key": "red"}]}),
    Fault("eval_config.top_k", "every picture is right among 4 of 3 classes",
          {"eval_config.top_k": 4}),
    # Tables.
    custom("athanor.label_column", "train.csv has colour, mood"),
    custom("athanor.label_column", "has no column \"size\"; it has colour, mood",
           {"athanor.label_column": "size"}),
    custom("athanor.label_column", "val.csv of eval_dataset has no column \"mood\"",
           {"athanor.label_column": "mood"}, eval="val lacks mood"),
    custom("train_datasets", "train.csv is not in the dataset", {"athanor.label_column": "colour"},
           ("no train.csv",)),
    custom("train_datasets", "train.csv:3: images_train/lost.png is not there",
           {"athanor.label_column": "colour"}, ("lost picture",)),
    custom("train_datasets", "train.csv:3: 2 columns instead of 3",
           {"athanor.label_column": "colour"}, ("short row",)),
    custom("train_datasets", "it has no rows", {"athanor.label_column": "colour"}, ("no rows",)),
    custom("train_datasets", "close every quote", {"athanor.label_column": "colour"}, ("open quote",)),
    custom("train_datasets", "one class alone, \"red\"", {"athanor.label_column": "colour"},
           ("one colour",)),
    custom("eval_dataset", "\"green\" is unknown", {"athanor.label_column": "colour"},
           eval="val says green"),
    custom("eval_dataset", "val.csv:3: images_train/lost.png is not there",
           {"athanor.label_column": "colour"}, eval="val lost picture"),
    # Several tasks.
    tasks("train_datasets", "the column \"colour\" has 1 classes", train=("one colour",)),
    tasks("train_datasets", "train.csv is not in the dataset", train=("train",)),
    tasks("train_datasets", "the column \"mood\" is missing", train=("tables", "one column")),
    tasks("eval_dataset", "the column \"mood\" is missing", eval="val lacks mood"),
    tasks("eval_dataset", "the column \"size\" is unknown", eval="val has size"),
    tasks("eval_dataset", "\"green\" is unknown", eval="val says green"),
    tasks("train_datasets", "train.csv:3: images_train/lost.png is not there",
          train=("lost picture",)),
    tasks("eval_dataset", "val.csv:3: images_train/lost.png is not there", eval="val lost picture"),
    tasks("eval_dataset", "val.csv is not in the dataset", eval="val"),
    tasks("athanor.task_weights", "there is no task \"size\"",
          {"athanor.task_weights": [{"key": "size", "value": 2.0}]}),
    tasks("athanor.class_weights", "there is no task \"size\"; there are colour, mood",
          {"athanor.class_weights": [{"task": "size", "key": "big", "value": 2.0}]}),
    tasks("athanor.class_weights", "there is no class of mood \"red\"; there are cool, warm",
          {"athanor.class_weights": [{"task": "mood", "key": "red", "value": 2.0}]}),
    tasks("athanor.class_weights", "each item needs a task",
          {"athanor.class_weights": [{"key": "red", "value": 2.0}]}),
    tasks("model_config.arch", "there is no \"vgg11\"", {"model_config.arch": "vgg11"}),
    tasks("model_config.activation.activation_type", "there is no gelu",
          {"model_config.activation.activation_type": "gelu"}),
    tasks("model_config.activation.activation_parameters", "relu has no alpha; give it max_value 6",
          {"model_config.activation.activation_type": "relu",
           "model_config.activation.activation_parameters": [{"key": "alpha", "value": 0.3}]}),
    tasks("training_config.n_workers", "is below the least value 0", {"training_config.n_workers": -1}),
    tasks("training_config.checkpoint_interval", "is below the least value 1",
          {"training_config.checkpoint_interval": 0}),
    tasks(f"{SOFT}.min_learning_rate", "is above max_learning_rate",
          {f"{SOFT}.min_learning_rate": 1e-4, f"{SOFT}.max_learning_rate": 1e-5}),
    tasks(SOFT, "both learning rates must be above 0", {f"{SOFT}.max_learning_rate": 0.0}),
    tasks(f"{SOFT}.soft_start", "rises until 0.9", {f"{SOFT}.soft_start": 0.9}),
    # Weights to start from.
    Fault("model_config", "the pretrained model is a resnet18, the spec describes a resnet50",
          {"model_config.n_layers": 50}, ptm="resnet18"),
    Fault("model_config.input_image_size", "takes pictures of 3 channels, not of 1",
          {"model_config.input_image_size": "1,64,64"}, ptm="resnet18"),
    Fault("model_config", "the pretrained model is a resnet18, the spec describes a resnet50",
          {"model_config.n_layers": 50}, ("tables",), "tables", MULTITASK, ptm="resnet18"),
    Fault("model_config.input_image_size", "takes pictures of 3 channels, not of 1",
          {"model_config.input_image_size": "1,64,64"}, ("tables",), "tables", MULTITASK,
          ptm="resnet18"),
    # What follows a training.
    Fault("static_batch_size", "0 is no batch size", {"static_batch_size": 0}, action="export",
          parent=True),
    Fault("backend", "there is no uff", {"backend": "uff"}, ("tables",), "tables", MULTITASK,
          action="export", parent=True),
    Fault("is_byom", "importing is not supported", {"is_byom": True}, action="export", parent=True),
    Fault("opt_batch_size", "8 is more than max_batch_size, 4",
          {"opt_batch_size": 8, "max_batch_size": 4}, action="export", parent=True),
    Fault("p", "is no input name with three shapes", {"p": "8x3x224x224"}, action="convert",
          parent=True),
    Fault("p", "the model takes pictures of 3x224x224, not of 3x96x96", {"p": shapes("3x96x96")},
          action="convert", parent=True),
    Fault("p", "the model takes pictures of 3x80x60, not of 3x60x80", {"p": shapes("3x60x80")},
          ("tables",), "tables", MULTITASK, action="convert", parent=True),
    Fault("pruning_threshold", "nothing would be left",
          {"pruning_threshold": 1.0, "min_num_filters": 0}, action="prune", parent=True),
    Fault("pruning_granularity", "is below the least value 1", {"pruning_granularity": 0},
          train=("tables",), eval="tables", network=MULTITASK, action="prune", parent=True),
    Fault("eval_config.n_workers", "is below the least value 0", {"eval_config.n_workers": -1},
          action="evaluate", parent=True),
]

# Jobs without fault that have something unusual about them.
VALID = [
    Fault("", ""),
    Fault("", "", {"model_config.arch": "vgg", "model_config.n_layers": 16,
                   "model_config.use_pooling": False, "model_config.input_image_size": "3,8,8"}),
    Fault("", "", {"model_config.arch": "alexnet", "athanor.stem": "small",
                   "model_config.input_image_size": "3,31,31"}),
    Fault("", "", {"train_config.batch_size_per_gpu": 1000}),
    Fault("", "", {"train_config.batch_size_per_gpu": 1}),
    Fault("", "", {f"{ANNEAL}.learning_rate": 0.1, f"{ANNEAL}.soft_start": 0.1,
                   f"{ANNEAL}.annealing_points": [0.3, 0.6, 0.8]}),
    Fault("", "", {"train_config.image_mean": mean("l"), "model_config.input_image_size": "1,64,64"}),
    Fault("", "", {"athanor.class_weights": [{"key": "red", "value": 2.0}]}),
    Fault("", "", {"model_config.freeze_blocks": [0, 1, 4]}),
    Fault("", "", eval="tables", spec={"athanor.label_column": "colour"}, train=("tables",)),
    Fault("", "", train=("tables",), eval="tables", network=MULTITASK),
    Fault("", "", {"athanor.class_weights": [{"task": "mood", "key": "warm", "value": 2.0}]},
          ("tables",), "tables", MULTITASK),
    Fault("", "", {"model_config.input_image_size": "3,64,64"}, ptm="resnet18"),
    Fault("", "", {"static_batch_size": 4}, action="export", parent=True),
    Fault("", "", {"p": shapes("3x224x224")}, action="convert", parent=True),
]
