<?php

// Runs before a page: the profiler looks at what PHP does after each millisecond of the processor's time, and each look
// is a line, the callers first. https://www.mediawiki.org/wiki/Excimer

$profiler = new ExcimerProfiler();
$profiler->setEventType(EXCIMER_CPU);
$profiler->setPeriod(0.001);
$profiler->start();
register_shutdown_function(function () use ($profiler) {
    $profiler->stop();
    file_put_contents('@FOLDER@/looks', $profiler->getLog()->formatCollapsed(), FILE_APPEND | LOCK_EX);
});
