<?php

// Brings an existing site over, one server at a time of all that share the database. Says how it goes, a line at a time,
// and ends with status 0 where the site is there, else with what a person has to do as its last line.
//
// import.php check FOLDER    looks at the request and the dump in FOLDER, and changes nothing
// import.php run FOLDER      brings the dump in, below tables of its own, and exchanges these for the site's at the end
// import.php part ARCHIVE    brings uploads in
// import.php back            the site that was there before is the site again
// import.php forget          deletes what is kept of the site that was there before
//
// Whatever stops it, it can be run again: until all is ready no visitor meets any of it, and then it is one statement.

require __DIR__ . '/database.php';
// Before that of outcome.php, which is the end.
register_shutdown_function(give_up(...));
require __DIR__ . '/outcome.php';
require __DIR__ . '/dump.php';
require __DIR__ . '/address.php';
require __DIR__ . '/html/wp-includes/version.php';

// What comes in, and what was there before.
const COMING = 'pressform_new_';
const KEPT = 'pressform_old_';

const NAME_LIMIT = 64; // characters: https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html

const HOLD = 7200; // seconds that the database may hear nothing, while a large table is rebuilt

const PAUSE = 60; // seconds between two words that the site is still shut

const NEEDED = ['options', 'posts', 'postmeta', 'users', 'usermeta', 'terms', 'term_taxonomy', 'term_relationships',
    'comments', 'commentmeta'];

/** How far the last import has come, of whatever dump, or what is being done with the site before it. */
function last_step(mysqli $database): string
{
    $database->query(
        'CREATE TABLE IF NOT EXISTS pressform_import (
            id TINYINT PRIMARY KEY, dump CHAR(64) NOT NULL, step VARCHAR(16) NOT NULL, report MEDIUMTEXT NOT NULL
        ) CHARACTER SET utf8mb4',
    );

    return (string) pressform_ask($database, 'SELECT step FROM pressform_import WHERE id = 1');
}

function drop(mysqli $database, string $prefix): void
{
    $database->query('SET foreign_key_checks = 0');
    foreach (pressform_tables($database, $prefix) as $table) {
        $database->query("DROP TABLE `$table`");
    }
}

/** What a program of WordPress's own says; a person reads it where it fails. */
function with_wordpress(string $action): string
{
    exec(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg(__DIR__ . '/import-wordpress.php') . " $action 2>&1", $said, $status);
    if ($status) {
        fail("$action: " . (implode("\n", array_slice($said, -3)) ?: 'ended without a word'));
    }

    return implode("\n", $said);
}

/** Says that it is still under way: the site stays shut for so long. */
function still_shut(): void
{
    global $database, $shut; // since when
    if (time() >= $shut + PAUSE) {
        $shut = time();
        $database->query('DO 1'); // it has the lock, and must not be silent for too long
        with_wordpress('shut');
    }
}

/** Nothing is left of what could not come over, and the site is open again. */
function give_up(): void
{
    global $complete, $database, $locked, $shut;
    if ($complete || !$locked) {
        return;
    }
    $shut_by_us = $shut;
    $shut = $locked = 0;
    try {
        // A connection that was lost took the lock along, and what comes in may be another server's by now.
        $database->close();
        $database = pressform_connect();
        if (!pressform_lock($database, 'install', wait: 5, hold: HOLD)) {
            return;
        }
        drop($database, COMING);
        if ($shut_by_us) {
            open_site($database);
        }
    } catch (mysqli_sql_exception $error) {
        echo 'nothing could be cleared away: ', $error->getMessage(), $shut_by_us ? ". Visitors come in again within 15 minutes\n" : "\n";
    }
}

final class Import
{
    /** What is wanted: `dump` and its `sha256`, `from`, perhaps `prefix`, `skip_missing`. */
    private object $request;

    private string $file;
    private int $limit;

    /** Table of the dump => the line that makes it. */
    private array $tables = [];

    private string $prefix = '';
    private int $bytes = 0;

    /** What a person should know at the end. */
    private array $report = [];

    public function __construct(private mysqli $database, private string $folder)
    {
        $this->request = json_decode(file_get_contents("$folder/request.json"), flags: JSON_THROW_ON_ERROR);
        $this->file = "$folder/dump";
        $this->limit = (int) pressform_ask($database, 'SELECT @@max_allowed_packet');
    }

    /** Everything that can be known without touching the site. */
    public function check(): void
    {
        if (!in_array($this->step(), ['swapped', 'done'], true)) {
            $this->examine();
        }
    }

    public function run(): void
    {
        $step = $this->step();
        if ($step === 'done') {
            echo "{$this->request->dump} has been brought in already\n";

            return;
        }
        if ($step !== 'swapped') {
            $this->examine();
            still_shut();
            $this->prepare();
            $this->exchange();
        }
        $this->finish();
    }

    private function examine(): void
    {
        if (pressform_tables($this->database, KEPT)) {
            fail('the site that was there before the last import is still kept: FORGET=1 deletes it, BACK=1 makes it the site again');
        }
        $this->scan();
        $this->choose_prefix();
        drop($this->database, COMING);
        $this->load(["{$this->prefix}options"]);
        $this->inspect();
        drop($this->database, COMING);
    }

    // What has been done already.

    private function step(): ?string
    {
        $step = pressform_ask($this->database, 'SELECT step FROM pressform_import WHERE dump = ?', $this->request->sha256);
        if ($step === 'swapping') {
            return pressform_tables($this->database, KEPT) ? 'swapped' : null;
        }

        return $step;
    }

    private function note(string $step): void
    {
        $this->database->execute_query(
            'REPLACE INTO pressform_import VALUES (1, ?, ?, ?)',
            [$this->request->sha256, $step, json_encode($this->report, JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR)],
        );
    }

    // The dump.

    private function refuse(string $reason): never
    {
        fail("{$this->request->dump}: $reason");
    }

    private function scan(): void
    {
        $dump = new Dump($this->file, $this->limit);
        $database = null;
        $filled = [];
        foreach ($dump->statements() as $statement) {
            still_reading($dump->read, 'looking at the dump');
            switch ($statement->kind) {
                case 'CREATE':
                    if (isset($this->tables[$statement->table])) {
                        $this->refuse("line {$statement->line}: the table {$statement->table} is there already, from line "
                            . "{$this->tables[$statement->table]}: this is more than one dump. Import one of them");
                    }
                    $this->tables[$statement->table] = $statement->line;
                    break;
                case 'INSERT':
                case 'ALTER':
                    if (!isset($this->tables[$statement->table])) {
                        $this->refuse("line {$statement->line}: the table {$statement->table} is not made by the dump: make it with the "
                            . 'structure of the tables and their data');
                    }
                    break;
                case 'USE':
                    if ($database !== null && $database !== $statement->table) {
                        $this->refuse("line {$statement->line}: after the database $database comes another, {$statement->table}: make a "
                            . 'dump of the site\'s database alone');
                    }
                    $database = $statement->table;
                    break;
                case 'LEAVE':
                    $this->report[$statement->table] ??= "left out: the {$statement->table} (line {$statement->line} of the dump). Only a few plugins have such: ask its maker";
                    break;
            }
        }
        $this->bytes = $dump->read;
    }

    private function choose_prefix(): void
    {
        $has = fn (string $table) => isset($this->tables[$table]);
        $prefixes = [];
        foreach (array_keys($this->tables) as $table) {
            $prefix = preg_replace('/options$/', '', $table, count: $is);
            if ($is && !array_filter(NEEDED, fn ($name) => !$has("$prefix$name"))) {
                $prefixes[] = $prefix;
            }
        }
        $asked = $this->request->prefix ?? null;
        if (!$prefixes) {
            $names = implode(', ', array_slice(array_keys($this->tables), 0, 5)) ?: 'none';
            $this->refuse("no WordPress is in it. It takes the tables options, posts, users and others, with one prefix; found are: $names");
        }
        if ($asked !== null && !in_array($asked, $prefixes, true)) {
            $this->refuse("no WordPress with the prefix \"$asked\" is in it: it has " . implode(', ', $prefixes));
        }
        if ($asked === null && count($prefixes) > 1) {
            $this->refuse('more than one WordPress is in it: say which by PREFIX=, one of ' . implode(', ', $prefixes));
        }
        $this->prefix = $asked ?? $prefixes[0];
        // One whose prefix begins with this one is another site.
        $this->others = array_filter($prefixes, fn ($prefix) => strlen($prefix) > strlen($this->prefix));
        if ($has("{$this->prefix}blogs") && $has("{$this->prefix}site")) {
            $this->refuse("line {$this->tables["{$this->prefix}blogs"]}: it is of a multisite network, and this is a single site: export one of "
                . 'its sites to a WordPress of its own first');
        }
        $longest = NAME_LIMIT - strlen(COMING);
        foreach ($this->wanted() as $table => $name) {
            if (strlen($name) > $longest) {
                $this->refuse("line {$this->tables[$table]}: the name of the table $table is longer than $longest characters without its prefix");
            }
        }
        $strangers = array_diff(array_keys($this->tables), array_keys($this->wanted()));
        if ($strangers) {
            $this->report[] = 'left out, for they are not of this site: the tables ' . implode(', ', $strangers);
        }
    }

    private array $others = [];

    /** @return array<string, string> tables of the site, and their names without the prefix */
    private function wanted(): array
    {
        $wanted = [];
        foreach (array_keys($this->tables) as $table) {
            foreach ($this->others as $other) {
                if (str_starts_with($table, $other)) {
                    continue 2;
                }
            }
            if (str_starts_with($table, $this->prefix)) {
                $wanted[$table] = substr($table, strlen($this->prefix));
            }
        }

        return $wanted;
    }

    /** @param list<string>|null $only of the dump's tables; null for all of the site's */
    private function load(?array $only = null): void
    {
        $database = pressform_connect();
        $wanted = $this->wanted();
        if ($only !== null) {
            $wanted = array_intersect_key($wanted, array_flip($only));
        }
        $fit = $this->fit($database);
        $database->query("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0, unique_checks = 0, autocommit = 0");
        $database->set_charset('utf8mb4');
        $dump = new Dump($this->file, $this->limit);
        $cut = 0;
        foreach ($dump->statements() as $statement) {
            try {
                if ($statement->kind === 'NAMES') {
                    $database->set_charset($statement->table === 'utf8' || $statement->table === 'utf8mb3' ? 'utf8mb4' : $statement->table);
                } elseif ($statement->kind === 'ZONE') {
                    $database->query("SET SESSION time_zone = {$statement->table}");
                } elseif (isset($wanted[$statement->table])) {
                    $text = $statement->renamed(COMING . $wanted[$statement->table]);
                    $database->query($statement->kind === 'INSERT' ? $text : $fit($text));
                    $cut += $this->heed($database, $statement);
                }
            } catch (mysqli_sql_exception $error) {
                $this->refuse("line {$statement->line}: the database refuses it: {$error->getMessage()}");
            }
            if ($only === null) {
                still_shut();
                still_reading($dump->read, 'loading', $this->bytes);
            }
        }
        $database->commit();
        if ($cut && $only === null) {
            $this->report[] = "$cut values are shorter than in the dump, where the tables have no room for them";
        }
    }

    /** Text in another encoding than the dump says would be cut off at the first letter that is none. */
    private function heed(mysqli $database, Statement $statement): int
    {
        if (!$database->warning_count) {
            return 0;
        }
        $cut = 0;
        foreach ($database->query('SHOW WARNINGS')->fetch_all(MYSQLI_ASSOC) as $warning) {
            if (str_starts_with($warning['Message'], 'Incorrect string value')) {
                $this->refuse("line {$statement->line}: its text is not in {$database->character_set_name()}, as the dump says: {$warning['Message']}. "
                    . 'Make the dump with --default-character-set=utf8mb4');
            }
            $cut += (int) ($warning['Code'] === '1406' || $warning['Code'] === '1265');
        }

        return $cut;
    }

    /** What makes a table, such as this database takes it. */
    private function fit(mysqli $database): Closure
    {
        $known = array_flip(array_column($database->query('SELECT COLLATION_NAME FROM information_schema.COLLATIONS')->fetch_all(), 0));
        $wanted = $this->wanted();
        $collation = function (array $found) use ($known): string {
            $name = strtolower($found[2]);
            if (!str_starts_with($name, 'utf8mb4_') && $name !== 'binary') {
                $name = str_ends_with($name, '_bin') ? 'utf8mb4_bin' : 'utf8mb4_unicode_520_ci';
            }

            return $found[1] . (isset($known[$name]) ? $name : 'utf8mb4_unicode_520_ci');
        };
        $charset = fn (array $found) => $found[1] . (in_array(strtolower($found[2]), ['binary', 'ascii'], true) ? $found[2] : 'utf8mb4');
        $peer = fn (array $found) => isset($wanted[$found[2]]) ? $found[1] . '`' . COMING . $wanted[$found[2]] . '`' : $found[0];

        return function (string $text) use ($collation, $charset, $peer): string {
            $text = preg_replace_callback('/(\bCOLLATE\s*=?\s*[`\'"]?)(\w+)/i', $collation, $text);
            $text = preg_replace_callback('/(\b(?:CHARSET|CHARACTER\s+SET)\s*=?\s*[`\'"]?)(\w+)/i', $charset, $text);
            $text = preg_replace_callback('/(\bREFERENCES\s+)`([^`]+)`/i', $peer, $text);
            // Names of these are the database's, not the table's.
            $text = preg_replace('/\bCONSTRAINT\s+`[^`]+`\s+(?=FOREIGN|CHECK)/i', '', $text);
            $text = preg_replace('/\b(?:ENGINE|TYPE)\s*=\s*\w+/', 'ENGINE=InnoDB', $text);

            return preg_replace('/\s(?:PAGE_CHECKSUM|TRANSACTIONAL|KEY_BLOCK_SIZE|CHECKSUM|DELAY_KEY_WRITE|ROW_FORMAT|PACK_KEYS)\s*=\s*\w+/', '', $text);
        };
    }

    // What it says of its site.

    private function option(string $name, string $prefix = COMING): ?string
    {
        return pressform_ask($this->database, "SELECT option_value FROM `{$prefix}options` WHERE option_name = ?", $name);
    }

    private function inspect(): void
    {
        global $wp_db_version, $wp_version;
        $version = (int) $this->option('db_version');
        if (!$version) {
            $this->refuse("the table {$this->prefix}options has no db_version: it is not WordPress's, or has been cut off");
        }
        if ($version > $wp_db_version) {
            $this->refuse("its tables are of version $version, and WordPress $wp_version here has $wp_db_version: raise wordpress.version in the environment file first");
        }
        $this->addresses();
        if (($lacks = $this->lacks()) && !$this->request->skip_missing) {
            $this->refuse('this release lacks ' . implode(', ', [...$lacks['plugins'], ...$lacks['themes']])
                . ', which the site uses: put them into the release first, or import with SKIP_MISSING=1 and go without');
        }
    }

    private function addresses(): Addresses
    {
        $own = array_filter([$this->option('home'), $this->option('siteurl')]);
        try {
            $of_dump = new Addresses($own, pressform_value('site')->SITE_URL);
            $asked = new Addresses($this->request->from ?: $own, pressform_value('site')->SITE_URL);
        } catch (InvalidArgumentException $error) {
            fail("FROM: {$error->getMessage()}");
        }
        if ($missing = array_diff($of_dump->hosts(), $asked->hosts())) {
            $this->refuse("it is of the site {$own[0]}, and FROM says " . implode(' ', $this->request->from) . ': name '
                . implode(' and ', $missing) . ' in FROM too, if it is the right dump: FROM=\'https://one.example https://other.example\'');
        }

        return new Addresses(array_unique([...$this->request->from, ...$own]), pressform_value('site')->SITE_URL);
    }

    /** @return array{plugins?: list<string>, themes?: list<string>} what the site uses, and the release has not */
    private function lacks(): array
    {
        $content = __DIR__ . '/html/wp-content';
        $plugins = @unserialize((string) $this->option('active_plugins'), ['allowed_classes' => false]);
        $plugins = array_filter(is_array($plugins) ? $plugins : [], fn ($plugin) => !is_file("$content/plugins/$plugin"));
        $themes = array_unique(array_filter([$this->option('template'), $this->option('stylesheet')]));
        $themes = array_filter($themes, fn ($theme) => !is_file("$content/themes/$theme/style.css"));
        if (!$plugins && !$themes) {
            return [];
        }

        return [
            'plugins' => array_map(fn ($plugin) => 'the plugin ' . explode('/', $plugin)[0], array_values($plugins)),
            'themes' => array_map(fn ($theme) => "the theme $theme", array_values($themes)),
        ];
    }

    // The site that comes.

    private function prepare(): void
    {
        drop($this->database, COMING);
        $this->note('loading');
        echo "loading the dump\n";
        $this->load();
        $this->set_options();
        $this->rename_keys($this->prefix, COMING);
        echo 'replacing the old address by ', pressform_value('site')->SITE_URL, "\n";
        $this->replace_addresses();
        echo "upgrading the tables\n";
        still_shut();
        echo with_wordpress('upgrade'), "\n";
        $this->rename_keys(COMING, pressform_prefix());
    }

    private function set_options(): void
    {
        $options = '`' . COMING . 'options`';
        $lacks = $this->lacks();
        if ($lacks) {
            $this->report[] = 'the site goes without ' . implode(', ', [...$lacks['plugins'], ...$lacks['themes']]) . ', which this release lacks';
            $content = __DIR__ . '/html/wp-content';
            $plugins = @unserialize((string) $this->option('active_plugins'), ['allowed_classes' => false]);
            $plugins = array_filter(is_array($plugins) ? $plugins : [], fn ($plugin) => is_file("$content/plugins/$plugin"));
            $this->set('active_plugins', serialize(array_values($plugins)));
            if ($lacks['themes']) {
                $themes = array_map('basename', glob("$content/themes/*", GLOB_ONLYDIR));
                rsort($themes, SORT_NATURAL);
                foreach (['template', 'stylesheet'] as $name) {
                    $this->set($name, current(preg_grep('/^twenty/', $themes) ?: $themes));
                }
            }
        }
        // Of no use elsewhere, and made again when they are asked for.
        $this->database->query("DELETE FROM $options WHERE option_name LIKE '\\_transient\\_%' OR option_name LIKE '\\_site\\_transient\\_%' OR option_name = 'rewrite_rules'");
        foreach (['upload_path', 'upload_url_path'] as $name) {
            if ($value = $this->option($name)) {
                $this->report[] = "$name was $value: uploads are at their usual place now";
                $this->set($name, '');
            }
        }
        if ($this->option('blog_public') === '0') {
            $this->report[] = 'the site asks search engines to stay away (Settings, Reading), as it did';
        }
        $this->set('pressform_maintenance', (string) time());
    }

    private function set(string $name, string $value): void
    {
        $options = '`' . COMING . 'options`';
        $this->database->execute_query("DELETE FROM $options WHERE option_name = ?", [$name]);
        $this->database->execute_query("INSERT INTO $options (option_name, option_value, autoload) VALUES (?, ?, 'yes')", [$name, $value]);
    }

    /** WordPress has the prefix in a few names that are in the tables, too. */
    private function rename_keys(string $from, string $to): void
    {
        if ($from === $to) {
            return;
        }
        $length = strlen($from);
        $options = '`' . COMING . 'options`';
        $this->database->execute_query("DELETE FROM $options WHERE option_name = ?", ["{$to}user_roles"]);
        $this->database->execute_query("UPDATE $options SET option_name = ? WHERE option_name = ?", ["{$to}user_roles", "{$from}user_roles"]);
        $known = $length ? '' : " AND meta_key IN ('capabilities', 'user_level', 'user-settings', 'user-settings-time', 'dashboard_quick_press_last_post_id')";
        $this->database->execute_query(
            'UPDATE `' . COMING . "usermeta` SET meta_key = CONCAT(?, SUBSTRING(meta_key, $length + 1)) WHERE LEFT(meta_key, $length) = ? COLLATE utf8mb4_bin$known",
            [$to, $from],
        );
    }

    private function replace_addresses(): void
    {
        $addresses = $this->addresses();
        $new = parse_url(pressform_value('site')->SITE_URL, PHP_URL_HOST);
        $changed = 0;
        $mentions = $refused = [];
        foreach (pressform_tables($this->database, COMING) as $table) {
            $name = substr($table, strlen(COMING));
            foreach ($this->replaced($table, $addresses) as [$was, $done]) {
                still_shut();
                $changed += (int) $done;
                if (!$done) {
                    $refused[$name] = ($refused[$name] ?? 0) + 1;
                }
            }
        }
        foreach (pressform_tables($this->database, COMING) as $table) {
            $name = substr($table, strlen(COMING));
            foreach ($addresses->hosts() as $host) {
                if (!str_contains($new, $host) && ($rows = $this->rows_with($table, $host))) {
                    $mentions[] = "$name: $rows";
                }
            }
        }
        echo "$changed rows have the new address\n";
        if ($mentions) {
            $this->report[] = 'rows that still mention the old name, such as mail addresses, which stay: ' . implode(', ', $mentions);
        }
        foreach ($refused as $name => $rows) {
            $this->report[] = "$name: $rows rows keep the old address, for the new one does not fit there";
        }
        if ($addresses->left) {
            $this->report[] = "{$addresses->left} values of plugins in a form of their own keep the old address: save them again in the plugin";
        }
    }

    /** @return array{list<string>, list<string>} columns that hold text, and those that tell a row from the others */
    private function columns(string $table): array
    {
        $about = $this->database->query("SHOW COLUMNS FROM `$table`")->fetch_all(MYSQLI_ASSOC);
        $text = array_filter($about, fn ($column) => preg_match('/char|text|blob|json/i', $column['Type']) && !str_contains(strtoupper($column['Extra']), 'GENERATED')
            // A guid is what tells readers of a feed that they have seen the post.
            && !($column['Field'] === 'guid' && $table === COMING . 'posts'));
        $key = array_filter($about, fn ($column) => $column['Key'] === 'PRI');

        return [array_column($text, 'Field'), array_column($key ?: $about, 'Field')];
    }

    private function mention(array $columns, array $hosts): string
    {
        $any = [];
        foreach ($columns as $column) {
            foreach ($hosts as $host) {
                $any[] = "`$column` LIKE '%" . $this->database->real_escape_string(addcslashes($host, '\\_%')) . "%'";
            }
        }

        return implode(' OR ', $any);
    }

    private function rows_with(string $table, string $host): int
    {
        [$columns] = $this->columns($table);

        return $columns ? (int) pressform_ask($this->database, "SELECT COUNT(*) FROM `$table` WHERE " . $this->mention($columns, [$host])) : 0;
    }

    /** @return Generator<array{0: array, 1: bool}> each row that has an old address, and whether it has the new one now */
    private function replaced(string $table, Addresses $addresses): Generator
    {
        [$columns, $key] = $this->columns($table);
        if (!$columns) {
            return;
        }
        [$reader, $writer] = [pressform_connect(), pressform_connect()];
        foreach ([$reader, $writer] as $connection) {
            $connection->set_charset('utf8mb4');
            // Strictly: what does not fit is told, and not cut off.
            $connection->query("SET SESSION sql_mode = 'STRICT_ALL_TABLES', net_write_timeout = 3600, wait_timeout = " . HOLD);
        }
        $names = fn (array $some) => implode(', ', array_map(fn ($column) => "`$column`", $some));
        $all = array_values(array_unique([...$key, ...$columns]));
        $writer->begin_transaction();
        $rows = $reader->query("SELECT {$names($all)} FROM `$table` WHERE " . $this->mention($columns, $addresses->hosts()), MYSQLI_USE_RESULT);
        while ($row = $rows->fetch_assoc()) {
            $new = [];
            foreach ($columns as $column) {
                $value = $row[$column] === null ? null : $addresses->replace($row[$column]);
                if ($value !== $row[$column]) {
                    $new[$column] = $value;
                }
            }
            if (!$new) {
                continue;
            }
            $set = implode(', ', array_map(fn ($column) => "`$column` = ?", array_keys($new)));
            $where = implode(' AND ', array_map(fn ($column) => "`$column` <=> ?", $key));
            try {
                $writer->execute_query(
                    "UPDATE `$table` SET $set WHERE $where LIMIT 1",
                    [...array_values($new), ...array_map(fn ($column) => $row[$column], $key)],
                );
                yield [$row, $writer->affected_rows === 1];
            } catch (mysqli_sql_exception $error) {
                // Too long for its column, or there already.
                if (!in_array($error->getCode(), [1062, 1406], true)) {
                    throw $error;
                }
                yield [$row, false];
            }
        }
        $writer->commit();
    }

    /** From one statement to the next the site is another: it and what was there before are never mixed. */
    private function exchange(): void
    {
        $prefix = pressform_prefix();
        $moves = [];
        foreach (pressform_tables($this->database, $prefix) as $table) {
            $moves[] = "`$table` TO `" . KEPT . substr($table, strlen($prefix)) . '`';
        }
        foreach (pressform_tables($this->database, COMING) as $table) {
            $moves[] = "`$table` TO `$prefix" . substr($table, strlen(COMING)) . '`';
        }
        $this->note('swapping');
        echo "exchanging the tables\n";
        $this->database->query('SET SESSION lock_wait_timeout = 60');
        $this->database->query('RENAME TABLE ' . implode(', ', $moves));
    }

    private function finish(): void
    {
        $stored = pressform_ask($this->database, 'SELECT report FROM pressform_import WHERE id = 1');
        $this->report = json_decode($stored, true, flags: JSON_THROW_ON_ERROR);
        $this->note('swapped');
        open_site($this->database);
        $this->note('done');
        echo "done: the site has come over. What is left to do:\n";
        $users = (int) pressform_ask($this->database, 'SELECT COUNT(*) FROM `' . pressform_prefix() . 'users`');
        $this->report[] = "sign in as you did on the old site: its $users users are the site's, and those that were here are not";
        $this->report[] = 'look at the site; then FORGET=1 deletes the one that was here before, or BACK=1 makes it the site again';
        foreach ($this->report as $line) {
            echo "  - $line\n";
        }
    }
}

/** Visitors come in again, to what is in the tables now. */
function open_site(mysqli $database): void
{
    foreach ([pressform_prefix(), KEPT] as $prefix) {
        if (pressform_tables($database, "{$prefix}options")) {
            $database->query("DELETE FROM `{$prefix}options` WHERE option_name = 'pressform_maintenance'");
        }
    }
    with_wordpress('flush');
    $database->query('UPDATE pressform_pages SET generation = generation + 1');
}

/** A line at each tenth of the way, or at each 100 MB where its length is not known. */
function still_reading(int $read, string $doing, int $all = 0): void
{
    static $said = [];
    $step = $all ? intdiv(10 * $read, max(1, $all)) : intdiv($read, 100_000_000);
    if ($step > ($said[$doing] ?? 0)) {
        $said[$doing] = $step;
        echo $all ? "$doing: {$step}0%\n" : "$doing: {$step}00 MB\n";
    }
}

function back(mysqli $database): string
{
    $kept = pressform_tables($database, KEPT);
    $step = last_step($database);
    $before = uploads() . '/.pressform-import/before';
    if ($step === 'forgetting') {
        fail('what is kept of the site that was there before is not whole any more: FORGET=1 has begun to delete it');
    }
    if (!$kept && $step !== 'going back' && !is_dir($before)) {
        fail('nothing is kept of a site that was there before');
    }
    if ($kept) {
        drop($database, COMING);
        // Its files come after its tables, whatever stops this in between.
        $database->query("REPLACE INTO pressform_import VALUES (1, '', 'going back', '[]')");
        $prefix = pressform_prefix();
        $moves = [];
        foreach (pressform_tables($database, $prefix) as $table) {
            $moves[] = "`$table` TO `" . COMING . substr($table, strlen($prefix)) . '`';
        }
        foreach ($kept as $table) {
            $moves[] = "`$table` TO `$prefix" . substr($table, strlen(KEPT)) . '`';
        }
        $database->query('SET SESSION lock_wait_timeout = 60');
        $database->query('RENAME TABLE ' . implode(', ', $moves));
    }
    drop($database, COMING);
    $files = merge($before, uploads());
    remove(uploads() . '/.pressform-import');
    $database->query('DELETE FROM pressform_import');
    open_site($database);

    return "the site that was there before is the site again, with $files files";
}

function forget(mysqli $database): string
{
    $tables = count(pressform_tables($database, KEPT));
    if (last_step($database) === 'going back' && !$tables) {
        fail('BACK=1 was stopped before its end: run it again first');
    }
    // From the first table on it is no site any more.
    $database->query("REPLACE INTO pressform_import VALUES (1, '', 'forgetting', '[]')");
    drop($database, KEPT);
    drop($database, COMING);
    remove(uploads() . '/.pressform-import');
    $database->query('DROP TABLE pressform_import');

    return "deleted what was kept of the site that was there before: $tables tables, and the uploads that others had replaced";
}

// Uploads.

function uploads(): string
{
    return realpath(__DIR__ . '/html/wp-content/uploads');
}

function remove(string $folder): void
{
    exec('rm -rf ' . escapeshellarg($folder));
}

function folder_of(string $file): void
{
    $folder = dirname($file);
    is_dir($folder) || @mkdir($folder, 0755, true) || fail("cannot make the folder $folder: " . error_get_last()['message']);
}

function move(string $from, string $to): void
{
    @rename($from, $to) || fail("cannot put $to in its place: " . error_get_last()['message']);
}

/**
 * Moves files to their place, a rename each. A file that was there and is another is kept, once.
 *
 * @return int how many there are
 */
function merge(string $from, string $to, ?string $keep = null): int
{
    if (!is_dir($from)) {
        return 0;
    }
    $count = 0;
    $files = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($from, FilesystemIterator::SKIP_DOTS));
    foreach ($files as $file) {
        $name = substr($file->getPathname(), strlen($from) + 1);
        $target = "$to/$name";
        folder_of($target);
        if ($keep !== null && is_file($target) && !is_file("$keep/$name")
            && (filesize($target) !== $file->getSize() || hash_file('xxh3', $target) !== hash_file('xxh3', $file->getPathname()))) {
            folder_of("$keep/$name");
            move($target, "$keep/$name");
        }
        move($file->getPathname(), $target);
        ++$count;
    }

    return $count;
}

function place_part(string $archive): string
{
    $work = uploads() . '/.pressform-import';
    remove("$work/incoming");
    folder_of("$work/incoming/.");
    exec('tar -xf ' . escapeshellarg($archive) . ' --no-same-owner --no-same-permissions -C ' . escapeshellarg("$work/incoming") . ' 2>&1', $said, $status);
    if ($status) {
        fail('the uploads cannot be unpacked: ' . ($said[0] ?? "tar ends with status $status"));
    }
    $count = merge("$work/incoming", uploads(), "$work/before");
    // move.sh does not fetch it again.
    file_put_contents("$work/done", basename($archive, '.tar') . "\n", FILE_APPEND);
    remove("$work/incoming");

    return "are in their place: $count files";
}

[, $action, $path] = [...$argv, ''];
$locked = false;
$shut = 0;
try {
    ini_set('memory_limit', '1G');
    $database = pressform_connect();
    $database->set_charset('utf8mb4');
    if (!pressform_lock($database, 'install', wait: 30, hold: HOLD)) {
        fail('another server is bringing a site in, or upgrades the tables: wait until it is through');
    }
    $locked = true;
    $stopped = ['going back' => 'BACK=1', 'forgetting' => 'FORGET=1'][last_step($database)] ?? null;
    if ($stopped !== null && !in_array($action, ['back', 'forget'], true)) {
        fail("$stopped was stopped before its end: run it again first");
    }
    match ($action) {
        'check' => (new Import($database, $path))->check(),
        'run' => (new Import($database, $path))->run(),
        'part' => print 'uploads ' . place_part($path) . "\n",
        'back' => print back($database) . "\n",
        'forget' => print forget($database) . "\n",
    };
} catch (BadDump $error) {
    $name = json_decode(file_get_contents("$path/request.json"))->dump;
    fail("$name: {$error->getMessage()}");
} catch (mysqli_sql_exception $error) {
    fail("the database failed us: {$error->getMessage()}");
} catch (RuntimeException $error) {
    fail($error->getMessage());
}
$complete = true;
