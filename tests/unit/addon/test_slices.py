from __future__ import annotations

import threading
import time

import pytest

from understudy.addon.slices import apart, at_once, for_a_while


def counting(done: list[int], until: int):
    for i in range(until):
        done.append(i)
        yield
    return "all"


def test_all_of_it_at_once():
    done: list[int] = []
    assert at_once(counting(done, 5)) == "all" and done == [0, 1, 2, 3, 4]


def test_at_least_one_piece_at_a_time():
    done: list[int] = []
    steps = counting(done, 2)
    assert not for_a_while(steps, 0.0) and done == [0]
    assert not for_a_while(steps, 0.0) and done == [0, 1]
    assert for_a_while(steps, 0.0)


def test_it_stops_in_time():
    def slow():
        while True:
            time.sleep(0.01)
            yield

    began = time.monotonic()
    assert not for_a_while(slow(), 0.05)
    assert time.monotonic() - began < 1.0


def test_what_is_apart_runs_in_another_thread():
    assert at_once(apart(threading.get_ident)) != threading.get_ident()


def test_what_goes_wrong_apart_is_raised_here():
    def wrong():
        raise ValueError("no such bone")

    with pytest.raises(ValueError, match="no such bone"):
        at_once(apart(wrong))
