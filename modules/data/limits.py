"""Thresholds that follow from a database's size."""

from modules.settings.database import Database

MEMORY = {"micro": 1, "small": 2, "medium": 4, "large": 8}
"""GiB of RDS's t and m classes by size; each `xlarge` is 16. The r classes have twice that, the x classes four times.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html"""


def database_limits(settings: Database) -> dict[str, float]:
    """Thresholds that follow from an RDS instance's size.

    Connections: six tenths of what RDS's default (one for 12,582,880 bytes of memory, 16,000 at most) would give if the
    system used none of it, which is about eight tenths of what it gives.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections

    Storage: a twentieth of the first disk, in bytes. Growing by itself begins at a tenth: below that it did not help.
    """
    _, family, size = settings.instance_class.split(".")
    memory = MEMORY.get(size) or 16 * int(size.removesuffix("xlarge") or 1)
    memory *= {"r": 2, "x": 4}.get(family[0], 1) * 2**30
    connections = min(memory // 12_582_880, 16_000) * 6 // 10
    return {"connections": connections, "storage": settings.allocated_storage * 2**30 // 20}
