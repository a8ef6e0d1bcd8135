import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tinytales.training.ranks import Ranks

TOP = Path(__file__).parent.parent.parent


def test_two_processes_do_what_one_does(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.training.two_ranks", str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    result = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, timeout=200)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert max(found["gradients"]) < 1e-6  # relative, with 8, 3 and 1 rows for the two of them
    assert found["losses"] < 1e-4
    assert found["agree"] == [True, False, True, True, True, False]


@given(st.integers(0, 40), st.integers(1, 9))
def test_every_row_is_somebodys(rows: int, size: int) -> None:
    shares = [Ranks(rank, size).share(rows) for rank in range(size)]
    assert [row for share in shares for row in range(rows)[share]] == list(range(rows))
    assert max(share.stop - share.start for share in shares) - min(share.stop - share.start for share in shares) <= 1
