"""Where Terraform's providers come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.providers import cli_configuration, find_mirror, usual_places

PLATFORM = "linux_amd64"


def unpacked(directory: Path, platform: str = PLATFORM, host: str = "registry.terraform.io", name: str = "aws") -> Path:
    """Make a directory a mirror in the unpacked layout."""
    (directory / host / "hashicorp" / name / "5.100.0" / platform).mkdir(parents=True)
    return directory


def packed(directory: Path) -> Path:
    """Make a directory a mirror in the layout that `terraform providers mirror` writes."""
    folder = directory / "registry.terraform.io/hashicorp/aws"
    folder.mkdir(parents=True)
    (folder / f"terraform-provider-aws_6.1.0_{PLATFORM}.zip").touch()
    return directory


@pytest.fixture(autouse=True)
def nobodys_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without anything, and no variable that names a file."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


def test_the_first_directory_with_the_provider_for_this_platform_is_the_mirror(tmp_path: Path) -> None:
    none = tmp_path / "none"
    other = unpacked(tmp_path / "other", platform="darwin_arm64")
    random = unpacked(tmp_path / "random", name="random")
    right = unpacked(tmp_path / "right")
    later = packed(tmp_path / "later")

    assert find_mirror([none, other, random, right, later], PLATFORM) == (
        right,
        ["registry.terraform.io/hashicorp/aws"],
    )


def test_a_mirror_may_hold_archives(tmp_path: Path) -> None:
    assert find_mirror([packed(tmp_path)], PLATFORM) == (tmp_path, ["registry.terraform.io/hashicorp/aws"])


def test_a_mirror_counts_only_for_the_providers_that_it_has(tmp_path: Path) -> None:
    unpacked(tmp_path)
    unpacked(tmp_path, host="registry.opentofu.org")
    unpacked(tmp_path, name="random")
    unpacked(tmp_path, name="local", platform="darwin_arm64")

    assert find_mirror([tmp_path], PLATFORM)[1] == [
        "registry.opentofu.org/hashicorp/aws",
        "registry.terraform.io/hashicorp/aws",
        "registry.terraform.io/hashicorp/random",
    ]


def test_terraforms_own_places_come_before_those_in_opt(tmp_path: Path) -> None:
    home, opt = tmp_path / "home", tmp_path / "opt"
    (opt / "terraform/mirror").mkdir(parents=True)

    assert list(usual_places(home, opt)) == [
        home / ".terraform.d/plugins",
        home / ".local/share/terraform/plugins",
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
        opt / "terraform",
        opt / "terraform/mirror",
    ]


def test_a_configuration_of_the_persons_own_is_used_as_it_is(
    tmp_path: Path, nobodys_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(nobodys_home / ".terraform.d/plugins")
    in_home = nobodys_home / ".terraformrc"
    in_home.touch()
    assert cli_configuration(tmp_path, PLATFORM) == in_home

    named = tmp_path / "company.tfrc"
    named.touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(named))
    assert cli_configuration(tmp_path, PLATFORM) == named


def test_a_named_configuration_that_does_not_exist_is_passed_over(
    tmp_path: Path, nobodys_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing"))
    mirror = unpacked(nobodys_home / ".terraform.d/plugins")

    written = cli_configuration(tmp_path, PLATFORM)

    assert written.read_text() == (
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f'    path    = "{mirror}"\n'
        '    include = ["registry.terraform.io/hashicorp/aws"]\n'
        "  }\n"
        "  direct {\n"
        '    exclude = ["registry.terraform.io/hashicorp/aws"]\n'
        "  }\n"
        "}\n"
    )


def test_without_a_mirror_providers_come_from_the_registry_and_are_kept(
    tmp_path: Path, nobodys_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_such_platform = "plan9_mips"
    written = cli_configuration(tmp_path, no_such_platform)
    assert written.read_text() == f'plugin_cache_dir = "{nobodys_home}/.cache/pressform/terraform-plugins"\n'
    assert (nobodys_home / ".cache/pressform/terraform-plugins").is_dir()

    monkeypatch.setenv("TF_PLUGIN_CACHE_DIR", str(tmp_path / "plugins"))
    written = cli_configuration(tmp_path, no_such_platform)
    assert written.read_text() == f'plugin_cache_dir = "{tmp_path}/plugins"\n'
