"""CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse
from moto.moto_api._internal import mock_random

from sandbox.additions import in_place_of


@in_place_of(LogsResponse, "put_query_definition")
def put_query_definition(_: Any, response: LogsResponse) -> ActionResult:
    """A new saved query, or another text of the one whose id is given.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
    """
    saved = queries(response.logs_backend)
    id_ = response._get_param("queryDefinitionId") or str(mock_random.uuid4())
    saved[id_] = {
        "queryDefinitionId": id_,
        "name": response._get_param("name"),
        "queryString": response._get_param("queryString"),
        "logGroupNames": response._get_param("logGroupNames", []),
    }
    return ActionResult({"queryDefinitionId": id_})


@in_place_of(LogsResponse, "describe_query_definitions")
def describe_query_definitions(_: Any, response: LogsResponse) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueryDefinitions.html"""
    beginning = response._get_param("queryDefinitionNamePrefix") or ""
    found = [query for query in queries(response.logs_backend).values() if query["name"].startswith(beginning)]
    return ActionResult({"queryDefinitions": found})


@in_place_of(LogsResponse, "delete_query_definition")
def delete_query_definition(_: Any, response: LogsResponse) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteQueryDefinition.html"""
    if queries(response.logs_backend).pop(response._get_param("queryDefinitionId"), None) is None:
        raise ResourceNotFoundException()
    return ActionResult({"success": True})


def queries(backend: LogsBackend) -> dict[str, dict[str, Any]]:
    """The saved queries by their id."""
    return backend.__dict__.setdefault("query_definitions", {})
