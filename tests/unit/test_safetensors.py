"""The tensor file: what is written is read again, and every broken file is refused before anything is allocated."""

import json

import numpy as np
import pytest
from sayso.errors import SaysoError
from sayso.models.safetensors import MAX_FILE_BYTES, MAX_HEADER_BYTES, read_tensors, write_tensors

from .errors import refused

TENSORS = {
    "b.weight": np.arange(12, dtype=np.float32).reshape(3, 4) / 7,
    "a.bias": np.array([np.pi, -0.0], np.float32),
    "n_steps": np.array([12345678901.0]),
    "nothing": np.zeros((0, 5), np.float32),
}
METADATA = {"format": "test", "title": 'Ünïcode \u2028 "quoted"'}
FILE = write_tensors(TENSORS, METADATA)


def file_of(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def entry(begin, end, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_tensors_and_metadata_come_back_bit_for_bit():
    tensors, metadata = read_tensors(FILE)
    assert metadata == METADATA
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert tensors[name].shape == tensor.shape
        assert tensors[name].tobytes() == tensor.tobytes()


def test_a_tensor_of_another_memory_order_is_written_in_c_order():
    tensors, _ = read_tensors(write_tensors({"t": TENSORS["b.weight"].T}, {}))
    assert np.array_equal(tensors["t"], TENSORS["b.weight"].T)


def test_the_body_starts_aligned():
    assert (8 + int.from_bytes(FILE[:8], "little")) % 8 == 0


def test_the_same_tensors_in_another_order_are_the_same_bytes():
    assert write_tensors(dict(reversed(TENSORS.items())), METADATA) == FILE


def test_a_file_cut_short_anywhere_is_refused():
    for length in range(len(FILE)):
        with pytest.raises(SaysoError) as caught:
            read_tensors(FILE[:length])
        assert caught.value.code in ("file_empty", "file_truncated", "file_header"), length
        assert str(length) in caught.value.message or caught.value.code != "file_truncated" or length > 10


@pytest.mark.parametrize("n_extra", [1, 4, 1000])
def test_bytes_behind_the_last_tensor_are_refused(n_extra):
    with refused("file_header", "bytes of tensors"):
        read_tensors(FILE + b"\0" * n_extra)


def test_an_empty_file_is_refused():
    with refused("file_empty", "0 bytes"):
        read_tensors(b"")


def test_an_oversized_file_is_refused():
    with refused("file_too_large", MAX_FILE_BYTES + 1, MAX_FILE_BYTES):
        read_tensors(bytes(MAX_FILE_BYTES + 1))


@pytest.mark.parametrize(
    "content",
    [b"RIFF\x24\x00\x00\x00WAVEfmt ", b"PK\x03\x04" + bytes(40), b"\x89PNG\r\n\x1a\n" + bytes(40), b"<!DOCTYPE html>",
     b'{"format": "json model"}', bytes(64), b"\xff" * 64],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_by_its_first_bytes(content):
    with refused("file_not_safetensors", repr(content[:9])):
        read_tensors(content)


def test_a_header_longer_than_any_honest_one_is_refused_by_its_length():
    with refused("file_not_safetensors"):
        read_tensors((MAX_HEADER_BYTES + 1).to_bytes(8, "little") + b"{" + bytes(100))


def test_a_header_longer_than_the_file_is_refused():
    with refused("file_truncated", 4000, 109):
        read_tensors((4000).to_bytes(8, "little") + b"{" + bytes(100))


@pytest.mark.parametrize("text", [b"{ ", b"{]", b'{"a": nope}', b'{"a": 1} {}', b'{"\xff": 1}', b"{" + b"9" * 5000])
def test_a_header_that_is_not_json_is_refused(text):
    with refused("file_header", "not JSON"):
        read_tensors(file_of(text))


@pytest.mark.parametrize("depth", [100, 300, 450, 600, 900, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(opening, closing, depth):
    text = b'{"t": ' + opening * depth + b"1" + closing * depth + b"}"
    with refused("file_header"):
        read_tensors(file_of(text))


def test_a_header_of_very_many_entries_is_refused_by_their_number():
    header = {f"{i}": 0 for i in range(100_000)}
    text = json.dumps(header, separators=(",", ":")).encode()[: MAX_HEADER_BYTES - 10]
    text = text[: text.rindex(b",")] + b"}"
    with refused("file_header", "tensors", 1000):
        read_tensors(file_of(text))


@pytest.mark.parametrize(
    "wrong",
    [
        None, 3, "F32", [], {}, {"dtype": "F32"},
        entry(0, 8, [2], dtype="BF16"), entry(0, 8, [2], dtype="I64"), entry(0, 8, [2], dtype=None),
        entry(0, 8, [2], dtype=["F32"]), entry(0, 8, [2], dtype={}),
        entry(0, 8, [-2]), entry(0, 8, [2.0]), entry(0, 8, ["2"]), entry(0, 8, [True, 2]), entry(0, 8, 2),
        entry(0, 8, None), entry(0, 8, [1] * 9), entry(0, 8, [3]), entry(0, 8, [2**26, 2**26, 2**26]),
        entry(-4, 4, [2]), entry(8, 0, [2]), entry(0.0, 8.0, [2]), entry(0, 2**70, [2]),
        {"dtype": "F32", "shape": [2], "data_offsets": [0]}, {"dtype": "F32", "shape": [2], "data_offsets": [0, 4, 8]},
        {"dtype": "F32", "shape": [2], "data_offsets": "08"},
    ],
)  # fmt: skip
def test_a_garbled_entry_is_refused_by_its_tensor_s_name(wrong):
    with refused("file_header", "'conv1.weight'"):
        read_tensors(file_of({"conv1.weight": wrong}, bytes(8)))


def test_a_long_name_does_not_flood_the_message():
    with refused("file_header"):
        read_tensors(file_of({"x" * 100_000: None}))


@pytest.mark.parametrize("shape", [[0, 2**26, 2**26], [2**26, 2**26, 2**26, 0]])
def test_an_empty_tensor_of_huge_dimensions_is_refused(shape):
    with refused("file_header", "'t'", shape[0], shape[1]):
        read_tensors(file_of({"t": entry(0, 0, shape)}))


@pytest.mark.parametrize(
    ("offsets", "named"),
    [
        ([(0, 8), (4, 12)], "starts at byte 4"),  # the second overlaps the first
        ([(0, 8), (0, 8)], "starts at byte 0"),  # both share their bytes
        ([(0, 8), (12, 20)], "starts at byte 12"),  # there is a gap between them
        ([(4, 12), (12, 20)], "starts at byte 4"),  # there is a gap before the first
    ],
)
def test_tensors_that_overlap_or_leave_a_gap_are_refused(offsets, named):
    header = {f"t{i}": entry(begin, end, [2]) for i, (begin, end) in enumerate(offsets)}
    with refused("file_header", named):
        read_tensors(file_of(header, bytes(20)))


def test_a_tensor_that_ends_behind_the_file_is_refused():
    with refused("file_truncated", 4, 8):
        read_tensors(file_of({"t": entry(0, 8, [2])}, bytes(4)))


@pytest.mark.parametrize("metadata", [None, [], "x", {"a": 1}, {"a": None}, {"a": {}}])
def test_metadata_that_is_not_text_by_name_is_refused(metadata):
    with refused("file_header", "__metadata__"):
        read_tensors(file_of({"__metadata__": metadata}))


def test_any_damaged_byte_of_the_header_is_refused_or_harmless():
    n_header = int.from_bytes(FILE[:8], "little")
    rng = np.random.default_rng(0)
    for position in range(8 + n_header):
        damaged = bytearray(FILE)
        damaged[position] ^= int(rng.integers(1, 256))
        try:
            tensors, _ = read_tensors(bytes(damaged))
        except SaysoError:
            continue
        assert sum(tensor.nbytes for tensor in tensors.values()) == len(FILE) - 8 - n_header
