"""What is looked at of a page."""

from rehearsal.pages import MOST_LINKS, Document, own_addresses

PAGE = "https://shop.example.com/hello/"

HTML = """
<link rel="stylesheet" href="/style.css?ver=1"><link rel="canonical" href="/hello/"><link rel="icon" href="/icon.png">
<script src="https://shop.example.com/script.js"></script><script>inline()</script>
<a href="../about/#team">About</a><a href="/about/">About</a><a href="https://elsewhere.example/">Elsewhere</a>
<a href="mailto:a@example.com">Mail</a><a href="/wp-login.php?action=logout">Out</a><a href="/wp-admin/">In</a>
<a href="?replytocom=3">Reply</a><img src="picture.png" alt=""><a>Nowhere</a>
"""


def test_a_page_leads_to_links_and_to_what_it_loads():
    document = Document(HTML)
    assert document.parts == ["/style.css?ver=1", "/icon.png", "https://shop.example.com/script.js", "picture.png"]
    assert own_addresses(PAGE, document.parts) == [
        "https://shop.example.com/style.css?ver=1",
        "https://shop.example.com/icon.png",
        "https://shop.example.com/script.js",
        "https://shop.example.com/hello/picture.png",
    ]


def test_links_are_followed_that_stay_on_the_site_and_do_nothing():
    assert own_addresses(PAGE, Document(HTML).links) == ["https://shop.example.com/about/"]
    many = [f"/{number}/" for number in range(1_000)]
    assert len(own_addresses(PAGE, many)) == MOST_LINKS
