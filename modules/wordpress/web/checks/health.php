<?php

// What the load balancer asks: is this server through with its boot, and does PHP answer? Not the database: if that
// fails over, taking every server out of the load balancer at once would help nobody.

$ready = file_exists('/run/pressform/ready') && extension_loaded('mysqli');
http_response_code($ready ? 200 : 503);
header('Cache-Control: no-store');
header('Content-Type: text/plain');
echo $ready ? "ok\n" : "not ready\n";
