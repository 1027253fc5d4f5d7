<?php

// How install.php and upgrade.php end: a line on standard output, and status 0 only from their last line.

$complete = false;
// wp_die() ends with status 0.
register_shutdown_function(function () use (&$complete) {
    if (!$complete) {
        exit(1);
    }
});

function fail(string $reason): never
{
    echo $reason, "\n";
    exit(1);
}
