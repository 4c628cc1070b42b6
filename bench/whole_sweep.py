"""The sweep of bench/whole-sweep.yaml with PyTorch, under Optuna or Ray Tune: 200 random trials of
20 epochs on the digits, two at a time, each on one thread, every epoch reported.

Each tool as its documentation has it for one machine. Optuna: two processes that share a study in a
journal file. Ray Tune: two trials at once, workers kept for the next trial. Prints one line of JSON.
Usage: whole_sweep.py optuna|ray DIGITS_CSV_GZ FOLDER [trials]
"""

import gzip
import json
import multiprocessing
import os
import sys
import time

EPOCHS = 20
PROCESSES = 2
SEED = 42


def digits(path):
    """Normalised by the training examples, a fifth of them for dev."""
    import torch

    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [line.split(",") for line in lines]
    values = torch.tensor([[float(number) for number in row] for row in rows])
    order = torch.randperm(len(values), generator=torch.Generator().manual_seed(SEED))
    values = values[order]
    features, classes = values[:, :-1], values[:, -1].long()
    held = len(values) // 5
    mean, deviation = features[held:].mean(0), features[held:].std(0)
    features = (features - mean) / torch.where(deviation > 0, deviation, 1.0)
    return (features[held:], classes[held:]), (features[:held], classes[:held])


def train(parameters, data, report):
    """One trial: ``report`` takes the dev error after each epoch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    (features, classes), (dev_features, dev_classes) = data
    activation = {"relu": nn.ReLU, "tanh": nn.Tanh}[parameters["activation"]]
    layers, fan_in = [], features.shape[1]
    for units in parameters["hidden_units"]:
        layers += [nn.Linear(fan_in, units, bias=False), nn.BatchNorm1d(units), activation()]
        fan_in = units
    model = nn.Sequential(*layers, nn.Linear(fan_in, 10))
    loss_of = nn.CrossEntropyLoss()
    rate = parameters["learning_rate"]
    if parameters["optimizer"] == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    else:
        optimizer = torch.optim.SGD(
            model.parameters(), lr=rate, momentum=parameters["momentum"], fused=True
        )
    batch_size = parameters["batch_size"]
    error = 1.0
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = rate / (1 + parameters["learning_rate_decay"] * epoch)
        model.train()
        total = 0.0
        for rows in torch.randperm(len(classes)).split(batch_size):
            if len(rows) == 1:
                continue  # Batch norm knows nothing of one example.
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(model(features[rows]), classes[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.inference_mode():
            outputs = model(dev_features)
            dev_loss = loss_of(outputs, dev_classes).item()
            error = (outputs.argmax(1) != dev_classes).float().mean().item()
        report(epoch, total / len(classes), dev_loss, error)
    return error


def optuna_parameters(trial):
    optimizer = trial.suggest_categorical("optimizer", ["momentum", "adam"])
    layers = trial.suggest_int("hidden_layers", 1, 3)
    return {
        "optimizer": optimizer,
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1, log=True),
        "momentum": 1 - trial.suggest_float("one_minus_momentum", 1e-3, 0.1, log=True)
        if optimizer == "momentum"
        else None,
        "hidden_units": [trial.suggest_int(f"units{i}", 50, 100) for i in range(layers)],
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128, 256]),
        "activation": trial.suggest_categorical("activation", ["relu", "tanh"]),
        "learning_rate_decay": trial.suggest_float("learning_rate_decay", 1e-3, 1, log=True),
    }


def optuna_storage(folder):
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(os.path.join(folder, "journal.log")))


def optuna_process(path, folder, trials, seed):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.load_study(
        study_name="digits",
        storage=optuna_storage(folder),
        sampler=optuna.samplers.RandomSampler(seed=seed),
    )
    data = digits(path)

    def objective(trial):
        return train(
            optuna_parameters(trial),
            data,
            lambda epoch, train_loss, dev_loss, error: trial.report(error, epoch),
        )

    study.optimize(objective, n_trials=trials)


def run_optuna(path, folder, trials):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.create_study(study_name="digits", storage=optuna_storage(folder))
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=optuna_process, args=(path, folder, trials // PROCESSES, SEED + i))
        for i in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    study = optuna.load_study(study_name="digits", storage=optuna_storage(folder))
    done = [trial for trial in study.trials if trial.value is not None]
    return optuna.__version__, len(done), study.best_value


def run_ray(path, folder, trials):
    import random

    import ray
    from ray import tune

    ray.init(num_cpus=PROCESSES, include_dashboard=False, logging_level="ERROR", log_to_driver=False)

    def trainable(config, data):
        parameters = dict(config)
        parameters["hidden_units"] = config["hidden_units"][: config["hidden_layers"]]
        parameters["momentum"] = 1 - config["one_minus_momentum"]
        train(
            parameters,
            data,
            lambda epoch, train_loss, dev_loss, error: tune.report(
                {"dev_error": error, "dev_loss": dev_loss, "train_loss": train_loss}
            ),
        )

    random.seed(SEED)
    space = {
        "learning_rate": tune.loguniform(1e-4, 1),
        "one_minus_momentum": tune.loguniform(1e-3, 0.1),
        "hidden_layers": tune.randint(1, 4),
        "hidden_units": [tune.randint(50, 101) for _ in range(3)],
        "batch_size": tune.choice([32, 64, 128, 256]),
        "optimizer": tune.choice(["momentum", "adam"]),
        "activation": tune.choice(["relu", "tanh"]),
        "learning_rate_decay": tune.loguniform(1e-3, 1),
    }
    tuner = tune.Tuner(
        tune.with_resources(tune.with_parameters(trainable, data=digits(path)), {"cpu": 1}),
        param_space=space,
        tune_config=tune.TuneConfig(
            num_samples=trials, metric="dev_error", mode="min", reuse_actors=True
        ),
        run_config=tune.RunConfig(storage_path=folder, verbose=0),
    )
    results = tuner.fit()
    done = [result for result in results if not result.error]
    return ray.__version__, len(done), results.get_best_result().metrics["dev_error"]


def main():
    tool, path, folder = sys.argv[1:4]
    trials = int(sys.argv[4]) if len(sys.argv) > 4 else 200
    begun = time.perf_counter()
    version, done, best = {"optuna": run_optuna, "ray": run_ray}[tool](
        os.path.abspath(path), os.path.abspath(folder), trials
    )
    if done != trials:
        sys.exit(f"{done} of {trials} trials were trained")
    import torch

    print(
        json.dumps(
            {
                "tool": tool,
                "version": version,
                "pytorch": torch.__version__,
                "seconds": time.perf_counter() - begun,
                "best": best,
            }
        )
    )


if __name__ == "__main__":
    main()
