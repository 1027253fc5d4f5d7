"""What AWS does and moto does not: small additions to moto, one file per service.

Each does what AWS documents, said beside it with a link, and no more: an addition that
let a wrong stack pass would be worse than none. Delete one when moto has caught up.
Importing a file puts its additions in their places. An object that is given an attribute which
moto's class of it has not is annotated as Any.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def put_property(
    owner: type, name: str, read: Callable[[Any], Any], write: Callable[[Any, Any], None] | None = None
) -> None:
    """Let a value be read, and set, by functions, whether it was an attribute or a property before.

    Args:
        owner: the class in moto.
        name: the attribute.
        read: gives the value, from the object.
        write: sets it, where that is allowed.
    """
    setattr(owner, name, property(read, write))


def in_place_of(owner: type, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let the decorated function be `owner`'s method `name`.

    It is called with the method it replaces, bound, as its first argument, then as that was.

    Args:
        owner: the class in moto.
        name: the method, new or replaced.
    """

    def put(addition: Callable[..., Any]) -> Callable[..., Any]:
        original = getattr(owner, name, None)

        @functools.wraps(original or addition)
        def method(self: Any, *arguments: Any, **named: Any) -> Any:
            return addition(original and functools.partial(original, self), self, *arguments, **named)

        setattr(owner, name, method)
        return addition

    return put
