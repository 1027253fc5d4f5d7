"""A throw-away certificate authority."""

import subprocess
from pathlib import Path

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"]


class Authority:
    def __init__(self, folder: Path):
        self.folder = folder
        self.certificate = folder / "authority.pem"
        self.key = folder / "authority.key"
        _openssl("req", "-x509", *KEY, "-subj", "/CN=Pressform test bed",
                 "-keyout", self.key, "-out", self.certificate)  # fmt: skip

    def issue(self, name: str) -> tuple[Path, Path]:
        """Certificate and key for a host name."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        _openssl("req", "-x509", *KEY, "-CA", self.certificate, "-CAkey", self.key, "-subj", f"/CN={name}",
                 "-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=critical,CA:FALSE",
                 "-keyout", key, "-out", certificate)  # fmt: skip
        return certificate, key


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=300)
