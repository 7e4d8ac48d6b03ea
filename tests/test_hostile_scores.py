"""Score files of anyone: nothing in them reaches the terminal as a command."""

import copy
import json
import os

import pytest

from kgan import sample, scores, terminal
from kgan.scores.__main__ import main

pytestmark = pytest.mark.once

RECORD = scores.stamp(
    scores={"distance": 3.0},
    protocol={"selected": "last"},
    dataset="digits",
    split="test",
    num_real=10,
    num_fake=10,
    seed=0,
    step=5,
)
# Clears the screen, rings, sets the title, begins a command in one byte,
# turns the line around, ends the line, half a character.
MARKS = ["\x1b[2J", "\x07", "\x1b]0;x\x07", "\x9b31m", "\u202e", "\n", "\udc9b"]


def written(path, change):
    record = copy.deepcopy(RECORD)
    change(record)
    path.write_text(json.dumps(record))
    return str(path)


def in_scores(record, mark):
    record["scores"] = {f"distance{mark}": 3.0}


def in_a_protocol_field(record, mark):
    record["protocol"][f"field{mark}"] = 1


def in_a_protocol_value(record, mark):
    record["protocol"]["settings"]["selected"] = f"best{mark}" * 30


def in_a_run_field(record, mark):
    record["run"][f"field{mark}"] = [1]


def in_a_run_value(record, mark):
    record["run"]["command"] = f"python{mark}"


def in_a_hash(record, mark):
    record["run"]["generator_sha256"] = f"ab{mark}"


def in_a_bad_score(record, mark):
    record["scores"] = {f"distance{mark}": f"three{mark}"}


def in_the_format(record, mark):
    record["format"] = f"1{mark}"


PLACES = [
    *(in_scores, in_a_protocol_field, in_a_protocol_value, in_a_run_field),
    *(in_a_run_value, in_a_hash, in_a_bad_score, in_the_format),
]


def printed_with(tmp_path, capsys, change, mark):
    """What the command prints of a plain file and one with the mark."""
    plain = written(tmp_path / "a.json", lambda record: None)
    other = written(tmp_path / "b.json", lambda record: change(record, mark))
    texts = []
    for pair in ([plain, other], [other, plain], [other, other]):
        assert main(pair) in (0, 2)
        texts.append("".join(capsys.readouterr()))
    return texts


@pytest.mark.parametrize("mark", MARKS, ids=ascii)
@pytest.mark.parametrize("change", PLACES, ids=lambda place: place.__name__)
def test_no_mark_is_printed_raw(tmp_path, capsys, change, mark):
    usual = printed_with(tmp_path, capsys, change, "x")
    texts = printed_with(tmp_path, capsys, change, mark)
    for text, plain in zip(texts, usual, strict=True):
        text.encode()  # What could not be encoded would not be printed.
        lines = text.split("\n")
        assert all(line.isprintable() for line in lines)
        assert len(lines) == len(plain.split("\n"))
    escapes = {ascii(mark)[1:-1], json.dumps(mark)[1:-1]}
    # Of a hash, twelve characters are shown.
    shown = change is in_a_hash or any(e in texts[0] for e in escapes)
    assert shown, texts[0]


def test_names_of_files_are_escaped(tmp_path, capsys):
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\x1b[2J\xff\n.json")
    with open(os.fsencode(name), "w") as file:
        json.dump(RECORD, file)
    assert main([name, name]) == 0
    printed = capsys.readouterr().out
    first, second, *_ = printed.splitlines()
    for line, letter in ((first, "A"), (second, "B")):
        assert line == f"{letter}: {tmp_path}/\\x1b[2J\\udcff\\n.json"
    assert main([f"{name}x", name]) == 2
    assert "\\x1b[2J" in capsys.readouterr().err


def test_the_sample_command_escapes_names(capsys):
    assert sample.main(["\x1b[2J\udcff.keras"]) == 2
    printed = capsys.readouterr().err
    assert printed.strip().isprintable() and "\\x1b[2J" in printed


def test_long_values_are_still_told_apart(tmp_path, capsys):
    paths = [
        written(
            tmp_path / f"{end}.json",
            lambda record, end=end: record["run"].update(
                command="\udc80" * 200 + end
            ),
        )
        for end in "ab"
    ]
    assert main(paths) == 0
    (line,) = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("command")
    ]
    first, second = line.split("sha256")[1:]
    assert first.split(")")[0] != second.split(")")[0]


def deep(depth):
    node = 1
    for _ in range(depth):
        node = {"a": node}
    return lambda record: record["protocol"]["settings"].update(a=node)


@pytest.mark.parametrize("depth", [150, 900])
def test_deep_files_are_refused(tmp_path, capsys, depth):
    paths = [written(tmp_path / f"{i}.json", deep(depth + i)) for i in (0, 1)]
    assert main(paths) == 2
    assert "0.json" in capsys.readouterr().err


def test_what_has_no_end_is_no_score_file(tmp_path):
    pipe, large = tmp_path / "pipe.json", tmp_path / "large.json"
    os.mkfifo(pipe)
    with large.open("wb") as file:
        file.truncate(10 * 2**30)
    for path in (pipe, large, tmp_path):
        with pytest.raises(ValueError, match=f"regular file.*{path.name}"):
            scores.read(path)


def test_text_that_a_terminal_only_shows_is_left_alone():
    text = "Fréchet 距離 (ε = 1e-3) 'quoted' \\n — 🙂"
    assert terminal.printable(text) == terminal.one_line(text) == text
    assert terminal.printable("a\nb\tc") == "a\nb\\tc"
    assert terminal.one_line("a\nb") == "a\\nb"
