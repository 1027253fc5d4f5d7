<?php

// Runs what WordPress has due, on one server at a time: every server's timer calls this every minute.

require __DIR__ . '/database.php';

$database = pressform_connect();
if (!pressform_lock($database, 'cron', wait: 0, hold: 900)) {
    echo "another server is at it\n";
    exit;
}
pressform_pretend_request();
require __DIR__ . '/html/wp-cron.php';
