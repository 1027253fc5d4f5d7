<?php

// A block theme's style.css is loaded by the theme that wants it.
add_action('wp_enqueue_scripts', function () {
    wp_enqueue_style('example', get_stylesheet_uri(), [], wp_get_theme()->get('Version'));
});
