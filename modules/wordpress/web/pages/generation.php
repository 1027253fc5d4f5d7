<?php

// The site's generation: a number that goes up with every change that visitors could see (pressform.php). Each page
// cache asks for it again and again, and says which one it knows, so that whoever makes a change can wait for them all.

require __DIR__ . '/database.php';

header('Cache-Control: no-store');
header('Content-Type: text/plain');
$seen = (int) $_GET['seen'];
$patience = microtime(true) + min(30, (int) $_GET['wait']);
$database = pressform_connect();
$database->execute_query('REPLACE INTO pressform_page_caches (id, seen) VALUES (?, ?)', [$_GET['cache'], $seen]);
while (true) {
    $generation = (int) pressform_ask($database, 'SELECT generation FROM pressform_pages');
    if ($generation !== $seen || microtime(true) > $patience) {
        exit((string) $generation);
    }
    usleep(200_000);
}
