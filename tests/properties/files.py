"""Environment files of every kind: drawn settings, made to fit each other."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from modules.settings import Environment, types
from modules.settings.database import INSTANCE_FAMILIES
from modules.settings.servers import architecture
from tests.properties.values import matching, section, setting
from tests.settings.files import problems, toml


@dataclass(frozen=True)
class File:
    """An environment file.

    Attributes:
        name: without the `.toml`.
        content: its settings as TOML's own types.
    """

    name: str
    content: dict[str, Any]

    @property
    def text(self) -> str:
        return "".join(f"{toml(str(key))} = {toml(value)}\n" for key, value in self.content.items())


REGIONS = {
    **dict.fromkeys(("ap-northeast-1", "us-east-1", "eu-central-1"), "aws"),
    **dict.fromkeys(("us-gov-west-1", "us-gov-east-1"), "aws-us-gov"),
    **dict.fromkeys(("cn-north-1", "cn-northwest-1"), "aws-cn"),
}
"""Each with its partition."""

NAMES = matching(r"[a-z][a-z0-9]{0,7}(-[a-z0-9]{1,5}){0,2}").filter(
    lambda name: not name.startswith("sg-") and "internal" not in name.split("-")
)


@st.composite
def files(draw: st.DrawFn) -> File:
    """A file that the settings accept: any settings, made to fit each other, and taken out where they do not."""
    content = draw(section(Environment))
    region = content["region"] = draw(st.sampled_from(list(REGIONS)))
    letters = draw(st.lists(st.sampled_from("abcd"), min_size=2, max_size=3, unique=True))
    zones = [f"{region}{letter}" for letter in letters]
    groups = draw(st.sampled_from([("web",), ("web",), ("frontend", "api")]))
    private = groups if len(groups) == 2 or draw(st.booleans()) else ()
    network = content["network"] = {
        key: value for key, value in content["network"].items() if key in ("nat", "interface_endpoints", "ipv6")
    }
    exists = draw(st.integers(0, 4)) == 0
    network |= _subnets(draw, zones, ("public", *private, "database"), exists=exists)
    if exists:
        network["vpc_id"] = "vpc-0123456789abcdef0"
    elif private:
        network["nat"] = draw(st.sampled_from(["one", "per-zone"]))
    for group in ("web", "frontend", "api"):
        content.pop(group, None)
        if group in groups:
            content[group] = _servers(draw, group, zones)
    _fit_numbers(draw, content)
    _fit_windows(draw, content.get("database", {}))
    if "maintenance_window" in content.get("cache", {}):
        opens, lasts = draw(st.integers(0, 1439)), draw(st.integers(60, 700))
        content["cache"]["maintenance_window"] = _weekly(draw(st.integers(0, 6)), opens, lasts)
    _fit_state(draw, content.get("state", {}))
    if private:
        content.pop("ssh", None)
    _fit_https(draw, content)
    if REGIONS[region] != "aws":
        content.pop("cdn", None)
    if REGIONS[region] == "aws-cn":
        content.pop("mail", None)
    content = _in_region(content, region)
    others = [other for other in REGIONS if other != region and REGIONS[other] == REGIONS[region]]
    for part, key in (("backups", "copy_to"), ("state", "region")):
        if content.get(part, {}).get(key):
            content[part][key] = draw(st.sampled_from(others))
    name = draw(NAMES)
    _take_out_what_does_not_fit(content, name)
    return File(name, content)


def _subnets(draw: st.DrawFn, zones: list[str], tiers: Iterable[str], *, exists: bool) -> dict[str, Any]:
    pairs = [(tier, zone) for tier in tiers for zone in zones]
    if exists:
        places = [f"subnet-{number:017x}" for number in range(len(pairs))]
        return _by_tier(pairs, places)
    base = draw(st.sampled_from(["10.0.0.0", "172.16.0.0", "192.168.0.0", "10.255.0.0"]))
    length = draw(st.integers(16, 22))
    vpc = IPv4Network(f"{base}/{length}")
    places = list(map(str, vpc.subnets(new_prefix=draw(st.integers(length + 4, 27)))))
    start = draw(st.integers(0, len(places) - len(pairs)))
    return {"cidr": str(vpc), **_by_tier(pairs, places[start:])}


def _by_tier(pairs: list[tuple[str, str]], places: list[str]) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for (tier, zone), place in zip(pairs, places, strict=False):
        tables.setdefault(tier, {})[zone] = place
    return tables


def _servers(draw: st.DrawFn, group: str, zones: list[str]) -> dict[str, Any]:
    found = draw(setting(Environment.model_fields[group]))
    if draw(st.booleans()):
        found.pop("fleet", None)
        labels = matching(r"[A-Za-z][A-Za-z0-9-]{0,37}[A-Za-z0-9]")
        names = draw(st.lists(labels, min_size=2, max_size=4, unique_by=lambda name: name[1:].lower()))
        found["servers"] = {f"{group[0]}{name[1:]}": zones[number % len(zones)] for number, name in enumerate(names)}
    else:
        found.pop("servers", None)
        found.setdefault("fleet", {})
        sizes = sorted(draw(st.lists(st.integers(2, 100), min_size=3, max_size=3)))
        if draw(st.booleans()):
            found["fleet"] |= dict(zip(("min", "desired", "max"), sizes, strict=True))
        else:
            for size in ("min", "desired", "max"):
                found["fleet"].pop(size, None)
    if "instance_type" in found and "image_id" in found:
        found["image_architecture"] = architecture(found["instance_type"])
    return found


def _fit_numbers(draw: st.DrawFn, content: dict[str, Any]) -> None:
    check = content.get("load_balancer", {}).get("health_check")
    if check is not None:
        check["timeout"] = draw(st.integers(2, min(120, check.get("interval", 10) - 1)))
    database = content.get("database", {})
    if "instance_class" in database:
        family = draw(st.sampled_from(sorted(INSTANCE_FAMILIES)))
        database["instance_class"] = f"db.{family}.{database['instance_class'].split('.')[2]}"
    if "allocated_storage" in database or "max_allocated_storage" in database:
        least = -(-database.setdefault("allocated_storage", 20) * 11 // 10)
        grows = least <= 65536 and draw(st.booleans())
        database["max_allocated_storage"] = draw(st.integers(least, 65536)) if grows else 0
    if "aurora" in database:
        database.pop("existing", None)
        low, high = sorted(draw(st.lists(st.integers(2, 512), min_size=2, max_size=2)))
        database["aurora"] |= {"min_capacity": low / 2, "max_capacity": high / 2}


def _fit_windows(draw: st.DrawFn, database: dict[str, Any]) -> None:
    """Both of them, one behind the other on any day, or none."""
    if not {"backup_window", "maintenance_window"} & database.keys():
        return
    length = draw(st.integers(30, 700))
    lasts = draw(st.integers(30, 700))
    start = draw(st.integers(0, 1439))
    opens = start + length + draw(st.integers(0, 1440 - length - lasts))
    database["backup_window"] = f"{_clock(start)}-{_clock(start + length)}"
    database["maintenance_window"] = _weekly(draw(st.integers(0, 6)), opens, lasts)


def _weekly(day: int, opens: int, lasts: int) -> str:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return "-".join(f"{days[(day + minute // 1440) % 7]}:{_clock(minute)}" for minute in (opens, opens + lasts))


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _fit_state(draw: st.DrawFn, state: dict[str, Any]) -> None:
    backend = state.get("backend")
    places = {"s3": {"bucket": types.BucketName}, "hcp": {"organization": types.Label}}.get(backend, {})
    for key in {"bucket", "region", "organization"} - places.keys() - ({"region"} if backend == "s3" else set()):
        state.pop(key, None)
    for key, kind in places.items():
        state.setdefault(key, draw(setting(kind)))


def _fit_https(draw: st.DrawFn, content: dict[str, Any]) -> None:
    https = content.get("https")
    if https is None:
        if "cdn" in content:
            content.pop("cdn")
        return
    zone = draw(st.sampled_from(["example.com", "a-b.example.co.jp", "dash.example.org"]))
    labels = draw(st.lists(matching(r"[a-z0-9](-?[a-z0-9]){0,5}"), max_size=4, unique=True))
    names = [zone, *(f"{label}.{zone}" for label in labels)]
    https["domain"], *more = draw(st.permutations(names))
    if "more_names" in https:
        https["more_names"] = more
    https.pop("zone_id", None)
    match draw(st.sampled_from(["zone", "new zone", "zone_id", "certificate", "certificate and zone"])):
        case "zone" | "certificate and zone":
            https |= {"zone": zone, "create_zone": False}
        case "new zone":
            https |= {"zone": zone, "create_zone": True}
        case "zone_id":
            https["zone_id"] = "Z0123456789ABCDEFGHIJ"
            https.pop("zone", None)
            https.pop("create_zone", None)
        case "certificate":
            https.pop("zone", None)
            https.pop("create_zone", None)
            https.setdefault("certificate_arn", draw(setting(types.CertificateArn)))
    content["https"] = https


def _in_region(value: Any, region: str) -> Any:
    """Every ARN in the site's region, but CloudFront's certificate in its own."""
    if isinstance(value, dict):
        return {key: _in_region(item, "us-east-1" if key == "cdn" else region) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_region(item, region) for item in value]
    if not isinstance(value, str):
        return value
    return re.sub(r"^arn:[^:]+:([^:]+):[^:]*:", rf"arn:{REGIONS[region]}:\1:{region}:", value)


def _take_out_what_does_not_fit(content: dict[str, Any], name: str) -> None:
    for _ in range(8):
        wrong = problems(content, name)
        if not wrong:
            return
        for problem in wrong:
            if problem.key.startswith("redirects."):  # whose keys are paths
                content.pop("redirects", None)
                continue
            if "ipv6 = true" in problem.found:  # which small subnets have no networks for
                content["network"].pop("ipv6", None)
                continue
            if problem.found.endswith("an IPv6 network"):  # which opens nothing without network.ipv6
                content.pop("ssh", None)
                continue
            taken_out = _take_out(content, problem.key.split(",")[0].split("."))
            assume(taken_out)
    assume(not problems(content, name))


def _take_out(content: dict[str, Any], path: list[str]) -> bool:
    *parents, key = path
    for parent in parents:
        content = content.get(parent, {})
    return content.pop(key, None) is not None


def paths(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key of a file and every entry of its lists, by path."""
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in entries:
        yield (*place, key)
        yield from paths(value, (*place, key))
