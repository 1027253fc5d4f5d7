"""A test bed: the site of an environment file on this machine, on real software, in namespaces of its own.

Every server boots with the very user data that Terraform would hand to EC2, and takes the very releases that it would
upload. What stands in for AWS is in `host/` (what a server finds on its PATH, S3 among it), `balancer.py` (the load
balancer, and CloudFront), `cache.py` (ElastiCache), `ses.py` (what takes mail), `metadata.py` (the role's credentials),
`state_manager.py` (what tells the servers of a release), `internet.py` (names, and the few addresses that a boot
downloads from) and `network.py` (subnets and security groups).
"""

from testbed.environment import Environment
from testbed.site import Site

__all__ = ["Environment", "Site"]
