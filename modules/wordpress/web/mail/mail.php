<?php

/**
 * Plugin Name: Pressform mail
 * Description: Says whom the site's mail is from, and what becomes of it: sent, kept for administrators to see, or refused
 * with the reason.
 */

(function () {
    $site = json_decode(file_get_contents(dirname(ABSPATH) . '/site.json'));

    $health = fn ($status, $label, $text) => add_filter('site_status_tests', function ($tests) use ($status, $label, $text) {
        $tests['direct']['pressform_mail'] = ['label' => $label, 'test' => fn () => [
            'label' => $label,
            'status' => $status,
            'badge' => ['label' => 'Pressform', 'color' => 'blue'],
            'description' => '<p>' . esc_html($text) . '</p>',
            'actions' => '',
            'test' => 'pressform_mail',
        ]];

        return $tests;
    });

    if ($site->MAIL_BY === '') {
        $reason = 'No mail leaves this site: its environment file has no [mail]. Lost passwords, notices and orders reach nobody.';
        $health('critical', 'This site sends no mail', $reason);
        add_filter('pre_wp_mail', function ($answer, $letter) use ($reason) {
            // Whoever writes to a contact form must not write lines of the log.
            $to = preg_replace('/[[:cntrl:]]+/', ' ', implode(', ', (array) $letter['to']));
            error_log("Pressform: a mail to $to was not sent. $reason");
            do_action('wp_mail_failed', new WP_Error('wp_mail_failed', $reason, $letter));

            return false;
        }, PHP_INT_MAX, 2);

        return;
    }

    // WordPress's own idea of an address is one that nobody has.
    add_filter('wp_mail_from', fn ($from) => str_starts_with($from, 'wordpress@') ? $site->MAIL_FROM : $from);
    add_filter('wp_mail_from_name', fn ($name) => $name !== 'WordPress' ? $name
        : ($site->MAIL_NAME ?: wp_specialchars_decode(get_option('blogname'), ENT_QUOTES)));
    add_action('phpmailer_init', function ($mailer) use ($site) {
        if ($mailer->Mailer !== 'mail') {
            return; // A plugin has a way of its own.
        }
        $answer = $mailer->From !== $site->MAIL_FROM ? $mailer->From : $site->MAIL_REPLY_TO;
        if ($answer && !$mailer->getReplyToAddresses()) {
            $mailer->addReplyTo($answer);
        }
        $mailer->setFrom($site->MAIL_FROM, $mailer->FromName, false);
    }, PHP_INT_MAX);

    if ($site->MAIL_BY !== 'trap') {
        $health('good', 'This site sends mail', "Mail is from $site->MAIL_FROM, and waits in a queue where it is refused.");

        return;
    }

    $health('recommended', 'This site keeps its mail to itself', 'Nothing is sent: Tools, Trapped mail shows what would have been.');
    $page = function () {
        global $wpdb;
        $header = function ($letter, $name) {
            $all = iconv_mime_decode_headers(strtok($letter, "\0"), ICONV_MIME_DECODE_CONTINUE_ON_ERROR, 'UTF-8');

            return implode(', ', (array) ($all[$name] ?? ''));
        };
        $shown = (int) ($_GET['letter'] ?? 0);
        echo '<div class="wrap"><h1>Trapped mail</h1>';
        if ($shown) {
            $letter = (string) $wpdb->get_var($wpdb->prepare('SELECT letter FROM pressform_mail WHERE id = %d', $shown));
            echo '<pre style="white-space: pre-wrap">' . esc_html(mb_scrub($letter)) . '</pre></div>';

            return;
        }
        echo '<table class="widefat striped"><thead><tr><th>Written (UTC)</th><th>To</th><th>Subject</th></tr></thead><tbody>';
        foreach ($wpdb->get_results('SELECT id, written, LEFT(letter, 65536) AS letter FROM pressform_mail ORDER BY id DESC') as $one) {
            $head = preg_split('/\r?\n\r?\n/', $one->letter, 2)[0];
            printf(
                '<tr><td>%s</td><td>%s</td><td><a href="%s">%s</a></td></tr>',
                esc_html($one->written),
                esc_html($header($head, 'To')),
                esc_url(admin_url("tools.php?page=pressform-mail&letter=$one->id")),
                esc_html($header($head, 'Subject') ?: '(none)'),
            );
        }
        echo '</tbody></table></div>';
    };
    add_action('admin_menu', fn () => add_management_page('Trapped mail', 'Trapped mail', 'manage_options', 'pressform-mail', $page));
})();
