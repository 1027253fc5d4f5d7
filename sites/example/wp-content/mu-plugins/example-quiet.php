<?php

/**
 * Plugin Name: Example Quiet
 * Description: Always on, because it is a must-use plugin: no page says which WordPress made it.
 * License: MIT
 */

remove_action('wp_head', 'wp_generator');
