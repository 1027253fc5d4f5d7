"""A server of the bed as a person reaches it (modules.operations): the same commands as on AWS, and the same bucket."""

import json
import subprocess
from pathlib import Path
from shutil import copyfile, rmtree

from modules.operations.server import Lines, Ran, Refused, Say
from testbed.namespace import Host
from testbed.site import PREFIX, Site, fast_disk

RUNNING = "running.json"
"""In a site's folder: who it is, for commands from elsewhere."""


class BedServer:
    """One that runs WordPress: a modules.operations.server.Server."""

    def __init__(self, host: Host, bucket: Path) -> None:
        """
        Args:
            bucket: the folder that stands for it.
        """
        self._host, self._bucket = host, bucket

    @classmethod
    def of(cls, site: Site) -> "BedServer":
        """The first of a site's."""
        return cls(next(iter(site.servers.values())), site.folder / "s3")

    @classmethod
    def running(cls, name: str) -> "BedServer":
        """The first of those that `make site ENV=name` runs.

        Raises:
            Refused: it does not run.
        """
        for file in fast_disk().glob(f"{PREFIX}*/{RUNNING}"):
            about = json.loads(file.read_text())
            if about["env"] == name and Path("/proc", str(about["pid"])).exists():
                host = Host.__new__(Host)
                host.pid = about["pid"]
                return cls(host, file.parent / "s3")
        raise Refused(f"{name} does not run on this machine: `make site ENV={name}` in another window starts it.")

    @staticmethod
    def make_known(site: Site, name: str) -> None:
        """For `running`."""
        about = {"env": name, "pid": next(iter(site.servers.values())).pid}
        (site.folder / RUNNING).write_text(json.dumps(about))

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
