<?php

/**
 * Plugin Name: Pressform
 * Description: Slows down who guesses passwords, names the release in the addresses of files, and says which pages may
 * be kept for other visitors and when what is kept has changed.
 */

(function () {
    // Failed sign-ins count for ten minutes, on all servers together where they share a cache: those of one visitor
    // with one name, and those of one visitor. An IPv6 visitor has a /64.
    $limits = function (string $name): array {
        $visitor = intdiv(time(), 600) . substr(bin2hex(inet_pton($_SERVER['REMOTE_ADDR'] ?? '::')), 0, 16);

        return [$visitor . md5(strtolower($name)) => 10, $visitor => 100];
    };
    $count = function (string $key, int $more): int {
        apcu_add($key, 0, 600);
        wp_cache_add($key, 0, 'sign-ins', 600);

        return max(apcu_inc($key, $more), (int) wp_cache_incr($key, $more, 'sign-ins'));
    };
    $check = function ($name) use ($limits, $count): void {
        foreach (is_string($name) ? $limits($name) : [] as $key => $limit) {
            if ($count($key, 0) >= $limit) {
                http_response_code(429);
                header('Retry-After: ' . 600 - time() % 600);
                header('Cache-Control: no-store');
                exit("Too many attempts. Try again in ten minutes.\n");
            }
        }
    };
    // Before anything is loaded that costs more than it costs to guess. XML-RPC has the name in its body.
    $check($_POST['log'] ?? $_SERVER['PHP_AUTH_USER'] ?? null);
    add_filter('authenticate', function ($user, $name) use ($check) {
        $check($name);

        return $user;
    }, 1, 2);
    $failed = function ($name) use ($limits, $count): void {
        static $counted = false;
        foreach ($counted ? [] : $limits($name) as $key => $limit) {
            $count($key, 1);
        }
        $counted = true;
    };
    add_action('wp_login_failed', $failed);
    add_action('application_password_failed_authentication', fn () => $failed($_SERVER['PHP_AUTH_USER'] ?? ''));

    // A file's address changes with the release that it is of, so that whatever keeps it never has an old one for new.
    $release = fn ($address) => preg_match('/[?&]ver=[^&]*@RELEASE@/', $address) || !str_contains($address, '/wp-') ?
        $address : add_query_arg('ver', (preg_match('/[?&]ver=([^&]*)/', $address, $ver) ? $ver[1] : '') . '@RELEASE@', $address);
    foreach (['style', 'script', 'script_module'] as $kind) {
        add_filter("{$kind}_loader_src", $release);
    }
    // The addresses of many files at once, load-styles.php and load-scripts.php, have this version.
    foreach (['wp_default_styles', 'wp_default_scripts'] as $event) {
        add_action($event, fn ($files) => $files->default_version .= '@RELEASE@', 100);
    }

    // A site is being brought in (import.php), and what visitors wrote now would not be in it. Where that was killed, nobody
    // stays shut out.
    if (!wp_installing() && time() - (int) (wp_load_alloptions()['pressform_maintenance'] ?? 0) < 900) {
        if (PHP_SAPI === 'cli') {
            echo "a site is being brought in\n";
            exit((int) defined('WP_CLI')); // what a person has asked for is not done
        }
        header('Retry-After: 60');
        wp_load_translations_early();
        wp_die(__('Briefly unavailable for scheduled maintenance. Check back in a minute.'), __('Maintenance'), 503);
    }

    // The database is brought to this release's version before it serves (upgrade.php). While a roll-out is under way it
    // is ahead of the servers that wait, none of which shall send people to WordPress's own page for it.
    wp_installing() || add_filter('pre_option_db_version', fn () => $GLOBALS['wp_db_version']);

    // What is not the site itself keeps search engines away, and says so on every page.
    if (wp_get_environment_type() !== 'production') {
        add_filter('pre_option_blog_public', fn () => '0');
        $banner = function () {
            echo '<div style="position:fixed;z-index:99999;bottom:0;left:0;padding:.3em 1em;background:#b32d2e;color:#fff;',
                'font:14px sans-serif">', esc_html(wp_get_environment_type()), '</div>';
        };
        foreach (['wp_footer', 'admin_footer', 'login_footer'] as $place) {
            add_action($place, $banner);
        }
    }

    // CloudFront keeps pictures for a week. What their addresses begin with is told to it (watch-pictures.sh), which makes one
    // path of a picture and all of its sizes.
    $gone = function (int $id): void {
        $file = wp_parse_url((string) wp_get_attachment_url($id), PHP_URL_PATH);
        if ('@DISTRIBUTION@' && $file) {
            // CloudFront goes by the address as it was asked for: encoded is what browsers encode, and a * of its own.
            $path = preg_replace('/(-scaled)?\.\w+$/', '', rawurldecode($file));
            $path = preg_replace_callback('/[^!-~]|["#%*<>?\[\\\\\]^`{|}]/', fn ($it) => rawurlencode($it[0]), $path);
            file_put_contents('/run/pressform/php/pictures-gone', "$path*\n", FILE_APPEND | LOCK_EX);
        }
    };
    add_action('delete_attachment', $gone);
    // Of a new one there is nothing to forget.
    add_filter('wp_update_attachment_metadata', function ($data, $id) use ($gone) {
        did_action('add_attachment') || $gone($id);

        return $data;
    }, 10, 2);

    $keep = (int) '@PAGE_TIME@'; // seconds
    if (!$keep) {
        return;
    }

    // Which pages may be kept. Asked when the first byte leaves, so pages wait for their end: by then everything that
    // made them has said what it has to say.
    $kept = function () use ($keep) {
        $said = array_filter(headers_list(), fn ($header) => preg_match('/^(Cache-Control|Expires|Set-Cookie):/i', $header));
        $own = is_user_logged_in() || defined('DONOTCACHEPAGE') && DONOTCACHEPAGE;
        if (!$said && !$own && in_array(http_response_code(), [200, 301], true)) {
            $seconds = (int) apply_filters('pressform_page_seconds', $keep);
            header("X-Accel-Expires: $seconds");
            // CloudFront keeps by the address alone, whatever else of the request the answer says it depends on.
            $varies = preg_grep('/^Vary:(?!\s*Accept-Encoding\s*$)/i', headers_list());
            if (!$varies && ($edge = min($seconds, (int) '@EDGE_TIME@'))) {
                header("Cache-Control: max-age=0, s-maxage=$edge, stale-if-error=" . 60 * (int) '@STALE_MINUTES@');
            }
        }
    };
    $reading = in_array($_SERVER['REQUEST_METHOD'] ?? '', ['GET', 'HEAD'], true);
    if ($reading && ($_SERVER['SCRIPT_NAME'] ?? '') === '/index.php') {
        add_action('template_redirect', function () use ($kept) {
            header_register_callback($kept);
            ob_start(null, 4 << 20);
        }, -1000);
        // Of the API only what is WordPress's own: of the rest nobody knows what it depends on.
        add_filter('rest_pre_serve_request', function ($served, $response, $request) use ($kept) {
            if (preg_match('~^/($|wp/v2/|oembed/1\.0/)~', $request->get_route())) {
                header_register_callback($kept);
            }

            return $served;
        }, 10, 3);
    }

    // When what is kept has changed. Told once, after all has been written, and before the writer has an answer.
    $changed = false;
    $change = function ($value = null) use (&$changed) {
        $changed = true;

        return $value;
    };
    $public = fn ($status) => in_array($status, ['publish', 'inherit', 'approved', 1, '1'], true);
    $unseen = ['revision', 'oembed_cache', 'user_request'];
    $moved = function ($new, $old, $what) use ($change, $public, $unseen) {
        if (($public($new) || $public($old)) && !in_array($what->post_type ?? '', $unseen, true)) {
            $change();
        }
    };
    add_action('transition_post_status', $moved, 10, 3);
    add_action('transition_comment_status', $moved, 10, 3);
    add_action('deleted_post', fn ($id, $post) => $moved($post->post_status, '', $post), 10, 2);
    $comment = fn ($id, $what = null) => $moved(get_comment(is_object($what) ? $what : $id)->comment_approved ?? '', '', (object) []);
    foreach (['wp_insert_comment', 'edit_comment', 'delete_comment'] as $event) {
        add_action($event, $comment, 10, 2);
    }
    $events = ['attachment_updated', 'delete_attachment', 'wp_update_attachment_metadata', 'edited_term', 'delete_term',
        'wp_update_nav_menu', 'wp_delete_nav_menu', 'switch_theme', 'profile_update', 'deleted_user',
        'pressform_pages_changed'];
    foreach ($events as $event) {
        add_filter($event, $change);
    }
    // Settings, widgets, the customizer. WordPress itself writes options all the time.
    $option = function ($name) use ($change) {
        if (!preg_match('/^(cron$|_(site_)?transient_)/', $name) && did_action('init')
            && (current_user_can('edit_theme_options') || PHP_SAPI === 'cli' && !wp_doing_cron())) {
            $change();
        }
    };
    foreach (['added_option', 'updated_option', 'deleted_option'] as $event) {
        add_action($event, $option);
    }

    add_action('shutdown', function () use (&$changed) {
        global $wpdb;
        if (!$changed) {
            return;
        }
        $wpdb->query('UPDATE pressform_pages SET generation = generation + 1');
        $generation = (int) $wpdb->get_var('SELECT generation FROM pressform_pages');
        // A page cache that has not asked for ten seconds has died, or serves without knowing: nobody waits for it.
        $behind = "SELECT COUNT(*) FROM pressform_page_caches
            WHERE seen < $generation AND asked > NOW() - INTERVAL 10 SECOND";
        for ($patience = microtime(true) + 3; $wpdb->get_var($behind) && microtime(true) < $patience;) {
            usleep(50_000);
        }
    }, -1000);
})();
