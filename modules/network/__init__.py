"""The VPC: subnets and routes, firewalls, endpoints, flow logs."""
