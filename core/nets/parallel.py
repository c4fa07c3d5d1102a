"""A batch spread over the processor's cores, one thread of torch each.

A small network has hundreds of short operations. Splitting each of them over the cores makes the threads wait for one
another hundreds of times, which on a busy machine costs more than the work; whole images side by side never wait.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import numpy as np
import torch

T = TypeVar("T")
# A part of one or two images takes twice the time per image; several callers keep the cores busy with whole parts.
_SMALLEST = 4


def side_by_side(run: Callable[[np.ndarray], T], images: np.ndarray, batch: int) -> list[T]:
    """``run`` on consecutive parts of ``images`` (N, ...), N ≥ 1, of at most ``batch``; the results in order."""
    pool, workers = _pool()
    size = min(batch, max(-(-len(images) // workers), _SMALLEST if len(images) > workers else 1))
    parts = [images[start : start + size] for start in range(0, len(images), size)]
    return list(pool.map(run, parts))


@cache
def _pool() -> tuple[ThreadPoolExecutor, int]:
    """One worker for each thread that torch would have used (so OMP_NUM_THREADS is heard)."""
    workers = max(1, torch.get_num_threads())
    _keep_memory()
    return ThreadPoolExecutor(workers, "understudy-nets", initializer=torch.set_num_threads, initargs=(1,)), workers


def _keep_memory() -> None:
    """Ask glibc to keep freed buffers: returned to the system and faulted in again, they cost a fifth of the time."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "gnu_get_libc_version"):
        m_trim_threshold, m_mmap_threshold = -1, -3
        libc.mallopt(m_mmap_threshold, 32 * 2**20)
        libc.mallopt(m_trim_threshold, 1024 * 2**20)
