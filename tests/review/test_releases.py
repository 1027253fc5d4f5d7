"""What a review says of a release."""

import dataclasses

from review.archives import Files
from review.moment import Action
from review.plan import Change
from review.releases import read, releases


def settings(**values: str) -> str:
    return "".join(f"{name}='{value}'\n" for name, value in {"ARCHIVE": "0" * 64, **values}.items())


def change(name: str, before: str | None, after: str | None) -> Change:
    action = Action.UPDATE if before != after else Action.NONE
    values = [{"content": content} if content is not None else {} for content in (before, after)]
    return Change(f"aws_s3_object.{name}", "aws_s3_object", action, *values, unknown={}, expressions={})


def test_each_group_is_told_what_is_new_for_it():
    changes = [
        change("web_settings", settings(WORDPRESS_VERSION="7.1"), settings(WORDPRESS_VERSION="7.1.2")),
        change("frontend_settings", settings(X="1"), settings(X="1")),
    ]
    assert releases(changes) == [
        "a new release for the web servers: WordPress 7.1 -> 7.1.2; they take it one at a time, and none is replaced"
    ]


def test_changed_files_and_settings_without_words_of_their_own():
    changes = [
        change("release", "one", "another"),
        change("api_settings", settings(CACHE_HOST=""), settings(CACHE_HOST="cache.example")),
    ]
    assert releases(changes) == [
        "a new release for the api servers: `CACHE_HOST` nothing -> cache.example, other files; they take it one at a "
        "time, and none is replaced"
    ]


def test_the_changed_files_are_named_where_both_archives_are_there():
    changes = [
        change("release", "one", "another"),
        change("web_settings", settings(A="1"), settings(ARCHIVE="1" * 64, A="1")),
    ]
    many = tuple(f"web/{number}.sh" for number in range(7))
    (told,) = releases(changes, Files(many, new=("site/a`b.php",)))
    assert (
        "7 files changed (`web/0.sh`, `web/1.sh`, `web/2.sh`, `web/3.sh`, `web/4.sh`, 2 more), "
        "1 file new (`site/a'b.php`); they take it" in told
    )


def test_what_is_known_only_later_is_said_to_be():
    (told,) = releases([change("web_settings", settings(A="1"), None)])
    assert told.startswith("a new release for the web servers: settings that are known only after the apply; ")


def test_a_site_that_is_new_has_no_release_to_tell():
    new = change("web_settings", None, settings(A="1"))
    assert releases([dataclasses.replace(new, action=Action.CREATE)]) == []


def test_settings_are_read_as_a_shell_reads_them():
    assert read("TITLE='It'\\''s $''{HOME}'\nEMPTY=''\n") == {"TITLE": "It's ${HOME}", "EMPTY": ""}
    assert read("TITLE='not closed") == {}
    assert read(None) == {}
