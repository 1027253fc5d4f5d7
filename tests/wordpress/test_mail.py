"""What WordPress writes to people: it arrives, or somebody is told. SES is moto's, asked by AWS's own command line."""

import base64
import re
import shlex
import ssl
import threading
from collections.abc import Iterator

import pytest

from testbed import Site
from testbed.namespace import Host, until
from testbed.ses import Letter
from tests.wordpress import checks
from tests.wordpress.releases import release

pytestmark = pytest.mark.xdist_group("production-bed")

SENDER = "shop@example.com"
QUEUE = "/var/spool/postfix"
AS_PHP = ("runuser", "-u", "apache", "--", "env", "PHP_INI_SCAN_DIR=:/opt/pressform/current/php.d", "php")

WP_MAIL = """
require '/opt/pressform/current/database.php';
pressform_pretend_request();
require '/opt/pressform/current/html/wp-load.php';
add_action('wp_mail_failed', function ($error) { echo $error->get_error_message(), "\\n"; });
"""


def php(server: Host, code: str) -> str:
    """What PHP says, with the settings of the release, as the user of the web server."""
    return server.run(*AS_PHP, input=f"<?php {code}", stdin=None).stdout


def wp_mail(server: Host, arguments: str) -> bool:
    said = php(server, f"{WP_MAIL} var_dump(wp_mail({arguments}));")
    return said.endswith("bool(true)\n")


def queued(server: Host, *folders: str) -> int:
    """Letters in the server's queue, or in some folders of it. Its disk has the last word."""
    paths = (server.path(f"{QUEUE}/{name}") for name in folders or ("maildrop", "incoming", "active", "deferred"))
    return sum(file.is_file() for path in paths for file in path.rglob("*"))


def try_again(server: Host) -> None:
    """All that waits, without its pause. What is being tried at this moment would not hear of it."""
    until(lambda: queued(server) == queued(server, "deferred"), "the end of the tries before")
    server.run("postqueue", "-f")


def log(server: Host) -> str:
    return server.path("/var/log/pressform/mail.log").read_text()


@pytest.fixture(scope="module", autouse=True)
def nothing_under_way(production: Site) -> None:
    """What the first boot has written, to the administrator."""
    until(lambda: not any(map(queued, production.servers.values())), "empty queues")


@pytest.fixture
def letters(production: Site) -> Iterator[list[Letter]]:
    """What SES takes from now on."""
    production.ses.letters.clear()
    production.ses.fault = None
    yield production.ses.letters
    production.ses.fault = None
    for server in production.servers.values():
        server.run("postqueue", "-f", check=False)
    until(lambda: not any(map(queued, production.servers.values())), "empty queues")


@pytest.fixture
def server(production: Site) -> Host:
    return next(iter(production.servers.values()))


def arrived(letters: list[Letter], count: int = 1) -> list[Letter]:
    until(lambda: len(letters) >= count, f"{count} letters")
    return letters


class TestPages:
    def test_a_comment_is_taken_and_the_owner_is_told(self, production: Site, letters: list[Letter]):
        form = {"comment_post_ID": "1", "author": "Reader", "email": "reader@example.com", "comment": "A word on this."}
        answer = production.visitor().post(f"{production.url}/wp-comments-post.php", form)
        assert answer.status == 302, answer.text
        [letter] = arrived(letters)
        assert letter.recipients == (production.secret("admin")["email"],)
        assert "A word on this." in letter.message.get_content()
        assert letter.message["From"].addresses[0].addr_spec == SENDER

    def test_a_lost_password_is_replaced_by_the_link_in_a_letter(self, production: Site, letters: list[Letter]):
        visitor, admin = production.visitor(), production.secret("admin")
        form = {"user_login": admin["username"], "redirect_to": "", "wp-submit": "x"}
        answer = visitor.post(f"{production.url}/wp-login.php?action=lostpassword", form)
        assert (answer.status, answer.location.rpartition("?")[2]) == (302, "checkemail=confirm"), answer.text
        [letter] = arrived(letters)
        text = letter.message.get_content()
        (link,) = [word for word in text.split() if word.startswith(f"{production.url}/wp-login.php?")]
        page = visitor.get(link, follow=2)
        assert page.status == 200
        (key,) = re.findall(r'name="rp_key" value="([^"]+)"', page.text)
        new = {"pass1": admin["password"], "pass2": admin["password"], "rp_key": key, "wp-submit": "x"}
        done = visitor.post(f"{production.url}/wp-login.php?action=resetpass", new)
        assert done.status == 200
        assert 'name="pass1"' not in done.text
        checks.signed_in_on_every_server(production)


class TestLetters:
    def test_an_order_has_an_invoice_and_goes_to_everybody(self, server: Host, letters: list[Letter]):
        php(server, "file_put_contents('/tmp/invoice.pdf', random_bytes(10 << 20));")
        headers = "['Cc: 山田 <cc@example.net>', 'Bcc: bcc@example.net', 'Content-Type: text/html; charset=UTF-8', "
        headers += "'From: Läden <orders@example.org>']"
        sent = wp_mail(
            server,
            "'Käufer <to@example.net>', '注文 42: dünn & größer', '<p>Größe: <b>12 €</b></p>', "
            f"{headers}, ['/tmp/invoice.pdf']",
        )
        assert sent
        *_, letter = arrived(letters, 3)
        assert sorted(one.recipients for one in letters) == [
            ("bcc@example.net",),
            ("cc@example.net",),
            ("to@example.net",),
        ]
        message = letter.message
        assert message["Subject"] == "注文 42: dünn & größer"
        assert (message["From"].addresses[0].addr_spec, message["From"].addresses[0].display_name) == (SENDER, "Läden")
        assert message["Reply-To"].addresses[0].addr_spec == "orders@example.org"
        assert message["Cc"].addresses[0].display_name == "山田"
        assert message["Bcc"] is None
        assert "Größe: <b>12 €</b>" in message.get_body(("html",)).get_content()
        [invoice] = message.iter_attachments()
        assert invoice.get_filename() == "invoice.pdf"
        assert invoice.get_content() == server.path("/tmp/invoice.pdf").read_bytes()

    def test_phps_own_function_sends_too(self, server: Host, letters: list[Letter]):
        code = "var_dump(mail('to@example.net', 'A word', 'Text', 'From: Jemand <x@example.org>', '-fx@example.org'));"
        assert php(server, code) == "bool(true)\n"
        [letter] = arrived(letters)
        assert letter.recipients == ("to@example.net",)
        assert letter.message["From"] == f"Jemand <{SENDER}>"
        assert letter.message.get_content() == "Text\n"


def test_the_servers_role_sends_from_no_other_address(production: Site, server: Host, letters: list[Letter]):
    """Past the queue, which would write the right one, but as the queue asks: with the system's programs alone."""
    send = ["runuser", "-u", "nobody", "--", "env", "PATH=/usr/bin:/bin"]
    send += ["bash", "/opt/pressform/current/send-mail.sh", "forged", "to@example.net"]
    letter = f"From: {SENDER}\nSubject: x\n\nx\n"
    assert server.run(*send, input=letter, stdin=None).returncode == 0
    refused = server.run(*send, input=letter.replace("shop@", "boss@"), stdin=None, check=False)
    assert (refused.returncode, "(AccessDeniedException)" in refused.stdout) == (75, True)
    assert "mail deferred: forged to=to@example.net:" in log(server).splitlines()[-1]
    assert [str(letter.message["From"]) for letter in letters] == [SENDER]


class TestTrouble:
    @pytest.mark.parametrize("fault", ["throttled", "rejected", "down"])
    def test_what_is_refused_waits_and_goes_once(
        self, production: Site, server: Host, letters: list[Letter], fault: str
    ):
        production.ses.fault = fault
        asked = production.ses.asked
        assert wp_mail(server, f"'to@example.net', '{fault}', 'x'")
        until(lambda: production.ses.asked > asked, "a try")
        until(lambda: "mail deferred: " in log(server).splitlines()[-1], "a line")
        assert letters == []
        assert queued(server) == 1
        until(lambda: queued(server, "deferred"), "a letter that waits")
        production.ses.fault = None
        try_again(server)
        arrived(letters)
        until(lambda: not queued(server), "an empty queue")
        assert [letter.message["Subject"] for letter in letters] == [fault]

    def test_a_killed_server_sends_what_was_in_its_queue(self, production: Site, letters: list[Letter]):
        name, *_ = production.servers
        server = production.servers[name]
        production.ses.fault = "down"
        for number in range(3):
            assert wp_mail(server, f"'to@example.net', 'Letter {number}', 'x'")
        until(lambda: queued(server) == 3, "three letters in the queue")
        server.down()
        production.ses.fault = None
        production.boot(name)
        production.wait_for_boot(name)
        until(lambda: server.run("postqueue", "-f", check=False).returncode == 0, "the queue's answer")
        arrived(letters, 3)
        until(lambda: not queued(server), "an empty queue")
        assert sorted(letter.message["Subject"] for letter in letters) == ["Letter 0", "Letter 1", "Letter 2"]

    def test_what_is_given_up_is_told_once_and_costs_nobody_else_a_letter(
        self, production: Site, server: Host, letters: list[Letter]
    ):
        before = log(server)
        sent = php(server, "var_dump(mail('to@example.net', 'Lost', 'x', 'Bcc: gärtner@example.net'));")
        assert sent == "bool(true)\n"
        until(lambda: "mail given-up: " in log(server).removeprefix(before), "a line")
        until(lambda: not queued(server), "an empty queue")
        [line] = [line for line in log(server).removeprefix(before).splitlines() if " mail sent: " not in line]
        group = shlex.quote(production.environment.setting("LOG_GROUP"))
        assert re.fullmatch(
            rf"\S+Z {group} mail given-up: \w+ to=gärtner@example\.net: .*Missing final '@domain'.*", line
        )
        assert [letter.recipients for letter in letters] == [("to@example.net",)]

    def test_the_time_of_a_letter_ends(self, production: Site, server: Host, letters: list[Letter]):
        """An hour at the least, so Postfix is told of a shorter one."""
        production.ses.fault = "down"
        before = log(server)
        assert wp_mail(server, "'to@example.net', 'Late', 'x'")
        until(lambda: "mail deferred: " in log(server).removeprefix(before), "a try")
        settings = server.path("/opt/pressform/current/etc/postfix/main.cf")
        text = settings.read_text()
        settings.write_text(text.replace("maximal_queue_lifetime = 24h", "maximal_queue_lifetime = 0"))
        try:
            server.run("postfix", "reload")
            try_again(server)
            until(lambda: "mail given-up: " in log(server).removeprefix(before), "the end")
        finally:
            settings.write_text(text)
            server.run("postfix", "reload")
        assert re.search(r"to=to@example\.net: .*Service is unavailable", log(server).removeprefix(before))
        until(lambda: not queued(server), "an empty queue")

    def test_the_letters_of_another_server_are_left_to_it(self, production: Site, server: Host, letters: list[Letter]):
        """Its disk is an image of the other's, taken with letters in the queue."""
        name, *_ = production.servers
        production.ses.fault = "down"
        assert wp_mail(server, "'to@example.net', 'Not mine', 'x'")
        until(lambda: queued(server) == 1, "a letter in the queue")
        server.path("/opt/pressform/mail-of").write_text("i-another\n")
        server.down()
        production.boot(name)
        production.wait_for_boot(name)
        assert queued(server) == 0
        assert letters == []


def test_a_full_disk_is_told_and_nothing_pretends(server: Host, letters: list[Letter]):
    submit = server.path("/opt/pressform/current/submit-mail.sh")
    text = submit.read_text()
    submit.write_text(text.replace("free >= 500", "free >= 50000000"))
    try:
        assert not wp_mail(server, "'to@example.net', 'Full', 'x'")
    finally:
        submit.write_text(text)
    assert "the disk is nearly full" in server.path("/var/log/php-fpm/mail.log").read_text()
    assert letters == []


class TestOtherWays:
    """Releases with other settings, on the same servers."""

    @pytest.fixture(scope="class")
    def trapping(self, production: Site) -> Iterator[Host]:
        yield from taking(production, MAIL_BY="trap")

    @pytest.fixture(scope="class")
    def silent(self, production: Site) -> Iterator[Host]:
        yield from taking(production, MAIL_BY="")

    def test_a_trapped_letter_is_shown_to_administrators(self, production: Site, trapping: Host, letters: list[Letter]):
        assert wp_mail(trapping, "'to@example.net', 'Grüße', 'Only for you: https://example.net/42'")
        visitor = checks.signed_in_on_every_server(production)
        page = visitor.get(f"{production.url}/wp-admin/tools.php?page=pressform-mail")
        assert "to@example.net" in page.text
        (link,) = re.findall(r'href="([^"]+)">Grüße<', page.text)
        shown = visitor.get(link.replace("&#038;", "&")).text
        assert "Only for you: https://example.net/42" in shown
        assert letters == []

    def test_a_service_of_the_owners_is_signed_in_to_by_tls(
        self, production: Site, letters: list[Letter], request: pytest.FixtureRequest
    ):
        service = MailService(production)
        production.put_secret("smtp", {"username": "shop", "password": "pass: word$1"})
        roll_out = taking(
            production,
            MAIL_BY="smtp",
            SMTP_HOST=service.name,
            SMTP_PORT="80",
            SMTP_TLS="implicit",
            SMTP_SECRET="arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:smtp",
        )
        server = next(roll_out)
        request.addfinalizer(lambda: next(roll_out, None))
        assert wp_mail(server, "'to@example.net', 'By SMTP', 'x', 'Bcc: bcc@example.net'")
        until(lambda: service.said, "a letter")
        conversation = "\n".join(service.said)
        assert base64.b64encode(b"\0shop\0pass: word$1").decode() in conversation
        assert f"MAIL FROM:<{SENDER}>" in conversation
        assert "RCPT TO:<to@example.net>" in conversation
        assert "RCPT TO:<bcc@example.net>" in conversation
        assert "Subject: By SMTP" in conversation
        assert letters == []
        for path in ("/run/pressform/smtp.json", "/run/pressform/smtp"):
            assert server.run("runuser", "-u", "apache", "--", "cat", path, check=False).returncode == 1

    def test_without_mail_the_log_and_site_health_say_why(self, production: Site, silent: Host, letters: list[Letter]):
        said = php(silent, f"{WP_MAIL} var_dump(wp_mail('to@example.net', 'x', 'x'));")
        assert said.endswith("bool(false)\n")
        assert "its environment file has no [mail]" in said
        assert php(silent, "var_dump(mail('to@example.net', 'x', 'x'));") == "bool(false)\n"
        assert "no mail leaves this site" in silent.path("/var/log/php-fpm/mail.log").read_text()
        health = php(
            silent,
            f"{WP_MAIL} $tests = apply_filters('site_status_tests', ['direct' => []]); "
            "echo $tests['direct']['pressform_mail']['test']()['status'];",
        )
        assert health == "critical"
        assert letters == []


class MailService:
    """Somebody's, on a port that the servers' firewall lets them reach: as much of SMTP as one letter takes.
    https://www.rfc-editor.org/rfc/rfc5321

    Attributes:
        name: its host's.
        said: by the client, a line each, once it has said all.
    """

    def __init__(self, production: Site) -> None:
        self.name = production.ses.name
        self.said: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*production.authority.issue(self.name))
        listener = production.ses.host.listen(80)
        threading.Thread(
            target=self._serve, args=(context.wrap_socket(listener, server_side=True),), daemon=True
        ).start()

    def _serve(self, listener: ssl.SSLSocket) -> None:
        with listener.accept()[0] as client, client.makefile("rw", newline="\r\n") as talk:
            heard, in_letter = [], False

            def answer(text: str) -> None:
                talk.write(f"{text}\r\n")
                talk.flush()

            answer("220 ready")
            for line in talk:
                heard.append(line.rstrip("\r\n"))
                word = "" if in_letter else line.split()[0].upper()
                if in_letter and heard[-1] == ".":
                    in_letter = False
                    answer("250 taken")
                elif word == "EHLO":
                    answer("250-here\r\n250 AUTH PLAIN")
                elif word == "DATA":
                    in_letter = True
                    answer("354 go on")
                elif word == "QUIT":
                    answer("221 bye")
                    break
                elif not in_letter:
                    answer("235 welcome" if word == "AUTH" else "250 well")
            self.said = heard


def taking(production: Site, **settings: str) -> Iterator[Host]:
    """The servers with a release of these settings, and then with the one before."""
    before = production.environment
    production.environment = release(before, settings=settings)
    try:
        assert {answer.status for answer in production.roll_out().values()} == {"Success"}
        yield next(iter(production.servers.values()))
    finally:
        production.environment = before
        assert {answer.status for answer in production.roll_out().values()} == {"Success"}
