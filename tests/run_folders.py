"""Folders of runs as callbacks leave them, made without training."""

import json

import numpy as np

from kgan import images
from kgan.report import records

SETTINGS = {
    "game": {
        "class": "NonSaturatingGAN",
        "sign_decides": True,
        "has_discriminator": True,
        "takes_features": False,
        "seed": 3,
    },
    "networks": {
        "generator": {
            "parameters": 1234,
            "layers": [
                {
                    "name": "dense",
                    "class": "Dense",
                    "output": "(None, 2)",
                    "parameters": 1234,
                }
            ],
        }
    },
    "optimizers": {"generator_optimizer": {"class": "Adam", "beta_1": 0.5}},
    "penalties": {"r1": {"class": "R1", "gamma": 0.1}},
    "parts": {"augmentation": None, "average": {"class": "Average"}},
    "data": {"kind": "array", "samples": 1500},
}
HEALTH = {
    "real_logits_min": -1.0,
    "real_logits_mean": 1.0,
    "real_logits_max": 2.0,
    "fake_logits_min": -2.0,
    "fake_logits_mean": -1.0,
    "fake_logits_max": 1.0,
    "real_gradients_mean": 0.5,
    "fake_gradients_mean": 0.4,
    "real_spread": 2.0,
    "fake_spread": 1.5,
    "images_per_second": 250.0,
}
LOGS = {
    "discriminator_loss": 1.25,
    "generator_loss": 0.5,
    "r1": 0.125,
    "val_distance": 3.0,
}


def entry(epoch, logs=None, **health):
    return {
        "epoch": epoch,
        "images": 1000 * epoch,
        "seconds": 4.0,
        "logs": {**LOGS, **(logs or {})},
        "health": {**HEALTH, **health},
    }


def record(epochs=3, planned=5, **changes):
    made = records.new(json.loads(json.dumps(SETTINGS)), planned)
    made["epochs"] = [entry(epoch + 1) for epoch in range(epochs)]
    made["processes"] = [{"epoch": 1, "origin": {"backend": "jax"}}]
    return {**made, **changes}


def folder(path, made=None, pictures=3):
    """A folder with a record and with pictures."""
    path.mkdir(parents=True, exist_ok=True)
    records.write(record() if made is None else made, path / records.NAME)
    for epoch in range(1, pictures + 1):
        picture = np.full((1, 4, 4, 1), epoch / 10)
        images.save_grid(picture, path / "report" / f"epoch_{epoch:04d}.png")
    return path
