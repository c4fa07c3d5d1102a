from __future__ import annotations

import struct

import numpy as np
import pytest
import torch

from understudy.core.errors import BadInputError
from understudy.core.train.events import EventWriter, crc32c
from understudy.core.train.loop import CHECKPOINT, Budget, cosine, train


class Line:
    """Fits y = 3x by gradient descent on random x, with dropout so that torch's own randomness matters."""

    def __init__(self) -> None:
        torch.manual_seed(5)
        self.model = torch.nn.Linear(1, 1)
        self.modules = {"model": self.model}
        self.optimizers = {"model": torch.optim.Adam(self.model.parameters(), 0.05)}
        self.shares: list[float] = []

    def step(self, rng, number, share):
        self.shares.append(share)
        x = torch.from_numpy(rng.standard_normal((16, 1)).astype(np.float32))
        loss = (torch.nn.functional.dropout(self.model(x), 0.1) - 3 * x).square().mean()
        self.optimizers["model"].zero_grad()
        loss.backward()
        self.optimizers["model"].step()
        return {"loss": loss.item()}

    def evaluate(self):
        return {"error": abs(self.model.weight.item() - 3)}


def test_a_resumed_training_ends_as_an_unbroken_one(tmp_path):
    whole = Line()
    train(whole, tmp_path / "a", Budget(steps=40), 3, resume=False)
    first = Line()
    calls = iter([False] * 17 + [True] * 99)
    train(first, tmp_path / "b", Budget(steps=40), 3, resume=False, cancelled=lambda: next(calls))
    second = Line()
    run = train(second, tmp_path / "b", Budget(steps=40), 3, resume=True)
    assert run.step == 40 and len(first.shares) == 17 and len(second.shares) == 23
    assert torch.equal(second.model.weight, whole.model.weight)
    assert first.shares + second.shares == whole.shares == [k / 40 for k in range(40)]
    other = Line()
    train(other, tmp_path / "c", Budget(steps=40), 4, resume=False)
    assert not torch.equal(other.model.weight, whole.model.weight)


def test_evaluated_at_intervals_and_at_the_end(tmp_path):
    seen = []
    run = train(Line(), tmp_path, Budget(steps=25), 0, False, evaluate_every=10,
                on_evaluation=lambda run, metrics: seen.append(run.step))  # fmt: skip
    assert seen == [10, 20, 25] == [row["step"] for row in run.history]


def test_minutes_end_a_training(tmp_path):
    run = train(Line(), tmp_path, Budget(minutes=0.5 / 60), 0, False)
    assert 0.5 <= run.seconds < 3 and run.step > 20
    assert Budget(minutes=2).share(5, 60) == 0.5


def test_folders_are_not_mixed_up(tmp_path):
    with pytest.raises(BadInputError, match="no training to resume"):
        train(Line(), tmp_path, Budget(steps=5), 0, resume=True)
    train(Line(), tmp_path, Budget(steps=5), 0, resume=False)
    with pytest.raises(BadInputError, match="holds a training already"):
        train(Line(), tmp_path, Budget(steps=5), 0, resume=False)
    with pytest.raises(BadInputError, match="seed 0"):
        train(Line(), tmp_path, Budget(steps=5), 1, resume=True)
    other = Line()
    other.modules = {"another": torch.nn.Linear(2, 2)}
    with pytest.raises(BadInputError, match="another kind"):
        train(other, tmp_path, Budget(steps=9), 0, resume=True)
    assert (tmp_path / CHECKPOINT).is_file()


def test_a_training_that_diverges_says_so(tmp_path):
    task = Line()
    task.step = lambda rng, number, share: {"loss": float("nan")}
    with pytest.raises(FloatingPointError, match="step 20"):
        train(task, tmp_path, Budget(steps=50), 0, False)


def test_cosine_rises_then_falls_to_its_least():
    assert cosine(0.0) < 0.05
    assert cosine(0.02) == pytest.approx(1, abs=0.01)
    assert cosine(0.51, warm_up=0, least=0) == pytest.approx(0.5, abs=0.02)
    assert cosine(1.0) == pytest.approx(0.01)


class TestEvents:
    def test_checksum_of_the_published_vectors(self):
        """RFC 3720, B.4."""
        assert crc32c(bytes(32)) == 0x8A9136AA
        assert crc32c(b"\xff" * 32) == 0x62A8AB43
        assert crc32c(bytes(range(32))) == 0x46DD794E

    def test_records_read_back(self, tmp_path):
        with EventWriter(tmp_path) as writer:
            writer.scalars(300, {"train/loss": 0.25, "x": -2.0})
        data = next(tmp_path.glob("events.out.tfevents.*")).read_bytes()
        records = []
        while data:
            (size,) = struct.unpack("<Q", data[:8])
            for part, crc in ((data[:8], data[8:12]), (data[12 : 12 + size], data[12 + size : 16 + size])):
                value = (struct.unpack("<I", crc)[0] - 0xA282EAD8) & 0xFFFFFFFF
                assert ((value >> 17) | (value << 15)) & 0xFFFFFFFF == crc32c(part)
            records.append(data[12 : 12 + size])
            data = data[16 + size :]
        assert records[0].endswith(b"brain.Event:2")
        event = records[1]
        # Fields by hand: 1 wall time, 2 step 300 as a varint, 5 the summary with two values.
        assert event[0] == 0x09 and event[9:12] == b"\x10\xac\x02" and event[12] == 0x2A
        assert b"\x0a\x0atrain/loss\x15" + struct.pack("<f", 0.25) in event
        assert b"\x0a\x01x\x15" + struct.pack("<f", -2.0) in event
