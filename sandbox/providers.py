"""Where Terraform gets its providers from: a mirror on this machine, else the public registry."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.terraform import SandboxError

MIRROR = """\
provider_installation {{
  filesystem_mirror {{
    path    = {directory}
    include = {providers}
  }}
  direct {{
    exclude = {providers}
  }}
}}
"""
TURN = 900
"""Seconds for an installation: a provider of 150 MB, on a slow line."""

ADVICE = (
    "If the network or a proxy (HTTPS_PROXY) cut the download of a provider, give the command again. A machine that"
    " cannot reach the registry can have its providers in ~/.terraform.d/plugins: run"
    " `terraform providers mirror ~/.terraform.d/plugins` in the stack's folder on one that can, and copy them."
)

REGISTRY = "plugin_cache_dir = {directory}\n"


def cli_configuration(folder: Path, platform: str) -> Path:
    """The CLI configuration file that Terraform is to use, which is written where the person has none.

    In this order, the first that there is:

    1. the person's own: the file that `TF_CLI_CONFIG_FILE` names, else `~/.terraformrc`
       or `~/.tofurc`. It says everything about providers, so it is used as it is;
    2. a filesystem mirror in one of the `usual_places`, for the providers that it has
       for this platform; anything else comes from the registry;
    3. the public registry, with a plugin cache (`TF_PLUGIN_CACHE_DIR`, else one in the
       person's cache folder): the AWS provider alone is some 700 MB.

    https://developer.hashicorp.com/terraform/cli/config/config-file

    Args:
        folder: where one is written.
        platform: what providers must be built for, such as `linux_amd64`.

    Returns:
        Its path.
    """
    home = Path.home()
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    for own in ([Path(named)] if named else []) + [home / ".terraformrc", home / ".tofurc"]:
        if own.is_file() and os.access(own, os.R_OK):
            return own.absolute()

    written = folder / "terraform.rc"
    directory, providers = find_mirror(usual_places(home), platform)
    if directory:
        text = MIRROR.format(directory=json.dumps(str(directory)), providers=json.dumps(providers))
    else:
        text = REGISTRY.format(directory=json.dumps(str(plugin_cache())))
    written.write_text(text)
    return written


def usual_places(home: Path, opt: Path = Path("/opt")) -> Iterator[Path]:
    """The directories Terraform itself takes for mirrors, then those up to two deep in `/opt`."""
    data_home = os.environ.get("XDG_DATA_HOME") or home / ".local/share"
    yield home / ".terraform.d/plugins"
    for shared in (data_home, "/usr/local/share", "/usr/share"):
        yield Path(shared) / "terraform/plugins"
    yield from sorted(opt.glob("*"))
    yield from sorted(opt.glob("*/*"))


def find_mirror(directories: Iterable[Path], platform: str) -> tuple[Path | None, list[str]]:
    """The first directory that mirrors the AWS provider for `platform`, and what it mirrors.

    Both layouts count, `VERSION/PLATFORM/` and `..._VERSION_PLATFORM.zip`, and both
    hosts: Terraform and OpenTofu each look under the address of their own registry.

    Returns:
        The directory, None where no one mirrors it; and the providers' addresses.
    """
    for directory in directories:
        providers = {
            "/".join(found.relative_to(directory).parts[:3])
            for layout in (f"*/{platform}", f"*_{platform}.zip")
            for found in directory.glob(f"registry.*/hashicorp/*/{layout}")
        }
        if any(provider.endswith("/aws") for provider in providers):
            return directory, sorted(providers)
    return None, []


def plugin_cache() -> Path:
    """Where downloaded providers are kept, shared by every sandbox of this person."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = Path(os.environ.get("TF_PLUGIN_CACHE_DIR") or caches / "pressform/terraform-plugins")
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold every other installation of providers off: a plugin cache is not safe for two.

    https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache

    Raises:
        SandboxError: another one has gone on for too long.
    """
    path = Path(tempfile.gettempdir(), f"pressform-{os.getuid()}.lock")
    with path.open("w") as lock:
        last = time.monotonic() + TURN
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > last:
                    raise SandboxError(
                        f"another command has been installing providers for {TURN // 60} minutes;"
                        f" end it (it holds {path}), then try again"
                    ) from None
                time.sleep(0.1)
        yield
