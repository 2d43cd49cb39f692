"""A Telegram companion for people who live with vitamin B12 injections."""

import os
from importlib.metadata import PackageNotFoundError, version

# One thread for arithmetic, said before numpy is loaded: a message needs little, and OpenBLAS's other threads would
# spend as much of the processor on waiting for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    __version__ = version("b12bot")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
