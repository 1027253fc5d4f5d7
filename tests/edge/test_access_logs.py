"""Who writes requests down, and who may."""

from typing import Any

from tests.site.sites import Site, shipped, variation


def writers(site: Site) -> dict[str, dict[str, Any]]:
    """The statements of the bucket's policy that allow something, by the service that they are for."""
    statements = site.statements("aws_s3_bucket_policy.access_logs")
    return {one["Principal"]["Service"]: one for one in statements if one["Effect"] == "Allow"}


def test_the_load_balancers_write_into_a_folder_of_the_account_each():
    site = variation("three-tier", {"logs": {"access_logs": True}})
    (statement,) = writers(site).values()
    assert statement["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert statement["Action"] == "s3:PutObject"
    account = "${data.aws_caller_identity.current.account_id}"
    assert statement["Resource"] == f"${{aws_s3_bucket.access_logs.arn}}/*/AWSLogs/{account}/*"
    # As AWS documents it: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    assert "Condition" not in statement
    for balancer in site.all("aws_lb").values():
        assert balancer["access_logs"]["bucket"] == "${aws_s3_bucket.access_logs.id}"
        assert balancer["depends_on"] == ["aws_s3_bucket_policy.access_logs"]
    assert len({balancer["access_logs"]["prefix"] for balancer in site.all("aws_lb").values()}) == 2


def test_cloudfront_writes_beside_them():
    site = shipped()["production"]
    statement = writers(site)["delivery.logs.amazonaws.com"]
    assert statement["Resource"].endswith("/CloudFront/*")
    (source,) = site.all("aws_cloudwatch_log_delivery_source").values()
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":delivery-source:production-ap-northeast-1-*")
    assert source["name"].startswith("production-ap-northeast-1-")
    assert source["resource_arn"] == "${aws_cloudfront_distribution.cdn.arn}"
    assert site["aws_cloudwatch_log_delivery.cdn"]["depends_on"] == ["aws_s3_bucket_policy.access_logs"]


def test_nothing_is_written_where_the_settings_do_not_say_so():
    site = variation("production", {"logs": {"access_logs": False}})
    assert not site.all("aws_cloudwatch_log_delivery")
    assert "aws_s3_bucket_policy.access_logs" not in site
    assert "access_logs" not in site["aws_lb.load_balancer"]
