"""Tests of the tests: a site broken on purpose must fail the checks that the others pass."""

import json
import secrets
from collections.abc import Iterator

import pytest

from testbed import Environment, Site
from testbed.site import SALTS
from tests.wordpress import checks


@pytest.fixture(scope="module")
def site(environment: Environment) -> Iterator[Site]:
    """Every server has salts and uploads of its own."""
    with Site(environment) as site:
        for server in site.servers.values():
            (server.aws / "own-efs").mkdir()
            (server.aws / "own-secrets").mkdir()
            salts = {name: secrets.token_hex(32) for name in SALTS}
            (server.aws / "own-secrets/salts").write_text(json.dumps(salts))
        site.open()
        yield site


def test_own_salts_fail_the_check_for_signing_in(site: Site):
    with pytest.raises(AssertionError, match="does not know who signed in"):
        checks.signed_in_on_every_server(site)


def test_own_uploads_fail_the_check_for_pictures(site: Site):
    first, *_ = site.servers
    visitor = site.visitor(first)
    checks.sign_in(site, visitor)
    with pytest.raises(AssertionError, match="lacks the picture"):
        checks.every_server_has_the_picture(site, visitor)
