"""The versions of Terraform that the JSON is written for. Cheap to import: what only runs Terraform reads it too."""

OLDEST_TERRAFORM = (1, 11)
"""Write-only attributes, ephemeral resources and the native lock of S3 state: Terraform and OpenTofu have them since
1.11."""
