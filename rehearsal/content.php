<?php
// content.php FOLDER KIND: an editor for the load, and, where KIND is "all", what a small site has: people, posts with
// pictures, pages, comments and a menu. The same every time. FOLDER has the editor's password, and the pictures.
//
// Its last line is the id of the post that the editor saves.

[, $folder, $kind] = $argv;
$_SERVER['HTTP_HOST'] = 'localhost';
require '/opt/pressform/current/database.php';
require '/opt/pressform/current/html/wp-load.php';
require ABSPATH . 'wp-admin/includes/admin.php';
ini_set('display_errors', 'stderr');

const DAY = '2025-%02d-%02d 12:00:00';
const WORDS = 'harbour lantern morning bicycle garden letter window bread river station coffee summer market '
    . 'paper winter music island kitchen forest road';

function text(int $number): string
{
    $words = explode(' ', WORDS);
    $paragraphs = '';
    foreach (range(1, 4) as $paragraph) {
        $said = [];
        foreach (range(1, 40) as $place) {
            $said[] = $words[($number * 7 + $paragraph * 3 + $place * ($number % 5 + 1)) % count($words)];
        }
        $paragraphs .= '<!-- wp:paragraph --><p>' . ucfirst(implode(' ', $said)) . ".</p><!-- /wp:paragraph -->\n\n";
    }
    return $paragraphs;
}

function done(int|WP_Error $id): int
{
    if (is_wp_error($id)) {
        fwrite(STDERR, $id->get_error_message() . "\n");
        exit(1);
    }
    return $id;
}

function person(string $name, string $role, string $password): int
{
    $there = get_user_by('login', $name);
    $user = ['user_login' => $name, 'user_pass' => $password, 'user_email' => "$name@example.com", 'role' => $role];
    return done(wp_insert_user($user + ($there ? ['ID' => $there->ID] : [])));
}

function post(array $post): int
{
    return done(wp_insert_post(wp_slash($post + ['post_status' => 'publish', 'post_type' => 'post']), true));
}

$password = file_get_contents("$folder/password");
$editor = person('rehearsal', 'editor', $password);

if ($kind === 'all') {
    $authors = [$editor];
    foreach (['anna' => 'author', 'ben' => 'author', 'clara' => 'subscriber'] as $name => $role) {
        $authors[] = person($name, $role, wp_generate_password(24));
    }
    $pictures = [];
    foreach (glob("$folder/*.png") as $picture) {
        $copy = wp_tempnam($picture);
        copy($picture, $copy);
        $pictures[] = done(media_handle_sideload(['name' => basename($picture), 'tmp_name' => $copy], 0));
    }
    $categories = [];
    foreach (['News', 'Recipes', 'Travel'] as $name) {
        $categories[] = (int) (term_exists($name, 'category') ?: wp_insert_term($name, 'category'))['term_id'];
    }
    $posts = [];
    foreach (range(1, 24) as $number) {
        $words = explode(' ', WORDS);
        $title = ucfirst($words[$number % 20]) . ' and ' . $words[($number * 3 + 1) % 20];
        $picture = $pictures[$number % count($pictures)];
        $image = '<!-- wp:image {"id":' . $picture . '} --><figure class="wp-block-image"><img src="'
            . wp_get_attachment_url($picture) . '" alt="" class="wp-image-' . $picture . '"/></figure><!-- /wp:image -->';
        $back = $posts ? '<!-- wp:paragraph --><p><a href="' . get_permalink(end($posts))
            . '">Before that</a></p><!-- /wp:paragraph -->' : '';
        $posts[] = $post = post([
            'post_title' => $title,
            'post_content' => text($number) . $image . $back,
            'post_author' => $authors[$number % 3],
            'post_date' => sprintf(DAY, intdiv($number - 1, 2) + 1, $number % 28 + 1),
            'post_category' => [$categories[$number % 3]],
            'tags_input' => [$words[$number % 20], $words[($number * 7) % 20]],
        ]);
        set_post_thumbnail($post, $picture);
        for ($comment = 1; $comment <= $number % 4; $comment++) {
            wp_insert_comment([
                'comment_post_ID' => $post,
                'comment_author' => "Reader $comment",
                'comment_author_email' => "reader$comment@example.com",
                'comment_content' => "What a $words[$comment].",
                'comment_approved' => 1,
                'comment_date' => sprintf(DAY, 12, $comment + 24),
            ]);
        }
    }
    $pages = [];
    foreach (['About us', 'Opening hours', 'Contact'] as $number => $title) {
        $pages[] = post(['post_type' => 'page', 'post_title' => $title, 'post_content' => text($number + 100)]);
    }
    // A menu, once for classic themes and once for those of blocks.
    $menu = done(wp_create_nav_menu('Main'));
    $blocks = '';
    foreach ($pages as $page) {
        wp_update_nav_menu_item($menu, 0, [
            'menu-item-object-id' => $page,
            'menu-item-object' => 'page',
            'menu-item-type' => 'post_type',
            'menu-item-status' => 'publish',
        ]);
        $link = ['label' => get_the_title($page), 'type' => 'page', 'id' => $page, 'url' => get_permalink($page)];
        $blocks .= '<!-- wp:navigation-link ' . wp_json_encode($link + ['kind' => 'post-type']) . ' /-->';
    }
    $places = array_keys(get_registered_nav_menus());
    set_theme_mod('nav_menu_locations', array_fill_keys($places, $menu));
    post(['post_type' => 'wp_navigation', 'post_title' => 'Main', 'post_content' => $blocks]);
}

// Of old, so that it stands on no front page that shows the newest.
$own = get_page_by_path('pressform-rehearsal', OBJECT, 'post');
echo "\n", $own ? $own->ID : post([
    'post_title' => 'Rehearsal',
    'post_name' => 'pressform-rehearsal',
    'post_content' => 'Saved by a rehearsal.',
    'post_author' => $editor,
    'post_date' => '1999-01-01 12:00:00',
]), "\n";
