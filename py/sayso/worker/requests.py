"""How a request is declared: its name, the states it is allowed in, and what its payload must hold.

A method says so with `@request`. The service reads off the declarations what may be asked for, and when; the page is
told with boot.ready.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from sayso.typed import Typed

State = Literal["idle", "preparing", "training", "listening"]
ANY_STATE: tuple[State, ...] = ("idle", "preparing", "training", "listening")

Message = dict[str, Any]
Event = tuple[str, Message]  # type, payload
Job = Generator[Event, None, Message]
Answer = Message | Job


class Payload(Typed):
    """Base of the descriptions of payloads: what does not fit one is `bad_request`."""

    code = "bad_request"


@dataclass(frozen=True)
class Nothing(Payload):
    """The payload of a request that needs no more than its name."""


Owner = TypeVar("Owner")
Described = TypeVar("Described", bound=Payload)


@dataclass(frozen=True)
class Request(Generic[Owner, Described]):
    """A declared request; the method that it replaces in its class is `answer`.

    Parameters
    ----------
    name : the message's type
    states : those in which it is allowed
    payload : describes what it must carry
    answer : method of the owner; what takes long is a job, a generator of events that returns the result
    runs_as : the state while such a job is under way
    """

    name: str
    states: tuple[State, ...]
    payload: type[Described]
    answer: Callable[[Owner, Described], Answer]
    runs_as: State


@dataclass(frozen=True)
class Bound:
    """A request of one object."""

    request: Request[Any, Any]
    owner: object

    def __call__(self, payload: object) -> Answer:
        """Answer the request, or begin the job that will.

        Raises
        ------
        SaysoError : `bad_request`, naming the key of the payload that is missing, unknown or of another type
        """
        request = self.request
        return request.answer(self.owner, request.payload.from_dict(payload, name=request.name))


def request(
    name: str, *states: State, payload: type[Described], runs_as: State = "preparing"
) -> Callable[[Callable[[Owner, Described], Answer]], Request[Owner, Described]]:
    """Declare the method below to answer the request `name` in these states; see `Request`."""

    def declare(answer: Callable[[Owner, Described], Answer]) -> Request[Owner, Described]:
        return Request(name, states, payload, answer, runs_as)

    return declare


def requests_of(owner: object) -> dict[str, Bound]:
    """What an object's class declares, by name."""
    declared = (member for member in vars(type(owner)).values() if isinstance(member, Request))
    return {each.name: Bound(each, owner) for each in declared}
