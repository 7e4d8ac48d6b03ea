"""Folders of images that somebody made to do harm, and what becomes of each.

Beside them the kinds that are only rare, and their right pixels.
"""

import io
import json
import os
import socket
import struct
import zlib

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 4, 6
SIDES = (HEIGHT, WIDTH)
random = np.random.default_rng(7)
RGB = random.integers(0, 256, (*SIDES, 3), dtype="uint8")
GREY = RGB[..., 1]
ALPHA = RGB[..., 2]
INDICES = random.integers(0, 4, SIDES, dtype="uint8")
COLOURS = np.array(
    [[255, 0, 0], [0, 255, 0], [10, 20, 30], [90, 80, 70]], dtype="uint8"
)
PALETTE = COLOURS[INDICES]


def on_white(pixels, alpha):
    share = alpha.astype("float64")[..., np.newaxis] / 255
    return np.round(pixels * share + 255 * (1 - share))


def channels(pixels):
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]


def indexed():
    image = Image.fromarray(INDICES, "P")
    image.putpalette(COLOURS.tobytes())
    return image


def save(image, name="a.png", **options):
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    return lambda folder: image.save(folder / name, **options)


def content(name, data):
    return lambda folder: (folder / name).write_bytes(data)


def encoded(image, form, **options):
    target = io.BytesIO()
    Image.fromarray(image).save(target, form, **options)
    return target.getvalue()


def orientation(number):
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


# From the definition of the tag, orientation by orientation.
UPRIGHT = {
    2: RGB[:, ::-1],
    3: RGB[::-1, ::-1],
    4: RGB[::-1],
    5: RGB.transpose(1, 0, 2),
    6: np.rot90(RGB, -1),
    7: RGB[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90(RGB),
}


def animation(name, **options):
    first, second = (
        Image.fromarray(np.full((*SIDES, 3), value, "uint8"))
        for value in (10, 200)
    )
    return save(
        first, name, save_all=True, append_images=[second] * 3, **options
    )


# PNG files by hand.


def chunk(kind, data):
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def png(width, height, depth, colour, rows, before=b""):
    """A file of raw rows, each with its leading filter byte."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + before
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def zeros(num_bytes):
    packer = zlib.compressobj()
    block = bytes(2**20)
    parts = [packer.compress(block) for _ in range(num_bytes // 2**20 + 1)]
    return b"".join(parts) + packer.flush()


def sixteen_bit_colours():
    wide = (RGB.astype("int") * 256 + 255).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    return png(WIDTH, HEIGHT, 16, 2, zlib.compress(rows))


def damaged(form, share=0.6):
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), "uint8")
    data = encoded(noise, form)
    return data[: int(share * len(data))]


def flipped():
    data = bytearray(encoded(RGB, "PNG"))
    data[data.index(b"IDAT") + 10] ^= 0xFF
    return bytes(data)


def bmp_of(width, height):
    data = bytearray(encoded(RGB, "BMP"))
    struct.pack_into("<ii", data, 18, width, height)
    return bytes(data)


def gif_of(width, height):
    data = bytearray(encoded(RGB, "GIF"))
    struct.pack_into("<HH", data, 6, width, height)
    return bytes(data)


# What is no file.


def pipe(folder):
    os.mkfifo(folder / "a.png")


def link(target, name="a.png"):
    return lambda folder: (folder / name).symlink_to(target)


def link_to_file(folder):
    (folder / "target").write_bytes(encoded(RGB, "PNG"))
    (folder / "a.png").symlink_to("target")


def listening(folder):
    here = os.getcwd()
    os.chdir(folder)  # The name of a socket is short.
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("a.png")
    os.chdir(here)


def folder_named_as_an_image(folder):
    (folder / "more.png").mkdir()
    save(RGB)(folder / "more.png")


def loop_of_folders(folder):
    save(RGB)(folder)
    (folder / "again").symlink_to(folder, target_is_directory=True)


def sparse(folder):
    with (folder / "a.png").open("wb") as file:
        file.write(encoded(RGB, "PNG"))
        file.truncate(10 * 2**30)


def named(name):
    def build(folder):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(encoded(RGB, "PNG"))

    return build


def large(form, height, width, mode="RGB", **options):
    """As many pixels as an image may have, all black."""

    def build(folder):
        image = Image.new(mode, (width, height))
        if mode == "P":
            image.putpalette([0] * 768)
        image.save(folder / f"a.{form}", **options)

    return build


def scans(number):
    """A progressive photograph whose last scan is repeated."""

    def build(folder):
        black = np.zeros((2_000, 2_000, 3), "uint8")
        data = encoded(black, "JPEG", progressive=True)
        last = data[data.rindex(b"\xff\xda") : -2]
        end = last * number + b"\xff\xd9"
        (folder / "a.jpg").write_bytes(data[:-2] + end)

    return build


def sparse_jpeg(folder):
    with (folder / "a.jpg").open("wb") as file:
        file.write(b"\xff\xd8\xff")
        file.truncate(2**28)


EXACT, CLOSE = 0, 1
# What `hostile_run.py` resizes to.
BLACK, WHITE = np.zeros((4, 4, 3)), np.full((4, 4, 3), 255)
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
UNREADABLE = "cannot be decoded"
LARGE = "16777216 pixels are the most"
HALF = "in a progressive JPEG half as many"

# name: (what makes the folder, its pixels, how far they may be off)
IMAGES = {
    "colour": (save(RGB), RGB, EXACT),
    "grey": (save(GREY), GREY, EXACT),
    "black_and_white": (
        save(Image.fromarray(GREY).convert("1", dither=0)),
        np.where(GREY > 127, 255, 0),
        EXACT,
    ),
    "palette": (save(indexed()), PALETTE, EXACT),
    "palette_one_clear": (
        save(indexed(), transparency=2),
        np.where((INDICES == 2)[..., np.newaxis], 255, PALETTE),
        EXACT,
    ),
    "palette_with_alpha": (
        save(indexed(), transparency=bytes([0, 90, 180, 255])),
        on_white(PALETTE, np.array([0, 90, 180, 255])[INDICES]),
        CLOSE,
    ),
    "grey_with_alpha": (
        save(np.stack([GREY, ALPHA], axis=-1)),
        on_white(channels(GREY), ALPHA),
        CLOSE,
    ),
    "colour_with_alpha": (
        save(np.concatenate([RGB, channels(ALPHA)], axis=-1)),
        on_white(RGB, ALPHA),
        CLOSE,
    ),
    "one_colour_clear": (
        save(RGB, transparency=tuple(map(int, RGB[1, 2]))),
        np.where((RGB == RGB[1, 2]).all(-1, keepdims=True), 255, RGB),
        EXACT,
    ),
    "sixteen_bits": (
        save(GREY.astype("uint16") * 256 + 255),
        GREY,
        EXACT,
    ),
    "sixteen_bit_colours": (
        content("a.png", sixteen_bit_colours()),
        RGB,
        EXACT,
    ),
    **{
        f"orientation_{number}": (
            save(RGB, exif=orientation(number)),
            pixels,
            EXACT,
        )
        for number, pixels in UPRIGHT.items()
    },
    "orientation_99": (save(RGB, exif=orientation(99)), RGB, EXACT),
    "damaged_exif": (save(RGB, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff"), RGB, 0),
    "animated_gif": (animation("a.gif"), np.full((*SIDES, 3), 10), EXACT),
    "animated_png": (animation("a.png"), np.full((*SIDES, 3), 10), EXACT),
    "clear_gif": (
        save(indexed(), "a.gif", transparency=1),
        np.where((INDICES == 1)[..., np.newaxis], 255, PALETTE),
        EXACT,
    ),
    "bmp": (save(RGB, "a.bmp"), RGB, EXACT),
    "palette_bmp": (save(indexed(), "a.bmp"), PALETTE, EXACT),
    "upside_down_bmp": (
        content("a.bmp", bmp_of(WIDTH, -HEIGHT)),
        RGB[::-1],
        EXACT,
    ),
    "jpeg": (save(RGB, "a.jpg", quality=100, subsampling=0), RGB, 12),
    "grey_jpeg": (save(GREY, "a.jpg", quality=100), GREY, 12),
    "cmyk_jpeg": (
        save(
            Image.fromarray(RGB).convert("CMYK"),
            "a.jpg",
            quality=100,
            subsampling=0,
        ),
        RGB,
        12,
    ),
    "png_named_jpg": (content("a.jpg", encoded(RGB, "PNG")), RGB, EXACT),
    "bytes_behind": (
        content("a.png", encoded(RGB, "PNG") + b"PK\x03\x04" * 9),
        RGB,
        EXACT,
    ),
    "link_to_a_file": (link_to_file, RGB, EXACT),
    "loop_of_folders": (loop_of_folders, RGB, EXACT),
    "folder_named_as_an_image": (folder_named_as_an_image, RGB, EXACT),
    "name_no_utf8": (named(b"caf\xe9-\xff\xfe.png"), RGB, EXACT),
    "name_for_a_terminal": (named(b"\x1b[2J\x07\n.png"), RGB, EXACT),
    "name_of_a_pattern": (named(b"[a-z]*?.png"), RGB, EXACT),
    "name_of_250": (named(b"a" * 250 + b".PNG"), RGB, EXACT),
    "large_colour": (large("png", 4_096, 4_096), BLACK, EXACT),
    "large_cmyk": (large("jpg", 4_096, 4_096, "CMYK"), WHITE, EXACT),
    "large_alpha": (large("png", 4_096, 4_096, "RGBA"), WHITE, EXACT),
    "large_palette_with_alpha": (
        large("png", 4_096, 4_096, "P", transparency=bytes(256)),
        WHITE,
        EXACT,
    ),
    "large_progressive": (
        large("jpg", 2_896, 2_896, progressive=True, subsampling=0),
        BLACK,
        EXACT,
    ),
    "large_turned": (
        large("png", 4_096, 4_096, exif=orientation(6)),
        BLACK,
        EXACT,
    ),
    "ten_scans_more": (scans(10), BLACK, EXACT),
    "hidden_beside": (
        lambda folder: [save(RGB)(folder), named(b".b.png")(folder)],
        RGB,
        EXACT,
    ),
}

# name: (what makes the folder, what the error says)
REFUSED = {
    "postscript": (content("a.png", EPS), UNREADABLE),
    "postscript_jpg": (content("a.jpg", EPS * 1_000), UNREADABLE),
    "postscript_binary": (
        content("a.png", b"\xc5\xd0\xd3\xc6" + struct.pack("<7I", *range(7))),
        UNREADABLE,
    ),
    "pdf": (content("a.png", b"%PDF-1.7\n"), UNREADABLE),
    "tiff": (content("a.png", encoded(RGB, "TIFF")), UNREADABLE),
    "webp": (content("a.png", encoded(RGB, "WEBP")), UNREADABLE),
    "icon": (content("a.png", encoded(RGB, "ICO")), UNREADABLE),
    "ppm": (content("a.png", encoded(RGB, "PPM")), UNREADABLE),
    "svg": (content("a.png", b"<svg xmlns='x'/>"), UNREADABLE),
    "html": (content("a.jpg", b"<html>404</html>"), UNREADABLE),
    "empty": (content("a.png", b""), UNREADABLE),
    "cut_png": (content("a.png", damaged("PNG")), UNREADABLE),
    "cut_jpeg": (content("a.jpg", damaged("JPEG")), UNREADABLE),
    "cut_gif": (content("a.gif", damaged("GIF")), UNREADABLE),
    "cut_bmp": (content("a.bmp", damaged("BMP")), UNREADABLE),
    "signature_only": (content("a.png", b"\x89PNG\r\n\x1a\n"), UNREADABLE),
    "flipped_byte": (content("a.png", flipped()), UNREADABLE),
    "no_pixels": (content("a.png", png(0, 0, 8, 0, b"")), UNREADABLE),
    "png_177_megapixels": (
        content("a.png", png(13_300, 13_300, 8, 0, zeros(13_300 * 13_301))),
        LARGE,
    ),
    "png_17_megapixels": (
        content("a.png", png(4_097, 4_096, 8, 2, zeros(4_096 * 12_293))),
        LARGE,
    ),
    "progressive_9_megapixels": (
        large("jpg", 3_000, 3_000, progressive=True),
        HALF,
    ),
    "png_10_gigapixels": (
        content("a.png", png(100_000, 100_000, 16, 6, zeros(2**20))),
        "too large",
    ),
    "png_long_row": (
        content("a.png", png(2**31 - 1, 1, 8, 0, zeros(2**20))),
        "too large",
    ),
    "bmp_of_2_gigapixels": (content("a.bmp", bmp_of(46_000, 46_000)), "large"),
    "gif_of_4_gigapixels": (content("a.gif", gif_of(65_535, 65_535)), "large"),
    "text_bomb": (
        content(
            "a.png",
            png(
                *(1, 1, 8, 0, zlib.compress(b"\0\0")),
                before=chunk(b"zTXt", b"a\0\0" + zeros(200 * 2**20)),
            ),
        ),
        UNREADABLE,
    ),
    "many_scans": (scans(5_000), "more than 100 scans"),
    "many_segments": (
        content(
            "a.jpg",
            encoded(RGB, "JPEG").replace(
                b"\xff\xda", b"\xff\xfe\0\2" * 100_000 + b"\xff\xda"
            ),
        ),
        UNREADABLE,
    ),
    "many_chunks": (
        content(
            "a.png",
            png(
                *(1, 1, 8, 0, zlib.compress(b"\0\0")),
                before=chunk(b"abCd", b"") * 2_000_000,
            ),
        ),
        UNREADABLE,
    ),
    "sparse_jpeg": (sparse_jpeg, UNREADABLE),
    "pipe": (pipe, "a pipe"),
    "socket": (listening, "a socket"),
    "link_to_a_device": (link("/dev/zero"), "a device"),
    "link_to_itself": (link("a.png"), "cannot be read"),
    "link_to_nothing": (link("/none.png"), "cannot be read"),
    "sparse_10_gb": (sparse, "10737418240 bytes"),
}


# Folders as of tensorflow-datasets.

TFDS = "tensorflow_datasets.core.features."
IMAGE = {
    "pythonClassName": f"{TFDS}image_feature.Image",
    "image": {
        "shape": {"dimensions": ["4", "6", "3"]},
        "dtype": "uint8",
        "encodingFormat": "png",
    },
}


def features(**more):
    return {
        "pythonClassName": f"{TFDS}features_dict.FeaturesDict",
        "featuresDict": {"features": {"image": IMAGE, **more}},
    }


def information(**changes):
    return {
        "name": "plain",
        "version": "1.0.0",
        "fileFormat": "tfrecord",
        "moduleName": "tensorflow_datasets.core.dataset_builders.adhoc_builder",
        "splits": [
            {
                "name": "train",
                "numBytes": "100",
                "shardLengths": ["1"],
                "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}"
                "-{SHARD_X_OF_Y}",
            }
        ],
        **changes,
    }


SHARD = "plain-train.tfrecord-00000-of-00001"


def prepared(info=None, feature=None, change=None):
    """A prepared folder of one image; `change` takes the finished folder."""

    def build(folder):
        import tensorflow as tf

        image = tf.train.Feature(
            bytes_list=tf.train.BytesList(value=[encoded(RGB, "PNG")])
        )
        example = tf.train.Example(
            features=tf.train.Features(feature={"image": image})
        )
        with tf.io.TFRecordWriter(str(folder / SHARD)) as writer:
            writer.write(example.SerializeToString())
        for name, value in (
            ("dataset_info.json", info or information()),
            ("features.json", feature or features()),
        ):
            (folder / name).write_text(json.dumps(value))
        if change is not None:
            change(folder)

    return build


def rewritten(name, data):
    return prepared(change=lambda folder: (folder / name).write_bytes(data))


def planted(**more):
    return {"pythonClassName": "planted.Plant", **more}


def shard_elsewhere(folder):
    outside = folder.parent / "planted.tfrecord-00000-of-00001"
    outside.write_bytes(b"")


def nested(depth):
    node = IMAGE
    for _ in range(depth):
        node = {
            "pythonClassName": f"{TFDS}sequence_feature.Sequence",
            "sequence": {"feature": node},
        }
    return node


FOREIGN = "not tensorflow-datasets' own"
BROKEN = "is broken"

PREPARED = {
    "prepared_module": (
        prepared(information(moduleName="planted.module")),
        FOREIGN,
    ),
    "prepared_module_snake": (
        prepared(
            {
                **{k: v for k, v in information().items() if k != "moduleName"},
                "module_name": "planted",
            }
        ),
        FOREIGN,
    ),
    "prepared_module_like": (
        prepared(information(moduleName="tensorflow_datasets_planted")),
        FOREIGN,
    ),
    "prepared_class": (prepared(feature=planted(tensor={})), FOREIGN),
    "prepared_class_snake": (
        prepared(feature={"python_class_name": "planted.Plant", "text": {}}),
        FOREIGN,
    ),
    "prepared_nested": (
        prepared(feature=features(x=planted(text={}))),
        FOREIGN,
    ),
    "prepared_sequence": (
        prepared(
            feature=features(
                x={
                    "pythonClassName": f"{TFDS}sequence_feature.Sequence",
                    "sequence": {"feature": planted(text={})},
                }
            )
        ),
        FOREIGN,
    ),
    "prepared_json": (
        prepared(
            feature={
                "pythonClassName": f"{TFDS}features_dict.FeaturesDict",
                "jsonFeature": {
                    "json": json.dumps(
                        {"x": {"type": "planted.Plant", "content": {}}}
                    )
                },
            }
        ),
        FOREIGN,
    ),
    "prepared_old": (
        prepared(feature={"type": "planted.Plant", "content": {}}),
        FOREIGN,
    ),
    "prepared_file_of_names": (
        prepared(
            feature={
                "type": f"{TFDS}class_label_feature.ClassLabel",
                "content": {"names_file": "planted.txt"},
            }
        ),
        FOREIGN,
    ),
    "prepared_script": (
        prepared(
            information(),
            features(
                x={"pythonClassName": "tensorflow_datasets.scripts.cli.main.X"}
            ),
        ),
        FOREIGN,
    ),
    "prepared_info_no_json": (rewritten("dataset_info.json", b"{"), BROKEN),
    "prepared_info_list": (rewritten("dataset_info.json", b"[]"), BROKEN),
    "prepared_info_bytes": (rewritten("dataset_info.json", b"\xff"), BROKEN),
    "prepared_info_unknown": (
        rewritten("dataset_info.json", b'{"plants": 3}'),
        BROKEN,
    ),
    "prepared_features_no_json": (rewritten("features.json", b"x"), BROKEN),
    "prepared_features_empty": (rewritten("features.json", b"{}"), BROKEN),
    "prepared_features_deep": (
        rewritten("features.json", b'{"a":' * 50_000),
        BROKEN,
    ),
    "prepared_features_nested": (
        prepared(feature=features(x=nested(300))),
        BROKEN,
    ),
    "prepared_features_none": (
        prepared(change=lambda folder: (folder / "features.json").unlink()),
        BROKEN,
    ),
    "prepared_features_pipe": (
        prepared(
            change=lambda folder: [
                (folder / "features.json").unlink(),
                os.mkfifo(folder / "features.json"),
            ]
        ),
        BROKEN,
    ),
    "prepared_labels_pipe": (
        prepared(change=lambda folder: os.mkfifo(folder / "label.labels.txt")),
        BROKEN,
    ),
    "prepared_no_shard": (
        prepared(change=lambda folder: (folder / SHARD).unlink()),
        BROKEN,
    ),
    "prepared_cut_shard": (
        prepared(change=lambda folder: os.truncate(folder / SHARD, 60)),
        BROKEN,
    ),
    "prepared_text_shard": (rewritten(SHARD, b"no records at all"), BROKEN),
    "prepared_shard_elsewhere": (
        prepared(
            information(
                splits=[
                    {
                        **information()["splits"][0],
                        "filepathTemplate": "../planted.{FILEFORMAT}"
                        "-{SHARD_X_OF_Y}",
                    }
                ]
            ),
            change=shard_elsewhere,
        ),
        BROKEN,
    ),
}
