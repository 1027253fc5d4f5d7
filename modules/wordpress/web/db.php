<?php

// A connection to the database outlives the page that opened it: to open one, TLS and the authorities that it is checked
// against, was a third of a front page's processor time. The database clears the connection's state between two pages.

class Pressform_Database extends wpdb
{
    public function parse_db_host($host)
    {
        $parts = parent::parse_db_host($host);

        return $parts ? ["p:$parts[0]", ...array_slice($parts, 1)] : $parts;
    }
}

$wpdb = new Pressform_Database(DB_USER, DB_PASSWORD, DB_NAME, DB_HOST);
