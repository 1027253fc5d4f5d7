"""The site folder: what goes out with a release, what is refused, what stays behind."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from modules import PROJECT
from modules.servers.application import SALTS
from modules.settings import InvalidEnvironment, load
from modules.settings.site import SHOWN
from modules.wordpress import FOLDER, archive, composer, site_folder, write_archive
from tests.site.sites import text_of
from tests.tools import require

THEME = "wp-content/themes/shop/style.css"
PHP = "wp-content/plugins/shop/shop.php"


def folder(at: Path, **files: str | bytes) -> Path:
    """A folder with a theme, and these files."""
    for name, content in {THEME: "/* Theme Name: Shop */", **files}.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return at


def refused(at: Path) -> dict[str, str]:
    return {refusal.name: refusal.found for refusal in site_folder.read(at).refusals}


REFUSED = {
    "wp-content/.env": ("DB_PASSWORD=x", "a file of secrets"),
    "wp-content/plugins/shop/.env.production": ("A=b", "a file of secrets"),
    "wp-content/plugins/shop/id_ed25519": ("x", "a private key"),
    "wp-content/plugins/shop/server.pem": (
        "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n",
        "a private key",
    ),
    "wp-content/plugins/shop/OLD.KEY": ("Key of the shop\n-----BEGIN RSA PRIVATE KEY-----\n", "a private key"),
    "wp-content/plugins/shop/wp-config.php.bak": ("<?php", "WordPress's configuration"),
    "wp-content/plugins/shop/note.txt": ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "a private key"),
    "wp-content/themes/shop/data.sql": ("-- MySQL dump 10.13\n", "a dump of a database"),
    "wp-content/plugins/woocommerce.zip": ("PK", "an archive"),
    "wp-content/backup": (b"\x1f\x8b\x08\x00", "an archive"),
    "wp-content/uploads": ("x", "what is not the site folder's"),
    "wp-content/object-cache.php": ("<?php", "what is not the site folder's"),
    "wp-content/advanced-cache.php": ("<?php", "what is not the site folder's"),
    "wp-content/db-error.php": ("<?php", "what is not the site folder's"),
    "wp-content/mu-plugins/pressform.php": ("<?php", "what is not the site folder's"),
    "wp-config.php": ("<?php", "WordPress's configuration"),
    "wp-includes/version.php": ("<?php", "a part of WordPress itself"),
    "wp-login.php": ("<?php", "a part of WordPress itself"),
    "plugins/shop/shop.php": ("<?php", "what no site folder has"),
    "wp-content/themes/shop/a\nb.css": ("", "a name that not every system can have"),
}


def test_all_that_is_wrong_is_told_at_once_by_name(tmp_path: Path):
    found = refused(folder(tmp_path, **{name: content for name, (content, _) in REFUSED.items()}))
    # A folder is refused once, and not each file in it.
    of_folders = {"wp-includes/version.php": "wp-includes", "plugins/shop/shop.php": "plugins"}
    assert found == {of_folders.get(name, name).replace("\n", "\\n"): reason for name, (_, reason) in REFUSED.items()}


def test_names_that_differ_in_case_alone_are_one_on_many_systems(tmp_path: Path):
    folder(tmp_path, **{"wp-content/themes/SHOP/more.css": "", "wp-content/themes/shop/more.css": ""})
    assert refused(tmp_path) == {
        "wp-content/themes/shop": "a name that is wp-content/themes/SHOP but for upper and lower case"
    }


@pytest.mark.parametrize(
    "name",
    [
        "wp-content/plugins/shop/cacert.pem",
        "wp-content/plugins/shop/schema.sql",
        "wp-content/plugins/shop/wp-login.php",
        "wp-content/languages/ja.mo",
        "wp-content/themes/shop/" + "long/" * 40 + "name.css",
        "wp-content/themes/shop/画像.svg",
    ],
)
def test_what_plugins_and_themes_have_is_taken(tmp_path: Path, name: str):
    assert refused(folder(tmp_path, **{name: "x"})) == {}


def test_links_stay_inside(tmp_path: Path):
    site = folder(tmp_path / "site")
    (tmp_path / "secret").write_text("x")
    themes = site / "wp-content/themes"
    (themes / "shop/outside").symlink_to(tmp_path / "secret")
    (themes / "shop/absolute").symlink_to("/etc")
    (themes / "shop/nowhere").symlink_to("nothing")
    (themes / "shop/around").symlink_to("../..")
    (themes / "twin").symlink_to("shop")
    (themes / "shop/other.css").symlink_to("style.css")
    (site / "wp-content/plugins/a").mkdir(parents=True)
    (site / "wp-content/plugins/a/to").symlink_to("../b")
    (site / "wp-content/plugins/b").mkdir()
    (site / "wp-content/plugins/b/to").symlink_to("../a")

    found = refused(site)

    base = "wp-content/themes/shop"
    assert found[f"{base}/outside"] == f"a link that leads outside, to {tmp_path}/secret"
    assert found[f"{base}/absolute"] == "a link that leads outside, to /etc"
    assert found[f"{base}/nowhere"] == "a link that leads to nothing"
    assert found[f"{base}/around"] == "a link that leads back to a folder around it"
    assert found["wp-content/plugins/a/to/to"] == "a link that leads back to a folder around it"
    assert f"{base}/other.css" in site_folder.read(site).files
    assert "wp-content/themes/twin/style.css" in site_folder.read(site).files


def test_a_pipe_is_no_file(tmp_path: Path):
    os.mkfifo(folder(tmp_path) / "wp-content/pipe")
    assert refused(tmp_path) == {"wp-content/pipe": "neither a file nor a folder"}


def test_php_that_does_not_parse_is_refused_with_its_line(tmp_path: Path):
    require("php", "apt-get install php-cli")
    (found,) = refused(folder(tmp_path, **{PHP: "<?php\nif ("})).items()
    assert found[0] == PHP
    assert found[1].startswith("line 2: Unclosed '(', says PHP ")


def test_no_file_of_it_is_run(tmp_path: Path):
    require("php", "apt-get install php-cli")
    mark = tmp_path / "mark"
    site = folder(tmp_path / "site", **{PHP: f"<?php touch('{mark}'); echo \"a\\0b\";"})
    assert refused(site) == {}
    assert not mark.exists()


CONFIG = """<?php
// define('DB_NAME', 'a comment');
/* define('WP_HOME', 'https://a.example'); */
# const AUTH_KEY = 'a comment';
define('SHOP_ADDRESS', 'https://shop.example/'); define( "DB_PASSWORD" , 'x');
const WP_SITEURL = 'https://a.example';

define('MULTISITE', true);
$table_prefix = 'shop_';
require ABSPATH . 'wp-settings.php';
"""


def test_the_constants_are_not_to_be_ours(tmp_path: Path):
    found = site_folder.read(folder(tmp_path, **{"config.php": CONFIG})).refusals
    assert {refusal.name for refusal in found} == {"config.php"}
    assert {refusal.found: refusal.allowed.partition(":")[0] for refusal in found} == {
        "line 5 defines DB_PASSWORD": "no such constant",
        "line 6 defines WP_SITEURL": "no such constant",
        "line 8 defines MULTISITE": "no such constant",
        "line 9 sets $table_prefix": "table_prefix, in [wordpress]",
        "line 10 loads WordPress": "nothing",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<?php const WP_CACHE = true;", ["line 1 defines WP_CACHE"]),
        ("<?php\nconst SHOP = [1, 2],\n    UPLOADS = 'x';", ["line 3 defines UPLOADS"]),
        ("<?php\n$all = '/*'; define('DB_HOST', 'x'); // */", ["line 2 defines DB_HOST"]),
        ("<?php\n$cdn = '//cdn.example'; define('WP_HOME', 'x');", ["line 2 defines WP_HOME"]),
        ("<?php\n$a = 1; # don't define('DB_HOST', 'x')\n// isn't define('DB_NAME', 'x')\n", []),
        ("\ufeff<?php\n", ["line 1 begins with a byte order mark"]),
        ("\n<?php\n", ["line 1 begins with no <?php"]),
        ("define('SHOP', 1);", ["line 1 begins with no <?php"]),
        ("<?php\ndefine('SHOP', '?> x');\n?>\n\n", ["line 3 ends PHP before the file ends"]),
        ("<?php\ndefine('SHOP', 1);\n?>\n", []),
        ("<?php\r\ndefine('SHOP', 1);\r\n?>\r\n", []),
    ],
)
def test_config_php_as_php_reads_it(tmp_path: Path, text: str, found: list[str]):
    refusals = site_folder.read(folder(tmp_path, **{"config.php": text})).refusals
    assert [refusal.found for refusal in refusals] == found


def test_every_constant_of_ours_is_refused():
    text = (FOLDER / "web/wp-config.php").read_text()
    defined = re.findall(r"define\('(\w+)'", text)
    assert {"DB_NAME", "WP_HOME", "DISALLOW_FILE_MODS", "ABSPATH", "WP_ENVIRONMENT_TYPE"} <= set(defined)
    assert [name for name in (*defined, *SALTS) if not site_folder.ours(name)] == []
    assert site_folder.ours("WP_DEBUG") is None


def test_what_the_steps_place_beside_the_owners_files_is_refused():
    placed = re.findall(r'"\$code/(wp-content/[\w./-]+\.php)"', (FOLDER / "web/steps.sh").read_text())
    assert {"wp-content/mu-plugins/pressform.php", "wp-content/object-cache.php"} <= set(placed)
    assert [name for name in placed if name not in site_folder.RESERVED] == []


def test_what_no_site_needs_stays_behind_and_is_said(tmp_path: Path):
    stays = ["wp-content/plugins/shop/node_modules/x/index.js", "wp-content/plugins/shop/.git/config", ".gitignore"]
    stays += ["wp-content/.DS_Store", f"{THEME}~", f"{THEME}.swp", "README.md"]
    stays += ["wp-content/themes/shop/.DS_Store", "wp-content/plugins/shop/vendor/x/.env.example"]
    found = site_folder.read(folder(tmp_path, **dict.fromkeys(stays, "x")))
    assert found.refusals == []
    assert list(found.files) == [THEME]
    said = ".gitignore, README.md, .DS_Store (2 times), .git, node_modules, .env.example, editors' files (2 times)"
    assert site_folder.left_out(tmp_path) == f"left out: {said}"
    assert site_folder.left_out(folder(tmp_path / "other")) == ""


def test_a_folder_that_is_none(tmp_path: Path):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "missing") == {"": "no such folder"}
    assert refused(tmp_path / "file") == {"": "a file"}
    assert refused(tmp_path / "empty") == {"": "nothing that could go out"}


def test_its_size_has_a_limit(tmp_path: Path):
    site = folder(tmp_path)
    with (site / "wp-content/film.mp4").open("wb") as file:
        file.truncate(site_folder.SIZE_LIMIT)
    assert refused(site) == {"": "500 MB"}


def test_the_archive_is_the_same_wherever_and_whenever_it_is_made(tmp_path: Path):
    files = {PHP: "<?php", "config.php": "<?php", "wp-content/themes/shop/画像.svg": "x"}
    one = folder(tmp_path / "one", **files)
    two = folder(tmp_path / "elsewhere/two", **dict(reversed(files.items())))
    for number, path in enumerate(two.rglob("*")):
        path.chmod(0o700)
        os.utime(path, (number, number))
    made = [write_archive(tmp_path / f"{number}.tar", str(site)) for number, site in enumerate((one, two))]
    assert made[0] == made[1] == hashlib.sha256((tmp_path / "1.tar").read_bytes()).hexdigest()


def test_it_holds_what_the_servers_have_without_one_and_the_folder(tmp_path: Path):
    write_archive(tmp_path / "with.tar", str(folder(tmp_path / "site")))
    write_archive(tmp_path / "without.tar")
    assert (tmp_path / "without.tar").read_bytes() == archive()
    with tarfile.open(tmp_path / "with.tar") as with_it, tarfile.open(tmp_path / "without.tar") as without:
        names = set(with_it.getnames())
        assert names - set(without.getnames()) == {f"site/{THEME}"}
        assert set(without.getnames()) <= names
        assert {member.mode for member in with_it} == {0o644}


def test_the_shipped_example_can_go_out():
    found = site_folder.read(PROJECT / "sites/example")
    assert found.refusals == []
    assert found.has("themes", "example")
    assert found.has("plugins", "example-hours")
    assert "wp-content/mu-plugins/example-quiet.php" in found.files


BEDROCK = {
    "composer.json": "{}",
    "composer.lock": "{}",
    "config/application.php": "<?php",
    "web/app/themes/shop/style.css": "",
}


def test_bedrocks_layout_is_recognized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "php" else f"/usr/bin/{program}")
    assert refused(folder(tmp_path, **BEDROCK)) == {"web": "Bedrock's layout"}


def test_without_composer_or_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    site = folder(tmp_path, **{"composer.json": "{}", "auth.json": "{}"})
    assert [(refusal.name, refusal.found) for refusal in site_folder.read(site).refusals] == [
        ("auth.json", "a file of secrets"),
        ("composer.json", "no composer.lock beside it"),
        ("composer.json", "Composer is not on PATH"),
    ]


@pytest.mark.slow
class TestComposer:
    """The real one, with a package that is in the folder: it asks nobody."""

    LIBRARY = """<?php
    namespace Shop;
    class Prices {}
    """

    @pytest.fixture
    def site(self, tmp_path: Path) -> Path:
        composer = require("composer", "apt-get install composer")
        package = {"name": "shop/prices", "version": "1.2.0", "autoload": {"psr-4": {"Shop\\": "src/"}}}
        needs = {
            "require": {"shop/prices": "^1.0"},
            "repositories": [{"type": "path", "url": "packages/*"}, {"packagist.org": False}],
        }
        site = folder(
            tmp_path / "site",
            **{
                "composer.json": json.dumps(needs),
                "packages/prices/composer.json": json.dumps(package),
                "packages/prices/src/Prices.php": self.LIBRARY,
                "config.php": "<?php require __DIR__ . '/vendor/autoload.php';",
            },
        )
        environment = {**os.environ, "COMPOSER_ALLOW_SUPERUSER": "1"}
        subprocess.run([composer, "update", "--no-install", "--quiet"], cwd=site, env=environment, check=True)
        return site

    def test_what_its_lock_names_goes_out_and_the_folder_stays_as_it_is(self, site: Path, tmp_path: Path):
        (site / ".#config.php").symlink_to("somebody@a-computer.1234")  # Emacs's, while the file is open
        before = sorted(path.relative_to(site) for path in site.rglob("*"))
        sums = []
        for number in range(2):
            sums.append(write_archive(tmp_path / f"{number}.tar", str(site)))
            composer._install.cache_clear()
        assert sums[0] == sums[1]
        with tarfile.open(tmp_path / "0.tar") as made:
            names = {name for name in made.getnames() if name.startswith("site/")}
            assert {"site/config.php", f"site/{THEME}", "site/vendor/shop/prices/src/Prices.php"} <= names
            made.extractall(tmp_path / "out", filter="data")
        assert not any("packages" in name or name.endswith(".lock") for name in names)
        assert sorted(path.relative_to(site) for path in site.rglob("*")) == before
        php = "require $argv[1]; echo class_exists('Shop\\\\Prices') ? 'there' : 'missing';"
        command = ["php", "-r", php, str(tmp_path / "out/site/vendor/autoload.php")]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "there"

    def test_what_it_installs_is_looked_at_too(self, site: Path, tmp_path: Path):
        (site / "packages/prices/id_rsa").write_text("x")
        with pytest.raises(site_folder.CannotGoOut) as caught:
            write_archive(tmp_path / "x.tar", str(site))
        assert [refusal.name for refusal in caught.value.refusals] == ["vendor/shop/prices/id_rsa"]

    def test_where_it_fails_its_last_words_are_told(self, site: Path, tmp_path: Path):
        shutil.rmtree(site / "packages")
        with pytest.raises(site_folder.CannotGoOut) as caught:
            write_archive(tmp_path / "x.tar", str(site))
        (refusal,) = caught.value.refusals
        assert refusal.name == "composer.json"
        assert re.match(r"Composer ended with status \d+: .*packages/prices", refusal.found)


class TestSettings:
    """What an environment file says of it."""

    @pytest.fixture
    def refusal(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        def of(text: str) -> str:
            monkeypatch.setattr(site_folder, "PROJECT", tmp_path)
            file = tmp_path / "shop.toml"
            file.write_text(f"{text_of('private-web')}\n{text}")
            with pytest.raises(InvalidEnvironment) as caught:
                load(file)
            return str(caught.value)

        return of

    def test_its_problems_are_told_with_the_others_of_the_file(self, tmp_path: Path, refusal):
        folder(tmp_path / "sites/shop", **{"wp-content/.env": "A=b", "wp-config.php": "<?php"})
        told = refusal('[wordpress]\nsite = "sites/shop"\ntheme = "shpo"\nplugins = ["akismet", "shop"]\n')
        assert "shop.toml: 4 problems" in told
        assert "found    sites/shop/wp-content/.env: a file of secrets" in told
        assert "found    sites/shop/wp-config.php: WordPress's configuration" in told
        assert 'wordpress.theme\n    found    "shpo", which is not in sites/shop/wp-content/themes' in told
        assert 'wordpress.plugins, entry 2\n    found    "shop", which is not in sites/shop/wp-content/plugins' in told

    def test_a_folder_that_is_not_there(self, refusal):
        assert "found    sites/none: no such folder" in refusal('[wordpress]\nsite = "sites/none"\n')

    def test_thousands_of_problems_are_not_all_told(self, tmp_path: Path, refusal):
        folder(tmp_path / "sites/shop", **{f"wp-content/{number}.zip": "" for number in range(250)})
        told = refusal('[wordpress]\nsite = "sites/shop"\n')
        assert told.count("an archive") == SHOWN
        assert "found    150 more problems in sites/shop" in told

    @pytest.mark.parametrize("place", ["/etc", "../other", "sites/../..", "sites//shop", ".git", ""])
    def test_it_is_inside_the_project(self, refusal, place: str):
        assert "wordpress.site" in refusal(f'[wordpress]\nsite = "{place}"\n')


def test_two_environments_share_one_and_a_changed_file_is_a_release_of_both(tmp_path: Path):
    site = shutil.copytree(PROJECT / "sites/example", tmp_path / "site")
    first = write_archive(tmp_path / "a.tar", str(site))
    assert write_archive(tmp_path / "b.tar", str(site)) == first
    (site / "wp-content/themes/example/style.css").write_text("/* Template: twentytwentyfive */")
    assert write_archive(tmp_path / "a.tar", str(site)) != first
