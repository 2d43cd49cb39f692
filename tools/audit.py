"""Look the pinned requirements up in the vulnerability database.

Invariant: a known vulnerability fails the build; not being able to ask does not, but is said out loud.
"""

from __future__ import annotations

import subprocess
import sys

_OFFLINE = (
    "connection",
    "unreachable",
    "timed out",
    "timeout",
    "name resolution",
    "max retries",
    "ssl",
    "404",
    "403",
    "50",
)


def main() -> int:
    """Exit code: 0 clean or not reachable, 1 vulnerabilities."""
    command = [sys.executable, "-m", "pip_audit", "-r", "requirements.txt", "--require-hashes", "--disable-pip"]
    try:
        done = subprocess.run(
            [*command, "--progress-spinner", "off", "--timeout", "10"],
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print("dependency audit: the vulnerability database did not answer in time; NOT audited")
        return 0
    output = (done.stdout + done.stderr).strip()
    if done.returncode == 0:
        print(f"dependency audit: {output.splitlines()[-1] if output else 'nothing known'}")
        return 0
    if "Found" in output and "vulnerabilit" in output:
        print(output)
        return 1
    if any(word in output.lower() for word in _OFFLINE):
        print("dependency audit: the vulnerability database cannot be reached; NOT audited")
        return 0
    print(output)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
