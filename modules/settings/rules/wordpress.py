"""[wordpress]."""

from collections.abc import Iterator

from modules.settings.problems import Problem, dotted, shown
from modules.settings.site import refused
from modules.settings.wordpress import WordPress
from modules.wordpress import site_folder


def the_site_folder_can_go_out(wordpress: WordPress) -> Iterator[Problem]:
    if wordpress.site:
        yield from refused(wordpress.site, site_folder.read(site_folder.place(wordpress.site)).refusals)


def the_first_theme_and_plugins_are_there(wordpress: WordPress) -> Iterator[Problem]:
    folder = site_folder.read(site_folder.place(wordpress.site)) if wordpress.site else None
    if folder and site_folder.has_composer(site_folder.place(wordpress.site or "")):
        return  # which brings others, that nobody knows here
    brings = site_folder.OF_WORDPRESS
    wanted = [(dotted("wordpress", "plugins", index), "plugins", name) for index, name in enumerate(wordpress.plugins)]
    if wordpress.theme:
        wanted.append(("wordpress.theme", "themes", wordpress.theme))
    for key, kind, name in wanted:
        if not brings[kind].fullmatch(name) and not (folder and folder.has(kind, name)):
            place = f"{wordpress.site or 'the site folder'}/wp-content/{kind}"
            yield Problem(key, f"{shown(name)}, which is not in {place}", "what is there, or comes with WordPress")


def constants_are_not_ours(wordpress: WordPress) -> Iterator[Problem]:
    tables = {"constants": wordpress.constants, "secrets": wordpress.secrets}
    for table, constants in tables.items():
        for name in constants:
            if reason := site_folder.ours(name):
                yield Problem(dotted("wordpress", table, name), f"the name {shown(name)}", reason)


def a_constant_is_defined_once(wordpress: WordPress) -> Iterator[Problem]:
    for name in wordpress.secrets:
        if name in wordpress.constants:
            yield Problem(
                dotted("wordpress", "secrets", name), "the name of one of [wordpress.constants]", "one of both"
            )


def secrets_are_in_the_sites_region(region: str, wordpress: WordPress) -> Iterator[Problem]:
    for name, arn in wordpress.secrets.items():
        if (found := arn.split(":")[3]) != region:
            allowed = f"a secret in {region}, where the servers are: Secrets Manager can replicate it there"
            yield Problem(dotted("wordpress", "secrets", name), f"a secret in {found}", allowed)
