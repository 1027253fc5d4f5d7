<?php

// Brings the database to what this release's WordPress expects, once for all servers. Says in one line on standard output
// how it ended; 0 means that this release can serve from it. WordPress's own page for it, wp-admin/upgrade.php, is shut:
// clicked on at a server that has an older release it would take the newer one's mark away.

require __DIR__ . '/database.php';
require __DIR__ . '/outcome.php';
require __DIR__ . '/html/wp-includes/version.php';

const UPGRADE_TIME = 900; // seconds that it may take: large tables are rebuilt

/** The version of the tables, 0 where there are none. */
function version_of_tables(mysqli $database): int
{
    $options = pressform_value('site')->TABLE_PREFIX . 'options';

    return (int) pressform_ask($database, "SELECT option_value FROM $options WHERE option_name = 'db_version'");
}

try {
    $database = pressform_connect();
    $before = version_of_tables($database);
    $answer = "the database is of version $before, as this WordPress needs it or newer";
    if ($before < $wp_db_version) {
        if (!pressform_lock($database, 'install', wait: 300, hold: UPGRADE_TIME)) {
            fail('another server has been upgrading the database for 300 seconds');
        }
        if (version_of_tables($database) < $wp_db_version) {
            define('WP_INSTALLING', true);
            pressform_pretend_request();
            require __DIR__ . '/html/wp-load.php';
            require_once ABSPATH . 'wp-admin/includes/upgrade.php';
            wp_upgrade();
        }
        $after = version_of_tables($database);
        if ($after < $wp_db_version) {
            fail("the database is still of version $after: {$GLOBALS['wpdb']->last_error}");
        }
        $answer = "the database went from version $before to $after";
    }
} catch (mysqli_sql_exception $error) {
    fail("the database failed us: {$error->getMessage()}");
}
echo $answer, "\n";
$complete = true;
