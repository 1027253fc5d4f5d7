<?php

// Reads names of files, a NUL after each, and writes the name and the reason, a NUL after each, of those that PHP cannot
// parse. It runs none of them.

foreach (explode("\0", rtrim(stream_get_contents(STDIN), "\0")) as $path) {
    try {
        token_get_all(file_get_contents($path), TOKEN_PARSE);
    } catch (ParseError $error) {
        $php = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
        echo "$path\0line {$error->getLine()}: {$error->getMessage()}, says PHP $php\0";
    }
}
