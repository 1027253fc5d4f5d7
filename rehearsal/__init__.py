"""Rehearses a change on this machine before it is made: the base's site in the test bed, under load, takes it.

What was asked, done and seen is plain data (`record.py`), which the following read:

    compare.py   two pictures of a page: what differs, marked
    judge.py     what of it is refused, by --fail-on
    report.py    what a reviewer reads: a section of Markdown, and an HTML page

`pages.py` looks at the site's pages, before and after.
"""
