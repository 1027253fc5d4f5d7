"""`python main.py`: from environment files to JSON on disk."""

import json
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from modules.synthesis.output_folder import scratch_folder
from tests.synthesis.conftest import SITE, Folder

BROKEN = SITE.replace('"10.0.1.0/24"', '"10.0.0.0/24"')


def test_it_writes_every_environment_and_says_where(shop: Folder):
    shop.write(blog=SITE)
    run = shop.start()
    said, complaints = run.communicate()
    assert (run.returncode, complaints) == (0, "")
    assert said.splitlines() == ["cdktf.out/stacks/blog/cdk.tf.json", "cdktf.out/stacks/shop/cdk.tf.json"]
    assert sorted(shop.files()) == [
        "manifest.json",
        *(f"stacks/{name}/{file}" for name in ("blog", "shop") for file in ("assets/release.tar", "cdk.tf.json")),
    ]
    assert json.loads((shop.output / "manifest.json").read_text())["stacks"].keys() == {"blog", "shop"}


def test_the_output_goes_where_cdktfs_command_line_wants_it(shop: Folder, tmp_path: Path):
    elsewhere = tmp_path / "else where"
    run = shop.start(CDKTF_OUTDIR=str(elsewhere))
    said, _ = run.communicate()
    assert said.splitlines() == [f"{elsewhere}/stacks/shop/cdk.tf.json"]
    assert not shop.output.exists()


def test_a_title_is_text_to_terraform_and_to_the_shell(shop: Folder):
    title = """${file("/etc/passwd")} %{ if true }'"$(id)`id`\\ 🗻"""
    shop.write(shop=SITE + f"title = {json.dumps(title, ensure_ascii=False)}\n")
    assert shop.synth() == 0
    script = json.loads(shop.stack("shop").read_text())["locals"]["web_settings"]
    (line,) = [line for line in script if line.startswith("TITLE=")]
    assert "${" not in line
    assert "%{" not in line
    shell = subprocess.run(
        ["bash", "-c", f'{line}\nprintf %s "$TITLE"'], env={}, text=True, capture_output=True, check=True
    )
    assert shell.stdout == title


def test_two_runs_and_another_folder_give_the_same_bytes(shop: Folder, tmp_path_factory: pytest.TempPathFactory):
    other = Folder(tmp_path_factory.mktemp("another folder"))
    other.write(shop=SITE)
    assert shop.synth() == 0
    first = shop.contents()
    shutil.rmtree(shop.output)
    for run in (shop.start(PYTHONHASHSEED="2"), other.start(PYTHONHASHSEED="1", LC_ALL="C", TZ="Asia/Tokyo")):
        assert run.communicate()[1] == ""
    assert shop.contents() == other.contents() == first


def test_an_unchanged_environment_keeps_its_files_time(shop: Folder):
    shop.write(blog=SITE)
    assert shop.synth() == 0
    before = shop.files()
    shop.write(blog=SITE.replace("t2.micro", "t3.micro"))
    assert shop.synth() == 0
    after = shop.files()
    assert {name for name in before if before[name] != after[name]} == {"stacks/blog/cdk.tf.json"}


def test_a_deleted_environments_json_goes_away_and_what_terraform_keeps_beside_it_stays(
    shop: Folder, capsys: pytest.CaptureFixture[str]
):
    shop.write(blog=SITE)
    assert shop.synth() == 0
    kept = shop.stack("blog").parent / ".terraform"
    kept.mkdir()
    (shop.path / "environments" / "blog.toml").unlink()
    capsys.readouterr()
    assert shop.synth() == 0
    assert capsys.readouterr().out.splitlines() == [
        "cdktf.out/stacks/blog/cdk.tf.json: removed, as there is no environment blog any more",
        "cdktf.out: 1 environment was up to date",
    ]
    assert not shop.stack("blog").exists()
    assert kept.exists()
    assert shop.listed() == ["shop"]


def test_a_broken_file_keeps_its_earlier_json_and_the_others_are_rendered(
    shop: Folder, capsys: pytest.CaptureFixture[str]
):
    shop.write(blog=SITE)
    assert shop.synth() == 0
    before = shop.files()
    shop.write(blog=BROKEN, news="", shop=SITE.replace("t2.micro", "t3.micro"))
    capsys.readouterr()
    assert shop.synth() == 2
    after = shop.files()
    assert {name for name in before if before[name] != after[name]} == {"stacks/shop/cdk.tf.json"}
    assert after.keys() == before.keys()
    assert shop.listed() == ["blog", "shop"]
    said, complaints = capsys.readouterr()
    assert said.splitlines() == ["cdktf.out/stacks/shop/cdk.tf.json"]
    assert [line for line in complaints.splitlines() if not line.startswith(" ") and line] == [
        "environments/blog.toml: 1 problem",
        "environments/news.toml: 1 problem",
        "The other environment was rendered. Mend the above: what they gave before is still in cdktf.out.",
    ]


def test_where_all_files_are_broken_all_are_told_and_nothing_is_written(folder: Folder):
    folder.write(blog=BROKEN, news="", wiki="region = ")
    run = folder.start()
    said, complaints = run.communicate()
    assert (run.returncode, said) == (2, "")
    headings = [line for line in complaints.splitlines() if not line.startswith(" ") and line]
    assert headings == [
        "environments/blog.toml: 1 problem",
        "environments/news.toml: 1 problem",
        "environments/wiki.toml: 1 problem",
        "Nothing was written: mend the above; cdktf.out is as it was.",
    ]
    assert "Traceback" not in complaints
    assert not folder.output.exists()


def test_a_folder_without_environments_says_what_to_do(folder: Folder):
    run = folder.start()
    said, complaints = run.communicate()
    assert (run.returncode, said) == (2, "")
    assert complaints.startswith("environments: 1 problem\n  the folder\n    found    no such folder\n")
    assert "Traceback" not in complaints


@pytest.mark.parametrize("blocked", ["cdktf.out", "cdktf.out/stacks", "cdktf.out/stacks/shop"])
def test_a_file_in_the_outputs_way_is_named(shop: Folder, capsys: pytest.CaptureFixture[str], blocked: str):
    place = shop.path / blocked
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("mine")
    assert shop.synth() == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{blocked}")
    assert "cannot be written: " in said
    assert len(said.splitlines()) == 1
    assert place.read_text() == "mine"


def test_a_folder_in_the_jsons_place_is_named(shop: Folder, capsys: pytest.CaptureFixture[str]):
    shop.stack("shop").mkdir(parents=True)
    assert shop.synth() == 2
    assert capsys.readouterr().err.startswith("cdktf.out/stacks/shop/cdk.tf.json: cannot be written: Is a directory.")


def test_a_disk_that_takes_no_more_is_told_in_one_line(shop: Folder, capfd: pytest.CaptureFixture[str]):
    assert shop.synth() == 0
    shop.write(shop=SITE.replace("t2.micro", "t3.micro"))
    before = shop.files()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))  # less than Node's part of jsii
    try:
        assert shop.synth() == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert capfd.readouterr().err == "cdktf.out: cannot be written: File too large. No file there is half written.\n"
    assert shop.files() == before


def test_what_a_killed_run_left_goes_away(shop: Folder):
    left = shop.output / ".synth-killed" / "stacks" / "shop" / "cdk.tf.json"
    left.parent.mkdir(parents=True)
    left.write_text('{"half": ')
    assert shop.synth() == 0
    assert json.loads(shop.stack("shop").read_text())["resource"]
    assert sorted(path.name for path in shop.output.iterdir()) == ["manifest.json", "rendered.cache", "stacks"]


def test_what_another_run_is_working_on_stays(shop: Folder):
    with scratch_folder(shop.output) as others:
        (others / "half").write_text("{")
        assert shop.synth() == 0
        assert (others / "half").read_text() == "{"


def test_a_run_leaves_nothing_beside_its_files(shop: Folder):
    assert shop.synth() == 0
    assert sorted(path.name for path in shop.path.iterdir()) == ["cdktf.out", "environments"]
    assert sorted(path.name for path in shop.output.iterdir()) == ["manifest.json", "rendered.cache", "stacks"]


def test_runs_at_once_end_with_whole_files(shop: Folder):
    (shop.output / "stacks" / "old").mkdir(parents=True)
    shop.stack("old").write_text("{}")
    runs = [shop.start() for _ in range(3)]
    assert [run.communicate()[1] for run in runs] == ["", "", ""]
    assert [run.returncode for run in runs] == [0, 0, 0]
    together = shop.contents()
    shutil.rmtree(shop.output)
    assert shop.synth() == 0
    assert shop.contents() == together
    assert together.keys() == {"manifest.json", "stacks/shop/assets/release.tar", "stacks/shop/cdk.tf.json"}
