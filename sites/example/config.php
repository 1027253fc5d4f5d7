<?php

// Constants that have to be worked out, and filters for what happens while WordPress loads. Simple constants are in the
// environment file, [wordpress.constants]; secret ones in [wordpress.secrets].

define('EXAMPLE_HOURS', 'Monday to Friday, ' . implode(' to ', ['10:00', '18:00']));

add_filter('example_hours_label', fn ($label) => "$label (JST)");
