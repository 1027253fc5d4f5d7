<?php

// Whether this release has the theme and the plugins that are active in the database: WordPress falls back to some other
// theme without a word, and switches a plugin that it misses off for good. Says in one line on standard output how it
// ended; 0 means that nothing is missing that was there before.
//
// check-code.php [FOLDER]: the release that is served, where there is one.

require __DIR__ . '/database.php';
require __DIR__ . '/outcome.php';

const NO_SUCH_TABLE = 1146;

/** The active themes and plugins, in words, by the path below wp-content that each needs. */
function active(mysqli $database): array
{
    $prefix = pressform_value('site')->TABLE_PREFIX;
    $query = "SELECT option_name, option_value FROM {$prefix}options
        WHERE option_name IN ('active_plugins', 'stylesheet', 'template')";
    $values = array_column($database->query($query)->fetch_all(), 1, 0);
    $needed = [];
    foreach (array_filter([$values['stylesheet'] ?? '', $values['template'] ?? '']) as $theme) {
        $needed["themes/$theme"] = "the theme $theme";
    }
    $plugins = @unserialize($values['active_plugins'] ?? '', ['allowed_classes' => false]);
    foreach (array_filter((array) $plugins, is_string(...)) as $plugin) {
        $needed["plugins/$plugin"] = "the plugin $plugin";
    }

    return $needed;
}

try {
    $new = $old = [];
    foreach (active(pressform_connect()) as $path => $what) {
        if (!file_exists(__DIR__ . "/html/wp-content/$path")) {
            $missed = isset($argv[1]) && !file_exists("$argv[1]/html/wp-content/$path");
            $missed ? $old[] = $what : $new[] = $what;
        }
    }
} catch (mysqli_sql_exception $error) {
    fail(
        $error->getCode() === NO_SUCH_TABLE
        ? 'the database has no tables that begin with ' . pressform_value('site')->TABLE_PREFIX
        : "the database failed us: {$error->getMessage()}",
    );
}
if ($new) {
    fail('it lacks what is active in WordPress: ' . implode(', ', $new) .
        '. Bring it back, or switch it off in WordPress first');
}
echo $old ? 'missing, as before: ' . implode(', ', $old) : 'all that is active in WordPress is there', "\n";
$complete = true;
