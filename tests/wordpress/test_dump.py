"""A dump is read statement by statement, on PHP itself: modules/wordpress/web/moving/dump.php."""

import subprocess
from pathlib import Path

import pytest

from modules.wordpress import files
from tests.tools import require

pytestmark = pytest.mark.slow

PROGRAM = """
require $argv[1];
foreach ((new Dump($argv[2], 1 << 24))->statements() as $statement) {
    echo "$statement->line $statement->kind $statement->table\\n";
}
"""

CHUNK = 1 << 20
"""Bytes that are read at once."""

BEGIN = "INSERT INTO `wp_a` VALUES ('"
END = "');\n"

TRIGGER = "DELIMITER ;;\nCREATE TRIGGER `t` AFTER INSERT ON `wp_a` FOR EACH ROW BEGIN SET @a = 1; END ;;\nDELIMITER ;\n"


@pytest.mark.parametrize("inside", range(10, len(TRIGGER) - 10, 12))
def test_a_trigger_may_be_anywhere_in_a_dump(tmp_path: Path, inside: int):
    """What is read at once ends in it."""
    dump = tmp_path / "shop.sql"
    letters = CHUNK - inside - len(BEGIN) - len(END)
    dump.write_text(BEGIN + "x" * letters + END + TRIGGER + BEGIN + END)
    php = require("php", "apt-get install php-cli")
    ran = subprocess.run(
        [php, "-r", PROGRAM, files()["web/dump.php"], dump], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == ["1 INSERT wp_a", "3 LEAVE trigger t", "5 INSERT wp_a"]
