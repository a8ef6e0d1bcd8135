"""One process of many: what torchrun starts, see `training.launch`. `python -m tinytales.training.worker FOLDER`."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from tinytales.errors import TinytalesError
from tinytales.storage import atomic
from tinytales.training.launch import STOP_SECONDS, Request
from tinytales.training.ranks import PeerLostError, join
from tinytales.training.settings import TrainSettings
from tinytales.training.train import train


def main(folder: Path) -> int:
    """Take part in the run that `folder` describes; how it ended goes into a status file there, and the exit code."""
    rank = int(os.environ["RANK"])
    if os.environ["LOCAL_RANK"] == "0":
        os.dup2(1, 2)  # the launcher's terminal; the others' words go to torchrun's log
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_listen_to_launcher, daemon=True).start()
    status: dict[str, object] = {"state": "finished", "what": "", "hint": "", "code": 0, "secondary": False}
    try:
        _train(Request.read(folder / "request.json"))
    except KeyboardInterrupt as stop:
        status |= {"state": "stopped", "what": str(stop)}
    except TinytalesError as error:
        status |= {"state": "failed", "what": error.what, "hint": error.hint, "code": error.exit_code}
        status["secondary"] = isinstance(error, PeerLostError)
    except Exception as error:
        what = f"process {rank} failed: {type(error).__name__}: {error}"
        status |= {"state": "failed", "what": what, "hint": "see the traceback with one process", "code": 1}
    # torchrun ends everybody as soon as one fails: say why before.
    atomic.write_text(folder / f"status-{os.environ['LOCAL_RANK']}.json", json.dumps(status))
    return int(status["state"] == "failed")


def _train(request: Request) -> None:
    settings = TrainSettings(**request.settings)  # type: ignore[arg-type]
    train(
        Path(request.tokens),
        Path(request.target),
        settings,
        given=request.given,
        go_on_with=request.go_on_with,
        ranks=join(settings.silence_seconds),
    )


def _listen_to_launcher() -> None:
    """Stop the run when the launcher says so or is gone; end the process if that takes too long."""
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stderr.flush()
    os._exit(code)  # threads of a broken process group would keep it
