<?php

// Writes what import.php reads, and any mysql client: dump.sql.gz with the site's tables as they are at one moment, site.json
// with its address, and in uploads.1, uploads.2, ... the names of the uploads, as many as one archive takes.
//
// export.php FOLDER [uploads]

require __DIR__ . '/database.php';
require __DIR__ . '/outcome.php';

const STATEMENT = 500_000; // bytes, about

const PART = 256 << 20; // bytes of uploads in one archive; a larger file has one of its own

/** @return list<string> those that are not made from others */
function columns(mysqli $database, string $table): array
{
    $about = $database->query("SHOW COLUMNS FROM `$table`")->fetch_all(MYSQLI_ASSOC);

    return array_column(array_filter($about, fn ($column) => !preg_match('/(VIRTUAL|STORED|PERSISTENT) GENERATED|^VIRTUAL|^PERSISTENT/i', $column['Extra'])), 'Field');
}

/** gzclose() does not say that the disk is full. */
function put($file, string $text): void
{
    if (@gzwrite($file, $text) !== strlen($text)) {
        fail('the dump cannot be written: is this server\'s disk full? Raise root_volume_size');
    }
}

function write_table(mysqli $database, $file, string $table): void
{
    $create = $database->query("SHOW CREATE TABLE `$table`")->fetch_row()[1];
    put($file, "\nDROP TABLE IF EXISTS `$table`;\n$create;\n");
    $columns = '`' . implode('`, `', columns($database, $table)) . '`';
    $rows = $database->query("SELECT $columns FROM `$table`", MYSQLI_USE_RESULT);
    $kinds = array_map(fn ($field) => match (true) {
        // Bytes, and not letters.
        $field->charsetnr === 63 && in_array($field->type, [MYSQLI_TYPE_TINY_BLOB, MYSQLI_TYPE_BLOB, MYSQLI_TYPE_MEDIUM_BLOB, MYSQLI_TYPE_LONG_BLOB,
            MYSQLI_TYPE_STRING, MYSQLI_TYPE_VAR_STRING, MYSQLI_TYPE_BIT, MYSQLI_TYPE_GEOMETRY], true) => 'bytes',
        $field->charsetnr === 63 && ($field->flags & MYSQLI_NUM_FLAG) => 'number',
        default => 'text',
    }, $rows->fetch_fields());
    $begin = "INSERT INTO `$table` ($columns) VALUES\n";
    $values = '';
    while ($row = $rows->fetch_row()) {
        foreach ($row as $column => &$value) {
            $value = match (true) {
                $value === null => 'NULL',
                $kinds[$column] === 'number' => $value,
                $kinds[$column] === 'bytes' => $value === '' ? "''" : '0x' . bin2hex($value),
                default => "'" . $database->real_escape_string($value) . "'",
            };
        }
        unset($value);
        $values .= ($values === '' ? $begin : ",\n") . '(' . implode(',', $row) . ')';
        if (strlen($values) > STATEMENT) {
            put($file, "$values;\n");
            $values = '';
        }
    }
    $values === '' || put($file, "$values;\n");
}

function write_dump(mysqli $database, string $name): int
{
    $database->set_charset('utf8mb4');
    $database->query("SET SESSION time_zone = '+00:00', net_write_timeout = 3600");
    $database->query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    $database->query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    $file = gzopen($name, 'wb6');
    put($file, "-- MySQL dump of a WordPress site\n/*!40101 SET NAMES utf8mb4 */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n"
        . "/*!40014 SET FOREIGN_KEY_CHECKS=0 */;\n/*!40101 SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n");
    $tables = pressform_tables($database, pressform_prefix());
    foreach ($tables as $table) {
        write_table($database, $file, $table);
    }
    put($file, "\n-- Dump completed\n");
    gzclose($file);
    // What zlib held back is written by then, or is lost: gzclose() does not tell either.
    exec('gzip --test ' . escapeshellarg($name) . ' 2>&1', $said, $status);
    if ($status) {
        fail('the dump cannot be written: is this server\'s disk full? Raise root_volume_size');
    }

    return count($tables);
}

/** @return int how many archives it takes */
function list_uploads(string $folder): int
{
    $root = realpath(__DIR__ . '/html/wp-content/uploads');
    $part = $bytes = 0;
    $list = null;
    $files = new RecursiveIteratorIterator(new RecursiveCallbackFilterIterator(
        new RecursiveDirectoryIterator($root, FilesystemIterator::SKIP_DOTS),
        fn ($file) => $file->getFilename() !== '.pressform-import',
    ));
    foreach ($files as $file) {
        // Where a link leads is nobody's upload, and a file may be gone by now.
        $size = $file->isLink() ? false : @filesize($file->getPathname());
        if ($size === false) {
            continue;
        }
        if ($list === null || $bytes + $size > PART && $bytes > 0) {
            $list = fopen("$folder/uploads." . ++$part, 'wb');
            $bytes = 0;
        }
        $bytes += $size;
        fwrite($list, substr($file->getPathname(), strlen($root) + 1) . "\0");
    }

    return $part;
}

$folder = $argv[1];
try {
    $tables = write_dump(pressform_connect(), "$folder/dump.sql.gz");
} catch (mysqli_sql_exception $error) {
    fail("the database failed us: {$error->getMessage()}");
}
$parts = ($argv[2] ?? '') === 'uploads' ? list_uploads($folder) : 0;
file_put_contents("$folder/site.json", json_encode(
    ['url' => pressform_value('site')->SITE_URL, 'prefix' => pressform_prefix(), 'parts' => $parts],
    JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES,
));
echo "$tables tables and $parts archives of uploads\n";
$complete = true;
