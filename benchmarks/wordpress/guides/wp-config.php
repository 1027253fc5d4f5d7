<?php

// wp-config-sample.php with its blanks filled in: no TLS to the database, as everywhere but here.
define('DB_NAME', '@DATABASE_NAME@');
define('DB_USER', '@USER@');
define('DB_PASSWORD', '@PASSWORD@');
define('DB_HOST', '@DATABASE_HOST@');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', '@SITE_URL@');
define('WP_SITEURL', '@SITE_URL@');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
