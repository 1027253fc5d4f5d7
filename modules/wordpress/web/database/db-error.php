<?php

// WordPress shows this page when it cannot reach the database. It may be a rotated password: watch-secret.sh looks.

touch('/run/pressform/php/database-refused');
http_response_code(503);
header('Retry-After: 10');
header('Cache-Control: no-store');
?>
<!doctype html>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>503</title>
<h1>503 Service Unavailable</h1>
