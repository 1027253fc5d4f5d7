"""A server of the bed as a person reaches it (modules.operations): the same commands as on AWS, and the same bucket."""

import subprocess
from pathlib import Path
from shutil import copyfile, rmtree

from modules.operations.server import Lines, Ran, Refused, Say
from testbed.namespace import Host
from testbed.site import Site


class BedServer:
    """One that runs WordPress: a modules.operations.server.Server."""

    def __init__(self, site: Site, host: Host | None = None) -> None:
        """Args:
        host: which one; the first where none is named.
        """
        self._host = host or next(iter(site.servers.values()))
        self._bucket = site.folder / "s3"

    def run(self, command: str, *, seconds: int = 600, log: str | None = None, say: Say | None = None) -> Ran:
        lines, output = Lines(say), ""
        process = subprocess.Popen(
            [*self._host.enter(), "bash", "-c", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        with process:
            assert process.stdout
            for line in process.stdout:
                output += line
                lines.hear(output)
        lines.hear(output, over=True)
        return Ran(process.returncode, output)

    def upload(self, path: Path, key: str) -> None:
        versions = self._bucket / key
        versions.mkdir(parents=True, exist_ok=True)
        # Servers see it whole or not at all.
        coming = self._bucket.parent / "uploading"
        copyfile(path, coming)
        coming.rename(versions / str(len(list(versions.iterdir())) + 1))

    def holds(self, key: str) -> bool:
        return bool(self._versions(key))

    def download(self, key: str, path: Path) -> None:
        versions = self._versions(key)
        if not versions:
            raise Refused(f"the bucket has no {key}")
        copyfile(versions[-1], path)

    def delete(self, key: str) -> None:
        rmtree(self._bucket / key, ignore_errors=True)

    def _versions(self, key: str) -> list[Path]:
        return sorted((self._bucket / key).glob("*"), key=lambda version: int(version.name))
