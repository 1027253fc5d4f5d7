<?php

// The first installation, once for all servers. Says in one line on standard output how it ended; 0 means that
// WordPress is installed.
//
// An installation cut short leaves a database that WordPress takes for installed, or cannot load with at all. So a row
// of our own says whether one was started and whether it was done, and what was only started is cleared away.

require __DIR__ . '/database.php';
require __DIR__ . '/outcome.php';

const DATABASE_WAIT = 900; // seconds; a new Multi-AZ database takes about ten minutes

const INSTALL_TIME = 120; // seconds that the installation may take; it takes two to ten

// MySQL's client: no answer, no such host yet, connection lost. Server: starting, stopping, too many connections.
const NOT_THERE_YET = [2002, 2003, 2005, 2006, 2013, 1040, 1053, 1129];

function wait_for_database(): mysqli
{
    $host = pressform_value('site')->DATABASE_HOST;
    $last = time() + DATABASE_WAIT;
    $said = 0;
    while (true) {
        try {
            return pressform_connect();
        } catch (mysqli_sql_exception $error) {
            if (!in_array($error->getCode(), NOT_THERE_YET, true)) {
                fail("the database $host refuses us: {$error->getMessage()}");
            }
        }
        if (time() >= $last) {
            fail("no database at $host within " . DATABASE_WAIT . " seconds: {$error->getMessage()}");
        }
        if (time() >= $said + 30) {
            fwrite(STDERR, "waiting for the database at $host: {$error->getMessage()}\n");
            $said = time();
        }
        sleep(2);
    }
}

/** Clears the way for an installation, or says why none is needed. */
function already_installed(mysqli $database): ?string
{
    $database->query(
        'CREATE TABLE IF NOT EXISTS pressform_install (
            id TINYINT PRIMARY KEY, state VARCHAR(16) NOT NULL, changed TIMESTAMP DEFAULT CURRENT_TIMESTAMP
        )',
    );
    // For generation.php and pressform.php.
    $database->query('CREATE TABLE IF NOT EXISTS pressform_pages (id TINYINT PRIMARY KEY, generation BIGINT NOT NULL)');
    $database->query('INSERT IGNORE INTO pressform_pages VALUES (1, 1)');
    $database->query(
        'CREATE TABLE IF NOT EXISTS pressform_page_caches (
            id VARCHAR(64) PRIMARY KEY, seen BIGINT NOT NULL,
            asked TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
        )',
    );
    $database->query('DELETE FROM pressform_page_caches WHERE asked < NOW() - INTERVAL 1 DAY');
    $state = pressform_ask($database, 'SELECT state FROM pressform_install WHERE id = 1');
    if ($state === 'done') {
        return 'WordPress is installed';
    }
    $ours = addcslashes(pressform_value('site')->TABLE_PREFIX, '_');
    $tables = array_column($database->query("SHOW TABLES LIKE '$ours%'")->fetch_all(), 0);
    if ($tables && $state !== 'started') {
        return 'WordPress is installed: the tables of another origin are left as they are';
    }
    $database->query("REPLACE INTO pressform_install (id, state) VALUES (1, 'started')");
    foreach ($tables as $table) {
        $database->query("DROP TABLE `$table`");
    }
    if ($tables) {
        fwrite(STDERR, 'cleared ' . count($tables) . " tables of an installation that was cut short\n");
    }

    return null;
}

/** Loads WordPress into the global scope, as its own entry points do. */
function install(): void
{
    $site = pressform_value('site');
    $admin = pressform_value('admin');

    add_filter('pre_wp_mail', '__return_false');
    // It would ask its own address, which does not answer yet, whether permalinks work.
    add_filter('pre_http_request', fn () => new WP_Error('pressform', 'no requests while installing'));

    wp_install(
        $site->TITLE,
        $admin->username,
        $admin->email,
        is_public: true,
        user_password: wp_slash($admin->password),
        language: $site->LOCALE === 'en_US' ? '' : $site->LOCALE,
    );
    if ($site->THEME !== '') {
        switch_theme($site->THEME);
    }
    require_once ABSPATH . 'wp-admin/includes/plugin.php';
    foreach (array_filter(explode(' ', $site->PLUGINS)) as $plugin) {
        // By its folder, or by the name of its only file.
        $files = array_filter(array_keys(get_plugins()), fn ($file) => str_starts_with($file, "$plugin/") || $file === "$plugin.php");
        $problem = $files ? activate_plugin(reset($files)) : new WP_Error('pressform', 'this release lacks it');
        if (is_wp_error($problem)) {
            fail("the plugin $plugin cannot be switched on: {$problem->get_error_message()}");
        }
    }
    $GLOBALS['wp_rewrite']->set_permalink_structure('/%year%/%monthnum%/%postname%/');
    $GLOBALS['wp_rewrite']->flush_rules(false);
    if ($site->THEME !== '' && ($problem = wp_get_theme()->errors())) {
        fail("the theme $site->THEME cannot be switched on: {$problem->get_error_message()}");
    }
    if (!username_exists($admin->username) || get_option('siteurl') !== $site->SITE_URL) {
        fail("the installation is incomplete: {$GLOBALS['wpdb']->last_error}");
    }
}

try {
    $database = wait_for_database();
    if (!pressform_lock($database, 'install', wait: 300, hold: INSTALL_TIME)) {
        fail('another server has been installing WordPress for 300 seconds');
    }
    $answer = already_installed($database);
    if ($answer === null) {
        define('WP_INSTALLING', true);
        pressform_pretend_request();
        require __DIR__ . '/html/wp-load.php';
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        install();
        // Over the connection that has the lock: if it was lost, so is our claim to be the only one.
        $database->query("UPDATE pressform_install SET state = 'done' WHERE id = 1");
        $answer = 'WordPress is installed, by this server';
    }
} catch (mysqli_sql_exception $error) {
    fail("the database failed us: {$error->getMessage()}");
}
echo $answer, "\n";
$complete = true;
