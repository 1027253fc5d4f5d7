"""Simple Email Service: https://docs.aws.amazon.com/ses/latest/APIReference-V2/Welcome.html

An identity's domain is verified at once, as if its records were seen.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from moto.ses.exceptions import NotFoundException
from moto.ses.models import ConfigurationSet, EmailIdentity
from moto.sesv2 import urls
from moto.sesv2.models import SESV2Backend
from moto.sesv2.responses import SESV2Response

from sandbox.additions import in_place_of, put_property

for path in (
    "/v2/email/identities/(?P<EmailIdentity>[^/]+)/mail-from$",
    "/v2/email/configuration-sets/(?P<ConfigurationSetName>[^/]+)/event-destinations$",
    "/v2/email/configuration-sets/(?P<ConfigurationSetName>[^/]+)/event-destinations/(?P<EventDestinationName>[^/]+)$",
):
    urls.url_paths[f"{{0}}{path}"] = SESV2Response.dispatch


@in_place_of(EmailIdentity, "__init__")
def identity(original: Any, made: EmailIdentity, *arguments: Any, **named: Any) -> None:
    """Easy DKIM is on, with three tokens that never change.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentity.html
    """
    original(*arguments, **named)
    made.verified_for_sending_status = True
    tokens = [hashlib.sha256(f"{made.email_identity} {n}".encode()).hexdigest()[:32] for n in range(3)]
    made.dkim_attributes |= {"Tokens": tokens, "CurrentSigningKeyLength": "RSA_2048_BIT", "SigningEnabled": True}
    made.dkim_attributes |= {"Status": "SUCCESS"}
    # A number of seconds in JSON, where moto has a text.
    made.dkim_attributes.pop("LastKeyGenerationTimestamp", None)


original_response = EmailIdentity.get_response_object.fget  # type: ignore[attr-defined]


def identity_response(made: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html"""
    answer: dict[str, Any] = original_response(made)
    mail_from = vars(made).get("mail_from")
    if mail_from:
        answer["MailFromAttributes"] = {**mail_from, "MailFromDomainStatus": "SUCCESS"}
    return answer


put_property(EmailIdentity, "get_response_object", identity_response)


@in_place_of(SESV2Response, "put_email_identity_mail_from_attributes")
def put_email_identity_mail_from_attributes(_: Any, response: SESV2Response) -> str:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityMailFromAttributes.html"""
    found: Any = response.sesv2_backend.get_email_identity(response._get_param("EmailIdentity"))
    domain = response._get_param("MailFromDomain")
    given = {
        "MailFromDomain": domain,
        "BehaviorOnMxFailure": response._get_param("BehaviorOnMxFailure") or "USE_DEFAULT_VALUE",
    }
    found.mail_from = given if domain else None
    return json.dumps({})


@in_place_of(SESV2Backend, "list_tags_for_resource")
@in_place_of(SESV2Backend, "tag_resource")
@in_place_of(SESV2Backend, "untag_resource")
def of_its_tags(original: Any, _: SESV2Backend, *arguments: str, **named: str) -> Any:
    """moto keeps an identity's tags under a name that is not its ARN.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
    """
    arn, *others = [*arguments, *named.values()]
    return original(arn.replace(":identity/", ":email-identity/"), *others)


@in_place_of(ConfigurationSet, "to_dict_v2")
def configuration_set(original: Any, found: ConfigurationSet) -> dict[str, Any]:
    """The switch is no table in a table.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
    """
    answer: dict[str, Any] = original()
    answer["SendingOptions"] = found.enabled or {"SendingEnabled": True}
    return {name: value for name, value in answer.items() if value not in ({}, [])}


@in_place_of(SESV2Response, "create_configuration_set_event_destination")
def create_configuration_set_event_destination(_: Any, response: SESV2Response) -> str:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateConfigurationSetEventDestination.html"""
    name = response._get_param("EventDestinationName")
    _destinations(response)[name] = {"Name": name, **response._get_param("EventDestination")}
    return json.dumps({})


@in_place_of(SESV2Response, "update_configuration_set_event_destination")
def update_configuration_set_event_destination(_: Any, response: SESV2Response) -> str:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_UpdateConfigurationSetEventDestination.html"""
    name = _known_destination(response)
    _destinations(response)[name] = {"Name": name, **response._get_param("EventDestination")}
    return json.dumps({})


@in_place_of(SESV2Response, "get_configuration_set_event_destinations")
def get_configuration_set_event_destinations(_: Any, response: SESV2Response) -> str:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSetEventDestinations.html"""
    return json.dumps({"EventDestinations": list(_destinations(response).values())})


@in_place_of(SESV2Response, "delete_configuration_set_event_destination")
def delete_configuration_set_event_destination(_: Any, response: SESV2Response) -> str:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DeleteConfigurationSetEventDestination.html"""
    del _destinations(response)[_known_destination(response)]
    return json.dumps({})


def _destinations(response: SESV2Response) -> dict[str, dict[str, Any]]:
    name = response._get_param("ConfigurationSetName")
    found = response.sesv2_backend.core_backend.config_sets.get(name)
    if found is None:
        raise NotFoundException(f"Configuration set <{name}> does not exist.")
    return vars(found).setdefault("event_destinations", {})


def _known_destination(response: SESV2Response) -> str:
    name: str = response._get_param("EventDestinationName")
    if name not in _destinations(response):
        raise NotFoundException(f"Event destination <{name}> does not exist.")
    return name
