<?php

/**
 * Plugin Name: Pressform
 * Description: Says which pages may be kept for other visitors, and when what is kept has changed.
 */

(function () {
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
            header('X-Accel-Expires: ' . (int) apply_filters('pressform_page_seconds', $keep));
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
