"""Search by coverage: ``python search.py SECONDS``, each target in turn; prints what it found and keeps it in ``found/``."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


def search(name: str, seconds: int) -> None:
    """Search one target; a find ends the process with a trace and an input under ``found/``."""
    import atheris  # noqa: PLC0415 it is in an environment of its own

    with atheris.instrument_imports(include=["ecomflow", "jinja2", "yaml"]):
        from seeds import SEEDS, WORDS  # noqa: PLC0415 what is imported here is watched
        from targets import TARGETS  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="ecomflow-corpus-"))
    for number, seed in enumerate(SEEDS[name]):
        (folder / f"seed-{number}").write_bytes(seed)
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in WORDS)
    (folder.parent / f"{folder.name}.dict").write_text("".join(f'"{word}"\n' for word in escaped))
    options = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=4096", f"-dict={folder}.dict", "-print_final_stats=0", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}-find-", str(folder)], _keeping(name, TARGETS[name]))
    atheris.Fuzz()


def _keeping(name, target):
    def take(data: bytes) -> None:
        try:
            target(data)
        except BaseException:
            (HERE / "found").mkdir(exist_ok=True)
            (HERE / "found" / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
            raise

    return take


def main() -> int:
    """Search every target for its share of the time; return 1 where one found something."""
    names = sys.argv[2:] or ["yaml", "workflow", "project_file", "case_file", "expression", "template", "duration", "cron", "event", "cloud", "shopify"]
    share = max(1, int(sys.argv[1]) // len(names))
    bad = []
    for name in names:
        done = subprocess.run([sys.executable, __file__, str(share), name], env={**os.environ, "ECOMFLOW_SEARCH": "1"}, capture_output=True, text=True, check=False)
        print(f"{name:14} {share} s: {'nothing found' if done.returncode == 0 else 'FOUND SOMETHING'}", flush=True)
        if done.returncode:
            bad.append(name)
            print(done.stderr[-3000:])
    return int(bool(bad))


if __name__ == "__main__":
    if os.environ.get("ECOMFLOW_SEARCH"):
        search(sys.argv[2], int(sys.argv[1]))
    else:
        sys.exit(main())
