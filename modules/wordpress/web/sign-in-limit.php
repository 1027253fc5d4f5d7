<?php

// Runs before every page, ahead of WordPress: guessing passwords must cost us less than the guesser.

(function () {
    $attempts = 10; // a minute, of one client at one server

    $page = basename($_SERVER['SCRIPT_FILENAME'] ?? '');
    if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST' || !in_array($page, ['wp-login.php', 'xmlrpc.php'], true)) {
        return;
    }
    $key = 'sign-in ' . intdiv(time(), 60) . " {$_SERVER['REMOTE_ADDR']}";
    apcu_add($key, 0, 60);
    if (apcu_inc($key) > $attempts) {
        http_response_code(429);
        header('Retry-After: 60');
        header('Cache-Control: no-store');
        exit("Too many attempts. Try again in a minute.\n");
    }
})();
