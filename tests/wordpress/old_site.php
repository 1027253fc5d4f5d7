<?php

// A site as one has it elsewhere: another prefix, another address, and what people, blocks and plugins write.
// old_site.php WORDPRESS HOST USER PASSWORD: the database is the user's.

[, $folder, $host, $user, $password] = $argv;
define('DB_HOST', $host);
define('DB_NAME', $user);
define('DB_USER', $user);
define('DB_PASSWORD', $password);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('MYSQL_CLIENT_FLAGS', MYSQLI_CLIENT_SSL);
define('WP_INSTALLING', true);
define('ABSPATH', "$folder/");
$table_prefix = 'shop7_';
$_SERVER += ['HTTP_HOST' => 'www.old.example', 'REQUEST_METHOD' => 'GET', 'SERVER_PROTOCOL' => 'HTTP/1.1'];
$_SERVER['REQUEST_URI'] = '/';
require ABSPATH . 'wp-settings.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_false');
add_filter('pre_http_request', fn () => new WP_Error('test', 'no requests'));
wp_install('The old shop', 'owner', 'owner@old.example', true, user_password: 'old password');
update_option('siteurl', 'https://www.old.example');
update_option('home', 'https://www.old.example');
update_option('permalink_structure', '/%postname%/');
$blocks = '<!-- wp:image {"url":"https:\/\/www.old.example\/wp-content\/uploads\/2024\/05\/cat.png"} -->'
    . '<img src="https://www.old.example/wp-content/uploads/2024/05/cat.png"><!-- /wp:image -->'
    . '<a href="http://old.example/about/">é日本😀</a> <a href="//www.old.example/x">x</a> '
    . '<a href="https://share.example/?u=https%3A%2F%2Fwww.old.example%2Fa">share</a> <a href="https://old.example.org/">not ours</a> '
    . 'Write to owner@old.example.';
$post = wp_insert_post(wp_slash(['post_title' => 'Cats 😀', 'post_name' => 'cats', 'post_content' => '', 'post_status' => 'publish']), true);
// As it is, without WordPress's own filters.
$wpdb->update($wpdb->posts, ['post_content' => $blocks], ['ID' => $post]);
$nested = ['日本😀 https://www.old.example/é', ['inner' => serialize(['u' => 'https://old.example/deep/']), 'n' => 1.5, 'no' => null]];
update_post_meta($post, 'nested', $nested);
update_option('blob', (object) ['json' => wp_json_encode(['u' => 'https://www.old.example/j'])]);
update_option('upload_path', '/home/shop/www/wp-content/uploads');
set_transient('soon', 'https://www.old.example/', 1000);
$wpdb->insert($wpdb->options, ['option_name' => 'stranger', 'option_value' => 'O:15:"Vendor\Settings":1:{s:4:"home";s:23:"https://www.old.example";}']);
$wpdb->query('CREATE TABLE shop7_journal (line VARCHAR(100), at DATETIME DEFAULT "0000-00-00 00:00:00") ENGINE=MyISAM DEFAULT CHARSET=latin1');
$wpdb->query("INSERT INTO shop7_journal (line) VALUES ('came from http://www.old.example/'), ('caf\u{e9}')");
$wpdb->query('CREATE TABLE other_app (id INT PRIMARY KEY)');
$wpdb->query('CREATE VIEW shop7_newest AS SELECT ID FROM shop7_posts');
echo $wp_db_version;
