"""Work done by several threads, its results in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def in_order(work: Callable[[_In], _Out], inputs: Iterable[_In], workers: int) -> Iterator[_Out]:
    """The results of `work` on each input, in the order of the inputs.

    Not many more than `workers` inputs are taken before their results are wanted, so that memory stays bounded.
    """
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[_Out]] = deque()
        try:
            for item in inputs:
                waiting.append(pool.submit(work, item))
                if len(waiting) > workers + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
