"""[encryption]: the key of the data at rest."""

from modules.settings.types import KeyArn, Section


class Encryption(Section):
    """Everything at rest is encrypted, whatever stands here: left out, with keys that AWS manages, free of charge."""

    own_key: bool = False
    """One customer-managed KMS key for the database, the uploads, the disks, the secrets, the logs and the backups:
    its use is logged, its policy is the site's own, and disabling it locks all the data at once. A key does not leave
    its region: copied backups, and the firewall's log with `cdn`, have one more each. About 1 USD a month for a key
    and 0.03 USD for 10,000 uses. Database, uploads and backups that exist already keep the key that they were made
    with; the servers are replaced, for their disks."""

    key_arn: KeyArn | None = None
    """A KMS key that exists already, used instead of a new one. Its policy must admit the services that the site
    uses. Not together with `own_key`."""
