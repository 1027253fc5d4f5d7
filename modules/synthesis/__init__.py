"""From environment files to Terraform's JSON on disk."""
