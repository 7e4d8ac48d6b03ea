"""`.keras` files that somebody made to do harm, and what becomes of each."""

import io
import json
import os
import stat
import struct
import zipfile

import h5py
import keras
import numpy as np

from kgan import files

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LOADS = None
MIB = 2**20


def good_parts():
    """The entries of a generator's file, in Keras's order."""
    latents = keras.Input((5,))
    model = keras.Model(latents, keras.layers.Dense(3)(latents))
    content = io.BytesIO(files.model_bytes(model))
    with zipfile.ZipFile(content) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path, parts, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def pack(path, parts):
    """The file of `parts`, its bytes to be changed."""
    write(path, parts)
    return bytearray(path.read_bytes())


# What the archive is.


def empty(path, parts):
    path.write_bytes(b"")


def text(path, parts):
    path.write_text("not a model")


def cut(share):
    def build(path, parts):
        content = pack(path, parts)
        path.write_bytes(content[: max(3, int(share * len(content)))])

    return build


def directory(path, parts):
    path.mkdir()


def pipe(path, parts):
    os.mkfifo(path)


def link(target):
    return lambda path, parts: path.symlink_to(target or path)


def junk_before(path, parts):
    path.write_bytes(b"#!/bin/sh\n" + pack(path, parts))


def only(*names):
    return lambda path, parts: write(path, {n: parts[n] for n in names})


def more(name, content=b"x"):
    return lambda path, parts: write(path, {**parts, name: content})


def packed(method):
    return lambda path, parts: write(path, parts, compression=method)


def bomb(name, size, keep):
    """An entry that begins as it should and goes on with zeros."""

    def build(path, parts):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for other, content in parts.items():
                if other != name:
                    archive.writestr(other, content)
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(parts.get(name, b"") if keep else b"[")
                filler = b"\0" * MIB if keep else b" " * MIB
                for _ in range(size):
                    entry.write(filler)

    return build


def many_entries(number):
    def build(path, parts):
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
            for i in range(number):
                archive.writestr(f"assets/{i}", b"")

    return build


def twice(name):
    def build(path, parts):
        content = pack(path, {**parts, "x" * len(name): parts[name]})
        path.write_bytes(content.replace(b"x" * len(name), name.encode()))

    return build


def entry(name, content=b"x", **attributes):
    def build(path, parts):
        info = zipfile.ZipInfo(name)
        for key, value in attributes.items():
            setattr(info, key, value)
        with zipfile.ZipFile(path, "w") as archive:
            for other, kept in parts.items():
                archive.writestr(other, kept)
            archive.writestr(info, content)

    return build


def in_directory(offset, form, value):
    """Another value in the last entry of the directory, the weights'."""

    def build(path, parts):
        content = pack(path, parts)
        start = content.rindex(b"PK\x01\x02")
        struct.pack_into(form, content, start + offset, value)
        path.write_bytes(content)

    return build


def flipped(path, parts):
    content = pack(path, parts)
    content[content.index(parts[WEIGHTS]) + len(parts[WEIGHTS]) // 2] ^= 0xFF
    path.write_bytes(content)


def huge_directory(path, parts):
    content = pack(path, parts)
    start = content.rindex(b"PK\x05\x06")
    struct.pack_into("<LL", content, start + 12, 2**30, 0)
    path.write_bytes(content)


def zip64(path, parts):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            with archive.open(name, "w", force_zip64=True) as target:
                target.write(content)


def commented(path, parts):
    write(path, parts)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"x" * 65_535


ARCHIVES = {
    "empty": (empty, "no zip archive"),
    "text": (text, "no zip archive"),
    "cut_1": (cut(0.01), "damaged or cut short"),
    "cut_50": (cut(0.5), "damaged or cut short"),
    "cut_99": (cut(0.99), "damaged or cut short"),
    "directory": (directory, "existing file"),
    "pipe": (pipe, "existing file"),
    "link_to_a_device": (link("/dev/zero"), "existing file"),
    "link_to_itself": (link(None), "existing file"),
    "link_to_nothing": (link("/none"), "existing file"),
    "junk_before": (junk_before, "no zip archive"),
    "no_config": (only("metadata.json", WEIGHTS), "no config.json"),
    "no_weights": (only(CONFIG), "no model.weights.h5"),
    "readme": (more("README.txt"), "Keras writes no such name"),
    "npz_weights": (more("model.weights.npz"), "Keras writes no such name"),
    "absolute_name": (more("/tmp/planted"), "no such name"),
    "name_above": (more("../planted"), "no such name"),
    "name_above_assets": (more("assets/../../planted"), "no such name"),
    "name_of_windows": (more("assets/..\\planted"), "no such name"),
    "name_of_a_drive": (more("assets/C:planted"), "no such name"),
    "name_for_a_terminal": (more("assets/\x1b[31m"), r"'assets/\\x1b\[31m'"),
    "zip_in_an_asset": (more("assets/a.zip", b"PK\x05\x06" + bytes(18)), LOADS),
    "deflated": (packed(zipfile.ZIP_DEFLATED), LOADS),
    "bzip2": (packed(zipfile.ZIP_BZIP2), "another method than deflate"),
    "lzma": (packed(zipfile.ZIP_LZMA), "another method than deflate"),
    "bomb_config": (bomb(CONFIG, 384, False), "where 4194304 are the most"),
    "bomb_metadata": (bomb("metadata.json", 64, False), "are the most"),
    "bomb_weights": (bomb(WEIGHTS, 768, True), "20 times as many"),
    "bomb_asset": (bomb("assets/x", 768, True), "20 times as many"),
    "entries_5000": (many_entries(5_000), "where 1000 are the most"),
    "entries_40000": (many_entries(40_000), "a directory of"),
    "config_twice": (twice(CONFIG), "two entries of one name"),
    "weights_twice": (twice(WEIGHTS), "two entries of one name"),
    "link_entry": (
        entry("assets/x", b"/etc/passwd", external_attr=stat.S_IFLNK << 16),
        "a link or device",
    ),
    "device_entry": (
        entry("assets/x", external_attr=stat.S_IFCHR << 16),
        "a link or device",
    ),
    "encrypted": (in_directory(8, "<H", 1), "encrypted"),
    "unknown_method": (in_directory(10, "<H", 99), "another method"),
    "says_it_is_smaller": (in_directory(24, "<L", 100), "damaged"),
    "says_it_is_larger": (in_directory(24, "<L", 2**31), "20 times as many"),
    "packed_past_the_end": (in_directory(20, "<L", 2**31), "damaged"),
    "elsewhere": (in_directory(42, "<L", 0), "damaged"),
    "another_checksum": (in_directory(16, "<L", 0), "damaged"),
    "flipped_byte": (flipped, "damaged"),
    "huge_directory": (huge_directory, "damaged"),
    "zip64": (zip64, LOADS),
    "long_comment": (commented, LOADS),
}


# What the configuration says.


def raw(content):
    return lambda path, parts: write(path, {**parts, CONFIG: content})


def changed(change):
    def build(path, parts):
        config = json.loads(parts[CONFIG])
        change(config)
        write(path, {**parts, CONFIG: json.dumps(config)})

    return build


def dense(config):
    return config["config"]["layers"][1]


def setting(key, value):
    return changed(lambda c: dense(c)["config"].update({key: value}))


def layer(name, module="keras.layers", registered=None, /, **settings):
    def change(config):
        dense(config).update(
            class_name=name,
            module=module,
            registered_name=registered,
            config=settings,
            build_config=None,
        )

    return changed(change)


def function(module, name, class_name="function"):
    return setting(
        "activation",
        {
            "module": module,
            "class_name": class_name,
            "config": name,
            "registered_name": name,
        },
    )


def compiled(module, name, /, **settings):
    """The generator within a sequence, where it brings a compilation."""

    def change(config):
        dense(config)["compile_config"] = {
            "optimizer": "sgd",
            "metrics": [
                {
                    "module": module,
                    "class_name": name,
                    "config": settings,
                    "registered_name": None,
                }
            ],
        }

    return changed(change)


def wide(config):
    """Two layers of which each has 40 GB of weights."""
    dense(config)["config"]["units"] = 100_000
    second = json.loads(json.dumps(dense(config)))
    second["name"] = second["config"]["name"] = "second"
    history = second["inbound_nodes"][0]["args"][0]["config"]
    history["keras_history"][0] = dense(config)["name"]
    history["shape"] = [None, 100_000]
    second["build_config"] = {"input_shape": [None, 100_000]}
    config["config"]["layers"].append(second)
    config["config"]["output_layers"] = ["second", 0, 0]


def deep(depth):
    node = {}
    for _ in range(depth):
        node = {"a": node}
    return setting("activation", node)


def crowded(config):
    config["config"]["crowd"] = [{"class_name": "x", "config": {}}] * 20_000


CODE = {
    "class_name": "__lambda__",
    "config": {"code": "4wAA", "defaults": None, "closure": None},
}
NUMPY = {"value": ["a"], "dtype": "S2000000000"}
UNBUILT = "does not load"
HIDDEN = "Python code \\(a Lambda"

CONFIGURATIONS = {
    "brace": (raw("{"), "damaged"),
    "list": (raw("[]"), "no JSON object"),
    "string": (raw('"x"'), "no JSON object"),
    "empty_object": (raw("{}"), "`path` must hold"),
    "dense": (raw('{"class_name": "Dense"}'), "`path` must hold"),
    "brackets": (raw("[" * 1_000_000), "damaged"),
    "not_utf8": (raw(b'{"\xff": 1}'), "damaged"),
    "utf16": (
        lambda path, parts: write(
            path, {**parts, CONFIG: parts[CONFIG].decode().encode("utf-16")}
        ),
        LOADS,
    ),
    "deep": (deep(200), "more than 100 deep"),
    "crowded": (changed(crowded), r"of 20\d+ objects"),
    "nan_units": (setting("units", float("nan")), UNBUILT),
    "no_units": (setting("units", None), UNBUILT),
    "units_of_an_array": (
        setting("units", {"class_name": "__numpy__", "config": NUMPY}),
        "an array of type",
    ),
    "units_40_gb": (setting("units", 2_000_000_000), "bytes of weights"),
    "units_1e30": (setting("units", 10**30), UNBUILT),
    "two_wide_layers": (changed(wide), "bytes of weights"),
    "build_config": (
        changed(
            lambda c: dense(c).update(
                build_config={"input_shape": [None, 10**9]}
            )
        ),
        UNBUILT,
    ),
    "metric_of_a_billion": (
        compiled("keras.metrics", "AUC", num_thresholds=10**9),
        "num_thresholds=1000000000",
    ),
    "metric_of_a_plant": (compiled("planted", "Plant"), "'planted'"),
    "lambda": (layer("Lambda", name="x", function=CODE), HIDDEN),
    "lambda_of_base64": (
        layer("Lambda", name="x", function=["4wAA", None, None]),
        HIDDEN,
    ),
    "lambda_of_a_string": (layer("Lambda", name="x", function="eval"), HIDDEN),
    "lambda_as_activation": (setting("activation", CODE), HIDDEN),
    "lambda_in_a_list": (setting("extra", [[{"a": [CODE]}]]), HIDDEN),
    "typespec": (
        setting("activation", {**CODE, "class_name": "__typespec__"}),
        HIDDEN,
    ),
    "torch_module": (
        layer("TorchModuleWrapper", module="planted.pt", name="x"),
        HIDDEN,
    ),
    "saved_model": (layer("TFSMLayer", filepath="planted", name="x"), HIDDEN),
    "jax_function": (layer("JaxLayer", call_fn=CODE, name="x"), HIDDEN),
    "flax_module": (layer("FlaxLayer", module=CODE, name="x"), HIDDEN),
    "words_of_a_file": (
        layer("StringLookup", vocabulary="planted.txt", name="x"),
        HIDDEN,
    ),
    "numbers_of_a_file": (
        layer("IntegerLookup", vocabulary="planted.txt", name="x"),
        HIDDEN,
    ),
    "text_of_a_file": (
        layer("TextVectorization", vocabulary="planted.txt", name="x"),
        HIDDEN,
    ),
    "long_window": (
        layer("STFTSpectrogram", fft_length=2**30, name="x"),
        HIDDEN,
    ),
    "os_system": (layer("system", "os", name="touch planted"), "'os'"),
    "posix_system": (function("posix", "system"), "'posix'"),
    "eval": (function("builtins", "eval"), UNBUILT),
    "exec_class": (layer("exec", "builtins", name="x"), "'builtins'"),
    "planted": (layer("Plant", "planted", name="x"), "'planted'"),
    "planted_registered": (
        layer("Plant", "planted", "kgan>Plant", name="x"),
        "'planted'",
    ),
    "planted_function": (function("planted", "plant"), "'planted'"),
    "antigravity": (layer("x", "antigravity", name="x"), "'antigravity'"),
    "keras_nlp": (layer("x", "keras_nlp", name="x"), "'keras_nlp'"),
    "keras_hub": (layer("x", "keras_hub.models", name="x"), "'keras_hub"),
    "keras_named": (layer("x", "kerasx.planted", name="x"), "'kerasx"),
    "download": (function("keras.utils", "get_file"), "'get_file'"),
    "unsafe": (
        function("keras.config", "enable_unsafe_deserialization"),
        "'enable_unsafe_deserialization'",
    ),
    "load_again": (function("keras.saving", "load_model"), "'load_model'"),
    "plot": (function("keras.utils", "plot_model"), "'plot_model'"),
    "backend": (function("keras.config", "set_backend"), "'set_backend'"),
    "deserialize": (function("keras.losses", "deserialize"), "'deserialize'"),
    "log_file": (
        layer("CSVLogger", "keras.callbacks", filename="planted.csv"),
        "'keras.callbacks'",
    ),
    "private": (
        layer("FeatureSpace", "keras.src.layers.preprocessing.feature_space"),
        UNBUILT,
    ),
    "utilities": (layer("x", "keras.src.utils", name="x"), "keras.src.utils"),
    "class_of_a_list": (layer(["Dense"], name="x"), "no text"),
    "module_of_a_dict": (layer("Dense", {"a": 1}, name="x"), "no text"),
    "registered_list": (layer("Dense", "keras.layers", [1], name="x"), UNBUILT),
    "compiled_plant": (
        changed(
            lambda c: c.update(
                compile_config={
                    "optimizer": {
                        "module": "planted",
                        "class_name": "Plant",
                        "config": {},
                        "registered_name": None,
                    }
                }
            )
        ),
        "'planted'",
    ),
}


# What the weights are.


def weights(change):
    def build(path, parts):
        content = io.BytesIO(parts[WEIGHTS])
        with h5py.File(content, "r+") as file:
            change(file)
        write(path, {**parts, WEIGHTS: content.getvalue()})

    return build


def kernel(replace):
    """Another thing in the place of the first kernel."""

    def change(file):
        group = file["layers/dense/vars"]
        shape = group["0"].shape
        del group["0"]
        replace(group, shape)

    return weights(change)


def external(group, shape):
    group.create_dataset("0", shape, "f4", external=[("planted.bin", 0, 10**7)])


def virtual(group, shape):
    layout = h5py.VirtualLayout(shape, "f4")
    layout[:] = h5py.VirtualSource("planted.h5", "x", shape)
    group.create_virtual_dataset("0", layout)


def zeros(shape, **options):
    def replace(group, _):
        group.create_dataset("0", shape, "f4", **options)

    return kernel(replace)


def with_block(path, parts):
    content = io.BytesIO()
    with (
        h5py.File(io.BytesIO(parts[WEIGHTS]), "r") as source,
        h5py.File(content, "w", userblock_size=512) as target,
    ):
        for name in source:
            source.copy(name, target)
    write(path, {**parts, WEIGHTS: content.getvalue()})


WEIGHT_FILES = {
    "h5_text": (lambda p, parts: write(p, {**parts, WEIGHTS: b"x"}), "damaged"),
    "h5_cut": (
        lambda p, parts: write(
            p, {**parts, WEIGHTS: parts[WEIGHTS][: len(parts[WEIGHTS]) // 2]}
        ),
        "damaged",
    ),
    "h5_empty": (
        weights(lambda file: [file.__delitem__(key) for key in list(file)]),
        UNBUILT,
    ),
    "h5_external_link": (
        kernel(
            lambda group, _: group.__setitem__(
                "0", h5py.ExternalLink("planted.h5", "/x")
            )
        ),
        "a link",
    ),
    "h5_external_group": (
        weights(
            lambda file: file.__setitem__(
                "more", h5py.ExternalLink("planted.h5", "/")
            )
        ),
        "a link",
    ),
    "h5_soft_link": (
        kernel(lambda group, _: group.__setitem__("0", h5py.SoftLink("1"))),
        "a link",
    ),
    "h5_external_data": (kernel(external), "another file"),
    "h5_virtual_data": (kernel(virtual), "another file"),
    "h5_never_written": (zeros((10**9,)), "20 times as many"),
    "h5_gzip_bomb": (
        zeros((10**9,), chunks=(10**6,), compression="gzip", fillvalue=1.0),
        "20 times as many",
    ),
    "h5_many_axes": (zeros((1_000,) * 5, chunks=(1,) * 5), "20 times as many"),
    "h5_gzip": (zeros((5, 3), compression="gzip"), LOADS),
    "h5_plugin": (zeros((5, 3), compression="lzf"), "another method"),
    "h5_circle": (
        weights(lambda file: file["layers"].__setitem__("up", file["/"])),
        "no array",
    ),
    "h5_named_type": (
        weights(lambda file: file.__setitem__("t", np.dtype("f8"))),
        "no array",
    ),
    "h5_null": (
        kernel(lambda group, _: group.__setitem__("0", h5py.Empty("f4"))),
        "without a shape",
    ),
    "h5_other_shape": (zeros((50, 30)), UNBUILT),
    "h5_block": (with_block, LOADS),
}

CASES = {**ARCHIVES, **CONFIGURATIONS, **WEIGHT_FILES}
