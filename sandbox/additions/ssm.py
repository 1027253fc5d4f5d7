"""Systems Manager: https://docs.aws.amazon.com/systems-manager/latest/APIReference/Welcome.html

State Manager's associations are kept as they are given. Nothing runs: the sandbox's servers are no machines.
"""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from sandbox.additions import in_place_of

GIVEN = (
    *("Name", "AssociationName", "DocumentVersion", "Parameters", "Targets", "ScheduleExpression"),
    *("MaxConcurrency", "MaxErrors", "ComplianceSeverity", "ApplyOnlyAtCronInterval", "SyncCompliance"),
)
"""What an association is made of, as far as the request says it."""


class AssociationDoesNotExist(JsonRESTError):
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeAssociation.html#API_DescribeAssociation_Errors"""

    def __init__(self) -> None:
        super().__init__("AssociationDoesNotExist", "The specified association doesn't exist.")


@in_place_of(SimpleSystemManagerResponse, "create_association")
def create_association(_: Any, response: SimpleSystemManagerResponse) -> ActionResult:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateAssociation.html"""
    id_ = str(mock_random.uuid4())
    of_backend = associations(response.ssm_backend)
    of_backend[id_] = {"AssociationId": id_, "Date": unix_time(), "AssociationVersion": "0"}
    tags = {tag["Key"]: tag["Value"] for tag in response._get_param("Tags", [])}
    response.ssm_backend._resource_tags["Association"][id_] = tags
    return _put(response, of_backend[id_])


@in_place_of(SimpleSystemManagerResponse, "update_association")
def update_association(_: Any, response: SimpleSystemManagerResponse) -> ActionResult:
    """Another version; what the request leaves out is left out.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateAssociation.html
    """
    association = _find(response)
    for name in GIVEN:
        if name != "Name":  # stays where it is not given
            association.pop(name, None)
    return _put(response, association)


@in_place_of(SimpleSystemManagerResponse, "describe_association")
def describe_association(_: Any, response: SimpleSystemManagerResponse) -> ActionResult:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeAssociation.html"""
    return ActionResult({"AssociationDescription": _find(response)})


@in_place_of(SimpleSystemManagerResponse, "delete_association")
def delete_association(_: Any, response: SimpleSystemManagerResponse) -> ActionResult:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteAssociation.html"""
    id_ = _find(response)["AssociationId"]
    del associations(response.ssm_backend)[id_]
    response.ssm_backend._resource_tags["Association"].pop(id_, None)
    return ActionResult({})


@in_place_of(SimpleSystemManagerBackend, "_validate_resource_type_and_id")
def validate_resource_type_and_id(original: Any, backend: SimpleSystemManagerBackend, type_: str, id_: str) -> str:
    """An association has tags as well, by its id.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html
    """
    return id_ if type_ == "Association" and id_ in associations(backend) else original(type_, id_)


def associations(backend: SimpleSystemManagerBackend) -> dict[str, dict[str, Any]]:
    """The associations by their ids."""
    return vars(backend).setdefault("_associations", {})


def _find(response: SimpleSystemManagerResponse) -> dict[str, Any]:
    found = associations(response.ssm_backend).get(response._get_param("AssociationId"))
    if not found:
        raise AssociationDoesNotExist()
    return found


def _put(response: SimpleSystemManagerResponse, association: dict[str, Any]) -> ActionResult:
    given = {name: response._get_param(name) for name in GIVEN}
    version = str(int(association["AssociationVersion"]) + 1)
    association |= {name: value for name, value in given.items() if value is not None}
    association |= {"AssociationVersion": version, "LastUpdateAssociationDate": unix_time()}
    # Of an association that has found no server.
    association["Overview"] = {"Status": "Pending", "DetailedStatus": "Creating"}
    return ActionResult({"AssociationDescription": association})
