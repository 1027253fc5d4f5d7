<?php

// Reads a dump of a database, packed or not, statement by statement, without holding more than one of them.

/** Something in a dump that a person has to mend. */
final class BadDump extends RuntimeException
{
}

/** One statement: what it does to which table. */
final class Statement
{
    /**
     * @param string $kind CREATE, INSERT, ALTER: what an import needs; NAMES, ZONE: how it is to be read; SKIP: what
     *                     says nothing about a site; LEAVE: what a site may miss; USE: another database
     * @param string $table its name, or what a NAMES, ZONE, USE or LEAVE is about
     */
    public function __construct(
        public string $kind,
        public string $table,
        public string $text,
        public int $line,
        private int $name = 0,
        private int $length = 0,
    ) {
    }

    /** The statement for a table of another name. */
    public function renamed(string $name): string
    {
        return substr_replace($this->text, "`$name`", $this->name, $this->length);
    }

    /** @throws BadDump */
    public static function of(string $text, int $line): self
    {
        $name = '(?:(?:`[^`]+`|[\w$]+)\s*\.\s*)?(?:`([^`]+)`|([\w$]+))';
        $make = fn ($kind, $table = '') => new self($kind, $table, $text, $line);
        // What stands in /*!40101 ... */ is for the database.
        $hint = '(?:/\*M?!\d*\s*|\*/\s*)*';
        $verbs = [
            'CREATE' => 'CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?',
            'INSERT' => '(?:INSERT(?:\s+IGNORE)?|REPLACE)\s+INTO\s+',
            'ALTER' => 'ALTER\s+TABLE\s+(?:ONLY\s+)?',
        ];
        foreach ($verbs as $kind => $verb) {
            if (preg_match("~^$hint{$verb}($name)~i", $text, $found, PREG_OFFSET_CAPTURE)) {
                $table = ($found[2][0] ?? '') ?: $found[3][0];
                if ($kind === 'ALTER' && preg_match('~\G\s*(?:DISABLE|ENABLE)\s+KEYS~i', $text, $_, 0, $found[1][1] + strlen($found[1][0]))) {
                    return $make('SKIP');
                }

                return new self($kind, $table, $text, $line, $found[1][1], strlen($found[1][0]));
            }
        }
        $head = ltrim(preg_replace('~/\*M?!\d*\s?|\*/~', '', substr($text, 0, 1000)));
        if (preg_match('~^SET\s+NAMES\s+[\'"]?(\w+)~i', $head, $found)) {
            return $make('NAMES', strtolower($found[1]));
        }
        if (preg_match('~^SET\s+(?:SESSION\s+)?TIME_ZONE\s*=\s*([\'"][+-]\d\d?:\d\d[\'"])~i', $head, $found)) {
            return $make('ZONE', $found[1]);
        }
        if (preg_match('~^USE\s+`?([^`;\s]+)~i', $head, $found)) {
            return $make('USE', $found[1]);
        }
        if (preg_match('~^(?:CREATE|ALTER)\s+(?:DATABASE|SCHEMA)\b|^(?:SET|LOCK\s+TABLES?|UNLOCK\s+TABLES|START\s+TRANSACTION|BEGIN|COMMIT|ANALYZE)\b|^DROP\s+(?:TABLE|VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|DATABASE)\b|^$~i', $head)) {
            return $make('SKIP');
        }
        if (preg_match('~^CREATE\s.*?\b(VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT)\s+(?:IF\s+NOT\s+EXISTS\s+)?((?:`[^`]+`|\w+)(?:\.(?:`[^`]+`|\w+))?)~is', $head, $found)) {
            return $make('LEAVE', strtolower($found[1]) . ' ' . str_replace('`', '', $found[2]));
        }
        throw new BadDump("line $line: \"" . mb_strimwidth(preg_replace('/\s+/', ' ', $head), 0, 60, '...', 'UTF-8')
            . '" is no statement that a dump of a WordPress has: mysqldump, phpMyAdmin and `wp db export` make such dumps');
    }
}

final class Dump
{
    private const CHUNK = 1 << 20;

    /** Bytes that have been read, unpacked. */
    public int $read = 0;

    private array $told = [];

    /** @param int $limit bytes of the longest statement that the database takes */
    public function __construct(private string $file, private int $limit)
    {
    }

    /**
     * @return Generator<Statement>
     * @throws BadDump
     */
    public function statements(): Generator
    {
        foreach ($this->texts() as $line => $text) {
            yield Statement::of($text, $line);
        }
    }

    /** Statements without the semicolon, by the line where they begin; what has a delimiter of its own comes whole. */
    private function texts(): Generator
    {
        $handle = gzopen($this->file, 'rb');
        $buffer = '';
        $begin = $at = $this->read = 0; // the statement's first byte, and the next one to look at
        $line = 1; // where $begin is
        $within = ''; // a quote, or the end of a comment
        $inside = false; // a statement has begun: from here on comments are part of it
        $this->told = [];
        $delimiter = ';';
        $ended = false;
        while (true) {
            // Whatever has a meaning of its own is shorter than 16 bytes.
            if (!$ended && $at >= strlen($buffer) - 16) {
                $chunk = gzread($handle, self::CHUNK);
                $ended = (string) $chunk === '';
                $this->read += strlen((string) $chunk);
                $buffer = ($begin ? substr($buffer, $begin) : $buffer) . $chunk;
                $at -= $begin;
                $begin = 0;
            } elseif ($at >= strlen($buffer)) {
                break;
            }
            $length = strlen($buffer);
            if ($length - $begin > $this->limit + 2 * self::CHUNK) {
                throw new BadDump("line $line: a statement of more than {$this->limit} bytes, which is the database's "
                    . 'max_allowed_packet: make the dump with --net-buffer-length=1M, or raise that parameter');
            }
            if ($within === "'" || $within === '"') {
                $at += strcspn($buffer, "$within\\", $at);
                if ($at >= $length) {
                    continue;
                }
                if ($buffer[$at] === '\\') {
                    $at += 2;
                } else {
                    ++$at;
                    $within = '';
                }
                continue;
            }
            if ($within !== '') {
                $end = strpos($buffer, $within, $at);
                if ($end === false) {
                    // Its end may be cut in two.
                    $at = max($at, $length - ($ended ? 0 : strlen($within) - 1));
                    continue;
                }
                $at = $end + strlen($within);
                if (!$inside && $within !== '`') {
                    $this->hear(substr($buffer, $begin, min($at - $begin, 200)));
                    $line += substr_count($buffer, "\n", $begin, $at - $begin);
                    $begin = $at;
                }
                $within = '';
                continue;
            }
            if (!$inside) {
                $space = strspn($buffer, " \t\r\n\xEF\xBB\xBF", $at);
                $line += substr_count($buffer, "\n", $at, $space);
                $begin = $at += $space;
                if ($at >= $length || !$ended && $at >= $length - 16) {
                    continue;
                }
                if (preg_match('~\GDELIMITER[ \t]+(\S+)[^\n]*(?:\n|$)~i', $buffer, $found, 0, $at)) {
                    $delimiter = $found[1];
                    $begin = $at += strlen($found[0]);
                    ++$line;
                    continue;
                }
            }
            if ($delimiter !== ';') {
                // Triggers and procedures: they are left out, and nothing else has a delimiter of its own.
                $end = strpos($buffer, $delimiter, $at);
                if ($end === false && !$ended) {
                    $inside = true;
                    $at = max($at, $length - strlen($delimiter));
                    continue;
                }
                $end = $end === false ? $length : $end;
                $text = substr($buffer, $begin, $end - $begin);
                if (trim($text) !== '') {
                    yield $line => $text;
                }
                $line += substr_count($text, "\n");
                $begin = $at = min($length, $end + strlen($delimiter));
                $inside = false;
                continue;
            }
            $skip = strcspn($buffer, "'\"`;-#/", $at);
            $inside = $inside || $skip > 0;
            $at += $skip;
            if ($at >= $length) {
                continue;
            }
            $two = substr($buffer, $at, 2);
            switch ($two[0]) {
                case ';':
                    if ($inside) {
                        $text = substr($buffer, $begin, $at - $begin);
                        if (strlen($text) > $this->limit) {
                            throw new BadDump("line $line: a statement of " . strlen($text) . " bytes; the database takes {$this->limit} "
                                . '(max_allowed_packet): make the dump with --net-buffer-length=1M, or raise that parameter');
                        }
                        yield $line => $text;
                        $line += substr_count($text, "\n");
                    }
                    $begin = ++$at;
                    $inside = false;
                    break;
                case '#':
                    $within = "\n";
                    break;
                case '-':
                    if ($two === '--' && strspn($buffer[$at + 2] ?? "\n", " \t\r\n")) {
                        $within = "\n";
                    } else {
                        $inside = true;
                        ++$at;
                    }
                    break;
                case '/':
                    $executable = preg_match('~\G/\*M?!(?!999999)~', $buffer, $_, 0, $at);
                    if ($two === '/*' && !$executable) {
                        $within = '*/';
                    } else {
                        $inside = true;
                        $at += $executable ? 3 : 1;
                    }
                    break;
                default:
                    $inside = true;
                    $within = $two[0];
                    ++$at;
            }
        }
        gzclose($handle);
        if ($inside || $within !== '' && $within !== "\n") {
            throw new BadDump("line $line: the dump ends in the middle of the statement that begins here: it has been cut off. "
                . 'Make or fetch it again');
        }
        $this->hear(substr($buffer, $begin));
        if (isset($this->told['begin']) && !isset($this->told['end'])) {
            throw new BadDump("line $line: the dump ends without its last line, \"-- Dump completed\": it has been cut off. "
                . 'Make or fetch it again');
        }
    }

    /** What mysqldump says at the beginning and at the end. */
    private function hear(string $comment): void
    {
        if (preg_match('~^-- (?:MySQL|MariaDB) dump |^-- Dump (completed)~', $comment, $found)) {
            $this->told[isset($found[1]) ? 'end' : 'begin'] = true;
        }
    }
}
