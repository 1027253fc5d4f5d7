<?php

/**
 * Plugin Name: Example Hours
 * Description: Says at the end of every page when the shop is open.
 * Version: 1.0
 * License: MIT
 */

add_action('wp_footer', function () {
    $hours = defined('EXAMPLE_HOURS') ? EXAMPLE_HOURS : 'by appointment';
    $label = apply_filters('example_hours_label', 'Open');
    printf('<p class="example-hours">%s: %s</p>', esc_html($label), esc_html($hours));
});
