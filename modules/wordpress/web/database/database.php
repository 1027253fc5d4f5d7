<?php

// A connection of our own: WordPress must not be loaded before it is known whether it is installed, and a lock lasts
// only as long as the connection that took it.

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function pressform_value(string $name): object
{
    // What is secret is in memory alone, what is not is the release's own.
    $file = $name === 'site' ? __DIR__ . '/site.json' : "/run/pressform/$name.json";

    return json_decode(file_get_contents($file), flags: JSON_THROW_ON_ERROR);
}

/**
 * @param string $secret which user and password: those in use, unless a rotated one is tried
 * @throws mysqli_sql_exception
 */
function pressform_connect(string $secret = 'database'): mysqli
{
    $site = pressform_value('site');
    $user = pressform_value($secret);
    $database = mysqli_init();
    $database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 5);
    // Its warnings say what its exception says.
    @$database->real_connect(
        $site->DATABASE_HOST,
        $user->username,
        $user->password,
        $site->DATABASE_NAME,
        flags: MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT,
    );

    return $database;
}

/** What the names of the site's tables begin with. */
function pressform_prefix(): string
{
    return pressform_value('site')->TABLE_PREFIX;
}

/** @return list<string> the tables whose names begin so */
function pressform_tables(mysqli $database, string $prefix): array
{
    $query = "SELECT TABLE_NAME FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND LEFT(TABLE_NAME, ?) = ? ORDER BY TABLE_NAME";

    return array_column($database->execute_query($query, [strlen($prefix), $prefix])->fetch_all(), 0);
}

/** The first column of the first row. */
function pressform_ask(mysqli $database, string $query, string ...$parameters): mixed
{
    return $database->execute_query($query, $parameters)->fetch_row()[0] ?? null;
}

/**
 * One server at a time, of all that use this database.
 *
 * @param int $wait seconds to wait for another server that has the lock
 * @param int $hold seconds until it is taken from a server that died: the database ends a connection that is silent for
 *                  so long, and the lock with it
 * @return bool false when another server has it
 */
function pressform_lock(mysqli $database, string $purpose, int $wait, int $hold): bool
{
    // Names are shared by every database of the server, and hold 64 characters.
    $name = "pressform $purpose " . substr(sha1(pressform_value('site')->DATABASE_NAME), 0, 16);
    $database->query("SET SESSION wait_timeout = $hold");

    return (int) pressform_ask($database, 'SELECT GET_LOCK(?, ?)', $name, (string) $wait) === 1;
}

/** What WordPress expects of a request, for scripts that load it without one. */
function pressform_pretend_request(): void
{
    $address = parse_url(pressform_value('site')->SITE_URL);
    $_SERVER = [
        'HTTP_HOST' => $address['host'],
        'SERVER_NAME' => $address['host'],
        'SERVER_PROTOCOL' => 'HTTP/1.1',
        'REQUEST_METHOD' => 'GET',
        'REQUEST_URI' => '/',
        'REMOTE_ADDR' => '127.0.0.1',
    ] + $_SERVER;
}
