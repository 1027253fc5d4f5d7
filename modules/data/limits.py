"""Thresholds that follow from a database's size."""

from modules.settings.database import Database

MEMORY = {"micro": 1, "small": 2, "medium": 4, "large": 8}
"""GiB of RDS's t and m classes by size; each `xlarge` is 16. The r classes have twice that, the x classes four times.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html"""


def database_limits(settings: Database) -> dict[str, float]:
    """The alarms' thresholds for an RDS instance.

    RDS allows one connection for every 12,582,880 bytes of the instance class's memory, 16,000 at most, after it has
    taken away what the system itself uses. How much that is, AWS does not say. So the alarm on connections begins at
    six tenths of what the whole memory would allow: about eight tenths of what a running instance reports.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections

    The disk grows by itself when a tenth of it is left. The alarm on storage begins at a twentieth of the first disk:
    growing did not help, or is at its maximum.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html

    Returns:
        `connections`, a number, and `storage`, in bytes.
    """
    _, family, size = settings.instance_class.split(".")
    memory = MEMORY.get(size) or 16 * int(size.removesuffix("xlarge") or 1)
    memory *= {"r": 2, "x": 4}.get(family[0], 1) * 2**30
    connections = min(memory // 12_582_880, 16_000) * 6 // 10
    return {"connections": connections, "storage": settings.allocated_storage * 2**30 // 20}
