<?php

// A connection to the database outlives the page that opened it: TLS, and the authorities that it is checked against,
// cost more than all that a page asks. The database clears the connection's state between two pages.
// https://www.php.net/manual/en/mysqli.persistconns.php

class Pressform_Database extends wpdb
{
    public function parse_db_host($host)
    {
        $parts = parent::parse_db_host($host);

        return $parts ? ["p:$parts[0]", ...array_slice($parts, 1)] : $parts;
    }
}

// A script's connection ends with it: the database takes its locks back at once.
if (PHP_SAPI !== 'cli') {
    $wpdb = new Pressform_Database(DB_USER, DB_PASSWORD, DB_NAME, DB_HOST);
}
