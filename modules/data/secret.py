"""A secret that no person and no file ever holds."""

from collections.abc import Mapping

from cdktf import ITerraformDependable
from constructs import Construct

from modules import aws
from modules.aws.addresses import stack_of
from modules.terraform.accepted import OWN_KEY, accept
from modules.terraform.policy import Permission


class GeneratedSecret(Construct):
    """A secret in AWS Secrets Manager whose value Terraform generates, passes on and forgets.

    The value is ephemeral and the attributes that take it are write-only, so it is in neither the plan nor the
    state. https://developer.hashicorp.com/terraform/language/resources/ephemeral

    Attributes:
        arn: the secret.
        suffix: six letters and digits that no other secret of this name ever had.
        ready: what must exist before a server may read the secret.
        permissions: what a server needs beside reading it; the site's key is another matter.
    """

    permissions: tuple[Permission, ...] = ()

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        generated: Mapping[str, int],
        plain: Mapping[str, str] | None = None,
        version: int = 1,
        key_arn: str | None = None,
    ) -> None:
        """
        Args:
            name: the beginning of the secret's name in Secrets Manager.
            description: what it opens, for the console.
            generated: the generated fields of the secret's JSON object, each with its length in characters.
            plain: its other fields. They end in an expression: no quotes, backslashes, `${` or `%{`.
            version: another number generates and stores a new value.
            key_arn: the key that encrypts it; None for Secrets Manager's own.
        """
        super().__init__(scope, f"{id}_secret")
        self._id = id
        secret = aws.SecretsmanagerSecret(
            self,
            id,
            # A deleted secret keeps its name for the days of its recovery window: a prefix lets the next one be made.
            name_prefix=f"{name}-",
            description=description,
            recovery_window_in_days=7,
            kms_key_id=key_arn,
            tags={"Name": name},
        )
        self.arn = secret.arn
        why = "A raised version makes a new value; for one that comes by itself, a function would have to know it."
        accept(secret, "CKV2_AWS_57 AwsSolutions-SMG4", why)
        accept(secret, "CKV_AWS_149", OWN_KEY, unless=key_arn)
        # Secrets Manager ends an ARN with a hyphen and six random characters.
        self.suffix = f"${{lower(substr({secret.fqn}.id, -6, 6))}}"

        # The bindings have no ephemeral blocks.
        stack_of(self).add_override(
            f"ephemeral.aws_secretsmanager_random_password.{id}",
            {"password_length": sum(generated.values()), "exclude_punctuation": True},
        )
        random = f"ephemeral.aws_secretsmanager_random_password.{id}.random_password"
        fields = [f'{field} = "{value}"' for field, value in (plain or {}).items()]
        start = 0
        for field, length in generated.items():
            fields.append(f"{field} = substr({random}, {start}, {length})")
            start += length
        stored = aws.SecretsmanagerSecretVersion(
            self,
            id,
            secret_id=secret.id,
            secret_string_wo=f"${{jsonencode({{{', '.join(fields)}}})}}",
            secret_string_wo_version=version,
            # A new version is a new resource: it becomes the current one before the old one goes.
            lifecycle={"create_before_destroy": True},
        )
        self.ready: tuple[ITerraformDependable, ...] = (stored,)

    def read(self, field: str) -> str:
        """A stored field as an expression, for a write-only attribute of another resource."""
        stack_of(self).add_override(
            f"ephemeral.aws_secretsmanager_secret_version.{self._id}",
            {"secret_id": f"${{aws_secretsmanager_secret_version.{self._id}.secret_id}}"},
        )
        stored = f"ephemeral.aws_secretsmanager_secret_version.{self._id}.secret_string"
        return f"${{jsondecode({stored}).{field}}}"
