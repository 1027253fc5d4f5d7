<?php

// Puts a site's new address in the place of its old ones, in every form in which WordPress, its plugins and its blocks
// write addresses down. Nothing is unserialized: what PHP has serialized is walked as text, so that an object of an
// unknown class stays what it is, and each string has its right length in bytes.

final class Addresses
{
    private const DEPTH = 1000; // of arrays in arrays; PHP itself reads 4,096

    /** A string of JSON that may be something serialized. */
    private const LITERAL = '"(?:[aOs]:\d+:)(?:[^"\\\\]++|\\\\.)*+"';

    /** Values that could not be taken apart, and were left as they are. */
    public int $left = 0;

    private bool $too_deep = false;
    private string $pattern;
    private array $hosts = [];
    private array $new;

    /**
     * @param list<string> $old addresses with scheme and host, perhaps port and path; the scheme does not count, and
     *                          neither does a www. at the beginning of the host
     */
    public function __construct(array $old, string $new)
    {
        $this->new = self::parts($new);
        $places = [];
        foreach ($old as $address) {
            $parts = self::parts($address);
            $host = preg_replace('/^www\./i', '', $parts['host']);
            $this->hosts[strtolower($host)] = true;
            $port = $parts['port'] === '' ? '' : '(?::|%3A|%253A)' . $parts['port'];
            $path = str_replace('/', '(?P=slash)', preg_quote($parts['path'], '~'));
            $places[] = preg_quote($host, '~') . $port . $path;
        }
        // Of two addresses one of which begins with the other, the longer one.
        usort($places, fn ($one, $other) => strlen($other) <=> strlen($one));
        // After it no further name, and no port that would make it another address.
        $end = '(?![\w-]|\.\w|(?::|%3A|%253A)\d)';
        $this->pattern = '~(?:(?<scheme>https?)(?<colon>:|%3A|%253A)|(?<![:\w]|%3A|%253A))(?<slash>/|\\\\+/|%2F|%252F|%5C%2F)(?P=slash)(?:www\.)?'
            . '(?:' . implode('|', $places) . ")$end~i";
    }

    /** @return list<string> what every text that has an old address has in it */
    public function hosts(): array
    {
        return array_keys($this->hosts);
    }

    public function replace(string $value): string
    {
        return $this->walk($value, 0);
    }

    private function walk(string $value, int $depth): string
    {
        if (!$this->mentions($value)) {
            return $value;
        }
        if (preg_match('/^(?:[sEOC]:\d+:"|a:\d+:\{)/', $value)) {
            $position = 0;
            $left = $this->left;
            $replaced = $this->serialized($value, $position, $depth);
            if ($replaced !== null && $position === strlen($value)) {
                return $replaced;
            }
            $this->left = $left;
            if ($this->too_deep) {
                $this->too_deep = $depth > 0;
                $this->left += (int) !$depth;

                return $value;
            }
        }

        // JSON has something serialized as one of its strings, with lengths that are to be right, too.
        $parts = preg_split('~(' . self::LITERAL . ')~', $value, -1, PREG_SPLIT_DELIM_CAPTURE) ?: [$value];
        foreach ($parts as $number => &$part) {
            $part = ($number % 2 ? $this->literal($part, $depth) : null) ?? $this->text($part);
        }

        return implode('', $parts);
    }

    private function text(string $value): string
    {
        return preg_replace_callback($this->pattern, $this->translate(...), $value)
            ?? throw new RuntimeException('a text could not be searched: ' . preg_last_error_msg());
    }

    /** What is serialized in a string of JSON; null where nothing is. */
    private function literal(string $literal, int $depth): ?string
    {
        $value = json_decode($literal);
        if (!is_string($value) || !$this->mentions($value)) {
            return null;
        }
        $position = 0;
        $left = $this->left;
        $replaced = $this->serialized($value, $position, $depth + 1);
        if ($replaced === null || $position !== strlen($value)) {
            $this->left = $left;
            $this->too_deep = false;

            return null;
        }
        $form = (str_contains($literal, '\/') ? 0 : JSON_UNESCAPED_SLASHES) | (str_contains($literal, '\u') ? 0 : JSON_UNESCAPED_UNICODE);
        if (json_encode($value, $form) !== $literal) {
            ++$this->left;

            return $literal;
        }

        return json_encode($replaced, $form);
    }

    private function mentions(string $value): bool
    {
        foreach ($this->hosts as $host => $_) {
            if (stripos($value, $host) !== false) {
                return true;
            }
        }

        return false;
    }

    /** The new address in the form of the old one that was found. */
    private function translate(array $found): string
    {
        $slash = $found['slash'];
        $percent = $slash[0] === '%';
        $colon = $percent ? str_ireplace(['%5C', '2F'], ['', '3A'], $slash) : ':';
        $scheme = $found['scheme'] === '' ? '' : $this->new['scheme'] . $found['colon'];
        $port = $this->new['port'] === '' ? '' : $colon . $this->new['port'];

        return $scheme . $slash . $slash . $this->new['host'] . $port . str_replace('/', $slash, $this->new['path']);
    }

    /** The serialized value at $position, which moves behind it; null where there is none. */
    private function serialized(string $text, int &$position, int $depth): ?string
    {
        if ($depth > self::DEPTH) {
            $this->too_deep = true;

            return null;
        }
        if (preg_match('/\G(?:N|b:[01]|i:[+-]?\d+|d:(?:[+-]?[\d.]+(?:E[+-]?\d+)?|-?INF|NAN)|[rR]:\d+);/', $text, $found, 0, $position)) {
            $position += strlen($found[0]);

            return $found[0];
        }
        if (!preg_match('/\G([sEOCa]):(\d+):/', $text, $found, 0, $position)) {
            return null;
        }
        [$head, $kind, $length] = $found;
        $begin = $position + strlen($head);
        $length = (int) $length;
        if ($kind === 'a') {
            $position = $begin;

            return $this->members($text, $position, $length, $depth, $head, keys: true);
        }
        // A string, or the name of a class.
        $name = substr($text, $begin + 1, $length);
        if (($text[$begin] ?? '') !== '"' || ($text[$begin + 1 + $length] ?? '') !== '"') {
            return null;
        }
        $position = $begin + $length + 2;
        if ($kind === 's' || $kind === 'E') {
            if (($text[$position++] ?? '') !== ';') {
                return null;
            }
            $new = $kind === 's' ? $this->walk($name, $depth + 1) : $name;

            return "$kind:" . strlen($new) . ":\"$new\";";
        }
        $head .= "\"$name\"";
        if (!preg_match('/\G:(\d+):/', $text, $found, 0, $position)) {
            return null;
        }
        $position += strlen($found[0]);
        if ($kind === 'O') {
            return $this->members($text, $position, (int) $found[1], $depth, $head . $found[0], keys: false);
        }
        // What a class has written in a form of its own.
        $own = substr($text, $position, (int) $found[1] + 2);
        if (!str_starts_with($own, '{') || !str_ends_with($own, '}')) {
            return null;
        }
        $position += strlen($own);
        $this->left += (int) $this->mentions($own);

        return $head . $found[0] . $own;
    }

    private function members(string $text, int &$position, int $count, int $depth, string $head, bool $keys): ?string
    {
        if (($text[$position++] ?? '') !== '{') {
            return null;
        }
        $all = [$head, '{'];
        for ($member = 0; $member < 2 * $count; ++$member) {
            $begin = $position;
            $one = $this->serialized($text, $position, $depth + 1);
            if ($one === null) {
                return null;
            }
            // The name of an object's property is code.
            $all[] = $keys || $member % 2 ? $one : substr($text, $begin, $position - $begin);
        }
        if (($text[$position++] ?? '') !== '}') {
            return null;
        }
        $all[] = '}';

        return implode('', $all);
    }

    /** @return array{scheme: string, host: string, port: string, path: string} */
    private static function parts(string $address): array
    {
        if (!preg_match('~^(?<scheme>https?)://(?<host>[^/:@?#\s]+)(?::(?<port>\d+))?(?<path>/[^?#\s]*)?$~i', $address, $parts)) {
            throw new InvalidArgumentException("$address is no address of a site: https://, a name, perhaps a port and a path");
        }

        return [
            'scheme' => strtolower($parts['scheme']),
            'host' => $parts['host'],
            'port' => $parts['port'] ?? '',
            'path' => rtrim($parts['path'] ?? '', '/'),
        ];
    }
}
