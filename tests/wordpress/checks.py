"""What must hold for a site, as functions: the tests call them, and so do the tests that break a site on purpose."""

import base64
import json
import re
from urllib.parse import urljoin

from testbed import Site
from testbed.picture import png
from testbed.visitor import Answer, Visitor


def exactly_one_installation(site: Site) -> None:
    """One user, and what WordPress writes into a new site once."""
    assert [name for (name,) in site.query("SELECT user_login FROM wp_users")] == [site.secret("admin")["username"]]
    first = "'hello-world', 'sample-page', 'privacy-policy'"
    posts = dict(site.query(f"SELECT post_name, COUNT(*) FROM wp_posts WHERE post_name IN ({first}) GROUP BY 1"))
    assert posts == {"hello-world": "1", "sample-page": "1", "privacy-policy": "1"}
    assert site.query("SELECT COUNT(*) FROM wp_options WHERE option_name = 'siteurl'") == [["1"]]
    assert site.query("SELECT state FROM pressform_install") == [["done"]]
    assert site.query("SELECT COUNT(*) FROM wp_terms") == [["1"]]


def sign_in(site: Site, visitor: Visitor) -> Answer:
    admin = site.secret("admin")
    visitor.get(f"{site.url}/wp-login.php")
    form = {
        "log": admin["username"],
        "pwd": admin["password"],
        "testcookie": "1",
        "redirect_to": f"{site.url}/wp-admin/",
    }
    return visitor.post(f"{site.url}/wp-login.php", form)


def signed_in_on_every_server(site: Site) -> Visitor:
    """Signs in at one server, and is known at all."""
    visitor = site.visitor()
    answer = sign_in(site, visitor)
    assert (answer.status, answer.location) == (302, f"{site.url}/wp-admin/")
    for server in site.servers:
        directly = site.visitor(server)
        directly.cookies = visitor.cookies
        assert directly.get(f"{site.url}/wp-admin/profile.php").status == 200, f"{server} does not know who signed in"
    return visitor


def no_redirect_loop(site: Site) -> None:
    visitor = site.visitor()
    assert visitor.get(f"{site.url}/").status == 200
    assert visitor.get(f"{site.url}/wp-login.php").status == 200
    answer = visitor.get(f"{site.url}/wp-admin/", follow=5)
    assert (answer.status, answer.redirects) == (200, 1)
    assert answer.url.startswith(f"{site.url}/wp-login.php?")


def every_url_is_the_sites_own(site: Site, page: Answer) -> None:
    """Scheme and host: no server's address, no other scheme."""
    found = re.findall(r"""(?:href|src|action)=["'](https?://[^/"']+)""", page.text)
    assert found
    strangers = {"https://ja.wordpress.org", "https://wordpress.org", "https://gmpg.org", "http://gmpg.org"}
    assert set(found) - strangers == {site.url}
    assert not re.search(r"\b10\.0\.\d+\.\d+\b", page.text)


def rest_headers(site: Site, visitor: Visitor) -> dict[str, str]:
    nonce = visitor.get(f"{site.url}/wp-admin/admin-ajax.php?action=rest-nonce").text
    assert re.fullmatch(r"[0-9a-f]{10}", nonce), nonce
    return {"X-WP-Nonce": nonce}


def publish(site: Site, visitor: Visitor, title: str) -> str:
    """A post; its address."""
    headers = {"Content-Type": "application/json", **rest_headers(site, visitor)}
    body = json.dumps({"title": title, "content": f"{title}.", "status": "publish"}).encode()
    answer = visitor.post(f"{site.url}/wp-json/wp/v2/posts", body, headers=headers)
    assert answer.status == 201, answer.text
    return json.loads(answer.body)["link"]


def application_password(site: Site, visitor: Visitor) -> dict[str, str]:
    """A new one of whoever is signed in, the administrator, as a request carries it."""
    headers = {"Content-Type": "application/json", **rest_headers(site, visitor)}
    body = json.dumps({"name": f"test {id(visitor)}"}).encode()
    answer = visitor.post(f"{site.url}/wp-json/wp/v2/users/me/application-passwords", body, headers=headers)
    assert answer.status == 201, answer.text
    pair = f"{site.secret('admin')['username']}:{json.loads(answer.body)['password']}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def upload(site: Site, visitor: Visitor, picture: bytes, name: str = "picture.png") -> str:
    """A picture; its address."""
    headers = {"Content-Type": "image/png", "Content-Disposition": f'attachment; filename="{name}"'}
    answer = visitor.post(
        f"{site.url}/wp-json/wp/v2/media", picture, headers={**headers, **rest_headers(site, visitor)}
    )
    assert answer.status == 201, answer.text
    return urljoin(site.url, json.loads(answer.body)["source_url"])


def every_server_has_the_picture(site: Site, visitor: Visitor) -> None:
    picture = png()
    address = upload(site, visitor, picture)
    for server in site.servers:
        answer = site.visitor(server).get(address)
        assert (answer.status, answer.body) == (200, picture), f"{server} lacks the picture"
