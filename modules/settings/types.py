"""The kinds of value that the environment file knows, each with the words that say what it allows.

The words are used twice: in the error that refuses a value, and in docs/environment.md.
"""

import base64
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


class Section(BaseModel):
    """A table of the environment file: its keys are exact, its values keep their TOML type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


@dataclass(frozen=True)
class Allowed:
    """What a value may be, in words that fit behind "allowed:"."""

    words: str


# A validator's ValueError has a text only where the value by itself does not show what is wrong: the refusal then shows
# that text after the value.


def _network(value: Any) -> IPv4Network:
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str):
        raise ValueError
    address, slash, length = value.partition("/")
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise ValueError("no network") from None
    if isinstance(network, IPv6Network):
        raise ValueError("an IPv6 network")
    if not re.fullmatch("[0-9]{1,2}", length):
        raise ValueError(f"without a prefix length; one address is {address}/32" if not slash else "no prefix length")
    if str(network.network_address) != address:
        raise ValueError(f"which has host bits: the network is {network}")
    return network


def _subnet(value: Any) -> IPv4Network | str:
    if isinstance(value, str) and re.fullmatch(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", value):
        return value
    return _network(value)


def _matching(pattern: str) -> Any:
    return Field(pattern=f"^(?:{pattern})$")


def _public_key(value: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc4253#section-6.6 and https://www.rfc-editor.org/rfc/rfc8709#section-4"""
    if "PRIVATE KEY" in value:
        raise ValueError("a private key, which belongs into no file but its owner's")
    found = re.fullmatch(r"(ssh-ed25519|ssh-rsa) ([A-Za-z0-9+/]+={0,2})( [\w.@+-]*)?", value, re.ASCII)
    if not found:
        raise ValueError
    kind, encoded = found[1], found[2]
    try:
        rest = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise ValueError("which is cut short") from None
    parts = []
    while len(rest) >= 4:
        end = 4 + int.from_bytes(rest[:4], "big")
        parts.append(rest[4:end])
        if len(rest) < end:
            raise ValueError("which is cut short")
        rest = rest[end:]
    if rest or parts[0] != kind.encode() or len(parts) != {"ssh-ed25519": 2, "ssh-rsa": 3}[kind]:
        raise ValueError("which is damaged")
    return value


def _no_prefix(prefix: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value.lower().startswith(prefix):
            raise ValueError
        return value

    return check


def _none_of(*reserved: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value in reserved:
            raise ValueError("a name of MySQL's or of RDS's own")
        return value

    return check


def _in_the_calendar(moment: str) -> str:
    datetime.fromisoformat(moment)
    return moment


def _none_of_php(name: str) -> str:
    if name.startswith(("PHP_", "E_")) or name in ("TRUE", "FALSE", "NULL"):
        raise ValueError
    return name


def _single_line(value: str) -> str:
    # Allowed: the spaces of every script, and the joiners in words and emoji. Refused: control characters, changes of
    # the writing direction, and "TfToken[", which CDKTF would replace as a token of its own.
    visible = all(
        letter.isprintable() or unicodedata.category(letter) == "Zs" or letter in "\u200c\u200d" for letter in value
    )
    if not value.strip() or not visible or "TfToken[" in value:
        raise ValueError
    # Terraform normalizes every string to NFC; doing it here keeps the JSON that is reviewed equal to what it applies.
    return unicodedata.normalize("NFC", value)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _single_line(value) if value else value
    if isinstance(value, bool) or (isinstance(value, int) and value.bit_length() <= 53):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError


# Every pattern limits the length: settings end up in a file that the servers read, and in lines that people read.
_REGION = r"[a-z]{2,4}(-[a-z]{2,9}){1,2}-[0-9]"
_PARTITION = r"arn:aws(-[a-z]{2,8}){0,2}"

Cidr = Annotated[
    IPv4Network,
    BeforeValidator(_network, json_schema_input_type=Annotated[str, _matching(r"[0-9.]+/[0-9]{1,2}")]),
    Field(strict=False),
    Allowed('an IPv4 network whose host bits are zero, such as "10.0.0.0/21"'),
]
VpcId = Annotated[
    str, _matching(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})"), Allowed('a VPC\'s id, such as "vpc-0123456789abcdef0"')
]
Subnet = Annotated[
    IPv4Network | str,
    BeforeValidator(_subnet, json_schema_input_type=str),
    Allowed(
        'a subnet\'s addresses, such as "10.0.0.0/24"; in an existing VPC, its id, such as "subnet-0123456789abcdef0"'
    ),
]
SitePath = Annotated[
    str,
    Field(max_length=100),
    _matching(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*"),
    Allowed('a folder of this project, such as "sites/shop", in Latin letters, digits, _ - and .'),
]
TablePrefix = Annotated[
    str,
    _matching(r"[A-Za-z][A-Za-z0-9_]{0,18}_"),
    AfterValidator(_no_prefix("pressform_")),
    Allowed('2 to 20 letters, digits and underscores, the first a letter, the last an underscore, not "pressform_..."'),
]
ConstantName = Annotated[
    str,
    _matching(r"[A-Z][A-Z0-9_]{1,99}"),
    AfterValidator(_none_of_php),
    Allowed("a constant's name: 2 to 100 upper-case letters, digits and underscores, none of PHP's own"),
]
ConstantValue = Annotated[
    Any,
    AfterValidator(_plain),
    WithJsonSchema({"type": ["boolean", "integer", "number", "string"]}),
    Allowed("true, false, a number, or one line of text"),
]
FolderName = Annotated[
    str,
    _matching(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"),
    Allowed("the name of its folder: up to 100 Latin letters, digits, _ - and ."),
]
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

Region = Annotated[str, _matching(_REGION), Allowed('a region\'s code, such as "ap-northeast-1"')]
Zone = Annotated[
    str,
    _matching(_REGION + "[a-z]"),
    Allowed('an availability zone\'s name, such as "ap-northeast-1a"'),
]
Label = Annotated[
    str,
    _matching(r"[A-Za-z][A-Za-z0-9-]{0,38}[A-Za-z0-9]"),
    Allowed("2 to 40 letters, digits and hyphens, the first a letter, the last no hyphen"),
]
GroupName = Annotated[
    Label,
    AfterValidator(_no_prefix("sg-")),
    Allowed('2 to 40 letters, digits and hyphens, the first a letter, the last no hyphen, not starting with "sg-"'),
]
Text = Annotated[
    str, AfterValidator(_single_line), Field(max_length=200), Allowed("one line of 1 to 200 visible characters")
]
InstanceType = Annotated[
    str,
    _matching(r"[a-z]{1,5}[0-9]{1,2}[a-z-]{0,10}\.[a-z0-9-]{1,20}"),
    Allowed('an EC2 instance type, such as "t3.small" or "t4g.small"'),
]
ImageId = Annotated[
    str, _matching(r"ami-([0-9a-f]{8}|[0-9a-f]{17})"), Allowed('an AMI id, such as "ami-0123456789abcdef0"')
]
PublicKey = Annotated[
    str,
    Field(max_length=1000),
    AfterValidator(_public_key),
    Allowed('one line of OpenSSH\'s public key format that starts with "ssh-ed25519" or "ssh-rsa", up to 4096 bits'),
]
Locale = Annotated[
    str,
    _matching(r"[a-z]{2,3}(_[A-Z]{2}(_[a-z0-9]{2,10})?)?"),
    Allowed('a WordPress locale, such as "ja", "en_US" or "de_DE_formal"'),
]
Version = Annotated[
    str, _matching(r"[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,2})?"), Allowed('a release\'s number, such as "7.1" or "7.1.2"')
]
Sha256 = Annotated[str, _matching(r"[0-9a-f]{64}"), Allowed("64 lower-case hexadecimal digits")]
Email = Annotated[
    str,
    _matching(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,9}[A-Za-z]{2,63}"),
    Field(max_length=100),
    Allowed('a mail address of up to 100 characters, such as "me@example.com"'),
]
UserName = Annotated[
    str,
    _matching(r"[a-z][a-z0-9_]{1,31}"),
    Allowed("2 to 32 lower-case letters, digits and underscores, the first a letter"),
]
DatabaseName = Annotated[
    UserName,
    AfterValidator(_none_of("mysql", "sys", "information_schema", "performance_schema")),
    Allowed("2 to 32 lower-case letters, digits and underscores, the first a letter, no name of MySQL's own"),
]
DatabaseUser = Annotated[
    str,
    _matching(r"[a-z][a-z0-9_]{1,15}"),
    AfterValidator(_none_of("mysql", "root", "rdsadmin", "rdsrepladmin")),
    Allowed("2 to 16 lower-case letters, digits and underscores, the first a letter, no name of MySQL's or RDS's own"),
]
DatabaseClass = Annotated[
    str,
    _matching(r"db\.[a-z]{1,2}[0-9]{1,2}[a-z]{0,5}\.(micro|small|medium|large|([1-9][0-9]?)?xlarge)"),
    Allowed('an RDS instance class, such as "db.t4g.small"'),
]
DailyWindow = Annotated[
    str,
    _matching(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]"),
    Allowed('a time span in UTC, such as "17:00-17:30"'),
]
WeeklyWindow = Annotated[
    str,
    _matching(
        r"(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]"
    ),
    Allowed('a time span of the week in UTC, such as "sun:18:00-sun:18:30"'),
]
TagKey = Annotated[
    str,
    _matching(r"[A-Za-z0-9_ .:/=+@-]{1,128}"),
    AfterValidator(_no_prefix("aws:")),
    Allowed('1 to 128 Latin letters, digits, spaces and any of _ . : / = + - @, not starting with "aws:"'),
]
TagValue = Annotated[
    str,
    _matching(r"[A-Za-z0-9_ .:/=+@-]{0,256}"),
    Allowed("up to 256 Latin letters, digits, spaces and any of _ . : / = + - @"),
]
DomainName = Annotated[
    str,
    Field(max_length=253),
    _matching(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z][a-z0-9-]{0,61}[a-z0-9]"),
    Allowed('a domain name in lower case, such as "blog.example.com"'),
]
ZoneId = Annotated[str, _matching(r"Z[A-Z0-9]{5,31}"), Allowed('a hosted zone\'s id, such as "Z0123456789ABCDEFGHIJ"')]
CertificateArn = Annotated[
    str,
    _matching(rf"{_PARTITION}:acm:{_REGION}:[0-9]{{12}}:certificate/[0-9a-f-]{{36}}"),
    Allowed("the ARN of an ACM certificate"),
]
BucketName = Annotated[
    str,
    _matching(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    Allowed("an S3 bucket's name: 3 to 63 lower-case letters, digits and hyphens"),
]
KeyArn = Annotated[
    str,
    _matching(rf"{_PARTITION}:kms:{_REGION}:[0-9]{{12}}:key/[0-9a-zA-Z-]{{36}}"),
    Allowed("the ARN of a KMS key"),
]
SnapshotId = Annotated[
    str,
    _matching(
        rf"((rds|awsbackup):)?[A-Za-z](-?[A-Za-z0-9]){{0,254}}|{_PARTITION}:rds:{_REGION}:[0-9]{{12}}:(cluster-)?snapshot:[A-Za-z0-9:-]{{1,255}}"
    ),
    Allowed("the id or the ARN of a snapshot"),
]
DatabaseIdentifier = Annotated[
    str, _matching(r"[a-z](-?[a-z0-9]){0,62}"), Allowed('an RDS instance\'s identifier, such as "database-1"')
]
DatabaseSource = Annotated[
    str,
    _matching(r"[a-z](-?[a-z0-9]){0,62}|(db|cluster)-[A-Z0-9]{20,40}"),
    Allowed(
        'the identifier of an RDS instance or cluster, such as "shop-database", or a resource id, such as '
        '"db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"'
    ),
]
Moment = Annotated[
    str,
    _matching(r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"),
    AfterValidator(_in_the_calendar),
    Allowed('a moment in UTC, in quotes, such as "2026-11-28T03:00:00Z"'),
]
FileSystemId = Annotated[
    str,
    _matching(r"fs-([0-9a-f]{8}|[0-9a-f]{17})"),
    Allowed('an EFS file system\'s id, such as "fs-0123456789abcdef0"'),
]
FolderPath = Annotated[
    str,
    Field(max_length=100),
    _matching(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*){1,4}"),
    Allowed('a folder from the root on, four deep and 100 characters at most, such as "/uploads"'),
]
SecretArn = Annotated[
    str,
    _matching(rf"{_PARTITION}:secretsmanager:{_REGION}:[0-9]{{12}}:secret:[A-Za-z0-9/_+=.@-]{{1,519}}"),
    Allowed("the ARN of a secret in Secrets Manager"),
]
