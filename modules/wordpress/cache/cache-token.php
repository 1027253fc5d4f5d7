<?php

// What a server signs in to the object cache with: a request to connect, signed with its role's credentials, good for
// 15 minutes. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html

/**
 * Kept for four minutes, and signed by one page while the others wait. A token ends with the credentials that signed
 * it, and those end as little as five minutes after the role has new ones.
 */
function pressform_cache_token(object $site): string
{
    $sign = fn () => pressform_sign($site, pressform_credentials(), gmdate('Ymd\THis\Z'));

    return apcu_enabled() ? apcu_entry('cache token', $sign, 240) : $sign();
}

/** The role's, from the instance's metadata service. */
function pressform_credentials(): object
{
    $ask = function (string $path, string $header, string $method = 'GET'): string {
        $http = ['method' => $method, 'header' => "X-aws-ec2-metadata-token$header", 'timeout' => 1];
        $context = stream_context_create(['http' => $http]);

        return file_get_contents("http://169.254.169.254/latest/$path", context: $context);
    };
    $pass = ': ' . $ask('api/token', '-ttl-seconds: 60', 'PUT');
    $roles = 'meta-data/iam/security-credentials/';

    return json_decode($ask($roles . $ask($roles, $pass), $pass), flags: JSON_THROW_ON_ERROR);
}

/**
 * A presigned request, without its scheme.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @param object $site CACHE_NAME, of the cache and of its user, and REGION
 * @param string $now such as 20261130T235959Z
 */
function pressform_sign(object $site, object $credentials, string $now): string
{
    $scope = [substr($now, 0, 8), $site->REGION, 'elasticache', 'aws4_request'];
    $query = http_build_query([
        'Action' => 'connect',
        'User' => $site->CACHE_NAME,
        'X-Amz-Algorithm' => 'AWS4-HMAC-SHA256',
        'X-Amz-Credential' => implode('/', [$credentials->AccessKeyId, ...$scope]),
        'X-Amz-Date' => $now,
        'X-Amz-Expires' => 900,
        'X-Amz-Security-Token' => $credentials->Token,
        'X-Amz-SignedHeaders' => 'host',
    ], encoding_type: PHP_QUERY_RFC3986);
    $request = "GET\n/\n$query\nhost:$site->CACHE_NAME\n\nhost\n" . hash('sha256', '');
    $text = "AWS4-HMAC-SHA256\n$now\n" . implode('/', $scope) . "\n" . hash('sha256', $request);
    $sign = fn ($key, $part) => hash_hmac('sha256', $part, $key, true);
    $key = array_reduce($scope, $sign, "AWS4$credentials->SecretAccessKey");

    return "$site->CACHE_NAME/?$query&X-Amz-Signature=" . bin2hex($sign($key, $text));
}
