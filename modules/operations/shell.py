"""What a person asks of a running site: WP-CLI, a shell, logs, a way to the database."""

import os
import re
import shlex
import shutil
from collections.abc import Callable
from typing import Any

from modules.operations.server import CURRENT, AwsServer, Refused, Say, Server, print_command
from modules.settings.environment import Environment

DATABASE_PORT = 3306


class Site:
    """An environment in AWS.

    Attributes:
        name: the environment's.
        region: where it is.
    """

    def __init__(self, name: str, settings: Environment, client: Callable[[str], Any]) -> None:
        """
        Args:
            client: makes boto3's of a service.
        """
        self.name, self.region = name, settings.region
        self._group = "api" if "api" in settings.groups else "web"
        self._client = client

    def server(self) -> AwsServer:
        """One that runs WordPress.

        Raises:
            Refused: none is running.
        """
        return AwsServer(self._client, self.name, self._group, self.region)


def wp(server: Server, arguments: str, say: Say) -> int:
    """Runs WP-CLI. Returns its exit status.

    Raises:
        Refused: the arguments are no words of a shell.
    """
    try:
        words = shlex.split(arguments)
    except ValueError as error:
        raise Refused(f"ARGS: {error}: {arguments}") from error
    if not words:
        raise Refused("ARGS takes what WP-CLI is to do: make wp ENV=shop ARGS='plugin list'.")
    return server.run(f"bash {CURRENT}/wp.sh {shlex.join(words)}", say=say).status


def open_shell(site: Site) -> int:
    """Becomes a shell on a server, by Session Manager."""
    return _become("ssm", "start-session", "--region", site.region, "--target", site.server().id)


def show_logs(site: Site, since: str) -> int:
    """Becomes a view of what the site's servers write.

    Args:
        since: how long ago, such as 30m, 1h or 2d.
    """
    if not re.fullmatch(r"\d+[smhdw]", since):
        raise Refused(f"SINCE is {since!r}: it takes a number with s, m, h, d or w, such as 1h.")
    group = f"/{site.name}/wordpress"
    return _become("logs", "tail", group, "--region", site.region, "--since", since, "--format", "short")


def open_tunnel(site: Site, port: int) -> int:
    """Becomes a way from a port of this machine to the database, through a server.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html"""
    server = site.server()
    asked = server.run(f"jq -r .DATABASE_HOST {CURRENT}/site.json")
    if asked.status:
        raise Refused(f"{server.id} does not say where its database is: {asked.output.strip()}")
    host = asked.output.strip()
    return _become(
        *("ssm", "start-session", "--region", site.region, "--target", server.id),
        *("--document-name", "AWS-StartPortForwardingSessionToRemoteHost"),
        *("--parameters", f"host={host},portNumber={DATABASE_PORT},localPortNumber={port}"),
    )


def _become(*words: str) -> int:
    """AWS's command line in this one's place, after it has been shown."""
    if not shutil.which("aws"):
        raise Refused(
            "AWS's command line is needed: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
        )
    if words[:2] == ("ssm", "start-session") and not shutil.which("session-manager-plugin"):
        raise Refused(
            "AWS's command line needs its plugin for sessions: "
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
        )
    print_command("aws", *words)
    os.execvp("aws", ["aws", *words])
