"""What `make rehearse` refuses before anything boots."""

import pytest

from rehearsal.__main__ import main
from tests.tools import require_bed


@pytest.mark.slow
def test_a_base_that_git_does_not_know(capfd: pytest.CaptureFixture[str]):
    require_bed()
    assert main(["handson", "--base", "no-such-branch"]) == 2
    assert "BASE is 'no-such-branch': git knows no such revision" in capfd.readouterr().err


@pytest.mark.parametrize("rate", ["0", "-1", "many", "201"])
def test_a_rate_that_is_none(rate: str, capfd: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["handson", "--base", "main", f"--rate={rate}"])
    assert ended.value.code == 2
    assert f"--rate: '{rate}': a number of requests a second, above 0 and up to 200" in capfd.readouterr().err
