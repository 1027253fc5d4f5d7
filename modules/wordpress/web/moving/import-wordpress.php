<?php

// What an import needs WordPress itself for, each in a process of its own: it can be loaded for one prefix only.
//
// import-wordpress.php upgrade    brings the tables that come in to what this WordPress expects
// import-wordpress.php shut       visitors get the maintenance page for a while (pressform.php)
// import-wordpress.php flush      what the object cache remembers is forgotten

require __DIR__ . '/database.php';
require __DIR__ . '/outcome.php';

// A constant: WordPress has variables of its own.
define('PRESSFORM_ACTION', $argv[1]);
define('WP_INSTALLING', true); // neither plugins nor the theme
pressform_pretend_request();
if (PRESSFORM_ACTION === 'upgrade') {
    $pressform_prefix = 'pressform_new_'; // wp-config.php
    // The object cache is the site's, which is another one until the tables are exchanged.
    $wp_filter = ['enable_loading_object_cache_dropin' => [10 => [['function' => fn () => false, 'accepted_args' => 0]]]];
}
require __DIR__ . '/html/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_false');
add_filter('pre_http_request', fn () => new WP_Error('pressform', 'no requests while a site is brought in'));
if (PRESSFORM_ACTION === 'upgrade') {
    $before = (int) get_option('db_version');
    wp_upgrade();
    $after = (int) $wpdb->get_var("SELECT option_value FROM $wpdb->options WHERE option_name = 'db_version'");
    if ($after < $wp_db_version) {
        fail("the tables are still of version $after: {$wpdb->last_error}");
    }
    echo "the tables went from version $before to $after\n";
} elseif (PRESSFORM_ACTION === 'shut') {
    update_option('pressform_maintenance', time(), true);
} else {
    wp_cache_flush();
}
$complete = true;
