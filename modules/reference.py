"""A reference of Terraform's, told apart from a text that a person wrote."""


class Reference(str):
    """What Terraform knows of a resource, as it reads it: `${aws_s3_bucket.logs.arn}`."""
