"""What WordPress writes to people, from the pages that make it write."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from testbed import Site

SENDMAIL = """#!/bin/bash
cat >"$(mktemp /run/pressform/php/mail-XXXXXX)"
"""
"""In the place of a server's program for mail: keeps what it is given where PHP may write."""


class Letters:
    """What the site's servers have sent."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def files(self) -> list[Path]:
        return [
            file for server in self._site.servers.values() for file in server.path("/run/pressform/php").glob("mail-*")
        ]

    def one(self) -> EmailMessage:
        (file,) = self.files()
        return message_from_bytes(file.read_bytes(), policy=policy.default)


@pytest.fixture
def letters(site: Site) -> Iterator[Letters]:
    letters = Letters(site)
    for server in site.servers.values():
        program = server.path("/usr/sbin/sendmail")
        program.write_text(SENDMAIL)
        program.chmod(0o755)
    yield letters
    for server in site.servers.values():
        server.path("/usr/sbin/sendmail").unlink()
    for file in letters.files():
        file.unlink()


def test_a_comment_is_taken_and_the_owner_is_told(site: Site, letters: Letters):
    visitor = site.visitor()
    form = {"comment_post_ID": "1", "author": "Reader", "email": "reader@example.com", "comment": "A word on this."}
    answer = visitor.post(f"{site.url}/wp-comments-post.php", form)
    assert answer.status == 302, answer.text
    assert site.query("SELECT comment_author, comment_approved FROM wp_comments WHERE comment_author = 'Reader'") == [
        ["Reader", "0"]
    ]
    letter = letters.one()
    assert letter["To"] == site.secret("admin")["email"]
    assert "A word on this." in letter.get_content()


def test_a_lost_password_is_replaced_by_the_link_in_a_letter(site: Site, letters: Letters):
    visitor, admin = site.visitor(), site.secret("admin")
    form = {"user_login": admin["username"], "redirect_to": "", "wp-submit": "x"}
    answer = visitor.post(f"{site.url}/wp-login.php?action=lostpassword", form)
    assert (answer.status, answer.location.rpartition("?")[2]) == (302, "checkemail=confirm"), answer.text
    letter = letters.one()
    assert letter["To"] == admin["email"]
    (link,) = [word for word in letter.get_content().split() if word.startswith(f"{site.url}/wp-login.php?")]
    page = visitor.get(link, follow=2)
    assert page.status == 200
    assert 'name="pass1"' in page.text


def test_without_its_mailer_wordpress_fails_at_the_comment(site: Site, letters: Letters):
    """A test of the test: so it was while the bed's WordPress lacked it."""
    name, *_ = site.servers
    server = site.servers[name]
    mailer = server.path("/var/www/html/wp-includes/PHPMailer")
    away = mailer.with_suffix(".away")
    mailer.rename(away)
    site.restart_php(server)
    try:
        form = {"comment_post_ID": "1", "author": "Other", "email": "other@example.com", "comment": "Another word."}
        other = {"X-Forwarded-For": "203.0.113.20"}
        assert site.visitor(name).post(f"{site.url}/wp-comments-post.php", form, headers=other).status == 500
        assert letters.files() == []
    finally:
        away.rename(mailer)
        site.restart_php(server)
