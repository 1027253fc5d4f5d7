<?php

// WordPress's object cache, one for all servers. What is not here, as add_multiple, WordPress makes of what is.
//
// The site never depends on it. Once it has not answered within a second it is not asked for ten, and each page has its
// own memory meanwhile. It misses the changes made in that time, so it is emptied before it is used again.

class WP_Object_Cache
{
    public int $cache_hits = 0;
    public int $cache_misses = 0;

    private const FAILED = '/run/pressform/php/cache-failed';
    private const PAUSE = 10; // seconds
    private const LONGEST = 604800; // seconds; a full cache drops entries that have an end, and no others

    private ?Redis $redis = null;
    private array $memory = [];
    private array $global = [];
    private array $passing = [];
    private string $blog;

    public function __construct()
    {
        $this->switch_to_blog(get_current_blog_id());
        $failed = @filemtime(self::FAILED);
        if ($failed > time() - self::PAUSE) {
            return;
        }
        try {
            if ($failed) {
                touch(self::FAILED); // one page tries, the others wait for the outcome
            }
            $this->redis = $this->connect();
            if ($failed) {
                $this->redis->flushDB();
                unlink(self::FAILED);
            }
        } catch (Throwable $error) {
            $this->fail($error);
        }
    }

    public function get($key, $group = '', $force = false, &$found = null)
    {
        $found = false;
        if (!$this->usable($key)) {
            return false;
        }
        $value = $this->get_multiple([$key], $group, $force)[$key];
        $found = array_key_exists($this->id($key, $group), $this->memory);

        return $value;
    }

    public function get_multiple($keys, $group = '', $force = false)
    {
        $ids = $values = [];
        foreach ($keys as $key) {
            $ids[$key] = $this->id($key, $group);
        }
        $known = fn ($id) => !$force && array_key_exists($id, $this->memory);
        $unknown = array_values(array_filter($ids, fn ($id) => !$known($id)));
        $answers = $unknown ? $this->ask($group, fn ($redis) => $redis->mget($unknown)) : null;
        foreach ($answers ?: [] as $number => $answer) {
            unset($this->memory[$unknown[$number]]);
            if ($answer !== false) {
                $this->memory[$unknown[$number]] = is_numeric($answer) ? (int) $answer : unserialize($answer);
            }
        }
        foreach ($ids as $key => $id) {
            $found = array_key_exists($id, $this->memory);
            $value = $found ? $this->memory[$id] : false;
            $values[$key] = is_object($value) ? clone $value : $value;
            $found ? $this->cache_hits++ : $this->cache_misses++;
        }

        return $values;
    }

    public function delete($key, $group = '')
    {
        $id = $this->usable($key) ? $this->id($key, $group) : '';
        $deleted = $this->ask($group, fn ($redis) => $redis->unlink($id)) ?? array_key_exists($id, $this->memory);
        unset($this->memory[$id]);

        return (bool) $deleted;
    }

    public function incr($key, $offset = 1, $group = '')
    {
        $value = $this->get($key, $group, true, $found);
        if (!$found) {
            return false;
        }
        $id = $this->id($key, $group);
        // The cache counts, so that no count is lost between two servers.
        $sum = is_int($value) ? $this->ask($group, fn ($redis) => $redis->incrBy($id, (int) $offset)) : null;
        if (!is_int($sum) || $sum < 0) {
            $sum = max(0, (int) (is_numeric($value) ? $value : 0) + (int) $offset);
            $this->store($key, $sum, $group);
        }

        return $this->memory[$id] = $sum;
    }

    public function flush()
    {
        $this->ask('', fn ($redis) => $redis->flushDB());

        return $this->flush_runtime();
    }

    public function flush_runtime()
    {
        $this->memory = [];

        return true;
    }

    public function flush_group($group)
    {
        $this->ask($group, function ($redis) use ($group) {
            $redis->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
            while ($ids = $redis->scan($place, addcslashes($this->id('', $group), '*?[]\\') . '*', 1000)) {
                $redis->unlink($ids);
            }
        });

        return $this->flush_runtime();
    }

    public function add_global_groups($groups)
    {
        $this->global += array_fill_keys((array) $groups, true);
    }

    public function add_non_persistent_groups($groups)
    {
        $this->passing += array_fill_keys((array) $groups, true);
    }

    public function switch_to_blog($blog)
    {
        $this->blog = is_multisite() ? "$blog:" : '';
    }

    private function connect(): Redis
    {
        $site = json_decode(file_get_contents(dirname(__DIR__, 2) . '/site.json'));
        // A connection outlives the page and stays signed in. Given the token, the extension would sign in every time.
        ini_set('redis.pconnect.echo_check_liveness', '0');
        $redis = new Redis();
        $redis->pconnect("tls://$site->CACHE_HOST", 6379, 1, null, 0, 1);
        $redis->setOption(Redis::OPT_MAX_RETRIES, 1);
        try {
            $redis->ping();
        } catch (RedisException) {
            require_once dirname(__DIR__, 2) . '/cache-token.php';
            $redis->auth([$site->CACHE_NAME, pressform_cache_token($site)]);
        }

        return $redis;
    }

    /** Null where the cache is not there: the page's own memory has to do. */
    private function ask($group, Closure $question): mixed
    {
        if ($this->redis && !isset($this->passing[$group])) {
            try {
                return $question($this->redis);
            } catch (RedisException $error) {
                $this->fail($error);
            }
        }

        return null;
    }

    private function fail(Throwable $error): void
    {
        $this->redis = null;
        touch(self::FAILED);
        error_log("Pressform goes on without the object cache: {$error->getMessage()}");
    }

    /** @param string $only "nx" where there is no value yet, "xx" where there is one */
    public function store($key, $data, $group, $expire = 0, string $only = '')
    {
        if (!$this->usable($key)) {
            return false;
        }
        $id = $this->id($key, $group);
        $known = array_key_exists($id, $this->memory);
        if ($known && $only === 'nx') {
            return false;
        }
        $how = array_filter(['ex' => $expire > 0 ? min((int) $expire, self::LONGEST) : self::LONGEST, $only]);
        // Numbers stay numbers, so that the cache can count.
        $value = is_int($data) ? $data : serialize($data);
        $stored = $this->ask($group, fn ($redis) => $redis->set($id, $value, $how)) ?? ($known || $only !== 'xx');
        if ($stored) {
            $this->memory[$id] = is_object($data) ? clone $data : $data;
        }

        return $stored;
    }

    private function id($key, $group): string
    {
        $group = $group ?: 'default';

        return (isset($this->global[$group]) ? '' : $this->blog) . "$group:$key";
    }

    private function usable($key): bool
    {
        return is_int($key) || is_string($key) && trim($key) !== '';
    }
}

function wp_cache_init()
{
    $GLOBALS['wp_object_cache'] = new WP_Object_Cache();
}

function wp_cache_add($key, $data, $group = '', $expire = 0)
{
    return !wp_suspend_cache_addition() && $GLOBALS['wp_object_cache']->store($key, $data, $group, $expire, 'nx');
}

function wp_cache_replace($key, $data, $group = '', $expire = 0)
{
    return $GLOBALS['wp_object_cache']->store($key, $data, $group, $expire, 'xx');
}

function wp_cache_set($key, $data, $group = '', $expire = 0)
{
    return $GLOBALS['wp_object_cache']->store($key, $data, $group, $expire);
}

function wp_cache_get($key, $group = '', $force = false, &$found = null)
{
    return $GLOBALS['wp_object_cache']->get($key, $group, $force, $found);
}

function wp_cache_get_multiple(...$arguments)
{
    return $GLOBALS['wp_object_cache']->get_multiple(...$arguments);
}

function wp_cache_delete(...$arguments)
{
    return $GLOBALS['wp_object_cache']->delete(...$arguments);
}

function wp_cache_incr(...$arguments)
{
    return $GLOBALS['wp_object_cache']->incr(...$arguments);
}

function wp_cache_decr($key, $offset = 1, $group = '')
{
    return $GLOBALS['wp_object_cache']->incr($key, -$offset, $group);
}

function wp_cache_flush()
{
    return $GLOBALS['wp_object_cache']->flush();
}

function wp_cache_flush_runtime()
{
    return $GLOBALS['wp_object_cache']->flush_runtime();
}

function wp_cache_flush_group(...$arguments)
{
    return $GLOBALS['wp_object_cache']->flush_group(...$arguments);
}

function wp_cache_add_global_groups(...$arguments)
{
    $GLOBALS['wp_object_cache']->add_global_groups(...$arguments);
}

function wp_cache_add_non_persistent_groups(...$arguments)
{
    $GLOBALS['wp_object_cache']->add_non_persistent_groups(...$arguments);
}

function wp_cache_switch_to_blog(...$arguments)
{
    $GLOBALS['wp_object_cache']->switch_to_blog(...$arguments);
}

function wp_cache_supports($feature)
{
    return in_array($feature, ['get_multiple', 'flush_runtime', 'flush_group'], true);
}

function wp_cache_close()
{
    return true;
}
