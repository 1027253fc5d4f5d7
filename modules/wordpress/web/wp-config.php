<?php

// One folder above what is served. The values are in memory (web/steps.sh puts them there), so nothing secret is in this
// file, on this disk or in an image of it, and a rotated password holds from the next request on.

$pressform = (function () {
    $read = fn ($name) => json_decode(
        file_get_contents("/run/pressform/$name.json"),
        flags: JSON_THROW_ON_ERROR,
    );
    foreach ($read('salts') as $name => $salt) {
        define($name, $salt);
    }
    $database = $read('database');
    define('DB_USER', $database->username);
    define('DB_PASSWORD', $database->password);

    return json_decode(file_get_contents(__DIR__ . '/site.json'), flags: JSON_THROW_ON_ERROR);
})();

define('DB_HOST', $pressform->DATABASE_HOST);
define('DB_NAME', $pressform->DATABASE_NAME);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('MYSQL_CLIENT_FLAGS', MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);

// The site has one address, whatever name or number a request came by.
define('WP_HOME', $pressform->SITE_URL);
define('WP_SITEURL', $pressform->SITE_URL);

// TLS ends at the load balancer, which sends everyone to https. X-Forwarded-Proto would say so only for the last
// balancer on the way: behind a second one, or a CDN, it says http, and every page would redirect to itself.
if (str_starts_with($pressform->SITE_URL, 'https://')) {
    $_SERVER['HTTPS'] = 'on';
    define('FORCE_SSL_ADMIN', true);
}

// Every server has the same code: a change is a release, never a click on one of them.
define('DISALLOW_FILE_MODS', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true); // a timer runs it: cron.php
define('WP_ENVIRONMENT_TYPE', $pressform->ENVIRONMENT_TYPE);
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/html/');
}

// The owner's: the simple ones, the secret ones, and what config.php works out. They come after ours, so that they change
// none of these.
$pressform->SECRETS = json_decode(
    file_get_contents('/run/pressform/constants/' . basename(__DIR__) . '.json'),
    flags: JSON_THROW_ON_ERROR,
);
foreach ([...(array) $pressform->CONSTANTS, ...(array) $pressform->SECRETS] as $name => $value) {
    define($name, $value);
}
unset($pressform->SECRETS);
if (is_file(__DIR__ . '/site/config.php')) {
    require_once ABSPATH . 'wp-includes/plugin.php'; // add_filter()
    require __DIR__ . '/site/config.php';
}
$table_prefix = $pressform_prefix ?? $pressform->TABLE_PREFIX; // import-wordpress.php

unset($pressform, $name, $value);
require_once ABSPATH . 'wp-settings.php';
