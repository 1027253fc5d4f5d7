"""Pressform: from an environment file to Terraform for WordPress on AWS."""

# First of all, because it quiets a banner that jsii prints as soon as cdktf is imported.
from modules import aws as aws
