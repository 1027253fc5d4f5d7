"""Service Quotas: https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/Welcome.html"""

from __future__ import annotations

import json
from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from sandbox.additions import in_place_of

QUOTAS = {
    ("ec2", "L-1216C47A"): ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5.0, 32.0),
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", 5.0, 5.0),
}
"""The name, what a new account has, and what this one has, which has been used for a while.
https://docs.aws.amazon.com/general/latest/gr/ec2-service.html"""


@in_place_of(ServiceQuotasBackend, "get_service_quota")
def get_service_quota(original: Any, backend: ServiceQuotasBackend, service_code: str, quota_code: str) -> Any:
    """https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html"""
    if (service_code, quota_code) not in QUOTAS:
        return original(service_code, quota_code)
    name, _, has = QUOTAS[service_code, quota_code]
    return {
        "QuotaArn": f"arn:{backend.partition}:servicequotas:{backend.region_name}::{service_code}/{quota_code}",
        "QuotaCode": quota_code,
        "QuotaName": name,
        "ServiceCode": service_code,
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "Adjustable": True,
        "GlobalQuota": False,
        "Unit": "None",
        "Value": has,
    }


@in_place_of(ServiceQuotasResponse, "get_aws_default_service_quota")
def get_aws_default_service_quota(_: Any, response: ServiceQuotasResponse) -> str:
    """What an account has that never got more.

    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetAWSDefaultServiceQuota.html
    """
    named = response._get_param("ServiceCode"), response._get_param("QuotaCode")
    quota = response.backend.get_service_quota(*named)
    if named in QUOTAS:
        quota = quota | {"Value": QUOTAS[named][1]}
    return json.dumps({"Quota": quota})
