"""[encryption]."""

from collections.abc import Iterator

from modules.settings.encryption import Encryption
from modules.settings.problems import Problem, shown


def there_is_one_key(encryption: Encryption) -> Iterator[Problem]:
    if encryption.own_key and encryption.key_arn:
        yield Problem("encryption.key_arn", shown(encryption.key_arn), "only one of own_key and key_arn")


def the_key_is_in_the_region(region: str, encryption: Encryption) -> Iterator[Problem]:
    if encryption.key_arn and (found := encryption.key_arn.split(":")[3]) != region:
        yield Problem("encryption.key_arn", f"a key in {found}", f"one in {region}: keys stay in their region")
