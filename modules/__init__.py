"""Pressform: from an environment file to Terraform for WordPress on AWS."""

from pathlib import Path

# First of all, because it quiets a banner that jsii prints as soon as cdktf is imported.
from modules import aws as aws

PROJECT = Path(__file__).parents[1]
"""The folder of this project."""
